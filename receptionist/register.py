"""What is done with personal data in this shop, told from what is really switched on.

One source for the register of processing (GDPR, art. 30), the list of sub-processors and the notice to the public
(artt. 13–14): what is off is told nowhere, and what is switched on is told from that moment.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from receptionist.followups import kinds
from receptionist.models import PROMOTIONAL, AIConfig, PrivacyConfig
from receptionist.retention import Periods
from shops.context import current_shop
from shops.models import PhoneLine, WhatsAppNumber


@dataclass(frozen=True, slots=True)
class Facts:
    """Who is responsible, and what is on. `periods` in days and years."""

    controller: str
    address: str
    email: str
    phone: str
    officer: str
    more: str
    calls: bool
    records: bool
    whatsapp: bool
    web_booking: bool
    web_chat: bool
    model: bool
    reminders: bool
    promotions: bool
    periods: Periods

    @property
    def chats(self) -> bool:
        """Whether anybody can write to the assistant."""
        return self.whatsapp or self.web_chat

    @property
    def assistant(self) -> bool:
        """Whether an AI answers anybody."""
        return self.calls or self.chats


@dataclass(frozen=True, slots=True)
class Activity:
    """One line of the register. `kept` says for how long, in words."""

    name: str
    purpose: str
    people: str
    data: str
    basis: str
    recipients: list[str]
    kept: str


@dataclass(frozen=True, slots=True)
class Processor:
    """Who works on the data for the shop. `outside`: how data that leaves the European Union is protected, or empty."""

    name: str
    does: str
    country: str
    outside: str = ""


def load() -> Facts:
    """What holds in the current shop at this moment. Seven queries."""
    shop, config, privacy = current_shop(), AIConfig.load(), PrivacyConfig.load()
    calls = PhoneLine.objects.filter(shop=shop).exists()
    whatsapp = WhatsAppNumber.objects.filter(shop=shop).exists()
    # The pages are a room above this one: their table is named, not imported.
    site = apps.get_model("website.Site").load()
    on = {kind for kind, wanted in kinds.all_wanted().items() if wanted.enabled} if whatsapp else set()
    return Facts(
        controller=privacy.controller or shop.name,
        address=privacy.address or config.address,
        email=privacy.email,
        phone=str(shop.phone_number),
        officer=privacy.officer,
        more=privacy.more,
        calls=calls,
        records=calls and config.recording_enabled,
        whatsapp=whatsapp,
        web_booking=site.booking_enabled,
        web_chat=site.chat_enabled,
        model=calls or (bool(settings.OPENAI_API_KEY) and (whatsapp or site.chat_enabled)),
        reminders=bool(on - PROMOTIONAL),
        promotions=bool(on & PROMOTIONAL),
        periods=Periods.load(),
    )


# --- who receives it ----------------------------------------------------------------------------------------------


def processors(facts: Facts) -> list[Processor]:
    """Only those that are in use."""
    return list(_processors(facts))


def _processors(facts: Facts) -> Iterator[Processor]:
    clauses = _("clausole contrattuali tipo e quadro UE-USA sulla protezione dei dati")
    usa = _("Stati Uniti")
    yield Processor(
        settings.HOSTING_NAME or _("il gestore della piattaforma"),
        _("ospita il programma, l'archivio e i file"),
        settings.HOSTING_COUNTRY or _("Unione europea"),
        settings.HOSTING_OUTSIDE_EU,
    )
    if facts.calls:
        recorded = (
            _("risponde alle telefonate e le registra")
            if facts.records
            else _("risponde alle telefonate, senza registrarle")
        )
        yield Processor("Vapi Inc.", recorded, usa, clauses)
        yield Processor("Deepgram, Inc.", _("scrive quello che viene detto al telefono"), usa, clauses)
        yield Processor("ElevenLabs, Inc.", _("dà la voce all'assistente"), usa, clauses)
        if settings.TWILIO_ACCOUNT_SID:
            yield Processor("Twilio Inc.", _("porta le telefonate"), usa, clauses)
    if facts.model:
        does = _("il modello linguistico che capisce e risponde")
        if facts.whatsapp:
            does = _("il modello linguistico che capisce e risponde, e scrive i messaggi vocali")
        yield Processor("OpenAI, L.L.C.", does, usa, clauses)
    if facts.whatsapp:
        yield Processor(
            "Meta Platforms Ireland Ltd.",
            _("porta i messaggi di WhatsApp"),
            _("Irlanda e Stati Uniti"),
            clauses,
        )


def _names(facts: Facts, *wanted: str) -> list[str]:
    """The processors whose names begin so, besides the host."""
    rows = processors(facts)
    return [rows[0].name, *(row.name for row in rows[1:] if row.name.startswith(wanted))]


# --- the register -------------------------------------------------------------------------------------------------


def activities(facts: Facts) -> list[Activity]:
    """The register's lines: only what is on."""
    return list(_activities(facts))


