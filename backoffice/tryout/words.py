"""What the receptionist did in a turn, in the workshop's words."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from backoffice.inbox.deeds import ARGUMENTS, ASKED, as_read
from backoffice.tryout.talk import Exchange, Talk
from receptionist import brain, optout
from receptionist.models import Formality
from receptionist.tryout import Booked, Report, Rules, Used
from scheduling.models.appointments import Status
from shops.back_office import short_when

FAILED = {
    "busy": gettext_lazy("Il database non ha risposto in tempo: scriva di nuovo tra poco."),
    "late": gettext_lazy(
        "Nessuno ha risposto: il programma che risponde è fermo o ha troppo da fare. Riprovi più tardi."
    ),
    "lost": gettext_lazy("Questa prova è scaduta: ricominci."),
    "error": gettext_lazy(
        "L'assistente non è riuscito a rispondere. Ricominci; se succede ancora, lo segnali."
    ),
}
_SLOW = ("the answer is too slow", "no time left", "APITimeoutError", "ReadTimeout", "ConnectTimeout")
_HELD = {
    "leak": gettext_lazy("Il modello ha scritto dati che non doveva dire: la frase non è partita."),
    "claim": gettext_lazy("Il modello ha detto fatta una cosa che non era fatta: la frase non è partita."),
    "time": gettext_lazy("Il modello ha scritto un orario che nessuno gli ha detto: la frase non è partita."),
    "price": gettext_lazy(
        "Il modello ha scritto un prezzo che l'officina non ha indicato: la frase non è partita."
    ),
    "topic": gettext_lazy("Il modello ha parlato d'altro che dell'officina: la frase non è partita."),
}


@dataclass(frozen=True)
class Deed:
    """One use of a tool: what was asked (pairs of words), what came back, how long it took."""

    asked: str
    arguments: list[tuple[str, str]]
    ok: bool
    answer: str
    milliseconds: int


@dataclass(frozen=True)
class Setting:
    """A setting that the turn went by, and where it is changed ("" where one may not)."""

    name: str
    value: str
    url: str


@dataclass(frozen=True)
class Work:
    """One turn as the page explains it."""

    exchange: Exchange
    report: Report
    by: str
    kind: str
    why: str
    deeds: list[Deed]
    booked: list[str]
    settings: list[Setting]


def works(talk: Talk, user: Any) -> list[Work]:
    """What was done, the last first. `user`: links only lead where they may go."""
    return [
        Work(
            exchange=each,
            report=each.report,
            by=_by(each.report),
            kind=each.report.mode or "silent",
            why=why(each.report),
            deeds=[_deed(used) for used in each.report.tools],
            booked=[_booked(row) for row in each.report.booked],
            settings=list(_settings(each.report.rules, user)),
        )
        for each in reversed(talk.exchanges)
        if each.report
    ]


def failure(exchange: Exchange) -> str:
    """Why nobody answered; "" while somebody may, and when somebody did."""
    code = exchange.failed or ("late" if exchange.is_late else "")
    return str(FAILED.get(code, FAILED["error"])) if code else ""


def why(report: Report) -> str:
    """Why it was not the model's own words; "" when it was."""
    reason = report.why
    if not reason:
        return ""
    if reason == brain.NO_KEY:
        return _("Non c'è una chiave per il modello linguistico: risponde la procedura guidata.")
    if reason.startswith(brain.UNSUITABLE):
        kind = reason.partition(": ")[2].partition(":")[0]
        return str(_HELD.get(kind, _HELD["claim"]))
    if reason in _SLOW:
        return _("Il modello non ha risposto entro %(seconds)d secondi.") % {
            "seconds": int(settings.AI_TURN_SECONDS)
        }
    if reason in ("status 401", "status 403"):
        return _("Il servizio del modello rifiuta la chiave.")
    if reason == "status 429":
        return _("Il servizio del modello ha troppe richieste, o il credito è finito.")
    if reason.startswith("status "):
        return _("Il servizio del modello ha risposto con un errore (%(code)s).") % {
            "code": reason.removeprefix("status ")
        }
    if reason.endswith(("ConnectionError", "ConnectError")):
        return _("Il servizio del modello non si raggiunge.")
    return _("Il modello non ha dato una risposta che si possa usare.")


def _by(report: Report) -> str:
    """Who answered."""
    if report.silent:
        return _("Nessuna risposta: la chat è di una persona")
    named = {
        "model": _("Modello %(name)s") % {"name": report.rules.model},
        "guided": _("Procedura guidata"),
        "handover": _("Passa a una persona"),
        optout.MODE: _("Richiesta di non ricevere più messaggi"),
    }
    return named.get(report.mode, _("Nessuna risposta"))


def _deed(used: Used) -> Deed:
    named = (
        (str(ARGUMENTS.get(name, name)), as_read(value)) for name, value in list(used.arguments.items())[:20]
    )
    return Deed(
        asked=str(ASKED.get(used.name, used.name)),
        arguments=[(name, value) for name, value in named if value],
        ok=used.ok,
        answer=used.result,
        milliseconds=used.milliseconds,
    )


def _booked(row: Booked) -> str:
    """An appointment of the trial in one line."""
    parts = (row.service, short_when(row.begins), row.car, str(Status(row.status).label).lower(), row.code)
    return ", ".join(part for part in parts if part)


def _settings(rules: Rules, user: Any) -> Iterator[Setting]:
    ai = _link(user, "receptionist.change_aiconfig", "admin:receptionist_aiconfig_changelist")
    yield Setting(_("Prima frase"), rules.first_sentence, ai)
    hours = _link(user, "scheduling.view_openinghours", "admin:scheduling_openinghours_changelist")
    state = _("ora aperta") if rules.is_open else _("ora chiusa")
    yield Setting(_("Orari"), f"{rules.hours} ({state})", hours)
    services = _link(user, "scheduling.view_service", "admin:scheduling_service_changelist")
    offered = ngettext("%(number)d servizio", "%(number)d servizi", rules.services) % {
        "number": rules.services
    }
    yield Setting(_("Si può prenotare"), offered, services)
    questions = ngettext("%(number)d domanda", "%(number)d domande", rules.questions) % {
        "number": rules.questions
    }
    yield Setting(_("Domande frequenti"), questions, ai)
    yield Setting(_("Istruzioni proprie"), _("sì") if rules.has_instructions else _("nessuna"), ai)
    yield Setting(_("Dà del"), str(Formality(rules.formality).label), ai)
    model = rules.model if rules.has_key else _("nessuno (manca la chiave)")
    yield Setting(_("Modello"), model, ai)


def _link(user: Any, permission: str, name: str) -> str:
    try:
        return reverse(name) if user.has_perm(permission) else ""
    except NoReverseMatch:
        return ""
