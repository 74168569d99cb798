"""What stands in a cell, by what its column is. What cannot be it raises Wrong, with what to do."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.translation import gettext as _

from scheduling import plates
from scheduling.models import Vehicle
from shops.phones import REGION, normalise_phone

EXPONENT = re.compile(r"([0-9])(?:[.,]([0-9]+))?E\+?([0-9]{1,2})\Z", re.IGNORECASE)
DAYS = (
    "%d/%m/%Y",
    "%d-%m-%Y",
    "%d.%m.%Y",
    "%d/%m/%y",
    "%d-%m-%y",
    "%d.%m.%y",
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y%m%d",
    "%d%m%Y",
)
MONTHS = ("%m/%Y", "%m-%Y")
PLAIN_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{0,12})?\Z")
EXCEL_EPOCH = date(1899, 12, 30)
EXCEL_DAYS = range(3_000, 80_000)  # 1908–2119
OLDEST = date(1900, 1, 1)
MOST_KM = 3_000_000
MOST_PHONE = 10**18
LONG_ENOUGH = 8
"""Digits of a number that stands for itself before a sign that may part two."""
FUELS = (
    (("gpl", "lpg"), Vehicle.Fuel.LPG),
    (("metano", "cng"), Vehicle.Fuel.METHANE),
    (("ibrid", "hybrid", "hev", "mild"), Vehicle.Fuel.HYBRID),
    (("elettr", "electric", "bev"), Vehicle.Fuel.ELECTRIC),
    (("diesel", "gasolio"), Vehicle.Fuel.DIESEL),
    (("benz", "petrol"), Vehicle.Fuel.PETROL),
)


class Wrong(Exception):
    """What is wrong with a cell, and what to do."""


def read(kind: str, cell: Any, longest: int = 0) -> Any:
    """The cell's value; "" or None when it is empty. Raises Wrong."""
    if isinstance(cell, str):
        cell = cell.strip()
        if cell[:1] == "'":  # as a spreadsheet, and our own export, marks text
            cell = cell[1:]
    if cell is None or cell == "" or (isinstance(cell, str) and cell.strip("-–. ") == "" and kind != "text"):
        return [] if kind == "phone" else None if kind in ("day", "number", "year") else ""
    value = READERS[kind](cell)
    if longest and isinstance(value, str) and len(value) > longest:
        raise Wrong(_("è troppo lungo: al massimo %(most)d caratteri.") % {"most": longest})
    return value


def _text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return " ".join(str(cell).split()) if not isinstance(cell, str) else cell.strip()


def _name(cell: Any) -> str:
    """Names that a program wrote in capitals are written as people write them: the assistant says them."""
    text = " ".join(_text(cell).split())
    return text.title() if text.isupper() and len(text) > 2 else text


def _phones(cell: Any) -> list[str]:
    """One number, or several parted by a slash, a comma or a dash between spaces."""
    if isinstance(cell, bool):
        raise Wrong(_bad_phone(cell))
    if isinstance(cell, int | float):
        return [_numeric_phone(cell)]
    parts = [part for part in re.split(r"[/,;|\n]|\s-\s|\s(?:e|o)\s", str(cell)) if part.strip()]
    if not parts or sum(char.isdigit() for char in parts[0]) < LONG_ENOUGH:
        parts = [str(cell)]  # "02/1234567" is one number
    found = [(part, _phone(part)) for part in parts]
    for part, number in found:
        if number is None:
            raise Wrong(_bad_phone(part.strip()))
    return list(dict.fromkeys(number for _part, number in found if number))


def _phone(text: str) -> str | None:
    short = EXPONENT.match(text.strip().replace(" ", ""))
    if short:
        return _from_exponent(text, short)
    digits = re.sub(r"[^0-9+]", "", text)
    if len(digits) > 10 and digits.startswith("39"):  # a plus sign that was lost
        number = normalise_phone(f"+{digits}")
        if number and phonenumbers.is_valid_number(phonenumbers.parse(number)):
            return number
    return normalise_phone(text) if len(digits) >= 5 else None


def _from_exponent(text: str, short: re.Match[str]) -> str | None:
    """Excel shows long numbers as 3,33E+09; saved like that, digits are lost."""
    whole, rest, power = short.group(1), short.group(2) or "", int(short.group(3))
    if len(rest) < power:
        raise Wrong(
            _(
                "Excel ha abbreviato il numero (%(text)s) e alcune cifre sono perse: mettere la colonna in formato "
                "Testo o Numero senza decimali e salvare di nuovo."
            )
            % {"text": text}
        )
    return normalise_phone(f"{whole}{rest[:power]}")


