"""The page of the day, its live part, what can be pressed on it, and the list of lost requests."""

import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from backoffice import pages
from backoffice.today import board, figures, links, markup, needs
from receptionist import holding
from receptionist.models import Handover
from scheduling import booking, catalogue, lifecycle, nextfree
from scheduling.errors import SchedulingError
from scheduling.models import Appointment
from shops.context import current_shop
from shops.dates import in_a_sentence
from shops.refusals import Refused

ACTS = "scheduling.change_appointment"
TAKES = "receptionist.change_handover"
# Farther away there is nothing to see, and dates end.
FARTHEST = timedelta(days=3 * 366)
MOST_SERVICES = 12

VERBS: dict[str, Callable[[Appointment], Appointment]] = {
    "confirm": lambda row: booking.confirm(appointment=row),
    "mark_arrived": lambda row: lifecycle.mark_arrived(appointment=row),
    "start": lambda row: booking.start(appointment=row),
    "complete": lambda row: booking.complete(appointment=row),
    "mark_collected": lambda row: booking.mark_collected(appointment=row),
    "mark_no_show": lambda row: booking.mark_no_show(appointment=row),
    "reopen": lambda row: booking.reopen(appointment=row),
}


def today(request: HttpRequest) -> HttpResponse:
    """The whole page."""
    context = _context(request)
    return pages.page(request, "backoffice/today.html", context, title=_("Oggi"))


def live(request: HttpRequest) -> HttpResponse:
    """What the page polls for; 304 while nothing has changed."""
    return pages.fragment(request, "backoffice/today_live.html", _context(request))


def act(request: HttpRequest) -> HttpResponse:
    """One thing that was pressed, "verb:id" in `do`; then the page again. Only by POST."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    verb, _colon, said = request.POST.get("do", "").partition(":")
    pk = _uuid(said)
    if verb == "take":
        return HttpResponseRedirect(_take(request, pk))
    if verb not in VERBS:
        raise Http404
    _carry_out(request, verb, pk)
    day = _day(request.POST.get("giorno"))
    chosen = day.isoformat() if day != timezone.localdate() else ""
    return HttpResponseRedirect(links.with_query(reverse("admin:today"), giorno=chosen))


def _uuid(said: str) -> uuid.UUID:
    try:
        return uuid.UUID(said)
    except ValueError as error:
        raise Http404 from error


def _carry_out(request: HttpRequest, verb: str, pk: uuid.UUID) -> None:
    if not request.user.has_perm(ACTS):
        raise PermissionDenied
    row = get_object_or_404(Appointment.objects.select_related("customer", "service"), pk=pk)
    who = row.customer.full_name or row.code
    try:
        VERBS[verb](row)
    except SchedulingError as refusal:
        messages.error(request, f"{who}: {refusal.message}")
    else:
        messages.success(request, f"{who}, {row.service.name}: {board.LABELS[verb]}")


def _take(request: HttpRequest, pk: uuid.UUID) -> str:
    """Who is logged in looks after a request; the address of its conversation, or of this page if a colleague has it."""
    if not request.user.has_perm(TAKES):
        raise PermissionDenied
    row = get_object_or_404(Handover.objects.select_related("conversation"), pk=pk)
    try:
        holding.take(conversation=row.conversation, staff=pages.person(request))
    except Refused as refusal:
        messages.error(request, str(refusal))
        return reverse("admin:today")
    messages.success(request, _("Se ne occupa lei."))
    return links.conversation(row.conversation_id)


def _context(request: HttpRequest) -> dict[str, Any]:
    """Everything that the live part shows. The same number of queries whatever the data."""
    now = timezone.now()
    cat = catalogue.load()
    day = _day(request.GET.get("giorno"))
    is_today = day == timezone.localdate()
    may = request.user.has_perm
    talks = may("receptionist.view_conversation")
    shown, words = board.load(cat, day, now=now, may_act=may(ACTS)), markup.Words()
    return {
        "day": day,
        "is_today": is_today,
        "day_name": in_a_sentence(date_format(day, "l j F Y")),
        "closed": cat.calendar.closed(day),
        "before": _day_link(day - timedelta(days=1)),
        "after": _day_link(day + timedelta(days=1)),
        "poll": links.with_query(reverse("admin:today_live"), giorno="" if is_today else day.isoformat()),
        "board": shown,
        "bays": [(bay.name, markup.works(bay.works, words)) for bay in shown.bays],
        "still_in": markup.works(shown.still_in, words),
        "needs": needs.load(request, now=now),
        "figures": figures.load(cat, now=now, with_talks=talks),
        "next_free": _next_free(cat, request),
        "still_in_link": links.changelist("scheduling_appointment", sospeso="ritiro"),
        "cancelled_link": links.changelist(
            "scheduling_appointment", inizio="oggi", status__exact="cancelled"
        ),
        "lost_link": links.page("lost_requests") if talks else "",
        "may_add": may("scheduling.add_appointment"),
        "add_link": links.new_appointment(),
    }


def _next_free(cat: catalogue.Catalogue, request: HttpRequest) -> list[dict[str, Any]]:
    """The common services, or the first ones where none is marked. One query."""
    services = (cat.common or cat.services)[:MOST_SERVICES]
    return [
        {
            "name": each.service.name,
            "when": each.slot.starts_at if each.slot else None,
            "link": _calendar(each.slot.starts_at) if each.slot else "",
        }
        for each in nextfree.next_free(cat, services, timezone.now())
    ]


def _calendar(moment: datetime) -> str:
    """The calendar of the moment's day; a new appointment where there is no calendar."""
    day = timezone.localdate(moment).isoformat()
    return links.page("calendar", vista="giorno", data=day) or links.new_appointment()


def _day(said: str | None) -> date:
    """The day that was asked for; today for nonsense and for what is years away."""
    here = timezone.localdate(timezone=current_shop().tz)
    try:
        day = date.fromisoformat(said or "")
    except ValueError:
        return here
    return day if abs(day - here) <= FARTHEST else here


def _day_link(day: date) -> str:
    chosen = "" if day == timezone.localdate() else day.isoformat()
    return links.with_query(reverse("admin:today"), giorno=chosen)
