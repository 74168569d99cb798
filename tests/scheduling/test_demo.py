"""The data of a demonstration: believable, consistent, the same every time."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from io import StringIO

import phonenumbers
import pytest
from django.core.management import CommandError, call_command

from receptionist.models import AIConfig
from sandbox.meta import cast
from scheduling import booking, catalogue, clock, demo, plates
from scheduling.models import Appointment, Bay, Customer, Service, Vehicle, WaitingList
from scheduling.models.appointments import LIVE, Status
from shops.context import in_shop
from shops.models import Shop
from tests import factories

NOW = datetime(2026, 11, 26, 10, 15, tzinfo=UTC)  # a Thursday, 11:15 in Rome
# A Sunday, a holiday, the middle of August and the two clock changes: there is always something to show.
MOMENTS = [
    NOW,
    datetime(2026, 11, 22, 8, tzinfo=UTC),
    datetime(2026, 12, 25, 12, tzinfo=UTC),
    datetime(2027, 3, 28, 6, tzinfo=UTC),
    datetime(2027, 10, 31, 6, tzinfo=UTC),
]


def test_an_officina(in_rossi: Shop) -> None:
    filled = demo.fill(in_rossi, now=NOW)
    assert filled.created
    assert "Milano" in AIConfig.load().address
    assert (Customer.objects.count(), Vehicle.objects.count()) == (40, 40)
    assert (Bay.objects.count(), Service.objects.count()) == (3, 6)
    assert Appointment.objects.count() == filled.appointments >= 60
    assert WaitingList.objects.count() == 2
    days = {row.scheduled_at.date() for row in Appointment.objects.all()}
    assert min(days) < NOW.date() - timedelta(days=5)
    assert max(days) > NOW.date() + timedelta(days=5)
    assert len(set(Appointment.objects.values_list("status", flat=True))) >= 5


def test_a_body_shop_is_smaller(bianchi: Shop) -> None:
    with in_shop(bianchi):
        demo.fill(bianchi, now=NOW)
        assert Customer.objects.count() == 14
        assert (Bay.objects.count(), Service.objects.count()) == (2, 4)
        assert not Service.objects.filter(name="Tagliando").exists()
        assert Appointment.objects.filter(status=Status.PENDING).exists()
        assert booking.free_slots(service=catalogue.load().services[0], now=NOW).slots


@pytest.mark.parametrize("now", MOMENTS)
def test_appointments_lie_in_opening_hours_and_fit_their_time(in_rossi: Shop, now: datetime) -> None:
    demo.fill(in_rossi, now=now)
    cat = catalogue.load()
    for row in Appointment.objects.select_related("service"):
        day = clock.local_date(clock.to_moment(row.scheduled_at), cat.calendar.tz)
        line = cat.calendar.timeline(day, day + timedelta(days=10))
        assert line.end_of(clock.to_moment(row.scheduled_at), row.duration_minutes * 60) == clock.to_moment(
            row.ends_at
        )
        assert row.bay_id in cat.bays_for(row.service)
        if row.scheduled_at > now:
            assert row.status in (Status.PENDING, Status.CONFIRMED, Status.CANCELLED)
        else:
            assert row.status not in (Status.PENDING, Status.CONFIRMED)


@pytest.mark.parametrize("now", MOMENTS)
def test_there_is_always_a_car_to_ask_about(in_rossi: Shop, now: datetime) -> None:
    demo.fill(in_rossi, now=now)
    ready = Appointment.objects.filter(status=Status.COMPLETED, collected_at=None).get()
    assert ready.customer_note.startswith("Pronta")
    waiting = Appointment.objects.get(customer_note__contains="ricambio")
    assert waiting.status == Status.IN_PROGRESS
    assert waiting.promised_at is not None
    assert waiting.promised_at > now
    assert booking.free_slots(service=catalogue.load().services[0], now=now).slots


def test_people_and_cars_are_believable(in_rossi: Shop) -> None:
    demo.fill(in_rossi, now=NOW)
    for customer in Customer.objects.all():
        assert customer.first_name
        assert customer.last_name
        assert phonenumbers.is_valid_number(phonenumbers.parse(str(customer.phone)))
        customer.full_clean()
    for vehicle in Vehicle.objects.all():
        assert plates.is_italian_car(vehicle.license_plate)
        assert vehicle.registered_on is not None
        assert vehicle.last_revision_on is None or vehicle.last_revision_on <= NOW.date()
        vehicle.full_clean()
    for appointment in Appointment.objects.all():
        appointment.clean_fields()
    assert max(Counter(v.label for v in Vehicle.objects.all()).values()) < 8


def rows() -> list[tuple[object, ...]]:
    names = (
        "code",
        "scheduled_at",
        "status",
        "service__name",
        "vehicle__license_plate",
        "customer__last_name",
    )
    return list(Appointment.objects.order_by("code").values_list(*names))


def test_the_same_every_time(rossi: Shop, bianchi: Shop) -> None:
    made = []
    for shop in (rossi, bianchi):
        with in_shop(shop):
            demo.fill(shop, kind=demo.Kind.OFFICINA, size="large", now=NOW)
            made.append(rows())
    assert made[0] == made[1]


def test_the_phone_page_knows_customers_by_their_names(rossi: Shop, bianchi: Shop) -> None:
    for person in cast.CAST:
        if not person["hint"].startswith("cliente"):
            continue
        shop = bianchi if person.get("line") else rossi
        with in_shop(shop):
            demo.fill(shop, now=NOW)
            customer = Customer.objects.get(phone=f"+{person['key']}")
            assert customer.full_name == person["name"]
            assert customer.vehicles.count() == 1


def test_filling_again_does_nothing(in_rossi: Shop) -> None:
    first = demo.fill(in_rossi, now=NOW)
    before = rows()
    again = demo.fill(in_rossi, now=NOW + timedelta(days=3))
    assert (again.created, again.customers, again.appointments) == (
        False,
        first.customers,
        first.appointments,
    )
    assert rows() == before


def test_real_customers_are_left_alone(in_rossi: Shop) -> None:
    factories.customer()
    with pytest.raises(demo.RealCustomers):
        demo.fill(in_rossi, now=NOW)
    assert Customer.objects.count() == 1


def test_the_command_says_what_there_is(rossi: Shop) -> None:
    out = StringIO()
    call_command("demo_data", "--shop", "officina-rossi", stdout=out)
    call_command("demo_data", "--shop", "officina-rossi", stdout=out)
    assert "Officina Rossi riempita: 40 clienti" in out.getvalue()
    assert "era già riempita" in out.getvalue()
    with in_shop(rossi):
        assert Appointment.objects.filter(status__in=LIVE).exists()


def test_the_command_refuses_in_one_sentence(bianchi: Shop) -> None:
    with in_shop(bianchi):
        factories.customer()
    with pytest.raises(CommandError, match="ha già dei clienti"):
        call_command("demo_data", "--shop", "carrozzeria-bianchi")
    with pytest.raises(CommandError, match="non-esiste"):
        call_command("demo_data", "--shop", "non-esiste")
