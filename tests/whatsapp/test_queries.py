"""How many statements a webhook costs, so that they cannot creep. SET, BEGIN and savepoints apart."""

import pytest
from django.core.cache import caches

from receptionist.content import Content
from receptionist.models import Channel, OutboundMessage, OutboundStatus
from shops.context import in_shop
from shops.models import Shop
from tests.scheduling.queries import counted
from tests.whatsapp.conftest import Post
from tests.whatsapp.payloads import ANNA, BIANCHI, body, message, status, value


@pytest.fixture
def known(post: Post, rossi: Shop) -> str:
    """Anna has an open chat in which we proposed something; the line was asked for before. Our message's id."""
    post(body(value(message("Buongiorno"))))
    with in_shop(rossi):
        row = OutboundMessage.objects.create(
            channel=Channel.WHATSAPP,
            recipient=f"+{ANNA}",
            content=Content("Giovedì alle 9?").to_json(),
            status=OutboundStatus.SENT,
            wire_id="wamid.ours",
        )
    return str(row.wire_id)


def test_a_message_is_one_statement(post: Post, known: str) -> None:
    with counted() as statements:
        post(body(value(message("vorrei un tagliando"))))
    assert len(statements) == 1, statements


def test_the_first_message_of_a_person_is_one_statement(post: Post, known: str) -> None:
    with counted() as statements:
        post(body(value(message("ciao", sender="393339990001"))))
    assert len(statements) == 1, statements


def test_a_cold_cache_asks_for_the_line_once(post: Post, known: str) -> None:
    caches["routing"].clear()
    with counted() as statements:
        post(body(value(message("uno"), message("due")), value(message("tre"))))
    assert len(statements) == 4, statements


def test_a_repeated_message_is_one_statement(post: Post, known: str) -> None:
    payload = body(value(message("ancora")))
    post(payload)
    with counted() as statements:
        post(payload)
    assert len(statements) == 1, statements


def test_a_file_is_one_more(post: Post, known: str) -> None:
    with counted() as statements:
        post(body(value(message(None, type="image", image={"id": "media.1", "mime_type": "image/jpeg"}))))
    assert len(statements) == 2, statements


@pytest.mark.parametrize("state", ["sent", "delivered", "read"])
def test_a_status_is_one_statement(post: Post, known: str, state: str) -> None:
    with counted() as statements:
        post(body(value(statuses=[status(known, state)])))
    assert len(statements) == 1, statements


def test_a_reaction_is_few(post: Post, known: str) -> None:
    with counted() as statements:
        post(body(value(message(None, type="reaction", reaction={"message_id": known, "emoji": "👍"}))))
    assert len(statements) <= 4, statements


def test_a_batch_costs_its_messages(post: Post, known: str, bianchi: Shop) -> None:
    batch = [
        value(*(message("x", sender=f"39333{line_number}{number:05d}") for number in range(50)), line=line)
        for line_number, line in enumerate(["wa-rossi", BIANCHI])
    ]
    with counted() as statements:
        post(body(*batch, *batch))
    assert len(statements) <= 200 + 2, len(statements)


@pytest.mark.parametrize(
    "name", ["calls__connect", "history__chunk", "standby__text", "unknown_field__never_seen"]
)
def test_what_is_of_no_use_costs_nothing(post: Post, known: str, name: str) -> None:
    with counted() as statements:
        post(name)
    assert statements == []