def _numeric_phone(cell: float) -> str:
    """A cell that Excel took for a number: it has no plus sign, and landlines have lost their zero."""
    digits = f"{int(cell)}" if 0 < cell < MOST_PHONE and float(cell).is_integer() else ""
    candidates = [digits, f"0{digits}"] if not digits.startswith("3") else [digits]
    for text in candidates:
        number = _phone(text) if text else None
        if number and phonenumbers.is_valid_number(phonenumbers.parse(number, REGION)):
            return number
    number = _phone(digits) if digits else None
    if number is None:
        raise Wrong(_bad_phone(cell))
    return number


def _bad_phone(cell: Any) -> str:
    return _("«%(text)s» non è un numero di telefono: scriverlo come 333 1234567, o lasciare vuoto.") % {
        "text": str(cell)[:40]
    }


def _email(cell: Any) -> str:
    text = _text(cell).replace("mailto:", "")
    try:
        validate_email(text)
    except ValidationError as error:
        raise Wrong(
            _("«%(text)s» non è un indirizzo e-mail: correggerlo o lasciare vuoto.") % {"text": text[:60]}
        ) from error
    return text


def _plate(cell: Any) -> str:
    text = _text(cell)
    if plates.plate_problem(text, heard=False):
        raise Wrong(_("«%(text)s» non è una targa: scriverla come AB 123 CD.") % {"text": text[:30]})
    return plates.normalise_plate(text)


def _vin(cell: Any) -> str:
    text = plates.normalise_vin(_text(cell))
    if plates.vin_problem(text):
        raise Wrong(
            _(
                "«%(text)s» non è un numero di telaio: ha 17 caratteri, senza I, O e Q. Correggerlo o lasciare vuoto."
            )
            % {"text": text[:30]}
        )
    return text


def _fuel(cell: Any) -> str:
    """What is not recognised is left empty: no car is kept out for it."""
    text = _text(cell).casefold()
    return next((str(fuel) for words, fuel in FUELS if any(word in text for word in words)), "")


def _number(cell: Any) -> int:
    """Kilometres: 120000, "120.000", "120.000 km"."""
    try:
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            value = round(cell)
        else:
            text = re.sub(r"(?i)\s*(km|chilometri)\.?\s*", "", _text(cell)).replace(" ", "").replace("'", "")
            text = re.sub(r"[.,](?=[0-9]{3}(?:\D|\Z))", "", text).replace(",", ".")
            if not PLAIN_NUMBER.match(text):  # "1E999999999" is one too, and takes for ever to be written out
                raise ValueError
            value = int(Decimal(text))
    except (InvalidOperation, ValueError, OverflowError) as error:
        raise Wrong(_("«%(text)s» non è un numero.") % {"text": str(cell)[:30]}) from error
    if not 0 <= value <= MOST_KM:
        raise Wrong(_("«%(text)s» non è un numero di chilometri plausibile.") % {"text": str(cell)[:30]})
    return value


def _year(cell: Any) -> int:
    if isinstance(cell, datetime | date):
        return cell.year
    text = _text(cell)
    if not re.fullmatch(r"[0-9]{4}", text) or not OLDEST.year <= int(text) <= timezone.localdate().year + 1:
        raise Wrong(_("«%(text)s» non è un anno.") % {"text": text[:30]})
    return int(text)


def _day(cell: Any) -> date:
    found = _as_day(cell)
    if found is None:
        raise Wrong(_("«%(text)s» non è una data: scriverla come 31/12/2026.") % {"text": str(cell)[:30]})
    if not OLDEST <= found <= timezone.localdate():
        raise Wrong(_("la data %(day)s non è plausibile.") % {"day": f"{found:%d/%m/%Y}"})
    return found


def _as_day(cell: Any) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return EXCEL_EPOCH + timedelta(days=int(cell)) if EXCEL_DAYS[0] <= cell <= EXCEL_DAYS[-1] else None
    if not isinstance(cell, str):
        return None
    text = cell.split("T")[0].split(" ")[0]
    if re.fullmatch(r"[0-9]{5}", text) and int(text) in EXCEL_DAYS:
        return EXCEL_EPOCH + timedelta(days=int(text))
    for form in (*DAYS, *MONTHS):
        try:
            found = datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        # Two digits of a year that is still to come were meant of the last century.
        return (
            found.replace(year=found.year - 100) if "%y" in form and found > timezone.localdate() else found
        )
    return None


READERS: dict[str, Callable[[Any], Any]] = {
    "text": _text,
    "name": _name,
    "phone": _phones,
    "email": _email,
    "plate": _plate,
    "vin": _vin,
    "fuel": _fuel,
    "number": _number,
    "year": _year,
    "day": _day,
}
