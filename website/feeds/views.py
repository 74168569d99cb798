"""The calendar of somebody of the shop, as their telephone or Google follows it: behind one secret address."""

import hashlib
from datetime import datetime

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from scheduling import feeds
from scheduling.models import Appointment, CalendarFeed
from shops.context import current_shop
from shops.limits import Limit
from shops.models import Shop
from shops.staff.throttle import address
from shops.views import sentence
from website import frame, ics

WRONG = Limit("feed-wrong", 60, 3600)
CALL = "scheduling.view_customer"
# Calendars on a telephone ask every quarter of an hour; a minute keeps those that ask twice at once.
CACHE = "private, max-age=60"


@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponseBase:
    """The feed, or 304 when the calendar has it already. 404 for whatever opens none, without telling why.

    Three queries, one more when nobody asked for an hour.
    """
    found = feeds.find(token)
    if found is None:
        response = _unknown(request)
    else:
        now = timezone.now()
        feeds.used(found, now)
        response = _answer(request, _written(found, current_shop(), now))
    response.headers.setdefault("Cache-Control", "no-store")
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _unknown(request: HttpRequest) -> HttpResponse:
    text = _("Questo calendario non c'è, o è stato revocato.")
    if WRONG.take(address(request)):
        return sentence(text, status=404)
    response = sentence(text, status=429)
    response["Retry-After"] = str(WRONG.seconds)
    return response


def _answer(request: HttpRequest, body: bytes) -> HttpResponse:
    """The same rows give the same bytes, so that their digest is the version."""
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": CACHE}
    if etag in [
        each.strip().removeprefix("W/") for each in request.headers.get("If-None-Match", "").split(",")
    ]:
        return HttpResponseNotModified(headers=headers)
    response = HttpResponse(body, content_type=ics.CONTENT_TYPE, headers=headers)
    response["Content-Disposition"] = 'inline; filename="calendario.ics"'
    return response


def _written(feed: CalendarFeed, shop: Shop, now: datetime) -> bytes:
    with translation.override(feed.staff.language or "it"):
        with_phone = feed.staff.has_perm(CALL)
        rows = feeds.appointments(feed, now)
        entries = [_entry(row, shop, with_phone=with_phone) for row in rows]
        name = f"{shop.name} - {_('i miei lavori')}" if feed.only_mine else shop.name
        return ics.write(entries, name=name, feed=True)


def _entry(row: Appointment, shop: Shop, *, with_phone: bool) -> ics.Entry:
    """For the shop's people. Telephones are for who may open the customer, as on the board."""
    car = row.vehicle
    plate = car.license_plate if car else ""
    what = " ".join(part for part in (car.make, car.model, plate) if part) if car else ""
    phone = row.customer.phone or row.contact_phone
    lines = [
        f"{_('Cliente')}: {row.customer}",
        f"{_('Auto')}: {what}" if what else "",
        f"{_('Telefono')}: {frame.shown(phone)}" if phone and with_phone else "",
        f"{_('Postazione')}: {row.bay.name}",
        f"{_('Stato')}: {row.get_status_display()}",
        f"{_('Codice')}: {row.code}",
        row.notes,
    ]
    return ics.entry(
        row,
        shop_id=shop.pk,
        summary=" - ".join(part for part in (row.service.name, str(row.customer), plate) if part),
        location=row.bay.name,
        description="\n".join(line for line in lines if line),
    )
