"""How one freed place is offered to one person: until when it is held, the pending appointment, the words."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.utils import timezone
from django.utils.formats import date_format

from receptionist import notices, optout
from receptionist.content import Content, Option
from receptionist.followups import deciding, kinds, telling, when, whom
from receptionist.models import AIConfig, FollowUpConfig, FollowUpKind, OutboundMessage, Purpose, SlotOffer
from receptionist.models.followups import FollowUpOutcome
from scheduling import booking, catalogue, clock
from scheduling.booking import Booking
from scheduling.errors import OffGrid
from scheduling.models import Appointment, Bay, Customer, WaitingList
from scheduling.models.appointments import Source, Status
from scheduling.waiting import Place
from shops.context import current_shop

# What is younger than this is most likely in a worker's hands.
GRACE = timedelta(seconds=30)
NOTE = "Posto tenuto per chi era in lista d'attesa: risponde entro le {until}."
YES, NO = "Sì, lo prendo", "No, grazie"


class NotAsked(Exception):
    """This person cannot be asked: no number, no consent, or no longer waiting."""


def held_until(now: datetime) -> datetime:
    """Until when an offer that is made now holds its place (UTC).

    The shop's minutes count from when the message goes out; a hold that would end in the quiet hours ends so many
    minutes after them, since nobody is expected to answer at night.
    """
    config, tz = FollowUpConfig.load(), current_shop().tz
    minutes = timedelta(minutes=config.offer_minutes)
    begins = when.next_allowed(now, config, tz)
    if begins > now:  # what waits for the morning does not go out all at once
        begins += timedelta(seconds=deciding.SPREAD)
    ends = begins + minutes
    return when.next_allowed(ends, config, tz) + minutes if when.is_quiet(ends, config, tz) else ends


def is_possible(place: Place, until: datetime) -> bool:
    """Whether there is time to ask anybody: after the hold there are still the hours that a booking needs beforehand.

    Nor is anything offered where the message is switched off, or the shop has no WhatsApp.
    """
    if not kinds.wanted(FollowUpKind.FREED_PLACE).enabled or not notices.has_whatsapp():
        return False
    notice = timedelta(minutes=catalogue.load(current_shop()).rules.notice_minutes)
    return place.starts_at - until >= notice


def minutes_for(customer: Customer) -> int:
    """How long a place that comes free is held for this customer; 0 when they would not be asked by us. A few queries."""
    if not kinds.wanted(FollowUpKind.FREED_PLACE).enabled or not notices.has_whatsapp():
        return 0
    number = whom.number_of(customer)
    if not number or not optout.allows_recipient(
        channel="whatsapp", recipient=number, purpose=Purpose.REMINDER
    ):
        return 0
    return FollowUpConfig.load().offer_minutes


def number_for(wish: WaitingList) -> str:
    """Where the person is asked. Raises NotAsked."""
    recipient = whom.number_of(wish.customer)
    if not recipient:
        raise NotAsked
    return recipient


def hold(wish: WaitingList, place: Place, until: datetime, now: datetime) -> Booking:
    """A pending appointment of theirs in the place: by the rules for customers, and off the grid where the place was.

    Raises NotBookable when the place does not do for them, or is gone.
    """
    until_text = when_text(until, now)
    book = partial(
        booking.book,
        customer=wish.customer,
        vehicle=wish.vehicle,
        service=wish.service,
        starts_at=place.starts_at,
        source=Source.AI_WHATSAPP,
        notes=f"{NOTE.format(until=until_text)} {wish.note}".strip(),
        hold=True,
        now=now,
    )
    try:
        return book()
    except OffGrid:
        bay = Bay.objects.filter(pk=place.bay_id, is_active=True).first()
        if bay is None:
            raise
        return book(bay=bay, by_staff=True)


def served(people: Sequence[WaitingList], place: Place, now: datetime) -> set[UUID]:
    """The wishes of who has been booked for the same work since, no later than this place: it is of no use to them.

    One query.
    """
    rows = Appointment.objects.filter(
        customer__in={wish.customer_id for wish in people},
        status__in=(Status.PENDING, Status.CONFIRMED, Status.IN_PROGRESS),
        ends_at__gt=now,
        scheduled_at__lte=place.starts_at,
    )
    booked = list(rows.values_list("customer_id", "service_id", "vehicle_id", "created_at"))
    return {
        wish.pk
        for wish in people
        for customer_id, service_id, vehicle_id, made_at in booked
        if (customer_id, service_id) == (wish.customer_id, wish.service_id)
        and (wish.vehicle_id is None or vehicle_id in (None, wish.vehicle_id))
        and made_at > wish.created_at
    }


def is_worked(row: Appointment) -> bool:
    """Whether the shop still works when the hold begins, and in its bay: closures come meanwhile. Two queries."""
    calendar = catalogue.load(current_shop()).calendar
    begins, day = clock.to_moment(row.scheduled_at), when.local_day(row.scheduled_at, calendar.tz)
    ends = clock.to_moment(row.ends_at)
    shut = any(start < ends and begins < end for start, end in calendar.bay_closings(row.bay_id, day, day))
    return (
        calendar.is_open(row.scheduled_at)
        and not shut
        and Bay.objects.filter(pk=row.bay_id, is_active=True).exists()
    )


def ask(offer: SlotOffer, row: Appointment, *, recipient: str, now: datetime) -> OutboundMessage | None:
    """Put the question on its way. Raises NotAsked when it may not be sent."""
    decided = deciding.send(
        kind=FollowUpKind.FREED_PLACE,
        key=f"offer:{offer.pk}",
        customer=row.customer,
        recipient=recipient,
        content=content(offer, row, when.next_allowed(now, FollowUpConfig.load(), current_shop().tz)),
        day=when.local_day(now, current_shop().tz),
        appointment=row,
        now=now,
    )
    if decided.outcome != FollowUpOutcome.SENT:
        raise NotAsked
    return decided.message


def content(offer: SlotOffer, row: Appointment, now: datetime) -> Content:
    """The question, as it is read at this moment, with its two buttons."""
    places = telling.appointment_places(row, AIConfig.load())
    places["entro"] = when_text(offer.held_until, now)
    options = (Option(f"offer_yes:{offer.pk}", YES), Option(f"offer_no:{offer.pk}", NO))
    return kinds.content_for(FollowUpKind.FREED_PLACE, places, options=options)


def when_text(moment: datetime, now: datetime) -> str:
    """A time that is read: "15:30", "9:30 di domani", "9:30 di lunedì 23 novembre"."""
    tz = current_shop().tz
    local, today = timezone.localtime(moment, tz), when.local_day(now, tz)
    days = (local.date() - today).days
    day = "" if days == 0 else " di domani" if days == 1 else f" di {date_format(local, 'l j F').lower()}"
    return f"{local:%H:%M}{day}"
