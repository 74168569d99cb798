"""What must not happen: a message lost beside a broken one, a 500, words in the log, a 200 for what was not stored."""

import logging
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from receptionist import inbound as receiving
from receptionist.models import Conversation, ConversationMessage
from shops.context import in_shop
from shops.models import Shop
from tests.whatsapp.conftest import SECRET, URL, Post
from tests.whatsapp.payloads import body, message, raw, signed, status, value
from whatsapp import reading

ODD_MESSAGES: list[Any] = [
    None,
    7,
    "text",
    [],
    {},
    {"from": None},
    {"from": "393331234567"},
    {"from": {"a": 1}, "id": [], "type": 9},
    {"from": "393331234567", "type": "text"},
    {"from": "393331234567", "id": "wamid.odd.1", "type": "text", "text": None},
    {"from": "393331234567", "id": "wamid.odd.2", "type": "text", "text": {"body": {"a": 1}}},
    {"from": "393331234567", "id": "wamid.odd.3", "type": "image", "image": {"id": {}}},
    {
        "from": "393331234567",
        "id": "wamid.odd.4",
        "type": "interactive",
        "interactive": {"type": "list_reply"},
    },
    {"from": "393331234567", "id": "wamid.odd.5", "type": "interactive", "interactive": []},
    {"from": "393331234567", "id": "wamid.odd.6", "type": "reaction", "reaction": {"emoji": "👍"}},
    {"from": "393331234567", "id": "wamid.odd.7", "type": "edit", "edit": {"message": 3}},
    {"from": "393331234567", "id": "wamid.odd.8", "type": "revoke"},
    {
        "from": "393331234567",
        "id": "wamid.odd.9",
        "type": "system",
        "system": {"type": "user_changed_number"},
    },
    {"from": "393331234567", "id": "wamid.odd.10", "type": "location", "location": {"latitude": "x"}},
    {"from": "393331234567", "id": "wamid.odd.11", "type": "contacts", "contacts": [{"phones": 3}, None]},
    {"from": "393331234567", "id": "wamid.odd.12", "type": "order", "order": {"product_items": {"a": 1}}},
    {
        "from": "393331234567",
        "id": "wamid.odd.13",
        "type": "text",
        "text": {"body": "x"},
        "timestamp": "9" * 40,
    },
    {"from": "393331234567", "id": "wamid.odd.14", "type": "text", "text": {"body": "x"}, "timestamp": -5},
    {"from": "393331234567", "id": "w" * 5000, "type": "text", "text": {"body": "long id"}},
    {"from": "9" * 60, "id": "wamid.odd.15", "type": "text", "text": {"body": "no number"}},
    {"from": "0000000", "id": "wamid.odd.16", "type": "text", "text": {"body": "zeros"}},
    {"from": "-- '; DROP", "id": "wamid.odd.17", "type": "text", "text": {"body": "no id"}},
    {"from": "393331234567", "id": "wamid.odd.18", "type": "t" * 5000, "t" * 5000: {}},
    {"from": "393331234567", "id": "wamid.odd.19", "type": "text", "text": {"body": "y" * 200_000}},
    {"from": "393331234567", "id": "wamid.odd.20", "type": "text", "text": {"body": "c"}, "context": "x"},
    {"from": "393331234567", "id": "wamid.odd.21", "type": "text", "text": {"body": "c"}, "referral": [1]},
    {"from": "393331234567", "id": "wamid.odd.22", "type": "nfm_reply", "nfm_reply": {"response_json": "{"}},
]


@pytest.mark.parametrize("odd", ODD_MESSAGES, ids=lambda value: str(value)[:50])
def test_the_rest_of_the_batch_is_stored(post: Post, rossi: Shop, odd: Any) -> None:
    first, last = message("prima"), message("dopo")
    batch = value(first, last)
    batch["messages"] = [first, odd, last]
    post(body(batch, value(message("altrove", sender="393339998877"))))
    with in_shop(rossi):
        words = set(ConversationMessage.objects.values_list("text", flat=True))
    assert {"prima", "dopo", "altrove"} <= words


@pytest.mark.parametrize(
    "odd",
    [
        {"entry": []},
        {"entry": [None, 7, {}, {"changes": None}, {"changes": [None, {}, {"field": 7, "value": []}]}]},
        {"entry": [{"id": {}, "changes": [{"field": "messages", "value": {"messages": {"a": 1}}}]}]},
        {"entry": [{"id": "x", "changes": [{"field": "messages", "value": {"metadata": []}}]}]},
        {"entry": [{"id": "x" * 9000, "changes": [{"field": "account_update", "value": {}}]}]},
        {
            "entry": [
                {"id": "x", "changes": [{"field": "smb_message_echoes", "value": {"message_echoes": [{}]}}]}
            ]
        },
    ],
    ids=lambda value: str(value)[:60],
)
def test_odd_envelopes_are_acknowledged(post: Post, rossi: Shop, odd: Any) -> None:
    post(odd)
    with in_shop(rossi):
        assert not Conversation.objects.exists()


