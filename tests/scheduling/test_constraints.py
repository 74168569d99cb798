"""What the database itself refuses, whoever writes: raw statements, told apart by SQLSTATE."""

import uuid
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from scheduling.lifecycle import sqlstate
from scheduling.models import Appointment, Customer, Vehicle
from scheduling.models.appointments import Status
from tests import factories
from tests.factories import local
from tests.scheduling.conftest import Workshop

EXCLUSION, UNIQUE, CHECK, FOREIGN_KEY = "23P01", "23505", "23514", "23503"


def insert(table: str, **values: Any) -> None:
    """A row written past the models."""
    names = ", ".join(values)
    places = ", ".join(["%s"] * len(values))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", list(values.values()))


def refused(state: str, table: str, **values: Any) -> None:
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        insert(table, **values)
    assert sqlstate(error.value) == state


def appointment(workshop: Workshop, **values: Any) -> dict[str, Any]:
    start = local(2026, 11, 26, 9)
    return {
        "id": uuid.uuid4(),
        "code": uuid.uuid4().hex[:5].upper(),
        "customer_id": workshop.customer.pk,
        "service_id": workshop.service.pk,
        "bay_id": workshop.bays[0].pk,
        "scheduled_at": start,
        "ends_at": start + timedelta(hours=1),
        "duration_minutes": 60,
        "status": "confirmed",
        "source": "manual",
        "contact_phone": "",
        "customer_note": "",
        "notes": "",
        "cancel_reason": "",
        "cancelled_by": "",
        "created_at": start,
        "updated_at": start,
    } | values


# minutes from the first appointment's start, its length, the bay, whether they clash
@pytest.mark.parametrize(
    ("offset", "minutes", "bay", "clash"),
    [
        (0, 60, 0, True),
        (30, 60, 0, True),
        (-30, 60, 0, True),
        (10, 10, 0, True),
        (-60, 300, 0, True),
        (60, 60, 0, False),  # begins when the other ends
        (-60, 60, 0, False),
        (0, 60, 1, False),
    ],
)
@pytest.mark.parametrize("status", ["pending", "confirmed", "in_progress"])
def test_one_bay_holds_one_car(
    workshop: Workshop, offset: int, minutes: int, bay: int, clash: bool, status: str
) -> None:
    insert("scheduling_appointment", **appointment(workshop))
    begin = local(2026, 11, 26, 9) + timedelta(minutes=offset)
    second = appointment(
        workshop,
        scheduled_at=begin,
        ends_at=begin + timedelta(minutes=minutes),
        bay_id=workshop.bays[bay].pk,
        status=status,
    )
    if clash:
        refused(EXCLUSION, "scheduling_appointment", **second)
    else:
        insert("scheduling_appointment", **second)


@pytest.mark.parametrize("status", ["completed", "cancelled", "no_show"])
def test_what_is_over_holds_nothing(workshop: Workshop, status: str) -> None:
    insert("scheduling_appointment", **appointment(workshop))
    insert("scheduling_appointment", **appointment(workshop, status=status))
    # … until it would be live again.
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Appointment.objects.filter(status=status).update(status=Status.CONFIRMED)
    assert sqlstate(error.value) == EXCLUSION


# column, the wrong value; for times the hours after the start
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("ends_at", 0),
        ("ends_at", -1),
        ("drop_off_at", 1),
        ("duration_minutes", 0),
        ("duration_minutes", 60 * 24 * 31),
        ("status", "forse"),
        ("source", "piccione"),
    ],
)
def test_appointments_make_sense(workshop: Workshop, column: str, value: Any) -> None:
    if column.endswith("_at"):
        value = local(2026, 11, 26, 9) + timedelta(hours=value)
    refused(CHECK, "scheduling_appointment", **appointment(workshop, **{column: value}))


def test_codes_are_unique(workshop: Workshop) -> None:
    insert("scheduling_appointment", **appointment(workshop, code="K7P2Q"))
    refused(
        UNIQUE, "scheduling_appointment", **appointment(workshop, code="K7P2Q", bay_id=workshop.bays[1].pk)
    )


def customer(**values: Any) -> dict[str, Any]:
    empty = dict.fromkeys(("email", "first_name", "last_name", "notes"), "")
    return {
        "id": uuid.uuid4(),
        "language": "it",
        "gdpr_consent": False,
        "created_at": local(2026, 1, 1),
        **empty,
    } | values


def test_phones_are_unique_when_present(workshop: Workshop) -> None:
    refused(UNIQUE, "scheduling_customer", **customer(phone=workshop.customer.phone))
    insert("scheduling_customer", **customer(phone=None))
    insert("scheduling_customer", **customer(phone=None))


