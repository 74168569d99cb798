"""A busy shop: ten bays, 600 customers with a car, 5,000 appointments; and free slots to book in the measure."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone

from scheduling import booking, catalogue, codes
from scheduling.models import Appointment, Bay, Customer, Service, Vehicle
from shops import provisioning
from shops.context import in_shop
from shops.models import Shop

APPOINTMENTS = 5000
CUSTOMERS = 600
BAYS = 10
BOOKED_AHEAD = 25  # days; what lies after them is free to be booked
LINE = "line-bench"


def create() -> Shop:
    """Provision the shop as the owner and fill it."""
    shop = provisioning.create_shop(
        provisioning.NewShop(
            name="Officina Prova",
            domain="prova.example",
            phone_number="+390212345678",
            manager_email="prova@prova.example",
            manager_password="una password di prova",
            subscription_tier=Shop.Tier.ENTERPRISE,
        )
    )
    provisioning.attach_line(shop, phone_number_id=LINE, number="+390212345678")
    with in_shop(shop):
        _fill(shop)
    return shop


def _fill(shop: Shop) -> None:
    have = Bay.objects.count()
    Bay.objects.bulk_create([Bay(name=f"Ponte {n + 1}", position=n) for n in range(have, BAYS)])
    bays = list(Bay.objects.all())
    for service in Service.objects.all():
        service.bays.set(bays)
    customers = Customer.objects.bulk_create(
        [Customer(phone=f"+39333{n:07}", first_name="Anna", last_name=f"Prova {n}") for n in range(CUSTOMERS)]
    )
    vehicles = Vehicle.objects.bulk_create(
        [
            Vehicle(customer=c, license_plate=plate(n), make="Fiat", model="Panda")
            for n, c in enumerate(customers)
        ]
    )
    appointments = _history(shop, bays, vehicles)
    for appointment, code in zip(appointments, codes.new_codes(len(appointments)), strict=True):
        appointment.code = code  # drawn one by one, two of five thousand would be the same now and then
    Appointment.objects.bulk_create(appointments, batch_size=500)


def plate(number: int) -> str:
    return f"AB{number:03}CD"


def _history(shop: Shop, bays: list[Bay], vehicles: list[Vehicle]) -> list[Appointment]:
    """One-hour works on the hour, from BOOKED_AHEAD days ahead backwards, until there are enough."""
    service = tagliando()
    today = timezone.localdate(timezone=shop.tz)
    made: list[Appointment] = []
    day = today + timedelta(days=BOOKED_AHEAD)
    while len(made) < APPOINTMENTS:
        if day.weekday() < 5:
            made += _one_day(shop, day, today, bays, vehicles, service, len(made))
        day -= timedelta(days=1)
    return made[:APPOINTMENTS]


def _one_day(
    shop: Shop, day: date, today: date, bays: list[Bay], vehicles: list[Vehicle], service: Service, made: int
) -> list[Appointment]:
    status = Appointment.Status.COMPLETED if day < today else Appointment.Status.CONFIRMED
    found = []
    for number, (bay, hour) in enumerate((bay, hour) for bay in bays for hour in (9, 10, 15, 16)):
        vehicle = vehicles[(made + number) % len(vehicles)]
        start = datetime.combine(day, time(hour), shop.tz)
        found.append(
            Appointment(
                customer=vehicle.customer,
                vehicle=vehicle,
                service=service,
                bay=bay,
                scheduled_at=start,
                ends_at=start + timedelta(hours=1),
                duration_minutes=60,
                status=status,
                source="manual",
            )
        )
    return found


def tagliando() -> Service:
    return Service.objects.get(name__istartswith="tagliando")


def free_starts(shop: Shop, wanted: int) -> list[datetime]:
    """Local starts after the booked weeks, each as often as there are bays, until there are `wanted`."""
    service, starts = tagliando(), list[datetime]()
    gap = timedelta(minutes=service.duration_minutes)
    day = timezone.localdate(timezone=shop.tz) + timedelta(days=BOOKED_AHEAD + 1)
    cat = catalogue.load()
    while len(starts) < wanted:
        last = None
        for slot in booking.free_slots(
            service=service, date_from=day, date_to=day, limit=50, catalogue=cat
        ).slots:
            if last is None or slot.starts_at >= last + gap:
                last = slot.starts_at
                starts += [slot.starts_at.astimezone(shop.tz)] * len(cat.bay_names)
        day += timedelta(days=1)
        if day > timezone.localdate() + timedelta(days=59):
            raise RuntimeError("The calendar of the measure is full.")
    return starts[:wanted]
