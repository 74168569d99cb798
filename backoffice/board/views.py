"""The board's page: whole, as the piece that polls, and what its taps send."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from backoffice import pages
from backoffice.board import acts, work
from scheduling.errors import Changed, SchedulingError

PART = "backoffice/board/part.html"


@require_http_methods(["GET", "HEAD", "POST"])
def board(request: HttpRequest) -> HttpResponse:
    """GET: the page; with ?part its cards alone, 304 while they are the same. POST: a tap."""
    now = timezone.now()
    if request.method == "POST":
        return _tap(request, now)
    context = _context(request, now)
    if "part" in request.GET:
        return _marked(pages.fragment(request, PART, context))
    return pages.page(request, "backoffice/board/board.html", context, title=_("I lavori di oggi"))


def _tap(request: HttpRequest, now: datetime) -> HttpResponse:
    by_script = request.headers.get("X-Requested-With") == "fetch"
    said, refused = "", False
    try:
        said = acts.perform(request.POST.dict(), person=pages.person(request), now=now)
    except acts.BadTap:
        return HttpResponseBadRequest()
    except SchedulingError as refusal:
        said, refused = refusal.message, True
        if isinstance(refusal, Changed):
            said = _("%(reason)s Guardi com'è adesso e riprovi.") % {"reason": said}
    if by_script:
        context = {**_context(request, now), "said": said, "refused": refused}
        answer = pages.fragment(request, PART, context)
        answer.status_code = 409 if refused else 200
        return _marked(answer)
    (messages.error if refused else messages.success)(request, said)
    return HttpResponseRedirect(reverse("admin:board"))


def _context(request: HttpRequest, now: datetime) -> dict[str, Any]:
    person = pages.person(request)
    clock_now = timezone.localtime(now).strftime("%H:%M")
    return {
        "sections": work.sections(person, now=now),
        "person": person,
        "quick_times": [each for each in acts.QUICK_TIMES if each > clock_now],
        "quick_notes": acts.QUICK_NOTES,
        "longest_note": acts.LONGEST_NOTE,
        # A mechanic does not see the customers' numbers: that is for who may open the customer.
        "may_call": person.has_perm("scheduling.view_customer"),
        "may_open": person.has_perm("scheduling.view_appointment"),
    }


def _marked(answer: HttpResponse) -> HttpResponse:
    answer["X-Board"] = "1"  # by which the script tells the cards from a login page
    return answer
