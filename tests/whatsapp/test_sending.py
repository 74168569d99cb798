"""A stored message goes out: once, in order, quickly, in the right shape. Against the stand-in for Meta."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from receptionist.content import Content, Option
from receptionist.models import Conversation, OutboundMessage
from sandbox.meta import Meta
from shops.context import in_shop
from shops.models import Shop, WhatsAppNumber
from tests.database import superuser
from tests.whatsapp import sending_kit as kit
from whatsapp import claims, sending

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def meta(settings: Any) -> Iterator[Meta]:
    with kit.meta(settings) as running:
        yield running


@pytest.fixture
def shop(transactional_db: None, meta: Meta) -> Iterator[Shop]:
    rossi = Shop.objects.get(slug="officina-rossi")
    kit.number(rossi)
    with in_shop(rossi):
        yield rossi


def test_a_text_goes_out_and_is_marked_sent(shop: Shop, meta: Meta) -> None:
    kit.open_window(meta)
    row = kit.message("Buongiorno, come posso aiutarla?", conversation=kit.chat(), reply_to="wamid.HERS")

    sending.send(message_id=row.pk)

    [sent] = meta.messages()
    row = kit.again(row)
    assert (row.status, row.wire_id, row.attempts) == ("sent", sent.wamid, 1)
    assert row.sent_at is not None
    assert sent.body == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": kit.ANNA,
        "context": {"message_id": "wamid.HERS"},
        "type": "text",
        "text": {"body": "Buongiorno, come posso aiutarla?", "preview_url": False},
        "biz_opaque_callback_data": str(row.pk),
    }


def test_choices_go_out_as_buttons_or_as_a_list(shop: Shop, meta: Meta) -> None:
    kit.open_window(meta)
    kit.chat()
    few = Content("Quale?", options=(Option("a", "Tagliando"), Option("b", "Gomme")))
    many = Content("Quando?", options=tuple(Option(f"s{n}", f"gio 26/11 {n:02d}:30") for n in range(8, 14)))
    for content in (few, many):
        sending.send(message_id=kit.message(content=content).pk)

    assert [each.body["interactive"]["type"] for each in meta.messages()] == ["button", "list"]
    assert [option[0] for option in meta.messages()[1].options] == [f"s{n}" for n in range(8, 14)]


def test_someone_without_a_phone_is_reached_by_their_id(shop: Shop, meta: Meta) -> None:
    kit.open_window(meta, "IT.1349abc")
    kit.chat("IT.1349abc")
    row = kit.message(recipient="IT.1349abc")

    sending.send(message_id=row.pk)

    [sent] = meta.messages()
    assert sent.body["recipient"] == "IT.1349abc"
    assert "to" not in sent.body


def test_sending_takes_three_statements(shop: Shop, meta: Meta) -> None:
    kit.open_window(meta)
    kit.chat()
    row = kit.message()

    with CaptureQueriesContext(connection) as seen:
        sending.send(message_id=row.pk)

    assert kit.again(row).status == "sent"
    assert len(seen) == 3, [each["sql"] for each in seen]


def test_fifty_senders_of_one_message_send_it_once(shop: Shop, meta: Meta) -> None:
    kit.open_window(meta)
    kit.chat()
    row = kit.message()
    start = threading.Barrier(50)
    broken: list[Exception] = []

    def send() -> None:
        start.wait()
        try:
            with in_shop(shop):
                sending.send(message_id=row.pk)
        except Exception as error:
            broken.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(50)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert not broken
    assert len(meta.sent) == 1
    assert (kit.again(row).status, row.attempts) == ("sent", 1)


def test_a_second_message_waits_for_the_first_and_then_follows(
    shop: Shop, meta: Meta, eager_tasks: None
) -> None:
    kit.open_window(meta)
    kit.chat()
    first, second = kit.message("uno"), kit.message("due")

    sending.send(message_id=second.pk)
    assert meta.messages() == []
    assert kit.again(second).status == "queued"

    sending.send(message_id=first.pk)
    assert [each.text for each in meta.messages()] == ["uno", "due"]
    assert kit.again(second).status == "sent"


def test_what_waits_for_one_person_does_not_hold_another_up(shop: Shop, meta: Meta) -> None:
    kit.open_window(meta, kit.ANNA, kit.BRUNO)
    kit.chat()
    kit.chat(kit.BRUNO)
    kit.message(next_attempt_at=timezone.now() + timedelta(minutes=5))
    for_bruno = kit.message(recipient=kit.BRUNO)

    sending.send(message_id=for_bruno.pk)

    assert kit.again(for_bruno).status == "sent"


def test_what_waits_for_a_stopped_number_does_not_hold_another_up(shop: Shop, meta: Meta) -> None:
    kit.number(shop, line="wa-bianchi", token="token-wa-bianchi")  # the shop's second one
    kit.open_window(meta, line="wa-bianchi")
    kit.chat(line="wa-bianchi")
    WhatsAppNumber.objects.filter(phone_number_id="wa-rossi").update(stopped_at=timezone.now())
    waits = kit.message("uno")
    other = kit.message("due", line="wa-bianchi")

    sending.send(message_id=other.pk)

    assert [kit.again(row).status for row in (waits, other)] == ["queued", "sent"]


def test_what_is_not_due_or_was_sent_is_left_alone(shop: Shop, meta: Meta) -> None:
    kit.open_window(meta)
    kit.chat()
    later = kit.message(next_attempt_at=timezone.now() + timedelta(minutes=5))
    mail = kit.message(channel="email", recipient="anna@example.it")
    done = kit.message(recipient=kit.BRUNO, status="delivered")

    for row in (later, mail, done):
        sending.send(message_id=row.pk)

    assert meta.sent == []
    assert [kit.again(row).status for row in (later, mail, done)] == ["queued", "queued", "delivered"]


def test_a_message_of_another_shop_cannot_be_sent(bianchi: Shop, shop: Shop, meta: Meta) -> None:
    kit.open_window(meta)
    kit.chat()
    row = kit.message()
    with in_shop(bianchi):
        sending.send(message_id=row.pk)
        assert not OutboundMessage.objects.exists()

    assert meta.sent == []
    assert kit.again(row).status == "queued"


def test_the_last_word_of_a_person_is_found_by_an_index(shop: Shop) -> None:
    Conversation.objects.bulk_create(
        Conversation(
            channel="whatsapp",
            external_id=f"e{n}",
            contact=f"+39333{n % 500:07d}",
            line="wa-rossi",
            last_customer_at=timezone.now(),
            ended_at=timezone.now(),
        )
        for n in range(3000)
    )
    row = kit.message(recipient="+393330000007")
    with superuser() as admin:
        admin.execute("ANALYZE")
    values = {"id": row.pk, "shop": shop.pk, **dict.fromkeys(("now", "due", "lost"), timezone.now())}
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {claims._CLAIM}", values)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "conversation_of_contact" in plan
    assert "Seq Scan on receptionist_conversation" not in plan
