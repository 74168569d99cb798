"""Filling a shop: customers with cars, a week of history and a week of bookings, relative to today.

The same seed and day give the same shop. Appointments are placed by the search that answers customers, so
they lie in opening hours and never share a bay.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from random import Random

from django.db import transaction
from django.utils import timezone

from scheduling import catalogue, clock, codes, seeds, signals
from scheduling.availability import Limits, Need, Search, Slot, Taken
from scheduling.catalogue import Catalogue
from scheduling.demo import people, workshops
from scheduling.models import (
    Appointment,
    Bay,
    ChannelIdentity,
    Closure,
    Consent,
    Customer,
    OpeningHours,
    Service,
    Vehicle,
    WaitingList,
)
from scheduling.models.appointments import Source, Status
from scheduling.models.customers import Channel
from shops.models import Shop

SEED = 1966
DAYS_AROUND = 7
CUSTOMERS = {"large": 40, "small": 14}
CARS_A_DAY = {"large": (5, 9), "small": (1, 3)}
# No range of Italian mobile numbers is set aside for examples; these end in a row of zeros and a counter.
PHONE = "+393200000{:03d}"
WORDING = "Ho letto l'informativa sulla privacy e acconsento al trattamento dei miei dati."


class Kind(StrEnum):
    OFFICINA = "officina"
    CARROZZERIA = "carrozzeria"


class RealCustomers(Exception):
    """The shop has customers that are not of the demonstration."""


@dataclass(frozen=True)
class Filled:
    """What the shop has now; `created` is False when it had been filled before."""

    customers: int
    appointments: int
    created: bool


def kind_of(shop: Shop) -> Kind:
    """A body shop by its name, otherwise an officina."""
    return Kind.CARROZZERIA if "carrozzeria" in shop.name.casefold() else Kind.OFFICINA


def fill(
    shop: Shop, *, kind: Kind | None = None, size: str | None = None, now: datetime | None = None
) -> Filled:
    """Fill the current shop. Does nothing when it was filled before; all or nothing.

    `size`: large or small, by default what suits the kind. Raises RealCustomers when somebody else's data is
    there.
    """
    kind = kind or kind_of(shop)
    size = size or ("small" if kind == Kind.CARROZZERIA else "large")
    with transaction.atomic():
        if Customer.objects.filter(phone=PHONE.format(1)).exists():
            return Filled(Customer.objects.count(), Appointment.objects.count(), created=False)
        if Customer.objects.exists():
            raise RealCustomers
        _furnish(kind)
        story = _Story(size, clock.to_moment(now or timezone.now()), Random(f"{SEED} {kind} {size}"))
        story.tell()
        signals.demo_filled.send(sender=None, shop=shop, kind=kind)
    return Filled(Customer.objects.count(), Appointment.objects.count(), created=True)


def _furnish(kind: Kind) -> None:
    """Bays, services, hours and closures that suit the kind of workshop."""
    if kind == Kind.CARROZZERIA:
        for model in (Service, Bay, OpeningHours):
            model.objects.all().delete()
        seeds.write_hours(workshops.BODY_SHOP_HOURS)
        seeds.write_services(workshops.BODY_SHOP_BAYS, workshops.BODY_SHOP_SERVICES)
    year = timezone.localdate().year
    Closure.objects.get_or_create(
        reason="ferie estive",
        defaults={"starts_on": date(year, 8, 9), "ends_on": date(year, 8, 22), "every_year": True},
    )
    Closure.objects.get_or_create(
        reason="festa di Sant'Ambrogio",
        defaults={"starts_on": date(year, 12, 7), "ends_on": date(year, 12, 7), "every_year": True},
    )


class _Story:
    """A fortnight in the life of the shop: last week, today and next week."""

    def __init__(self, size: str, now: int, random: Random) -> None:
        self.size, self.now, self.random = size, now, random
        self.cat: Catalogue = catalogue.load()
        self.today = clock.local_date(now, self.cat.calendar.tz)
        self.customers: list[Customer] = []
        self.vehicles: list[Vehicle] = []
        self.appointments: list[Appointment] = []
        self.taken: dict[int, list[tuple[int, int]]] = {}
        self.codes = iter(_drawn_codes(random, 400))

    def tell(self) -> None:
        """Write everything."""
        self._people()
        for offset in range(-DAYS_AROUND, DAYS_AROUND + 1):
            day = self.today + timedelta(days=offset)
            if not self.cat.calendar.closed(day):
                self._day(day)
        self._cars_people_ask_about()
        Appointment.objects.bulk_create(self.appointments)
        self._waiting()

    def _people(self) -> None:
        count, random = CUSTOMERS[self.size], self.random
        names = zip(
            random.sample(people.FIRST_NAMES, count), random.sample(people.LAST_NAMES, count), strict=True
        )
        customers = [
            Customer(
                phone=PHONE.format(number),
                first_name=first,
                last_name=last,
                email=f"{first}.{last}@example.it".replace(" ", "").lower() if random.random() < 0.6 else "",
                gdpr_consent=True,
            )
            for number, (first, last) in enumerate(names, start=1)
        ]
        Customer.objects.bulk_create(customers)
        ChannelIdentity.objects.bulk_create(
            ChannelIdentity(
                customer=customer, channel=Channel.VOICE, external_id=str(customer.phone), verified=True
            )
            for customer in customers
        )
        Consent.objects.bulk_create(
            Consent(
                customer=customer,
                purpose=Consent.Purpose.PRIVACY,
                granted=True,
                wording=WORDING,
                channel=Channel.VOICE,
                given_at=self._at(self.today - timedelta(days=random.randint(8, 700)), 10),
            )
            for customer in customers
        )
        self.customers, self.vehicles = customers, Vehicle.objects.bulk_create(self._cars(customers))

    def _cars(self, customers: list[Customer]) -> list[Vehicle]:
        random, cars, plates = self.random, list[Vehicle](), set[str]()
        for customer in customers:
            make, model, fuel = random.choice(people.CARS)
            registered = self.today - timedelta(days=random.randint(400, 4200))
            plates.add(plate := self._plate(registered.year, plates))
            cars.append(
                Vehicle(
                    customer=customer,
                    license_plate=plate,
                    make=make,
                    model=model,
                    year=registered.year,
                    fuel=fuel,
                    mileage_km=(self.today - registered).days * random.randint(20, 55),
                    registered_on=registered,
                    last_revision_on=_last_revision(registered, self.today),
                )
            )
        return cars

    def _plate(self, year: int, known: set[str]) -> str:
        years = sorted(people.PLATE_SERIES)
        series = people.PLATE_SERIES[min(max(year, years[0]), years[-1])]
        while True:
            letters = "".join(self.random.choice(people.PLATE_LETTERS) for _ in range(2))
            plate = f"{series}{self.random.randrange(1000):03d}{letters}"
            if plate not in known:
                return plate

    def _day(self, day: date) -> None:
        """Some cars on this day, each where the search finds room."""
        cars = self.random.sample(self.vehicles, self.random.randint(*CARS_A_DAY[self.size]))
        for vehicle in cars:
            service = self._service()
            slot = self._free(service, day)
            if slot:
                self.appointments.append(self._appointment(vehicle, service, slot))

    def _service(self) -> Service:
        weights = [3 if service.is_common else 1 for service in self.cat.services]
        return self.random.choices(self.cat.services, weights)[0]

    def _free(self, service: Service, day: date) -> Slot | None:
        """A free slot of the day, as if it had been asked for weeks ago."""
        asked = clock.moment_at(self.today - timedelta(days=30), 0, self.cat.calendar.tz)
        limits = Limits(grid=self.cat.rules.grid_minutes, notice=0, horizon_days=60)
        search = Search(
            self.cat.calendar, limits, Need(service.duration_minutes, self.cat.bays_for(service)), asked
        )
        taken = Taken({bay: sorted(spans) for bay, spans in self.taken.items()})
        slots = search.run(day, day, taken, limit=None).slots
        if not slots:
            return None
        slot = self.random.choice(slots)
        span = clock.to_moment(slot.starts_at), clock.to_moment(slot.ends_at)
        self.taken.setdefault(slot.bay_id, []).append(span)
        return slot

    def _appointment(self, vehicle: Vehicle, service: Service, slot: Slot) -> Appointment:
        random = self.random
        status = self._status(service, slot)
        appointment = Appointment(
            code=next(self.codes),
            customer=vehicle.customer,
            vehicle=vehicle,
            service=service,
            bay_id=slot.bay_id,
            scheduled_at=slot.starts_at,
            ends_at=slot.ends_at,
            duration_minutes=service.duration_minutes,
            drop_off_at=slot.starts_at if random.random() < 0.4 else None,
            status=status,
            source=random.choices(
                [Source.AI_VOICE, Source.MANUAL, Source.AI_WHATSAPP, Source.WEB], [6, 3, 3, 1]
            )[0],
            notes=random.choice(people.NOTES),
        )
        if status == Status.COMPLETED:
            appointment.collected_at = slot.ends_at + timedelta(minutes=random.randint(20, 200))
        if status == Status.CANCELLED:
            appointment.cancel_reason, appointment.cancelled_by = "Non può venire, richiama.", "customer"
        return appointment

    def _status(self, service: Service, slot: Slot) -> Status:
        """What has become of it by now."""
        begin, end = clock.to_moment(slot.starts_at), clock.to_moment(slot.ends_at)
        if end <= self.now:
            return self.random.choices([Status.COMPLETED, Status.NO_SHOW, Status.CANCELLED], [16, 1, 1])[0]
        if begin <= self.now:
            return Status.IN_PROGRESS
        if service.confirmed_by == Service.ConfirmedBy.SHOP and self.random.random() < 0.6:
            return Status.PENDING
        return self.random.choices([Status.CONFIRMED, Status.CANCELLED], [14, 1])[0]

    def _cars_people_ask_about(self) -> None:
        """ "È pronta?" in its states: one is ready, one waits for a part, and one is promised for today."""
        done = [a for a in self.appointments if a.status == Status.COMPLETED][-3:]
        notes = (
            (Status.COMPLETED, "Pronta: può ritirarla quando vuole."),
            (Status.IN_PROGRESS, "In attesa del ricambio: arriva domani."),
            (Status.IN_PROGRESS, "Manca solo la prova su strada."),
        )
        for days, (appointment, (status, note)) in enumerate(zip(reversed(done), notes, strict=False)):
            appointment.status, appointment.customer_note = status, note
            appointment.collected_at = None
            appointment.promised_at = (
                self._promised(days) if status == Status.IN_PROGRESS else appointment.ends_at
            )

    def _promised(self, working_days: int) -> datetime:
        """The afternoon of an opening day from now on."""
        day = self.today
        for _ in range(working_days):
            day += timedelta(days=1)
        while self.cat.calendar.closed(day) or day.weekday() > 4:
            day += timedelta(days=1)
        return self._at(day, 17)

    def _waiting(self) -> None:
        for customer, vehicle in list(zip(self.customers, self.vehicles, strict=True))[:2]:
            WaitingList.objects.create(
                customer=customer,
                vehicle=vehicle,
                service=self.cat.services[0],
                wanted_from=self.today + timedelta(days=1),
                wanted_to=self.today + timedelta(days=5),
                part_of_day=WaitingList.PartOfDay.MORNING,
                note="Se si libera un posto prima, chiamare.",
            )

    def _at(self, day: date, hour: int) -> datetime:
        return clock.to_datetime(clock.moment_at(day, hour * 60, self.cat.calendar.tz))


def _last_revision(registered: date, today: date) -> date | None:
    """The last test of the law's rhythm: after four years, then every two; None for a car that had none
    yet."""
    due, last = registered + timedelta(days=4 * 365), None
    while due <= today:
        last, due = due, due + timedelta(days=2 * 365)
    return last


def _drawn_codes(random: Random, count: int) -> list[str]:
    drawn: dict[str, None] = {}
    while len(drawn) < count:
        drawn["".join(random.choice(codes.ALPHABET) for _ in range(codes.LENGTH))] = None
    return list(drawn)
