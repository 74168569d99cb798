"""The calendar's forms with what nobody means, and pressed by two people at the same moment."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from scheduling import booking
from scheduling.models import Appointment, Customer, Service
from tests import factories
from tests.scheduling.desk import Desk, next_opening

HOME = "/admin/calendario/"


def sent(row: Appointment, **values: Any) -> dict[str, Any]:
    local = timezone.localtime(row.scheduled_at)
    promised = timezone.localtime(row.promised_at) if row.promised_at else None
    return {
        "version": row.updated_at.isoformat(),
        "day": local.date().isoformat(),
        "at": f"{local:%H:%M}",
        "bay": row.bay_id,
        "minutes": row.duration_minutes,
        "promised_at": f"{promised:%Y-%m-%dT%H:%M}" if promised else "",
        "customer_note": row.customer_note,
        "mechanic": "",
        "notes": row.notes,
    } | values


def asked(**values: Any) -> dict[str, Any]:
    start = next_opening(16)
    return {
        "name": "Aldo Nuovo",
        "phone": "333 9876543",
        "plate": "",
        "service": Service.objects.filter(is_active=True)[0].pk,
        "day": f"{start:%Y-%m-%d}",
        "at": f"{start:%H:%M}",
        "minutes": "",
        "notes": "",
    } | values


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "1850-06-01"])
def test_years_that_nobody_means(desk: Desk, day: str) -> None:
    row = factories.appointment(next_opening(12))
    assert desk.post(f"{HOME}{row.pk}/", sent(row, day=day)).status_code == 422
    assert desk.post(f"{HOME}{row.pk}/", sent(row, promised_at=f"{day}T00:10")).status_code == 422
    assert desk.post(f"{HOME}nuovo/", asked(day=day)).status_code == 422
    # And nothing was written that pages could not show.
    assert desk.get(f"{HOME}{row.pk}/").status_code == 200
    assert desk.get("/admin/oggi/", {"giorno": f"{row.scheduled_at:%Y-%m-%d}"}).status_code == 200


def test_a_promise_that_does_not_hold_any_more_is_said(desk: Desk) -> None:
    row = factories.appointment(next_opening(12))
    booking.promise(appointment=row, promised_at=row.ends_at, customer_note="")
    later = timezone.localtime(row.scheduled_at) + timedelta(minutes=30)
    answer = desk.post(f"{HOME}{row.pk}/", sent(row, at=f"{later:%H:%M}"))
    assert answer.status_code == 200
    assert "L'ora promessa al cliente è stata tolta" in answer.json()["message"]
    row.refresh_from_db()
    assert row.promised_at is None


@pytest.mark.parametrize(
    ("table", "values"),
    [("scheduling_customer", {}), ("scheduling_vehicle", {"plate": "ZZ987XY", "phone": ""})],
)
def test_somebody_else_writes_the_same_person_or_car_at_the_same_moment(
    desk: Desk, table: str, values: dict[str, str]
) -> None:
    """As two receptionists, or a form that is sent twice: the second is told, and nothing is half written."""
    before = Appointment.objects.count()
    done = False

    def quicker(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        nonlocal done
        if f'INSERT INTO "{table}"' in str(sql) and not done:
            done = True
            if table == "scheduling_customer":
                factories.customer(phone="+393339876543")
            else:
                factories.vehicle(None, license_plate="ZZ987XY")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(quicker):
        answer = desk.post(f"{HOME}nuovo/", asked(**values))
    assert done
    assert answer.status_code == 422
    assert Appointment.objects.count() == before
    assert not Customer.objects.filter(last_name="Nuovo").exists()
