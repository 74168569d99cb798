"""One start that somebody wants: what speaks against it, which bay is free, what else there is."""

from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from scheduling import clock, offers
from scheduling.availability import Search, Slot
from scheduling.calendar import Question, ask, read
from scheduling.catalogue import Catalogue
from scheduling.errors import REFUSALS, Closed, NotBookable, ServiceInactive, SlotTaken
from scheduling.models import Appointment, Bay, Customer, Service, Vehicle
from scheduling.models.appointments import LIVE, Status

LIVE_VALUES = [status.value for status in LIVE]
PROMISED = [Status.PENDING.value, Status.CONFIRMED.value]
LOCK = "SELECT id FROM scheduling_bay WHERE is_active ORDER BY id FOR UPDATE"
# Also who the customer is by now, if they were merged into somebody, whether they or the car were put away, and what
# else they have ahead for this service and car: where either is without a car, it may be the same.
SAME = """
SELECT same.id, other.id, coalesce(c.merged_into_id, c.id),
       c.archived_at IS NOT NULL OR EXISTS (
           SELECT 1 FROM scheduling_vehicle v WHERE v.id = %s AND v.archived_at IS NOT NULL)
FROM scheduling_customer c
LEFT JOIN LATERAL (
    SELECT a.id FROM scheduling_appointment a
    WHERE a.customer_id = coalesce(c.merged_into_id, c.id) AND a.service_id = %s AND a.scheduled_at = %s
      AND a.status = ANY(%s) AND (a.vehicle_id IS NULL OR a.vehicle_id = %s)
    ORDER BY a.vehicle_id NULLS LAST, a.created_at LIMIT 1) same ON true
LEFT JOIN LATERAL (
    SELECT a.id FROM scheduling_appointment a
    WHERE %s::boolean AND a.customer_id = coalesce(c.merged_into_id, c.id) AND a.service_id = %s
      AND a.scheduled_at > %s AND a.scheduled_at <> %s AND a.status = ANY(%s)
      AND (a.vehicle_id IS NULL OR %s::uuid IS NULL OR a.vehicle_id = %s)
    ORDER BY a.status, a.vehicle_id NULLS LAST, a.scheduled_at LIMIT 1) other ON true
WHERE c.id = %s
"""


def same_wish(customer: Customer, vehicle: Vehicle | None, service: Service, begin: int) -> UUID | None:
    """The live appointment that the same wish made before."""
    with connection.cursor() as cursor:
        cursor.execute(SAME, _same_values(customer, vehicle, service, begin))
        found = cursor.fetchone()
    return found[0] if found else None


def _same_values(
    customer: Customer, vehicle: Vehicle | None, service: Service, begin: int, since: int | None = None
) -> list[Any]:
    """The parameters of SAME. `since`: look for what else is ahead after this moment, None: do not."""
    start = clock.to_datetime(begin)
    ahead = start if since is None else clock.to_datetime(since)
    car = vehicle.pk if vehicle else None
    same = [car, service.pk, start, LIVE_VALUES, car]
    other = [since is not None, service.pk, ahead, start, PROMISED, car, car]
    return [*same, *other, customer.pk]


class Lost(Exception):
    """The slot is taken: ends the transaction, and with it the lock, before alternatives are looked for."""


class Look(NamedTuple):
    """What was found with the bays locked: the appointment the same wish made before, and a free bay.

    `other` is what else the customer has ahead for the service and the car, where that was asked; `customer_id` who they
    are by now; `archived` that they or the car had been put away.
    """

    same: UUID | None
    other: UUID | None
    slot: Slot | None
    customer_id: UUID
    archived: bool


