"""What becomes of our messages: only forward, in whichever order it is told."""

import itertools
from typing import Any
from uuid import uuid4

import pytest

from receptionist.content import Content
from receptionist.models import Channel, OutboundMessage, OutboundStatus
from shops.context import in_shop
from shops.models import Shop
from tests.whatsapp.conftest import Post
from tests.whatsapp.payloads import body, status, value

FAILURE = {"errors": [{"code": 131026, "title": "Message undeliverable"}]}


@pytest.fixture
def ours(rossi: Shop) -> Any:
    """A message of the first shop that was sent, or that is as the values say."""

    def ours(**values: Any) -> OutboundMessage:
        made = {
            "channel": Channel.WHATSAPP,
            "recipient": "+393331234567",
            "content": Content("Le va bene giovedì alle 9?").to_json(),
            "status": OutboundStatus.SENT,
            "wire_id": f"wamid.{uuid4()}",
        } | values
        with in_shop(rossi):
            return OutboundMessage.objects.create(**made)

    return ours


@pytest.fixture
def tell(post: Post, rossi: Shop) -> Any:
    """Send statuses, each in a webhook of its own; returns the message as it stands then."""

    def tell(row: OutboundMessage, *states: str, **fields: Any) -> OutboundMessage:
        for state in states:
            extra = FAILURE if state == "failed" else {}
            post(body(value(statuses=[status(row.wire_id or "wamid.lost", state, **extra, **fields)])))
        with in_shop(rossi):
            return OutboundMessage.objects.get(pk=row.pk)

    return tell


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (["sent"], "sent"),
        (["delivered"], "delivered"),
        (["read"], "read"),
        (["played"], "read"),
        (["failed"], "failed"),
        (["something new"], "sent"),
        (["sent", "sent"], "sent"),
        (["delivered", "failed"], "delivered"),
        (["read", "failed"], "read"),
    ],
    ids=str,
)
def test_a_status(ours: Any, tell: Any, states: list[str], expected: str) -> None:
    assert tell(ours(), *states).status == expected


@pytest.mark.parametrize(
    "order", list(itertools.permutations(["sent", "delivered", "read", "failed"])), ids=str
)
def test_any_order_ends_the_same(ours: Any, tell: Any, order: tuple[str, ...]) -> None:
    row = tell(ours(), *order)
    assert row.status == OutboundStatus.READ
    assert row.sent_at
    assert row.delivered_at
    assert row.read_at
    assert (row.failed_at, row.error_code, row.error) == (None, None, "")


@pytest.mark.parametrize("order", list(itertools.permutations(["sent", "delivered", "failed"])), ids=str)
def test_what_was_delivered_did_not_fail(ours: Any, tell: Any, order: tuple[str, ...]) -> None:
    assert tell(ours(), *order).status == OutboundStatus.DELIVERED


def test_a_failure_carries_its_code(ours: Any, tell: Any) -> None:
    row = tell(ours(), "failed", "failed")
    assert (row.status, row.error_code) == (OutboundStatus.FAILED, 131026)
    assert row.failed_at


@pytest.mark.parametrize("state", ["sent", "delivered", "read"])
def test_a_message_whose_response_was_lost_is_recognised(ours: Any, tell: Any, state: str) -> None:
    lost = ours(status=OutboundStatus.SENDING, wire_id=None)
    row = tell(lost, state, biz_opaque_callback_data=str(lost.pk))
    assert (row.status, row.wire_id) == (state, "wamid.lost")


@pytest.mark.parametrize("state", ["delivered", "read"])
def test_a_second_attempt_takes_nothing_back(ours: Any, tell: Any, state: str) -> None:
    """The response of the first was lost, its status came late: Meta took the message twice."""
    arrived = ours(status=state, wire_id="wamid.first")
    assert tell(arrived, "sent", id="wamid.second", biz_opaque_callback_data=str(arrived.pk)).status == state


def test_an_attempt_that_failed_does_not_move_the_next_one(ours: Any, tell: Any, rossi: Shop) -> None:
    """Its id stays in the row while the message waits to be sent again."""
    waiting = ours(status=OutboundStatus.QUEUED, wire_id="wamid.first")
    assert tell(waiting, "sent", biz_opaque_callback_data=str(waiting.pk)).status == OutboundStatus.QUEUED
    assert tell(waiting, "delivered").status == OutboundStatus.DELIVERED


def test_a_status_that_names_only_our_id_leaves_metas(ours: Any, post: Post, rossi: Shop) -> None:
    row = ours(wire_id="wamid.A", status="sent")
    post(body(value(statuses=[{"status": "read", "biz_opaque_callback_data": str(row.pk)}])))
    with in_shop(rossi):
        row.refresh_from_db()
    assert (row.status, row.wire_id) == ("read", "wamid.A")


@pytest.mark.parametrize(
    "opaque", ["", "not ours", "6c1fc2f4-5d0c-4f6b-9a1e-2f0d7f1b9a11", 7, None, {"a": 1}], ids=str
)
def test_unknown_ids_change_nothing(ours: Any, post: Post, rossi: Shop, opaque: Any) -> None:
    row = ours()
    told = [
        status("wamid.of.somebody", state, biz_opaque_callback_data=opaque) for state in ("read", "failed")
    ]
    post(body(value(statuses=told)))
    with in_shop(rossi):
        assert OutboundMessage.objects.get(pk=row.pk).status == OutboundStatus.SENT


def test_statuses_of_another_shop_change_nothing(ours: Any, post: Post, rossi: Shop) -> None:
    row = ours()
    told = [status(row.wire_id, "read", biz_opaque_callback_data=str(row.pk))]
    post(body(value(statuses=told, line="wa-bianchi")))
    with in_shop(rossi):
        assert OutboundMessage.objects.get(pk=row.pk).status == OutboundStatus.SENT
