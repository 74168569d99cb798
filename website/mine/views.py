"""My appointment, behind a signed address: what it is, and adding it to a calendar."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from receptionist import held, identity, links
from receptionist.models import AIConfig
from scheduling import catalogue
from website import frame, ics
from website.booking import words
from website.mine.entries import for_customer
from website.mine.opened import Opened, opened
from website.mine.standing import may_change, standing

MAP = "https://www.google.com/maps/search/"
DONE = "fatto"
SAID = {"spostato", "annullato", "preso", "lasciato"}


@require_safe
@opened
def see(request: HttpRequest, mine: Opened) -> HttpResponseBase:
    """The appointment and what can be done about it."""
    return show(request, mine, done=request.GET.get(DONE, ""))


@require_safe
@opened
def calendar_file(_request: HttpRequest, mine: Opened) -> HttpResponseBase:
    """The appointment for the customer's own calendar."""
    entry = for_customer(
        mine.row,
        shop=mine.shop,
        name=mine.page.name,
        address=AIConfig.load().address,
        link=links.appointment_url(mine.row, shop=mine.shop),
        phone=mine.page.phone,
    )
    response = HttpResponse(ics.write([entry]), content_type=ics.CONTENT_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{_("appuntamento")}.ics"'
    response["Referrer-Policy"] = "no-referrer"
    return response


def show(
    request: HttpRequest, mine: Opened, *, done: str = "", refusal: str = "", status: int = 200
) -> HttpResponse:
    """The page of the appointment; `refusal` says why something was not done."""
    row = mine.row
    calendar = catalogue.load(mine.shop).calendar
    until = held.until(row)
    context: dict[str, Any] = {
        **facts(mine),
        "standing": standing(row, calendar, mine.now, held_until=until),
        "done": done if done in SAID else "",
        "refusal": refusal,
        # A place that is only held is taken or left; changed is what one has.
        "changeable": may_change(row, mine.now) and until is None,
        "offer": mine.path("my_appointment_offer") if until and mine.now < until else "",
        "live": row.is_live,
        "move": mine.path("my_appointment_move"),
        "cancel": mine.path("my_appointment_cancel"),
        "calendar": mine.path("my_appointment_calendar"),
    }
    return frame.render(request, "website/mine/see.html", context, status=status)


def facts(mine: Opened) -> dict[str, Any]:
    """What every page of the appointment says about it; of the customer the first name alone."""
    row = mine.row
    address = AIConfig.load().address
    found = urlencode({"api": 1, "query": f"{mine.page.name}, {address}"})
    brought = row.drop_off_at if row.drop_off_at and row.drop_off_at != row.scheduled_at else None
    return {
        "row": row,
        "service": row.service,
        "vehicle": row.vehicle,
        # Whoever books names a plate; what the shop knows of the car is its owner's.
        "car": row.vehicle.label if row.vehicle and identity.owns(row.customer, row.vehicle) else "",
        "first_name": row.customer.first_name,
        "when": words.moment(row.scheduled_at),
        "brought": words.moment(brought) if brought else "",
        "address": address,
        "map": f"{MAP}?{found}" if address else "",
        "back": mine.path(),
        "version": row.updated_at.isoformat(),
    }
