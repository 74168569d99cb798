"""What the columns of a file are: recognised by the headings that Italian programs use."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Field:
    """Something that can be read in. `kind` says how its cells are read (cells.READERS)."""

    name: str
    label: Any
    kind: str
    headings: tuple[str, ...]
    longest: int = 0


FIELDS = (
    Field("last_name", _("Cognome"), "name", ("cognome", "cognome cliente", "surname", "last name"), 80),
    Field("first_name", _("Nome"), "name", ("nome", "nome cliente", "first name"), 80),
    Field(
        "company",
        _("Ragione sociale o nominativo"),
        "text",
        (
            *(
                "ragione sociale",
                "rag soc",
                "rag sociale",
                "denominazione",
                "nominativo",
                "cliente",
                "intestatario",
            ),
            *(
                "intestazione",
                "proprietario",
                "cognome e nome",
                "cognome nome",
                "nome e cognome",
                "nome cognome",
            ),
            *("ditta", "azienda", "societa", "ragione sociale cliente"),
        ),
        80,
    ),
    Field(
        "mobile",
        _("Cellulare"),
        "phone",
        (
            *("cellulare", "cell", "cellulare 1", "cell 1", "mobile", "tel cellulare", "telefono cellulare"),
            *("tel cell", "whatsapp", "numero cellulare", "n cellulare", "cellulare cliente"),
        ),
    ),
    Field(
        "phone",
        _("Telefono"),
        "phone",
        (
            *("telefono", "tel", "telefono 1", "tel 1", "telefono fisso", "tel fisso", "fisso", "tel casa"),
            *("tel ufficio", "telefono ufficio", "telefono casa", "recapito", "recapito telefonico", "phone"),
            *("numero di telefono", "numero telefono", "n telefono", "telefono cliente"),
        ),
    ),
    Field(
        "email",
        _("E-mail"),
        "email",
        (
            "e mail",
            "email",
            "mail",
            "posta elettronica",
            "indirizzo email",
            "indirizzo e mail",
            "email cliente",
        ),
        254,
    ),
    Field(
        "notes",
        _("Note sul cliente"),
        "text",
        ("note", "annotazioni", "note cliente", "commenti", "osservazioni"),
    ),
    Field(
        "license_plate",
        _("Targa"),
        "plate",
        ("targa", "targa veicolo", "n targa", "numero targa", "targa auto", "targa automezzo", "plate"),
    ),
    Field(
        "make",
        _("Marca"),
        "text",
        ("marca", "casa", "casa costruttrice", "costruttore", "marca veicolo", "fabbrica", "marca auto"),
        40,
    ),
    Field(
        "model",
        _("Modello"),
        "text",
        ("modello", "veicolo", "modello veicolo", "descrizione veicolo", "modello auto", "auto"),
        60,
    ),
    Field("year", _("Anno"), "year", ("anno", "anno immatricolazione", "anno imm", "anno veicolo")),
    Field(
        "fuel", _("Alimentazione"), "fuel", ("alimentazione", "carburante", "combustibile", "tipo carburante")
    ),
    Field(
        "vin",
        _("Telaio"),
        "vin",
        ("telaio", "numero telaio", "n telaio", "numero di telaio", "vin", "nr telaio"),
    ),
    Field(
        "mileage_km",
        _("Km"),
        "number",
        (
            *("km", "chilometri", "kilometri", "km attuali", "percorrenza", "km percorsi", "ultimi km"),
            *("chilometraggio", "km auto", "km veicolo", "ultimo km"),
        ),
    ),
    Field(
        "registered_on",
        _("Immatricolazione"),
        "day",
        (
            *(
                "immatricolazione",
                "data immatricolazione",
                "data imm",
                "prima immatricolazione",
                "immatricolato il",
            ),
            *("data prima immatricolazione", "data immatr", "immatr", "data di immatricolazione"),
        ),
    ),
    Field(
        "last_revision_on",
        _("Ultima revisione"),
        "day",
        ("ultima revisione", "data revisione", "revisione", "data ultima revisione", "ult revisione"),
    ),
    Field(
        "last_service_on",
        _("Ultimo tagliando"),
        "day",
        ("ultimo tagliando", "data tagliando", "data ultimo tagliando", "tagliando", "ult tagliando"),
    ),
    Field(
        "last_service_km",
        _("Km ultimo tagliando"),
        "number",
        ("km ultimo tagliando", "km tagliando", "chilometri ultimo tagliando", "km all ultimo tagliando"),
    ),
)
BY_NAME = {field.name: field for field in FIELDS}
_KNOWN = {heading: field.name for field in FIELDS for heading in field.headings}


def plain(heading: Any) -> str:
    """Lower case words without accents and signs: "N° Targa" is "n targa"."""
    text = unicodedata.normalize("NFKD", str(heading or "")).casefold().replace("°", " ")
    text = "".join(char for char in text if not unicodedata.combining(char))
    return re.sub(r"[^a-z0-9]+", " ", text).strip()


def match(headings: Sequence[Any]) -> list[str]:
    """For each heading the field that it names; "" for what is not known, or was named by one before."""
    found: list[str] = []
    for heading in headings:
        name = _KNOWN.get(plain(heading), "")
        found.append("" if name in found else name)
    return found


def recognised(headings: Sequence[Any]) -> int:
    """How many of these cells are headings that are known."""
    return sum(bool(name) for name in match(headings))


def usable(mapping: Sequence[str]) -> bool:
    """Whether rows of this matching say who, or which car."""
    return bool({"last_name", "first_name", "company", "mobile", "phone", "license_plate"} & set(mapping))


def cleaned(chosen: Sequence[str], width: int) -> list[str]:
    """A matching as a form gives it: unknown names and a field that was chosen twice are left out."""
    mapping: list[str] = []
    for name in [*chosen, *[""] * width][:width]:
        mapping.append(name if name in BY_NAME and name not in mapping else "")
    return mapping
