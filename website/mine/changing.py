"""Moving and cancelling one's own appointment. Every act says which version of it was seen, and is safe to send twice."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from scheduling import booking, catalogue, lifecycle
from scheduling.catalogue import Catalogue
from scheduling.errors import Changed, Gone, NotBookable, SlotTaken, TransitionRefused
from scheduling.models.appointments import Status
from shops import history
from website import frame
from website.booking import choosing, words
from website.mine.opened import CHANGES, Opened, opened
from website.mine.standing import as_booked, may_change
from website.mine.views import DONE, facts, show

START, FROM, VERSION = "inizio", "dal", "versione"
BY = "cliente, dal sito"
# In the history; backoffice.changes has the words.
ACTOR = "site"
MAX_REASON = 300
METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(METHODS)
@opened
def move(request: HttpRequest, mine: Opened) -> HttpResponseBase:
    """Free days and times, the question whether to move, and moving."""
    cat = catalogue.load(mine.shop)
    given = request.POST if request.method == "POST" else request.GET
    start = choosing.start(given.get(START, ""), cat, mine.now)
    if request.method == "POST" and start is not None and _is_at(mine, start):
        return _done(mine, "spostato")  # sent twice
    if not may_change(mine.row, mine.now):
        return show(request, mine, refusal=_too_late(), status=409)
    if request.method == "POST" and start is not None:
        return _move(request, mine, cat, start)
    if START not in given:
        return _days(request, mine, cat, choosing.day(given.get(FROM, "")))
    if start is None or not choosing.is_free(as_booked(mine.row), start, cat, mine.now, without=mine.row.pk):
        note = _("Quell'orario non si può prenotare: ne scelga un altro.")
        return _days(request, mine, cat, choosing.day(given.get(START, "")[:10]), note=note, status=409)
    return _ask(request, mine, cat, start)


@require_http_methods(METHODS)
@opened
def cancel(request: HttpRequest, mine: Opened) -> HttpResponseBase:
    """The question whether to cancel, and cancelling."""
    if mine.row.status == Status.CANCELLED:
        return _done(mine, "annullato")  # sent twice
    if not may_change(mine.row, mine.now):
        return show(request, mine, refusal=_too_late(), status=409)
    if request.method != "POST":
        return frame.render(request, "website/mine/cancel.html", {**facts(mine), "max_reason": MAX_REASON})
    if not CHANGES.take(str(mine.row.pk)):
        return too_many(request, mine)
    try:
        with transaction.atomic(), history.acting(name=ACTOR):
            lifecycle.lock(mine.row)
            lifecycle.require_unchanged(mine.row, _version(request))
            booking.cancel(appointment=mine.row, reason=request.POST.get("motivo", "")[:MAX_REASON], by=BY)
    except (Changed, TransitionRefused, Gone):
        return show(request, mine, refusal=_changed(), status=409)
    return _done(mine, "annullato")


def _move(request: HttpRequest, mine: Opened, cat: Catalogue, start: datetime) -> HttpResponse:
    if not CHANGES.take(str(mine.row.pk)):
        return too_many(request, mine)
    try:
        with history.acting(name=ACTOR):
            booking.reschedule(
                appointment=mine.row,
                starts_at=start,
                unchanged_since=_version(request),
                catalogue=cat,
                now=mine.now,
            )
    except (Changed, TransitionRefused, Gone):
        return show(request, mine, refusal=_changed(), status=409)
    except NotBookable as refusal:
        return _ask(request, mine, cat, start, refusal=refusal)
    return _done(mine, "spostato")


def _is_at(mine: Opened, start: datetime) -> bool:
    return mine.row.is_live and mine.row.scheduled_at == start


def _version(request: HttpRequest) -> datetime:
    """The version that was seen. One that cannot be read was never seen."""
    try:
        seen = datetime.fromisoformat(request.POST.get(VERSION, ""))
    except ValueError:
        raise Changed from None
    if seen.tzinfo is None:
        raise Changed
    return seen


def _days(
    request: HttpRequest,
    mine: Opened,
    cat: Catalogue,
    first: Any,
    *,
    note: str = "",
    status: int = 200,
) -> HttpResponse:
    service = as_booked(mine.row)
    days = choosing.days(service, first, cat, mine.now, without=mine.row.pk)
    _leave_out(choosing.key(mine.row.scheduled_at, cat), days)
    context = {
        **facts(mine),
        "days": days,
        "there": mine.path("my_appointment_move"),
        "join": "&" if mine.page.chosen else "?",
        "earlier": mine.path("my_appointment_move", **{FROM: days.earlier}) if days.earlier else "",
        "later": mine.path("my_appointment_move", **{FROM: days.later}) if days.later else "",
        "note": note,
    }
    return frame.render(request, "website/mine/move.html", context, status=status)


def _leave_out(start: str, days: choosing.Days) -> None:
    """Where it is, it need not be moved to."""
    for day in days.days:
        for times in (day.morning, day.afternoon):
            times[:] = [time for time in times if time.key != start]


def _ask(
    request: HttpRequest,
    mine: Opened,
    cat: Catalogue,
    start: datetime,
    *,
    refusal: NotBookable | None = None,
) -> HttpResponse:
    """From when to when, once more before it is done; after a refusal with the nearest free starts."""
    note = ""
    if refusal is not None:
        taken = isinstance(refusal, SlotTaken)
        note = _("Quell'orario è appena stato preso.") if taken else _("A quell'ora non si può prenotare.")
    slots = refusal.alternatives if refusal else []
    context = {
        **facts(mine),
        "start": choosing.key(start, cat),
        "wanted": words.moment(start),
        "note": note,
        "others": [(choosing.key(slot.starts_at, cat), words.moment(slot.starts_at)) for slot in slots],
        "asks_shop": mine.row.service.confirmed_by == "shop",
        "action": mine.path("my_appointment_move"),
        "other_days": mine.path("my_appointment_move", **{FROM: choosing.key(start, cat)[:10]}),
    }
    return frame.render(request, "website/mine/confirm.html", context, status=409 if refusal else 200)


def _done(mine: Opened, what: str) -> HttpResponseRedirect:
    """To the page of the appointment, under a link that lasts for its new time."""
    return HttpResponseRedirect(mine.path(**{DONE: what}))


def _too_late() -> str:
    return _("Da qui non si può più cambiare: ci chiami, troviamo una soluzione.")


def _changed() -> str:
    return _(
        "Nel frattempo l'appuntamento è cambiato e non abbiamo toccato niente. Guardi com'è adesso e riprovi."
    )


def too_many(request: HttpRequest, mine: Opened) -> HttpResponse:
    """The page with the refusal of who changes without end."""
    response = show(request, mine, refusal=_("Troppi cambiamenti in poco tempo: ci chiami."), status=429)
    response["Retry-After"] = str(CHANGES.seconds)
    return response
