"""A place of the waiting list that is held for the customer: yes and no, as the buttons on WhatsApp do it."""

from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from receptionist.followups import offers
from receptionist.followups.offers import Outcome
from website.mine.changing import ACTOR, METHODS, too_many
from website.mine.opened import CHANGES, Opened, opened
from website.mine.views import DONE, show

ANSWER, YES, NO = "risposta", "si", "no"
_SAID = {Outcome.TAKEN: "preso", Outcome.PENDING: "preso", Outcome.DECLINED: "lasciato"}


@require_http_methods(METHODS)
@opened
def answer(request: HttpRequest, mine: Opened) -> HttpResponseBase:
    """Take the held place, or leave it to the next in line; said again it stays as it is. A GET changes nothing."""
    said = request.POST.get(ANSWER, "") if request.method == "POST" else ""
    if said not in (YES, NO):
        return HttpResponseRedirect(mine.path())
    if not CHANGES.take(str(mine.row.pk)):
        return too_many(request, mine)
    verb = offers.accept_held if said == YES else offers.decline_held
    done = _SAID.get(verb(appointment_id=mine.row.pk, by=ACTOR, now=mine.now).outcome)
    if done is None:
        mine.row.refresh_from_db()
        refusal = _(
            "Il posto non è più tenuto: il tempo per rispondere è passato, o è andato a qualcun altro."
        )
        return show(request, mine, refusal=refusal, status=409)
    return HttpResponseRedirect(mine.path(**{DONE: done}))