@pytest.mark.parametrize("line", ["", "\ud800", "a\x00b", "x" * 9000, "wa rossi", None, 7], ids=repr)
def test_odd_lines_belong_to_nobody(post: Post, rossi: Shop, line: Any) -> None:
    post(body(value(message(), metadata={"phone_number_id": line}), value(message("qui"))))
    with in_shop(rossi):
        assert ConversationMessage.objects.get().text == "qui"


def test_a_mistake_of_ours_keeps_the_message(
    post: Post, rossi: Shop, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    """The reader breaks on one type: that message is kept as not readable, the others as they are."""

    def broken(item: Any) -> Any:
        raise ZeroDivisionError("segreto")

    monkeypatch.setattr(reading, "_READERS", {**reading._READERS, "location": broken})
    first = message("prima")
    place = message(type="location", location={"latitude": 1, "longitude": 2})
    with caplog.at_level(logging.INFO):
        post(body(value(first, place, message("dopo"))))
    with in_shop(rossi):
        kinds = list(ConversationMessage.objects.order_by("sent_at").values_list("kind", flat=True))
    assert kinds == ["text", "unsupported", "text"]
    assert "segreto" not in caplog.text


def test_no_words_and_no_numbers_in_the_log(post: Post, rossi: Shop, caplog: Any) -> None:
    with caplog.at_level(logging.DEBUG):
        post(body(value(message("una frase riservata"))))
        post(body(value({"type": "text", "text": {"body": "una frase riservata"}})))
        post(body(value(message("una frase riservata"), line="wa-nobody")))
        post(body(value(statuses=[status("wamid.x", "read"), status("wamid.x", "una frase riservata")])))
    assert "riservata" not in caplog.text
    assert "393331234567" not in caplog.text


class TestDatabaseAway:
    """Meta comes again: 503 for the whole, and what was stored is recognised."""

    @pytest.fixture
    def away_after(self, monkeypatch: pytest.MonkeyPatch) -> Any:
        """The database answers so many messages, and then no more."""
        real = receiving._ask

        def away_after(count: int) -> None:
            left = [count]

            def ask(values: Any) -> Any:
                if left[0] <= 0:
                    raise OperationalError("the server is away")
                left[0] -= 1
                return real(values)

            monkeypatch.setattr(receiving, "_ask", ask)

        return away_after

    def test_in_the_middle_of_a_batch(self, post: Post, rossi: Shop, bianchi: Shop, away_after: Any) -> None:
        batch = body(
            value(message("uno"), message("due"), message("tre")),
            value(message("quattro"), line="wa-bianchi"),
        )
        away_after(2)
        assert set(post(batch, status=503).json()) == {"error"}
        away_after(100)
        post(batch)
        with in_shop(rossi):
            words = ConversationMessage.objects.order_by("sent_at").values_list("text", flat=True)
            assert list(words) == ["uno", "due", "tre"]
        with in_shop(bianchi):
            assert ConversationMessage.objects.get().text == "quattro"

    def test_what_was_stored_is_answered_all_the_same(
        self, post: Post, queued: Any, away_after: Any, django_capture_on_commit_callbacks: Any
    ) -> None:
        away_after(1)
        with django_capture_on_commit_callbacks(execute=True):
            post(body(value(message("uno"), message("due"))), status=503)
        assert [name for name, _kwargs in queued] == ["receptionist.answer"]

    def test_a_message_that_cannot_be_stored_is_not_acknowledged(
        self, post: Post, rossi: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = receiving._ask

        def ask(values: Any) -> Any:
            if values["wire_id"] == "wamid.cursed":
                raise ValueError("whatever")
            return real(values)

        monkeypatch.setattr(receiving, "_ask", ask)
        post(body(value(message("prima"), message("mai", id="wamid.cursed"), message("dopo"))), status=503)
        with in_shop(rossi):
            assert ConversationMessage.objects.count() == 2


def test_get_of_a_stranger_says_nothing(platform_client: Client) -> None:
    response = platform_client.get(URL)
    assert response.status_code == 403
    assert set(response.json()) == {"error"}


def test_three_megabytes(platform_client: Client, numbers: None, settings: Any, rossi: Shop) -> None:
    settings.WHATSAPP_APP_SECRETS = [SECRET]
    data = body(value(*(message("a" * 4096) for _number in range(600))))
    sent = raw(data)
    assert 2_400_000 < len(sent) < settings.WEBHOOK_MAX_BYTES
    response = platform_client.generic(
        "POST", URL, sent, content_type="application/json", headers=signed(sent, SECRET)
    )
    assert response.status_code == 200
    with in_shop(rossi):
        assert ConversationMessage.objects.count() == 600
