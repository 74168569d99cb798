"""The calendar's page, its data, and moving. Thin: what is done stands in changing."""

import hashlib
import json
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from backoffice import pages
from backoffice.calendar import assets, changing, feed, people, setup, times
from backoffice.calendar.forms import read_version
from scheduling.errors import Changed, NotBookable, SchedulingError
from scheduling.models import Appointment, Bay
from shops.back_office import short_when


@require_GET
def calendar(request: HttpRequest) -> HttpResponse:
    """The page. Its address may say which view and day: ?vista=giorno&data=2026-11-23, and &appuntamento=<id>."""
    context = {"there": assets.are_there(), "script": assets.SCRIPT, "style": assets.STYLE}
    if context["there"]:
        context |= {"setup": setup.for_script(request), "statuses": setup.statuses()}
    return pages.page(request, "backoffice/calendar.html", context, title=gettext_lazy("Calendario"))


@require_GET
def data(request: HttpRequest) -> HttpResponse:
    """The days from ?from= up to, and without, ?to= (dates) as JSON, with an ETag; 400 with a sentence for nonsense."""
    try:
        first, last = times.read_days(request.GET.get("from", ""), request.GET.get("to", ""))
    except times.BadInput as fault:
        return JsonResponse({"message": str(fault)}, status=400)
    body = json.dumps(feed.days(first, last), separators=(",", ":"))
    etag = f'"{hashlib.sha256(body.encode()).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Cookie"}
    if request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified(headers=headers)
    return HttpResponse(body, content_type="application/json", headers=headers)


@require_POST
def move(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What dragging and resizing do: `start`, for another length `end`, `bay`, `version` as the page had it.

    409 with the reason, and the nearest free times, when it is not possible or somebody else was quicker.
    """
    may_change(request)
    appointment = find(pk)
    promised = appointment.promised_at
    try:
        seen = read_version(request.POST.get("version", ""))
        end = request.POST.get("end", "")
        changing.move(
            appointment=appointment,
            starts_at=times.read_wall(request.POST.get("start", "")),
            ends_at=times.read_wall(end) if end else None,
            bay=_bay(request.POST.get("bay", "")),
            seen=seen,
        )
    except times.BadInput as fault:
        return JsonResponse({"message": str(fault)}, status=400)
    except SchedulingError as refusal:
        return refused(appointment, refusal)
    return JsonResponse({"message": moved(appointment, was_promised=promised is not None)})


def refused(appointment: Appointment, refusal: SchedulingError) -> JsonResponse:
    """Why not, in words, and what else there is."""
    answer: dict[str, Any] = {"reason": refusal.code, "message": refusal.message, "alternatives": []}
    if isinstance(refusal, Changed):
        answer["message"] = _("%(change)s Il suo spostamento non è stato fatto.") % {
            "change": changing.who_changed(appointment)
        }
    elif isinstance(refusal, NotBookable):
        answer["alternatives"] = changing.alternatives(refusal)
    return JsonResponse(answer, status=409)


@require_GET
def customers(request: HttpRequest) -> HttpResponse:
    """Customers by name, phone or plate (?q=)."""
    if not request.user.has_perm("scheduling.view_customer"):
        raise PermissionDenied
    return JsonResponse({"customers": people.search(request.GET.get("q", "")[:80])})


def find(pk: UUID) -> Appointment:
    """The appointment with what its form shows; 404."""
    related = ("customer", "vehicle", "service", "bay", "mechanic")
    found = Appointment.objects.select_related(*related).filter(pk=pk).first()
    if found is None:
        raise Http404(_("Questo appuntamento non c'è."))
    return found


def may_change(request: HttpRequest) -> None:
    """403 for who may only look."""
    if not request.user.has_perm("scheduling.change_appointment"):
        raise PermissionDenied


def _bay(text: str) -> Bay | None:
    if not text:
        return None
    found = (
        Bay.objects.filter(pk=int(text)).first()
        if text.isascii() and text.isdigit() and len(text) < 19
        else None
    )
    if found is None:
        raise times.BadInput(_("Questa postazione non c'è."))
    return found


def moved(appointment: Appointment, *, was_promised: bool) -> str:
    """Where it is now; and that what was promised to the customer does not hold any more."""
    said = {"customer": str(appointment.customer), "when": short_when(appointment.scheduled_at)}
    if was_promised and appointment.promised_at is None:
        return _("%(customer)s: %(when)s. L'ora promessa al cliente è stata tolta: darne una nuova.") % said
    return _("%(customer)s: %(when)s.") % said
