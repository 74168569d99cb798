"""The reminder of the day before: when, for whom, once, and never for what is no longer so."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from receptionist import confirmations
from receptionist.followups import day_before, rounds, when
from receptionist.followups.reasons import Reason
from receptionist.models import FollowUp, FollowUpConfig, FollowUpKind, FollowUpOutcome, OutboundMessage
from receptionist.tasks_followups import follow_up
from scheduling.models import Appointment
from shops.context import in_shop
from shops.models import Shop
from tests import factories
from tests.receptionist.conftest import at_once, counted, statements
from tests.receptionist.followups.conftest import ROME, give_whatsapp, rome, turn, utc

LONG_AGO = rome(2026, 1, 1)


def booked(starts_at: datetime, *, created: datetime = LONG_AGO, **values: Any) -> Appointment:
    """An appointment that was booked long before."""
    row = factories.appointment(starts_at, **values)
    Appointment.objects.filter(pk=row.pk).update(created_at=created)
    row.refresh_from_db()
    return row


def sent() -> list[OutboundMessage]:
    return list(OutboundMessage.objects.order_by("created_at"))


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (rome(2026, 11, 24, 16, 54), False),
        (rome(2026, 11, 24, 17), True),
        (rome(2026, 11, 24, 19, 55), True),
        # in the quiet hours nothing is decided; in the morning it is caught up
        (rome(2026, 11, 24, 20, 30), False),
        (rome(2026, 11, 25, 8, 35), True),
    ],
    ids=["before its hour", "at its hour", "in the evening", "in quiet hours", "next morning"],
)
def test_it_goes_out_the_day_before(writing: Shop, now: datetime, due: bool) -> None:
    row = booked(rome(2026, 11, 25, 11))

    rounds.run(now)
    rounds.run(now + timedelta(minutes=5))

    assert len(sent()) == (1 if due else 0)
    if due:
        message = sent()[0]
        assert message.key == f"day_before:{row.pk}:2026-11-25"
        assert "mercoledì 25 novembre alle 11:00" in message.content["text"]
        assert [each["id"] for each in message.content["options"]] == [
            f"{verb}:{row.code}" for verb in ("confirm", "move", "cancel")
        ]
        assert message.content["template"]["buttons"] == [each["id"] for each in message.content["options"]]
        assert message.content["template"]["parameters"][1:3] == ["mercoledì 25 novembre", "11:00"]


def test_for_a_monday_it_goes_out_on_saturday(writing: Shop) -> None:
    booked(rome(2026, 11, 30, 9))

    rounds.run(rome(2026, 11, 28, 16, 50))
    assert not sent()
    rounds.run(rome(2026, 11, 28, 17))
    assert len(sent()) == 1


@pytest.mark.parametrize(
    ("day", "moment"),
    [
        # Easter is on 28 March 2027, the day of the change; the 29th is a day off as well
        (date(2027, 3, 30), utc(2027, 3, 27, 16)),
        (date(2027, 3, 31), utc(2027, 3, 30, 15)),
        (date(2027, 10, 30), utc(2027, 10, 29, 15)),
        # Sunday 31 October is the change, Monday 1 November a day off: Tuesday is told on Saturday
        (date(2027, 11, 2), utc(2027, 10, 30, 15)),
        (date(2027, 11, 3), utc(2027, 11, 2, 16)),
    ],
    ids=str,
)
def test_its_hour_is_the_wall_clocks_over_both_clock_changes(
    writing: Shop, day: date, moment: datetime
) -> None:
    booked(datetime.combine(day, time(11), ROME))
    with time_machine.travel(moment - timedelta(minutes=1), tick=False):
        rounds.run()
        assert not sent()
    with time_machine.travel(moment, tick=False):
        rounds.run()
    assert len(sent()) == 1


def test_on_the_days_of_the_change_themselves(writing: Shop) -> None:
    FollowUpConfig.objects.update_or_create(only=True, defaults={"on_sundays": True})
    booked(rome(2027, 3, 28, 11))
    booked(rome(2027, 10, 31, 11))

    with time_machine.travel(utc(2027, 3, 27, 16), tick=False):
        rounds.run()
    with time_machine.travel(utc(2027, 10, 30, 15), tick=False):
        rounds.run()

    assert ["28 marzo" in each.content["text"] for each in sent()] == [True, False]
    assert "domenica 31 ottobre alle 11:00" in sent()[1].content["text"]


def test_who_booked_after_its_hour_knows(writing: Shop) -> None:
    booked(rome(2026, 11, 25, 11), created=rome(2026, 11, 24, 18))
    booked(rome(2026, 11, 24, 19), created=rome(2026, 11, 24, 9))

    rounds.run(rome(2026, 11, 24, 18, 5))

    assert not sent()


@pytest.mark.parametrize("status", ["pending", "cancelled", "in_progress", "completed", "no_show"])
def test_only_for_what_is_confirmed(writing: Shop, status: str) -> None:
    booked(rome(2026, 11, 25, 11), status=status)

    rounds.run(rome(2026, 11, 24, 17))

    assert not FollowUp.objects.exists()


def test_moved_to_another_day_it_gets_another_for_that_day_only(writing: Shop) -> None:
    row = booked(rome(2026, 11, 25, 11))
    rounds.run(rome(2026, 11, 24, 17))
    Appointment.objects.filter(pk=row.pk).update(
        scheduled_at=rome(2026, 11, 27, 11), ends_at=rome(2026, 11, 27, 12)
    )

    rounds.run(rome(2026, 11, 25, 17))
    rounds.run(rome(2026, 11, 26, 17))
    rounds.run(rome(2026, 11, 26, 17, 5))

    assert [each.key for each in sent()] == [
        f"day_before:{row.pk}:{day}" for day in ("2026-11-25", "2026-11-27")
    ]


def test_after_a_day_of_standstill_those_ahead_get_theirs_late_and_the_past_none(writing: Shop) -> None:
    past = booked(rome(2026, 11, 25, 9))
    near = booked(rome(2026, 11, 25, 11, 30))
    ahead = booked(rome(2026, 11, 25, 16))
    tomorrow = booked(rome(2026, 11, 26, 9))
    # the worker was down from Tuesday noon to Wednesday at 10
    with time_machine.travel(rome(2026, 11, 25, 10), tick=False):
        rounds.run()
        rounds.run()

    assert [each.key for each in sent()] == [f"day_before:{ahead.pk}:2026-11-25"]
    assert FollowUp.objects.get(appointment_id=near.pk).reason == Reason.TOO_LATE
    assert not FollowUp.objects.filter(appointment_id=past.pk).exists()
    assert not FollowUp.objects.filter(appointment_id=tomorrow.pk).exists()


def test_after_a_standstill_there_is_no_flood(writing: Shop) -> None:
    bays = [factories.bay() for _ in range(13)]
    for number in range(65):
        hour, where = divmod(number, len(bays))
        booked(rome(2026, 11, 25, 13 + hour), bay=bays[where], minutes=30, vehicle=None)

    rounds.run(rome(2026, 11, 25, 8, 40))
    assert OutboundMessage.objects.count() == day_before.MOST_A_ROUND
    rounds.run(rome(2026, 11, 25, 8, 45))
    assert OutboundMessage.objects.count() == 65


def test_one_that_waited_is_dropped_when_it_is_no_longer_true(writing: Shop) -> None:
    with time_machine.travel(rome(2026, 11, 24, 17), tick=False):
        rows = [booked(rome(2026, 11, 25, hour), minutes=30) for hour in (11, 12, 14, 15)]
        rounds.run()
        by_key = {each.key: each for each in sent()}
        messages = [by_key[f"day_before:{row.pk}:2026-11-25"] for row in rows]
        Appointment.objects.filter(pk=rows[0].pk).update(status="cancelled")
        Appointment.objects.filter(pk=rows[1].pk).update(
            scheduled_at=rome(2026, 11, 25, 16), ends_at=rome(2026, 11, 25, 17)
        )
        type(rows[2].customer).objects.filter(pk=rows[2].customer.pk).update(erased_at=timezone.now())

        # one of another time of the same day is put right, not dropped
        assert [confirmations.is_stale(each) for each in messages] == [True, False, True, False]
    with time_machine.travel(rome(2026, 11, 25, 15, 1), tick=False):
        assert confirmations.is_stale(messages[3])


def test_switched_off_there_is_none_and_each_shop_has_its_own_hour(
    transactional_db: None, rossi: Shop, bianchi: Shop
) -> None:
    for shop in (rossi, bianchi):
        give_whatsapp(shop)
        with in_shop(shop):
            booked(rome(2026, 11, 25, 11))
    with in_shop(rossi):
        turn(FollowUpKind.DAY_BEFORE, send_at=time(12), text="{officina} {giorno} {ora}")
    with in_shop(bianchi):
        turn(FollowUpKind.DAY_BEFORE, on=False)
    with time_machine.travel(rome(2026, 11, 24, 12), tick=False):
        follow_up.apply(throw=True)

    with in_shop(rossi):
        assert [each.content["text"] for each in sent()] == [f"{rossi.name} mercoledì 25 novembre 11:00"]
    with in_shop(bianchi):
        assert not FollowUp.objects.exists()
        turn(FollowUpKind.DAY_BEFORE, send_at=time(18))
    with time_machine.travel(rome(2026, 11, 24, 18), tick=False):
        follow_up.apply(throw=True)
    with in_shop(bianchi):
        assert len(sent()) == 1


def test_rounds_at_once_remind_once(committed: Shop) -> None:
    give_whatsapp(committed)
    with in_shop(committed):
        for hour in (9, 11, 15):
            booked(rome(2026, 11, 25, hour))

    at_once(committed, lambda _number: rounds.run(rome(2026, 11, 24, 17)), 4)

    with in_shop(committed):
        assert len(sent()) == 3
        assert FollowUp.objects.filter(outcome=FollowUpOutcome.SENT).exclude(message=None).count() == 3


def test_a_shop_with_nothing_due_is_asked_once(writing: Shop) -> None:
    with counted() as captured:
        rounds.run(rome(2026, 11, 24, 17))

    assert len(statements(captured)) == 1


@pytest.fixture
def shared(transactional_db: None, rossi: Shop) -> Iterator[Shop]:
    give_whatsapp(rossi)
    with in_shop(rossi):
        yield rossi


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    starts=st.lists(st.integers(0, 4 * 24 * 2), min_size=1, max_size=6, unique=True),
    statuses=st.lists(st.sampled_from(["confirmed", "pending", "cancelled"]), min_size=6, max_size=6),
    gaps=st.lists(st.integers(5, 20 * 60), min_size=1, max_size=8),
    quiet=st.tuples(st.integers(0, 23), st.integers(0, 23)),
    send_at=st.integers(0, 23),
)
def test_never_twice_never_in_quiet_hours_never_for_what_is_not_confirmed(
    shared: Shop,
    starts: list[int],
    statuses: list[str],
    gaps: list[int],
    quiet: tuple[int, int],
    send_at: int,
) -> None:
    for model in (FollowUp, OutboundMessage, Appointment):
        model.objects.all().delete()
    begin = datetime(2027, 3, 25, 6, tzinfo=UTC)
    FollowUpConfig.objects.update_or_create(
        only=True, defaults={"quiet_from": time(quiet[0]), "quiet_to": time(quiet[1])}
    )
    turn(FollowUpKind.DAY_BEFORE, send_at=time(send_at))
    rows = {
        row.pk: row
        for row in (
            booked(begin + timedelta(minutes=30 * each), bay=factories.bay(), status=status, vehicle=None)
            for each, status in zip(starts, statuses, strict=False)
        )
    }
    now = begin
    for gap in gaps:
        now += timedelta(minutes=gap)
        rounds.run(now)

    config = FollowUpConfig.load()
    decided = list(FollowUp.objects.all())
    assert len({row.appointment_id for row in decided}) == len(decided)
    for row in decided:
        assert row.appointment_id is not None
        about = rows[row.appointment_id]
        assert about.status == "confirmed"
        if row.message:
            assert not when.is_quiet(row.message.next_attempt_at, config, ROME)
            assert row.message.next_attempt_at <= about.scheduled_at - day_before.ENOUGH
