"""Copies at providers: asked for once, tried until they are gone, found by the sweep when a task was lost."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import responses
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from receptionist import remotecopies, sweeping
from receptionist.models import RemoteCopy
from shops.models import Shop

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 3, 2, 40, tzinfo=UTC)
CALL = "https://api.vapi.ai/call/0199-call"


@pytest.fixture(autouse=True)
def key(settings: Any) -> None:
    settings.VAPI_API_KEY = "private-key"
    settings.VAPI_API_URL = "https://api.vapi.ai"


def test_asked_twice_is_one_row_and_nothing_without_an_id(in_rossi: Shop) -> None:
    remotecopies.ask(service="vapi", external_id="0199-call")
    remotecopies.ask(service="vapi", external_id="0199-call", line="line-rossi")
    remotecopies.ask(service="vapi", external_id="")
    assert RemoteCopy.objects.count() == 1


def test_it_is_asked_for_on_commit(
    rossi: Shop, eager_tasks: None, django_capture_on_commit_callbacks: Any
) -> None:
    from shops.context import in_shop

    with responses.RequestsMock() as net:
        net.delete(CALL, json={"id": "0199-call"})
        with in_shop(rossi), django_capture_on_commit_callbacks(execute=True):
            remotecopies.ask(service="vapi", external_id="0199-call")
            assert len(net.calls) == 0
        assert len(net.calls) == 1
    with in_shop(rossi):
        assert RemoteCopy.objects.get().done_at is not None


@responses.activate
def test_failures_pause_longer_each_time_and_success_is_noted(in_rossi: Shop) -> None:
    responses.delete(CALL, status=503)
    responses.delete(CALL, status=429)
    responses.delete(CALL, json={"id": "0199-call"})
    with time_machine.travel(NOW, tick=False) as clock:
        remotecopies.ask(service="vapi", external_id="0199-call")
        assert remotecopies.delete_due() == 0
        row = RemoteCopy.objects.get()
        first = row.next_attempt_at - NOW
        assert row.attempts == 1
        assert first >= timedelta(minutes=1)
        assert row.error
        assert remotecopies.delete_due() == 0  # not before its time
        assert len(responses.calls) == 1
        clock.shift(first)
        assert remotecopies.delete_due() == 0
        row.refresh_from_db()
        assert row.next_attempt_at - (NOW + first) > first
        clock.move_to(row.next_attempt_at)
        assert remotecopies.delete_due() == 1
    row.refresh_from_db()
    assert row.done_at is not None
    assert row.error == ""
    assert row.attempts == 3
    assert remotecopies.delete_due() == 0


@responses.activate
def test_refused_for_good_waits_a_day_for_an_operator(in_rossi: Shop) -> None:
    responses.delete(CALL, status=401, json={"message": "Invalid Key"})
    with time_machine.travel(NOW, tick=False):
        remotecopies.ask(service="vapi", external_id="0199-call")
        remotecopies.delete_due()
    row = RemoteCopy.objects.get()
    assert row.done_at is None
    assert row.next_attempt_at == NOW + timedelta(days=1)
    assert "VAPI_API_KEY" in row.error
    assert "private-key" not in row.error


def test_a_service_nobody_deletes_at_stays_written_down(in_rossi: Shop) -> None:
    remotecopies.ask(service="elsewhere", external_id="x")
    assert remotecopies.delete_due() == 0
    assert RemoteCopy.objects.get().error


@responses.activate
def test_two_workers_ask_once(in_rossi: Shop) -> None:
    responses.delete(CALL, status=500)
    remotecopies.ask(service="vapi", external_id="0199-call")
    pk = RemoteCopy.objects.get().pk
    now = RemoteCopy.objects.get().next_attempt_at
    RemoteCopy.objects.filter(pk=pk).update(next_attempt_at=now + remotecopies.HELD)
    assert remotecopies.delete(copy_id=pk, now=now) is False
    assert len(responses.calls) == 0


def test_the_sweep_finds_what_was_lost_and_only_that(in_rossi: Shop) -> None:
    assert not sweeping.has_work()
    remotecopies.ask(service="vapi", external_id="0199-call")
    assert sweeping.has_work()
    RemoteCopy.objects.update(next_attempt_at=datetime.now(UTC) + timedelta(hours=1))
    assert not sweeping.has_work()
    assert remotecopies.due() == []


def test_many_are_asked_for_in_as_many_queries_as_one(in_rossi: Shop) -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        remotecopies.ask_many(service="meta", copies=[(f"media-{n}", "line") for n in range(900)])
    assert RemoteCopy.objects.count() == 900
    assert len([q for q in queries.captured_queries if "INSERT" in q["sql"]]) == 1
