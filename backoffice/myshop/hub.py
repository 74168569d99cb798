"""La mia officina: everything that can be set, with what holds now."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice import pages
from backoffice.firsthour import steps
from receptionist import prompt
from receptionist.forms import LANGUAGES
from receptionist.models import AIConfig
from scheduling import catalogue, public_holidays, week
from scheduling.catalogue import Catalogue
from scheduling.models.workshop import Weekday
from scheduling.outside import outside
from shops.context import current_shop
from shops.dates import in_a_sentence
from shops.models import PhoneLine, WhatsAppNumber

SOON = timedelta(days=120)


@dataclass(frozen=True)
class Card:
    """One thing to set: what holds, what is missing, and where it is changed."""

    title: str
    icon: str
    lines: list[str]
    links: list[tuple[str, str]]
    warning: str = ""


def my_shop(request: HttpRequest) -> HttpResponse:
    """The hub. A handful of queries, however much there is."""
    cat = catalogue.load()
    config = AIConfig.load()
    context = {
        "cards": [*_workshop(request, cat), *_receptionist(config), _numbers(), _site()],
        "progress": steps.progress(current_shop()),
        "may_read_history": request.user.has_perm("auditlog.view_logentry"),
    }
    return pages.page(request, "backoffice/myshop/hub.html", context, title=_("La mia officina"))


def _workshop(request: HttpRequest, cat: Catalogue) -> Iterator[Card]:
    misfits = len(outside())
    yield Card(
        _("Orari"),
        "schedule",
        [f"{days}: {told or _('chiuso')}" for days, told in grouped(week.current())],
        [(_("Cambia gli orari"), reverse("admin:hours"))],
        ngettext("%(number)d appuntamento fuori orario", "%(number)d appuntamenti fuori orario", misfits)
        % {"number": misfits}
        if misfits
        else "",
    )
    yield _closures(cat)
    yield _services(cat)
    yield Card(
        _("Postazioni"),
        "garage",
        [", ".join(cat.bay_names.values()) or _("Nessuna postazione in uso.")],
        [
            (_("Le postazioni"), reverse("admin:scheduling_bay_changelist")),
            (_("Chi può fare che cosa"), reverse("admin:who_does_what")),
        ],
    )
    yield _rules(cat)


def grouped(now: week.Week) -> Iterator[tuple[str, str]]:
    """The week as on a door: days in a row with the same hours together."""
    start = 0
    for number in range(1, 8):
        if number == 7 or list(now[number]) != list(now[start]):
            first, last = str(Weekday(start).label), str(Weekday(number - 1).label)
            yield first if start == number - 1 else f"{first} – {last}", week.told(now[start])
            start = number


def _closures(cat: Catalogue) -> Card:
    today = timezone.localdate()
    found = ((each.coming(today, today + SOON), each) for each in cat.calendar.closings)
    coming = sorted((days, each.reason) for days, each in found if days)
    lines = [f"{reason or _('Chiuso')}: {_days(*days)}" for days, reason in coming[:3]]
    names = {holiday.key: str(holiday.name) for holiday in public_holidays.CHOICES}
    worked = [names[key] for key in cat.rules.works_on_holidays if key in names]
    if worked:
        lines.append(_("Si lavora a: %(days)s") % {"days": ", ".join(worked)})
    return Card(
        _("Chiusure e festività"),
        "event_busy",
        lines or [_("Nessuna chiusura in vista. Nelle feste nazionali l'officina è chiusa.")],
        [
            (_("Le chiusure"), reverse("admin:scheduling_closure_changelist")),
            (_("Nuova chiusura"), reverse("admin:scheduling_closure_add")),
            (_("Feste in cui si lavora"), f"{reverse('admin:scheduling_rules')}#id_works_on_holidays"),
        ],
    )


def _days(first: date, last: date) -> str:
    """ "7 dicembre", "9 agosto – 22 agosto"."""
    return in_a_sentence(" – ".join(date_format(day, "j F") for day in dict.fromkeys((first, last))))


def _services(cat: Catalogue) -> Card:
    idle = [service.name for service in cat.services if not cat.bays_for(service)]
    wordless = [service.name for service in cat.services if not service.words]
    lines = [
        ngettext("%(number)d servizio prenotabile", "%(number)d servizi prenotabili", len(cat.services))
        % {"number": len(cat.services)}
    ]
    if wordless:
        lines.append(_("Senza parole dei clienti: %(names)s") % {"names": ", ".join(wordless[:5])})
    return Card(
        _("Servizi"),
        "build",
        lines,
        [
            (_("I servizi"), reverse("admin:scheduling_service_changelist")),
            (_("Nuovo servizio"), reverse("admin:scheduling_service_add")),
        ],
        _("Nessuna postazione li può fare: %(names)s") % {"names": ", ".join(idle)} if idle else "",
    )


def _rules(cat: Catalogue) -> Card:
    rules = cat.rules
    return Card(
        _("Regole di prenotazione"),
        "rule",
        [
            _("Preavviso: %(minutes)d minuti") % {"minutes": rules.notice_minutes},
            _("Si prenota fino a %(days)d giorni avanti") % {"days": rules.horizon_days},
        ],
        [(_("Cambia le regole"), reverse("admin:scheduling_rules"))],
    )


def _receptionist(config: AIConfig) -> Iterator[Card]:
    page = reverse("admin:receptionist_aiconfig_change", args=[config.pk])
    languages = ", ".join(str(LANGUAGES.get(code, code)) for code in config.languages)
    yield Card(
        _("Come risponde l'assistente"),
        "support_agent",
        [
            f"«{prompt.first_sentence(config=config)}»",
            _("Lingue: %(languages)s") % {"languages": languages},
            _("Le chiamate sono registrate.")
            if config.recording_enabled
            else _("Le chiamate non sono registrate."),
        ],
        [(_("Saluto, tono, voce e lingue"), page)],
    )
    yield Card(
        _("Che cosa sa"),
        "menu_book",
        [
            ngettext("%(number)d domanda frequente", "%(number)d domande frequenti", len(config.faq))
            % {"number": len(config.faq)},
            _missing(config),
        ],
        [(_("Indirizzo, pagamenti, domande"), f"{page}#id_address")],
    )
    yield Card(
        _("Quando passa a una persona"),
        "phone_forwarded",
        [
            _("Passa le chiamate al %(number)s") % {"number": config.transfer_number}
            if config.transfer_number
            else _("Non passa le chiamate: prende nota e promette di richiamare."),
            _("Si richiama entro %(minutes)d minuti di apertura") % {"minutes": config.callback_minutes},
        ],
        [(_("Numero e tempi"), f"{page}#id_transfer_number")],
    )


def _missing(config: AIConfig) -> str:
    facts: dict[str, Any] = {
        _("indirizzo"): config.address,
        _("parcheggio"): config.parking,
        _("pagamenti"): config.payment,
        _("auto sostitutiva"): config.courtesy_car,
    }
    empty = [name for name, value in facts.items() if not value]
    if not empty:
        return _("Indirizzo, parcheggio, pagamenti e auto sostitutiva ci sono.")
    return _("Manca: %(names)s") % {"names": ", ".join(empty)}


def _numbers() -> Card:
    shop = current_shop()
    lines = [str(number) for number in PhoneLine.objects.filter(shop=shop).values_list("number", flat=True)]
    chats = list(WhatsAppNumber.objects.filter(shop=shop).defer("access_token"))
    stopped = any(row.stopped_at for row in chats)
    return Card(
        _("Telefono e WhatsApp"),
        "call",
        [
            _("Numero dell'officina: %(number)s") % {"number": shop.phone_number},
            _("Risponde l'assistente: %(numbers)s") % {"numbers": ", ".join(lines)}
            if lines
            else _("Nessuna linea collegata: la chieda a chi le ha attivato il servizio."),
            _("WhatsApp: %(numbers)s") % {"numbers": ", ".join(map(str, chats))}
            if chats
            else _("WhatsApp non è collegato."),
        ],
        [(_("Deviare il telefono e provare"), reverse("admin:first_hour"))],
        _("WhatsApp non parte: il numero è fermo, lo dica a chi le ha attivato il servizio.")
        if stopped
        else "",
    )


def _site() -> Card:
    """The public pages are a room beside this one: their address is known here, what is set there is not."""
    return Card(
        _("Sito"),
        "language",
        [_("I clienti prenotano da soli: %(address)s") % {"address": current_shop().url("/")}],
        [(_("Aspetto, testi e chat del sito"), reverse("admin:website_site_changelist"))],
    )