@pytest.mark.parametrize("phone", ["", "3331234567", "+0391234567", "+39 333 1234567", "anonymous"])
def test_phones_are_e164(workshop: Workshop, phone: str) -> None:
    refused(CHECK, "scheduling_customer", **customer(phone=phone))


def vehicle(plate: str) -> dict[str, Any]:
    empty = dict.fromkeys(("make", "model", "vin", "fuel", "notes"), "")
    values = {"license_plate": plate, "yearly_revision": False, "created_at": local(2026, 1, 1)}
    return {"id": uuid.uuid4(), **values, **empty}


def test_plates_are_unique_however_they_are_written(workshop: Workshop) -> None:
    factories.vehicle(license_plate="ZZ 987-xy")
    refused(UNIQUE, "scheduling_vehicle", **vehicle("ZZ987XY"))
    with pytest.raises(IntegrityError), transaction.atomic():
        Vehicle.objects.create(license_plate="zz.987.xy")
    assert Vehicle.objects.get(license_plate="zz-987 xy").license_plate == "ZZ987XY"


@pytest.mark.parametrize("plate", ["zz987xy", "ZZ 987XY", "ZZ-987XY", ""])
def test_plates_are_normalised(workshop: Workshop, plate: str) -> None:
    refused(CHECK, "scheduling_vehicle", **vehicle(plate))


@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("scheduling_openinghours", {"weekday": 7, "opens": time(8), "closes": time(9)}),
        ("scheduling_openinghours", {"weekday": 1, "opens": time(9), "closes": time(9)}),
        ("scheduling_openinghours", {"weekday": 1, "opens": time(9), "closes": time(8)}),
        ("scheduling_closure", {"starts_on": date(2026, 8, 9), "ends_on": date(2026, 8, 8)}),
        ("scheduling_closure", {"from_time": time(8)}),
        ("scheduling_closure", {"to_time": time(8)}),
        ("scheduling_closure", {"from_time": time(9), "to_time": time(8)}),
    ],
)
def test_hours_and_closures_make_sense(workshop: Workshop, table: str, values: dict[str, Any]) -> None:
    if table == "scheduling_closure":
        values = {
            "starts_on": date(2026, 8, 9),
            "ends_on": date(2026, 8, 9),
            "every_year": False,
            "reason": "",
        } | values
    refused(CHECK, table, id=uuid.uuid4(), **values)


def test_midnight_ends_a_day(workshop: Workshop) -> None:
    insert("scheduling_openinghours", id=uuid.uuid4(), weekday=6, opens=time(20), closes=time(0))


@pytest.mark.parametrize("column", ["customer_id", "vehicle_id", "service_id", "bay_id"])
def test_rows_that_are_used_stay(workshop: Workshop, column: str) -> None:
    values = appointment(workshop, **{column: 999_999 if column == "bay_id" else uuid.uuid4()})
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # Django defers them to the commit
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        insert("scheduling_appointment", **values)
    assert sqlstate(error.value) == FOREIGN_KEY


def test_identities_are_unique_per_channel(workshop: Workshop) -> None:
    other = Customer.objects.create()
    workshop.customer.identities.create(channel="voice", external_id="+393331234567")
    other.identities.create(channel="whatsapp", external_id="+393331234567")
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        other.identities.create(channel="voice", external_id="+393331234567")
    assert sqlstate(error.value) == UNIQUE


def test_no_trigger_no_serial_and_no_key_leads_out(in_rossi: Any) -> None:
    """What keeps a shop's schema movable to another server whole."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            "WHERE c.relname LIKE 'scheduling%' AND NOT t.tgisinternal"
        )
        assert cursor.fetchone() == (0,)
        cursor.execute(
            "SELECT table_name FROM information_schema.columns WHERE table_schema = current_schema() "
            "AND table_name LIKE 'scheduling%' AND column_default LIKE 'nextval%'"
        )
        assert cursor.fetchall() == []
        cursor.execute(
            "SELECT conname FROM pg_constraint k JOIN pg_class a ON a.oid = k.conrelid JOIN pg_class b ON "
            "b.oid = k.confrelid WHERE a.relname LIKE 'scheduling%' AND a.relnamespace <> b.relnamespace"
        )
        assert cursor.fetchall() == []
        cursor.execute(
            "SELECT relname FROM pg_class c WHERE relkind = 'r' AND relname LIKE 'scheduling%' "
            "AND relnamespace = current_schema()::regnamespace AND NOT EXISTS "
            "(SELECT FROM pg_constraint WHERE conrelid = c.oid AND contype = 'p')"
        )
        assert cursor.fetchall() == []
