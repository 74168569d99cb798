"""Every status and every verb: the whole table, and what each verb leaves behind."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from auditlog.models import LogEntry

from scheduling import booking, errors
from scheduling.lifecycle import TRANSITIONS
from scheduling.models import Appointment
from scheduling.models.appointments import Status
from shops.staff.models import StaffUser
from tests import factories
from tests.factories import local
from tests.scheduling.conftest import Workshop

LATER = timedelta(days=30)

# verb, where it leads from pending, confirmed, in_progress, completed, cancelled, no_show ("-": refused)
TABLE = """
confirm         confirmed   confirmed   -           -           -         -
start           in_progress in_progress in_progress -           -         in_progress
complete        -           completed   completed   completed   -         -
reopen          -           -           in_progress in_progress -         -
cancel          cancelled   cancelled   -           -           cancelled -
mark_no_show    no_show     no_show     -           -           -         no_show
reschedule      pending     confirmed   -           -           -         -
promise         pending     confirmed   in_progress completed   -         -
acknowledge     pending     confirmed   -           -           -         -
mark_arrived    pending     confirmed   in_progress -           -         -
assign          pending     confirmed   in_progress completed   -         -
mark_collected  -           -           -           completed   -         -
"""
STATUSES = [
    Status.PENDING,
    Status.CONFIRMED,
    Status.IN_PROGRESS,
    Status.COMPLETED,
    Status.CANCELLED,
    Status.NO_SHOW,
]
CASES = [
    (line.split()[0], status, result)
    for line in TABLE.strip().splitlines()
    for status, result in zip(STATUSES, line.split()[1:], strict=True)
]


def verbs(now: datetime) -> dict[str, Callable[[Appointment], Appointment]]:
    return {
        "confirm": lambda a: booking.confirm(appointment=a),
        "start": lambda a: booking.start(appointment=a),
        "complete": lambda a: booking.complete(appointment=a, now=now + LATER),
        "reopen": lambda a: booking.reopen(appointment=a),
        "cancel": lambda a: booking.cancel(appointment=a, reason="imprevisto", by="customer"),
        "mark_no_show": lambda a: booking.mark_no_show(appointment=a, now=now + LATER),
        "reschedule": lambda a: booking.reschedule(appointment=a, starts_at=local(2026, 11, 27, 9), now=now),
        "promise": lambda a: booking.promise(
            appointment=a, promised_at=None, customer_note="in attesa del ricambio"
        ),
        "acknowledge": lambda a: booking.acknowledge(appointment=a, now=now),
        "mark_arrived": lambda a: booking.mark_arrived(appointment=a, now=now),
        "assign": lambda a: booking.assign(appointment=a, mechanic=None),
        "mark_collected": lambda a: booking.mark_collected(appointment=a, now=now),
    }


def in_status(workshop: Workshop, status: Status) -> Appointment:
    return factories.appointment(
        local(2026, 11, 26, 9),
        customer=workshop.customer,
        vehicle=workshop.vehicle,
        service=workshop.service,
        bay=workshop.bays[0],
        status=status,
    )


def test_the_table_has_every_verb_and_every_status() -> None:
    assert {verb for verb, *_ in CASES} == set(TRANSITIONS) == set(verbs(datetime.now().astimezone()))
    assert len(CASES) == len(TRANSITIONS) * len(Status)
    assert set(STATUSES) == set(Status)


@pytest.mark.parametrize(("verb", "status", "result"), CASES)
def test_every_verb_in_every_status(workshop: Workshop, verb: str, status: Status, result: str) -> None:
    appointment = in_status(workshop, status)
    act = verbs(workshop.now)[verb]
    if result == "-":
        with pytest.raises(errors.TransitionRefused) as refused:
            act(appointment)
        assert (refused.value.verb, refused.value.status) == (verb, status)
        assert str(status.label) in refused.value.message
        assert Appointment.objects.get().status == status
        return
    assert act(appointment) is appointment
    assert appointment.status == Appointment.objects.get().status == result
    act(appointment)  # safe to repeat
    assert Appointment.objects.get().status == result


def test_a_stale_object_does_not_decide(workshop: Workshop) -> None:
    """What counts is the row: another person may have cancelled meanwhile."""
    appointment = in_status(workshop, Status.CONFIRMED)
    booking.cancel(appointment=Appointment.objects.get())
    assert appointment.status == Status.CONFIRMED
    with pytest.raises(errors.TransitionRefused):
        booking.start(appointment=appointment)
    assert appointment.status == Status.CANCELLED


def test_cancelling_keeps_the_first_reason(workshop: Workshop) -> None:
    appointment = in_status(workshop, Status.CONFIRMED)
    booking.cancel(appointment=appointment, reason="malato\x00" + "x" * 500, by="customer")
    booking.cancel(appointment=appointment, reason="altro", by="staff")
    row = Appointment.objects.get()
    assert row.cancel_reason.startswith("malatoxxx")
    assert (len(row.cancel_reason), row.cancelled_by) == (300, "customer")


def test_cancelling_frees_the_bay(workshop: Workshop) -> None:
    booking.cancel(appointment=in_status(workshop, Status.CONFIRMED))
    assert in_status(workshop, Status.CONFIRMED).pk


@pytest.mark.parametrize("verb", ["mark_no_show", "complete"])
def test_not_before_its_time(workshop: Workshop, verb: str) -> None:
    appointment = in_status(workshop, Status.CONFIRMED)
    act = {"mark_no_show": booking.mark_no_show, "complete": booking.complete}[verb]
    with pytest.raises(errors.TooEarly):
        act(appointment=appointment, now=local(2026, 11, 26, 8, 59))
    assert Appointment.objects.get().status == Status.CONFIRMED
    act(appointment=appointment, now=local(2026, 11, 26, 9))
    assert Appointment.objects.get().status != Status.CONFIRMED


def test_work_that_began_early_may_end_early(workshop: Workshop) -> None:
    appointment = in_status(workshop, Status.IN_PROGRESS)
    booking.complete(appointment=appointment, now=local(2026, 11, 26, 8))
    assert appointment.status == Status.COMPLETED


@pytest.mark.parametrize(("status", "verb"), [(Status.NO_SHOW, "start"), (Status.COMPLETED, "reopen")])
def test_a_bay_given_away_is_not_taken_back(workshop: Workshop, status: Status, verb: str) -> None:
    appointment = in_status(workshop, status)
    in_status(workshop, Status.CONFIRMED)
    with pytest.raises(errors.SlotTaken):
        verbs(workshop.now)[verb](appointment)
    assert Appointment.objects.get(pk=appointment.pk).status == status


def test_promise_sets_what_is_told(workshop: Workshop) -> None:
    appointment = in_status(workshop, Status.IN_PROGRESS)
    ready = local(2026, 11, 26, 17)
    booking.promise(appointment=appointment, promised_at=ready, customer_note="in attesa del ricambio")
    row = Appointment.objects.get()
    assert (row.promised_at, row.customer_note) == (ready, "in attesa del ricambio")
    booking.promise(appointment=appointment, promised_at=None, customer_note="")
    row.refresh_from_db()
    assert (row.promised_at, row.customer_note) == (None, "")


def test_the_first_collection_counts(workshop: Workshop) -> None:
    appointment = in_status(workshop, Status.COMPLETED)
    booking.mark_collected(appointment=appointment, now=local(2026, 11, 26, 17))
    booking.mark_collected(appointment=appointment, now=local(2026, 11, 26, 18))
    assert Appointment.objects.get().collected_at == local(2026, 11, 26, 17)
    booking.reopen(appointment=appointment)
    assert Appointment.objects.get().collected_at is None


def test_a_car_arrives_once(workshop: Workshop) -> None:
    appointment = in_status(workshop, Status.CONFIRMED)
    booking.mark_arrived(appointment=appointment, now=workshop.now)
    booking.mark_arrived(appointment=appointment, now=workshop.now + LATER)
    assert Appointment.objects.get().arrived_at == workshop.now
    (noted,) = LogEntry.objects.filter(object_pk=str(appointment.pk))
    assert noted.changes["arrived_at"][0] == "None"


def test_work_is_somebodys_who_is_here(workshop: Workshop) -> None:
    appointment = in_status(workshop, Status.CONFIRMED)
    ugo = StaffUser.objects.create_user("ugo@rossi.example", "una password lunga", role="mechanic")
    for _twice in range(2):
        booking.assign(appointment=appointment, mechanic=ugo)
    assert Appointment.objects.get().mechanic == appointment.mechanic == ugo
    assert LogEntry.objects.filter(object_pk=str(appointment.pk)).count() == 1
    ugo.is_active = False
    with pytest.raises(errors.NotHere):
        booking.assign(appointment=appointment, mechanic=ugo)
    booking.assign(appointment=appointment, mechanic=None)
    assert Appointment.objects.get().mechanic is None
