"""Two people have the same appointment's page open; and times that no calendar has."""

from typing import Any

import pytest
from django.utils import timezone

from scheduling import booking
from scheduling.models import Appointment, Customer
from tests import factories
from tests.scheduling.desk import Desk, form_data, next_opening, url


@pytest.fixture
def made(desk: Desk) -> Appointment:
    return factories.appointment(next_opening(9), customer=Customer.objects.all()[0])


def page_as_sent(desk: Desk, row: Appointment, **values: Any) -> dict[str, Any]:
    """What the browser sends of the page as it was drawn, with what the person typed."""
    form = desk.get(url(Appointment, "change", row.pk)).context["adminform"].form
    sent: dict[str, Any] = {}
    for name, field in form.fields.items():
        value = form[name].value()
        if name in ("scheduled_at", "promised_at", "drop_off_at"):
            local = timezone.localtime(value) if value else None
            sent[f"{name}_0"] = f"{local:%d/%m/%Y}" if local else ""
            sent[f"{name}_1"] = f"{local:%H:%M:%S}" if local else ""
        else:
            sent[name] = field.prepare_value(value) if value is not None else ""
    return sent | values


def test_who_comes_second_is_told_and_writes_over_nothing(desk: Desk, made: Appointment) -> None:
    sent = page_as_sent(desk, made, notes="Portare il libretto")
    other_day = next_opening(12)
    booking.reschedule(appointment=made, starts_at=other_day, by_staff=True)
    response = desk.post(url(Appointment, "change", made.pk), sent)
    assert response.status_code == 200
    assert "è stato cambiato da qualcun altro" in response.content.decode().replace("&#x27;", "'")
    now = Appointment.objects.get(pk=made.pk)
    assert (now.scheduled_at, now.notes) == (other_day, made.notes)


def test_who_is_alone_is_not_disturbed(desk: Desk, made: Appointment) -> None:
    page = desk.get(url(Appointment, "change", made.pk)).content.decode()
    assert f'type="hidden" name="version" value="{made.updated_at.isoformat()}"' in page
    response = desk.post(
        url(Appointment, "change", made.pk), page_as_sent(desk, made, notes="Portare il libretto")
    )
    assert response.status_code == 302, response.context["errors"]
    assert Appointment.objects.get(pk=made.pk).notes == "Portare il libretto"


@pytest.mark.parametrize("name", ["promised_at", "drop_off_at", "scheduled_at"])
@pytest.mark.parametrize("day", ["01/01/0001", "31/12/9999"])
def test_a_year_that_nobody_means_is_refused(desk: Desk, made: Appointment, name: str, day: str) -> None:
    sent = page_as_sent(desk, made, **{f"{name}_0": day, f"{name}_1": "00:30:00"})
    assert desk.post(url(Appointment, "change", made.pk), sent).status_code == 200
    new = form_data(next_opening(12)) | {f"{name}_0": day, f"{name}_1": "00:30:00"}
    assert desk.post(url(Appointment, "add"), new).status_code == 200
    assert desk.get(url(Appointment, "changelist")).status_code == 200


@pytest.mark.parametrize("query", ["source__exact", "status__exact", "inizio", "scheduled_at__gte", "q"])
def test_a_filter_with_what_the_database_does_not_take(desk: Desk, query: str) -> None:
    assert desk.get(url(Appointment, "changelist"), {query: "a\x00"}).status_code < 500