def _activities(facts: Facts) -> Iterator[Activity]:
    customers = _("clienti e chi chiede un appuntamento")
    contract = _("contratto e richieste prima di esso (art. 6.1.b)")
    yield Activity(
        _("Appuntamenti e lavori"),
        _("prenotare, spostare e annullare appuntamenti, fare il lavoro, dire se l'auto è pronta"),
        customers,
        _("nome, telefono, e-mail, targa e dati dell'auto, appuntamenti, note di lavoro"),
        contract + "; " + _("obblighi fiscali e contabili (art. 6.1.c)"),
        _names(facts),
        years(facts.periods.appointment_years) + ", " + _("poi resta il lavoro senza il nome"),
    )
    if facts.calls:
        yield _calls(facts, contract)
    if facts.records:
        yield _recordings(facts)
    if facts.chats:
        yield _chats(facts, contract)
    if facts.whatsapp:
        yield Activity(
            _("Messaggi sugli appuntamenti"),
            _("conferme, promemoria, avviso che l'auto è pronta, posti liberati")
            if facts.reminders
            else _("conferme degli appuntamenti a chi le ha volute"),
            customers,
            _("nome, telefono, appuntamento, auto"),
            contract,
            _names(facts, "Meta"),
            days(facts.periods.transcript_days),
        )
    if facts.promotions:
        yield Activity(
            _("Scadenze e proposte"),
            _("ricordare revisione, tagliando e gomme, chiedere una recensione"),
            _("clienti che l'hanno chiesto"),
            _("nome, telefono, auto e sue scadenze, consenso"),
            _("consenso, che si ritira quando si vuole (art. 6.1.a; art. 130 del Codice privacy)"),
            _names(facts, "Meta"),
            _("fino al ritiro del consenso; i messaggi mandati %(days)s")
            % {"days": days(facts.periods.transcript_days)},
        )
    if facts.web_booking or facts.web_chat:
        yield _visitors(facts, contract)


def _visitors(facts: Facts, contract: str) -> Activity:
    if facts.web_booking and facts.web_chat:
        purpose = _("prenotazione e chat sul sito, difesa dagli abusi")
    elif facts.web_chat:
        purpose = _("chat sul sito, difesa dagli abusi")
    else:
        purpose = _("prenotazione sul sito, difesa dagli abusi")
    return Activity(
        _("Visitatori del sito"),
        purpose,
        _("chi visita il sito"),
        _("quello che scrivono; l'indirizzo di rete, solo per contare le richieste"),
        contract + "; " + _("legittimo interesse alla sicurezza (art. 6.1.f)"),
        _names(facts, *(["OpenAI"] if facts.web_chat else [])),
        days(facts.periods.visitor_days),
    )


def _calls(facts: Facts, contract: str) -> Activity:
    return Activity(
        _("Telefonate con l'assistente"),
        _("rispondere al telefono con un'intelligenza artificiale, che si dichiara, e prenotare"),
        _("chi telefona"),
        _("numero, quello che viene detto (trascritto), riassunto"),
        contract + "; " + _("legittimo interesse a rispondere a tutti (art. 6.1.f)"),
        _names(facts, "Vapi", "Deepgram", "ElevenLabs", "Twilio", "OpenAI"),
        days(facts.periods.transcript_days),
    )


def _recordings(facts: Facts) -> Activity:
    return Activity(
        _("Registrazione delle telefonate"),
        _("sapere che cosa è stato chiesto e concordato"),
        _("chi telefona e non rifiuta"),
        _("la voce, dall'annuncio fino al passaggio a una persona"),
        _(
            "legittimo interesse (art. 6.1.f): è annunciata nella prima frase e chi la rifiuta non viene registrato"
        ),
        _names(facts, "Vapi", "Twilio"),
        days(facts.periods.audio_days),
    )


def _chats(facts: Facts, contract: str) -> Activity:
    where = _("WhatsApp e chat del sito") if facts.whatsapp else _("chat del sito")
    if not facts.web_chat:
        where = "WhatsApp"
    data = _("quello che viene scritto, riassunto")
    if facts.whatsapp:
        data = _("numero e nome di WhatsApp, messaggi, messaggi vocali, foto e documenti mandati")
    kept = days(facts.periods.transcript_days)
    if facts.whatsapp:
        kept = _("messaggi %(words)s, foto e documenti %(files)s, messaggi vocali %(voices)s") % {
            "words": kept,
            "files": days(facts.periods.image_days),
            "voices": days(facts.periods.audio_days),
        }
    return Activity(
        _("Chat con l'assistente"),
        _("rispondere per iscritto (%(where)s) con un'intelligenza artificiale, che si dichiara, e prenotare")
        % {"where": where},
        _("chi scrive"),
        data,
        contract,
        _names(facts, "Meta", "OpenAI"),
        kept,
    )


def days(number: int) -> str:
    """A number of days in words."""
    return ngettext("%(number)d giorno", "%(number)d giorni", number) % {"number": number}


def years(number: int) -> str:
    """A number of years in words."""
    return ngettext("%(number)d anno", "%(number)d anni", number) % {"number": number}


def rights() -> list[tuple[str, str]]:
    """What everybody may ask for: the right, and what it means here."""
    return [
        (
            _("Accesso"),
            _("avere una copia di tutto quello che c'è: dati, conversazioni, registrazioni, foto"),
        ),
        (_("Rettifica"), _("correggere quello che è sbagliato")),
        (_("Cancellazione"), _("far cancellare tutto quello che la legge non obbliga a conservare")),
        (_("Limitazione e opposizione"), _("fermare un uso dei dati; per le proposte basta scrivere STOP")),
        (_("Portabilità"), _("avere i propri dati in un formato che un altro programma può leggere")),
        (
            _("Reclamo"),
            _("rivolgersi al Garante per la protezione dei dati personali, www.garanteprivacy.it"),
        ),
    ]


def as_context(facts: Facts) -> dict[str, Any]:
    """All of it for a template."""
    found = processors(facts)
    return {
        "facts": facts,
        "activities": activities(facts),
        "processors": found,
        "outside": [each for each in found if each.outside],
        "rights": rights(),
    }