@dataclass(frozen=True)
class Placing:
    """A service at a start, by the rules of whoever asks. Moments are seconds since 1970."""

    cat: Catalogue
    service: Service
    begin: int
    now: int
    bay: Bay | None = None
    minutes: int | None = None
    by_staff: bool = False
    moving: Appointment | None = None
    in_use: frozenset[int] | None = None
    """Bays that were in use when they were locked; None before."""

    @property
    def search(self) -> Search:
        """The question to the calendar."""
        return self._search(by_staff=self.by_staff, chosen=self.bay)

    def _search(self, *, by_staff: bool, chosen: Bay | None) -> Search:
        if chosen:
            bay_ids = [chosen.pk]
        else:
            own = [self.moving.bay_id] if self.moving else []  # stay in the bay where that is possible
            bay_ids = list(dict.fromkeys([*own, *self.cat.bays_for(self.service)]))
        if self.in_use is not None:
            bay_ids = [bay_id for bay_id in bay_ids if bay_id in self.in_use]
        return self.cat.search(
            self.service, self.now, minutes=self.minutes, bay_ids=bay_ids, by_staff=by_staff
        )

    def lock_bays(self) -> "Placing":
        """Lock the shop's bays in use, in the order of their ids, to the end of the transaction."""
        bays = Bay.objects.select_for_update().filter(is_active=True).order_by("pk")
        return replace(self, in_use=frozenset(bays.values_list("pk", flat=True)))

    def refusal(self) -> NotBookable | None:
        """What speaks against the start whatever else is booked, as the error to raise (without
        alternatives)."""
        if not self.service.is_active and not self.by_staff and not self.moving:
            return ServiceInactive()
        nothing = self.search.refusal(self.begin)
        if nothing is None:
            return None
        kind = REFUSALS[nothing]
        if kind is Closed:
            calendar = self.cat.calendar
            return Closed(closed=calendar.closed(clock.local_date(self.begin, calendar.tz)))
        return kind()

    def lock_and_look(self, customer: Customer, vehicle: Vehicle | None, *, alone: bool = False) -> Look:
        """Lock the shop's bays, then look for the same wish, for another like it where `alone`, and for a free bay.

        The three statements travel together: others wait for the lock until this transaction ends.
        """
        with ExitStack() as stack:
            locking, known, booked = (stack.enter_context(connection.cursor()) for _ in range(3))
            stack.enter_context(connection.connection.pipeline())
            locking.execute(LOCK)
            since = self.now if alone else None
            known.execute(SAME, _same_values(customer, vehicle, self.service, self.begin, since))
            ask(booked, **self._question())
            in_use = frozenset(bay_id for (bay_id,) in locking.fetchall())
            found = known.fetchone()
            taken = read(booked)
        slot = replace(self, in_use=in_use).search.place(self.begin, taken)
        same, other, customer_id, archived = found or (None, None, customer.pk, False)
        return Look(same, other, slot, customer_id, archived)

    def slot(self) -> Slot:
        """A free bay at the start. Raises Lost. To be asked with the bays locked. One query."""
        with connection.cursor() as cursor:
            ask(cursor, **self._question())
            slot = self.search.place(self.begin, read(cursor))
        if slot is None:
            raise Lost
        return slot

    def _question(self) -> Question:
        """What has to be known of the bays around the start."""
        search = self.search
        day = clock.local_date(self.begin, search.calendar.tz)
        return {
            "reach": search.reach(day, day),
            "bay_ids": search.need.bay_ids,
            "service": self.service,
            "caps": search.capped,
            "without": self.moving.pk if self.moving else None,
        }

    def with_alternatives(self, error: NotBookable) -> NotBookable:
        """The error with the nearest slots by the customers' rules: staff is not offered every minute of a
        day."""
        if not isinstance(error, ServiceInactive):
            error.alternatives = offers.alternatives(
                service=self.service,
                search=self._search(by_staff=False, chosen=None),
                start=self.begin,
                without=self.moving.pk if self.moving else None,
            )
        return error

    def taken(self) -> NotBookable:
        """The error for a slot that is taken, with what else there is."""
        return self.with_alternatives(SlotTaken())
