"""What stands on the board: the work of the day, and the cars that are in from earlier ones."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format

from scheduling import lifecycle, periods
from scheduling.models import Appointment
from scheduling.models.appointments import Status
from shops.context import current_shop
from shops.dates import in_a_sentence
from shops.staff.models import StaffUser

STILL_IN = timedelta(days=60)  # work that began so long ago and was never ended is a slip, not a car
TO_COLLECT = timedelta(days=7)
MOST = 200  # cards
# Shops that never say who works where see one list.
WAITING = (Status.PENDING, Status.CONFIRMED, Status.NO_SHOW)


@dataclass(frozen=True)
class Card:
    """One car on the board, for one person. Times local."""

    appointment: Appointment
    mine: bool
    today: datetime  # local midnight

    @property
    def version(self) -> str:
        """What the person sees; a verb that was meant for another state is refused."""
        return self.appointment.updated_at.isoformat()

    @property
    def earlier(self) -> bool:
        """Whether it was due on an earlier day."""
        return self.appointment.scheduled_at < self.today

    @property
    def when(self) -> str:
        """ "9:00", or "lun 20 9:00" for another day."""
        return self._shown(self.appointment.scheduled_at)

    @property
    def promised(self) -> str:
        """By when the customer has been told, "" for not at all."""
        return self._shown(self.appointment.promised_at)

    @property
    def promised_today(self) -> bool:
        """Whether `promised` is an hour alone, without its day."""
        moment = self.appointment.promised_at
        return moment is not None and timezone.localtime(moment).date() == self.today.date()

    @property
    def arrived(self) -> str:
        """Since when the car is here, "" when nobody said so."""
        return self._shown(self.appointment.arrived_at)

    def _shown(self, moment: datetime | None) -> str:
        if moment is None:
            return ""
        local = timezone.localtime(moment)
        return in_a_sentence(date_format(local, "H:i" if local.date() == self.today.date() else "D j H:i"))

    @cached_property
    def verbs(self) -> frozenset[str]:
        """What may be pressed."""
        row = self.appointment
        allowed = {
            verb for verb, transition in lifecycle.TRANSITIONS.items() if row.status in transition.sources
        }
        if row.arrived_at is not None or row.status not in WAITING:
            allowed.discard("mark_arrived")
        if row.status != Status.IN_PROGRESS:
            allowed.discard("complete")  # one thing after the other: a thumb is quick
        if row.collected_at is not None:
            allowed -= {"mark_collected", "promise"}
        return frozenset(allowed)


@dataclass(frozen=True)
class Section:
    """Cards under one heading. `folded`: what is over lies behind a tap."""

    name: str
    cards: list[Card]
    folded: bool = False


def on_board(*, now: datetime) -> QuerySet[Appointment]:
    """The appointments that the board speaks of; nothing else can be changed from it."""
    day = timezone.localdate(now)
    today = periods.of_days(day, day, current_shop().tz)
    due = Q(scheduled_at__gte=today.begins, scheduled_at__lt=today.ends)
    earlier = Q(scheduled_at__gte=today.begins - STILL_IN, scheduled_at__lt=today.begins)
    in_from_earlier = earlier & (
        Q(status=Status.IN_PROGRESS)
        | Q(status=Status.COMPLETED, collected_at=None, ends_at__gte=today.begins - TO_COLLECT)
        | Q(status=Status.COMPLETED, collected_at__gte=today.begins)
        | Q(status__in=WAITING[:2], arrived_at__isnull=False)
        | Q(status__in=WAITING[:2], ends_at__gt=today.begins)
    )
    return Appointment.objects.filter(due | in_from_earlier).exclude(status=Status.CANCELLED)


def sections(person: StaffUser, *, now: datetime) -> list[Section]:
    """The board of one person: mine first. One query."""
    day = timezone.localdate(now)
    midnight = periods.of_days(day, day, current_shop().tz).begins
    midnight = timezone.localtime(midnight)
    rows = on_board(now=now).select_related("customer", "vehicle", "service", "bay", "mechanic")
    cards = [Card(row, _is_mine(row, person), midnight) for row in rows.order_by("scheduled_at", "pk")[:MOST]]
    found: dict[str, list[Card]] = {"mine": [], "earlier": [], "others": [], "ready": [], "over": []}
    for card in cards:
        found[_place(card)].append(card)
    found["mine"].sort(
        key=lambda card: card.appointment.status != Status.IN_PROGRESS
    )  # what is on the lift, first
    return [Section(name, each, folded=name == "over") for name, each in found.items() if each]


def _is_mine(row: Appointment, person: StaffUser) -> bool:
    """Given to the person, or to nobody in a bay of theirs."""
    return (row.mechanic_id or row.bay.mechanic_id) == person.pk


def _place(card: Card) -> str:
    row = card.appointment
    if row.collected_at is not None or row.status == Status.NO_SHOW:
        return "over"
    if row.status == Status.COMPLETED:
        return "ready"
    if card.mine:
        return "mine"
    return "earlier" if card.earlier else "others"
