"""What Meta refuses, loses or reports as failed. The codes as the table has them; the stand-in gives them."""

import itertools
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from psycopg import sql

from receptionist import optout
from receptionist.models import NoticeKind, NoticeSetting, OutboundMessage, Purpose
from receptionist.notices import tell
from sandbox.meta import Meta
from shops import lines
from shops.context import in_shop
from shops.models import Shop
from shops.staff.models import StaffUser
from tests import factories
from tests.database import as_owner, superuser
from tests.whatsapp import sending_kit as kit
from whatsapp import claims, codes, failures, sending
from whatsapp.codes import Action

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def meta(settings: Any) -> Iterator[Meta]:
    with kit.meta(settings) as running:
        yield running


@pytest.fixture
def shop(transactional_db: None, meta: Meta, settings: Any) -> Iterator[Shop]:
    settings.OPERATOR_EMAILS = ["ops@aros.example"]
    rossi = Shop.objects.get(slug="officina-rossi")
    kit.number(rossi)
    with in_shop(rossi):
        kit.open_window(meta)
        kit.chat()
        yield rossi


def due(row: OutboundMessage) -> OutboundMessage:
    """The row as the sweep would find it later."""
    OutboundMessage.objects.filter(pk=row.pk).update(next_attempt_at=timezone.now())
    return row


def waits(row: OutboundMessage) -> float:
    return (kit.again(row).next_attempt_at - timezone.now()).total_seconds()


# --- codes in the response ----------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [1, 2, 131000, 131016, 133004])
def test_a_passing_fault_is_tried_again_a_little_later(shop: Shop, meta: Meta, code: int) -> None:
    meta.set_faults(fail={"code": code, "next": 1})
    row = kit.message()

    sending.send(message_id=row.pk)
    assert (kit.again(row).status, row.error_code) == ("queued", code)
    assert 0 < waits(row) <= 3
    sending.send(message_id=due(row).pk)

    assert (kit.again(row).status, row.attempts, row.error_code, row.error) == ("sent", 2, None, "")


@pytest.mark.parametrize("code", [4, 80007, 130429, 131056, 131048, 131057])
def test_too_much_is_tried_again_much_later(shop: Shop, meta: Meta, code: int) -> None:
    meta.set_faults(fail={"code": code, "next": 1})
    row = kit.message()

    sending.send(message_id=row.pk)

    assert (kit.again(row).status, row.error_code) == ("queued", code)
    assert waits(row) > 6


def test_waits_grow_and_the_last_attempt_fails(shop: Shop, meta: Meta) -> None:
    meta.set_faults(fail={"code": 131000, "share": 1.0})
    row = kit.message()
    seen = []
    for _attempt in range(failures.MOST_ATTEMPTS):
        sending.send(message_id=due(row).pk)
        seen.append(waits(row))

    assert (kit.again(row).status, row.attempts) == ("failed", failures.MOST_ATTEMPTS)
    assert row.failed_at is not None
    assert all(2 ** (n - 1) - 1 < wait <= 2**n + 1 for n, wait in enumerate(seen[:8], 1)), seen


@pytest.mark.parametrize(
    "code", [131026, 131021, 131051, 131008, 131009, 100, 131049, 131050, 130472, 424242]
)
def test_what_can_never_go_fails_at_once(shop: Shop, meta: Meta, code: int) -> None:
    meta.set_faults(fail={"code": code, "next": 1})
    row, after = kit.message(), kit.message("dopo")

    sending.send(message_id=row.pk)

    assert (kit.again(row).status, row.error_code) == ("failed", code)
    assert row.error
    sending.send(message_id=after.pk)
    assert kit.again(after).status == "sent"


@pytest.mark.parametrize(
    "code", [0, 10, 190, 200, 250, 299, 131005, 131031, 368, 130497, 131042, 131045, 133010]
)
def test_a_dead_token_stops_this_shops_queue_and_keeps_it(
    bianchi: Shop, shop: Shop, meta: Meta, code: int
) -> None:
    kit.number(bianchi, "wa-bianchi", "token-wa-bianchi", "waba-bianchi")
    meta.set_faults(fail={"code": code, "share": 1.0, "line": "wa-rossi"})
    row, other = kit.message(), kit.message(recipient=kit.BRUNO)
    kit.chat(kit.BRUNO)

    sending.send(message_id=row.pk)
    sending.send(message_id=other.pk)

    assert (kit.again(row).status, kit.again(other).status) == ("queued", "queued")
    number = kit.shop_number()
    assert (number.stopped_code, bool(number.stopped_reason)) == (code, True)
    assert len(meta.sent) == 1
    mails = OutboundMessage.objects.filter(channel="email", recipient="ops@aros.example")
    assert [mail.purpose for mail in mails] == [Purpose.NOTICE]
    assert "wa-rossi" in mails[0].content["text"]
    with in_shop(bianchi):
        meta.write("wa-bianchi", kit.ANNA, "Ciao")
        kit.chat(line="wa-bianchi")
        theirs = kit.message(line="wa-bianchi")
        sending.send(message_id=theirs.pk)
        assert kit.again(theirs).status == "sent"


def test_a_new_token_starts_the_queue_again(shop: Shop, meta: Meta, eager_tasks: None) -> None:
    meta.add_line("wa-rossi", waba_id="waba-rossi", token="the new one")
    row = kit.message()
    second = kit.message("due")
    sending.send(message_id=row.pk)
    sending.send(message_id=second.pk)
    assert kit.again(row).status == "queued"
    assert kit.shop_number().stopped_code == 190

    with as_owner():
        lines.attach_whatsapp(shop, phone_number_id="wa-rossi", access_token="the new one")

    with in_shop(shop):
        assert kit.shop_number().stopped_at is None
        assert (kit.again(row).status, kit.again(second).status) == ("sent", "sent")
        assert [each.text for each in meta.messages()] == ["Buongiorno", "due"]


def test_an_old_tokens_refusal_does_not_stop_a_new_one(shop: Shop, meta: Meta) -> None:
    row = kit.message(status="sending", attempts=1)

    failures.note_failure(message_id=row.pk, code=190, sealed="another token, sealed")

    assert kit.shop_number().stopped_at is None
    assert kit.again(row).status == "queued"


def test_a_number_without_a_token_stops_and_keeps_the_queue(bianchi: Shop, shop: Shop, meta: Meta) -> None:
    kit.number(bianchi, "wa-bianchi", "", "waba-bianchi")
    with in_shop(bianchi):
        row = kit.message(line="wa-bianchi")
        sending.send(message_id=row.pk)
        assert kit.again(row).status == "queued"
        assert kit.shop_number().stopped_code == 190
    assert meta.sent == []


def test_a_shop_without_a_number_fails_its_message(bianchi: Shop, shop: Shop, meta: Meta) -> None:
    with in_shop(bianchi):
        row = kit.message(line="")
        sending.send(message_id=row.pk)
        assert (kit.again(row).status, row.error) == ("failed", str(failures.NO_NUMBER))


# --- the window ---------------------------------------------------------------------------------------------


def test_a_closed_window_takes_the_template_without_asking(shop: Shop, meta: Meta) -> None:
    kit.chat(kit.BRUNO, wrote=kit.long_ago())
    row = kit.message(recipient=kit.BRUNO, template=kit.CONFIRMATION)

    sending.send(message_id=row.pk)

    [sent] = meta.sent
    assert sent.type == "template"


def test_who_never_wrote_gets_the_template(shop: Shop, meta: Meta) -> None:
    sending.send(message_id=kit.message(recipient="+393330000001", template=kit.CONFIRMATION).pk)
    assert [each.type for each in meta.sent] == ["template"]


def test_an_open_window_takes_the_text(shop: Shop, meta: Meta) -> None:
    sending.send(message_id=kit.message(template=kit.CONFIRMATION).pk)
    assert [each.type for each in meta.sent] == ["text"]


def test_the_window_closes_a_minute_early(shop: Shop, meta: Meta) -> None:
    kit.chat(kit.BRUNO, wrote=timezone.now() - timedelta(hours=23, minutes=59, seconds=30))
    sending.send(message_id=kit.message(recipient=kit.BRUNO, template=kit.CONFIRMATION).pk)
    assert [each.type for each in meta.sent] == ["template"]


def test_a_closed_window_without_a_template_fails_without_asking(shop: Shop, meta: Meta) -> None:
    row = kit.message(recipient=kit.BRUNO)
    sending.send(message_id=row.pk)
    assert (kit.again(row).status, row.error_code) == ("failed", 131047)
    assert meta.sent == []


def test_meta_says_that_the_window_is_closed(shop: Shop, meta: Meta) -> None:
    meta.set_faults(fail={"code": 131047, "next": 1})
    row = kit.message(template=kit.CONFIRMATION)

    sending.send(message_id=row.pk)
    assert kit.again(row).status == "queued"
    sending.send(message_id=row.pk)

    assert [each.type for each in meta.sent] == ["text", "template"]


# --- templates ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [132000, 132001, 132005, 132007, 132012, 132015, 132016, 132068])
def test_a_template_at_fault_is_told(shop: Shop, meta: Meta, code: int) -> None:
    meta.set_faults(fail={"code": code, "next": 1})
    row = kit.message(recipient=kit.BRUNO, template=kit.CONFIRMATION)

    sending.send(message_id=row.pk)

    assert (kit.again(row).status, row.error_code) == ("failed", code)
    mail = OutboundMessage.objects.get(channel="email", recipient="ops@aros.example")
    assert "aros_conferma" in mail.content["text"]


# --- lost and late ------------------------------------------------------------------------------------------


def test_a_lost_response_waits_for_its_status_before_it_is_sent_again(
    shop: Shop, meta: Meta, settings: Any
) -> None:
    settings.WHATSAPP_LOST_RESPONSE_SECONDS = 30
    meta.set_faults(lose={"next": 1})
    row = kit.message()

    sending.send(message_id=row.pk)
    sending.send(message_id=row.pk)
    assert (kit.again(row).status, len(meta.messages())) == ("sending", 1)

    OutboundMessage.objects.filter(pk=row.pk).update(
        claimed_at=timezone.now() - claims.lost_after() - timedelta(seconds=1)
    )
    sending.send(message_id=row.pk)
    assert (kit.again(row).status, row.attempts, len(meta.messages())) == ("sent", 2, 2)


def test_a_lost_response_recognised_by_a_status_is_not_sent_again(shop: Shop, meta: Meta) -> None:
    meta.set_faults(lose={"next": 1})
    row = kit.message()
    sending.send(message_id=row.pk)
    OutboundMessage.objects.filter(pk=row.pk).update(
        status="sent", wire_id="wamid.told", claimed_at=kit.long_ago()
    )

    sending.send(message_id=row.pk)

    assert len(meta.messages()) == 1


@pytest.mark.parametrize("seconds", [3.0])
def test_an_answer_that_takes_too_long_is_lost(shop: Shop, meta: Meta, settings: Any, seconds: float) -> None:
    settings.WHATSAPP_TIMEOUT = 0.3
    meta.set_faults(slow_ms=700)
    row = kit.message()
    sending.send(message_id=row.pk)
    assert kit.again(row).status == "sending"


def test_nobody_there_is_tried_again_at_once(shop: Shop, meta: Meta, settings: Any) -> None:
    settings.WHATSAPP_API_URL = "http://127.0.0.1:1"
    row = kit.message()
    sending.send(message_id=row.pk)
    assert (kit.again(row).status, row.attempts) == ("queued", 1)
    assert 0 < waits(row) <= 3


def test_never_an_answer_ends_in_a_failure(shop: Shop, meta: Meta) -> None:
    row = kit.message(
        status="sending", attempts=failures.MOST_ATTEMPTS, claimed_at=timezone.now() - timedelta(hours=1)
    )
    sending.send(message_id=row.pk)
    assert (kit.again(row).status, row.error) == ("failed", str(failures.NEVER_ANSWERED))
    assert meta.sent == []


def test_content_that_nobody_can_read_does_not_wait_for_ever(shop: Shop, meta: Meta) -> None:
    row = kit.message()
    OutboundMessage.objects.filter(pk=row.pk).update(content=["no object"])
    for _attempt in range(3):
        OutboundMessage.objects.filter(pk=row.pk).update(claimed_at=kit.long_ago())
        sending.send(message_id=row.pk)
    assert (kit.again(row).status, row.error) == ("failed", str(failures.OUR_FAULT))


def test_a_status_that_comes_before_the_response_is_not_taken_back(shop: Shop, meta: Meta) -> None:
    meta.set_faults(slow_ms=400)
    row = kit.message()

    def read_at_once() -> None:
        [sent] = meta.wait_messages(1)
        with in_shop(shop):
            OutboundMessage.objects.filter(pk=row.pk).update(status="read", wire_id=sent.wamid)
        connection.close()

    webhook = threading.Thread(target=read_at_once)
    webhook.start()
    sending.send(message_id=row.pk)
    webhook.join()

    assert (kit.again(row).status, row.wire_id) == ("read", meta.messages()[0].wamid)
    assert row.sent_at is not None


# --- failed statuses ----------------------------------------------------------------------------------------


def test_a_failed_status_is_dealt_with_once(shop: Shop, meta: Meta) -> None:
    row = kit.message()
    sending.send(message_id=row.pk)
    first = kit.again(row).wire_id or ""

    for _time in range(3):
        sending.note_failure(message_id=row.pk, code=131000, wire_id=first)
    assert (kit.again(row).status, row.wire_id) == ("queued", first)
    sending.send(message_id=due(row).pk)
    assert kit.again(row).status == "sent"
    sending.note_failure(message_id=row.pk, code=131000, wire_id=first)

    assert (kit.again(row).status, row.attempts, len(meta.messages())) == ("sent", 2, 2)


def test_what_was_delivered_cannot_fail(shop: Shop, meta: Meta) -> None:
    for status in ("delivered", "read"):
        row = kit.message(status=status, wire_id=f"wamid.{status}")
        sending.note_failure(message_id=row.pk, code=131026, wire_id=row.wire_id or "")
        assert kit.again(row).status == status


def test_an_undeliverable_message_reported_later_fails(shop: Shop, meta: Meta) -> None:
    row = kit.message()
    sending.send(message_id=row.pk)
    sending.note_failure(message_id=row.pk, code=131026, wire_id=kit.again(row).wire_id or "")
    assert (kit.again(row).status, row.error_code) == ("failed", 131026)


def notices() -> list[OutboundMessage]:
    """What the shop's people are told; not the operators."""
    return list(OutboundMessage.objects.filter(key__startswith="notice:failed_send:"))


def test_the_shop_is_told_once_of_a_message_that_failed(shop: Shop, meta: Meta) -> None:
    meta.set_faults(fail={"code": 131026, "next": 1})
    row = kit.message()
    sending.send(message_id=row.pk)
    sending.note_failure(message_id=row.pk, code=131026, wire_id="wamid.X")

    [notice] = notices()
    assert (notice.channel, notice.recipient) == ("email", "anna@rossi.example")
    assert str(row.pk) in (notice.key or "")


def test_a_notice_that_whatsapp_does_not_take_goes_out_by_mail(shop: Shop, meta: Meta) -> None:
    """Who chose nothing but WhatsApp hears of a customer who waits, all the same."""
    gino = StaffUser.objects.create_user("gino@rossi.example", role="receptionist", phone=kit.BRUNO)
    NoticeSetting.objects.create(staff=gino, kind="handover", by_email=False, by_whatsapp=True)
    told = tell(kind=NoticeKind.HANDOVER, subject="x", text="Due righe", link="https://r.example/1")
    [row] = [each for each in told if each.channel == "whatsapp"]
    meta.set_faults(fail={"code": 132001, "next": 1})

    sending.send(message_id=row.pk)

    assert kit.again(row).status == "failed"
    mail = OutboundMessage.objects.get(recipient=gino.email)
    assert (mail.channel, mail.key) == ("email", f"notice:handover:x:{gino.pk}:email")
    assert "https://r.example/1" in mail.content["text"]


def test_nobody_is_told_of_what_meta_chose_nor_of_a_notice(shop: Shop, meta: Meta) -> None:
    meta.set_faults(fail=[{"code": 131049, "next": 1}])
    sending.send(message_id=kit.message().pk)
    meta.set_faults(fail=[{"code": 131026, "next": 1}])
    sending.send(message_id=kit.message(purpose=Purpose.NOTICE).pk)

    assert OutboundMessage.objects.filter(status="failed").count() == 2
    assert notices() == []


def test_stop_counts_for_what_was_stored_before_it(shop: Shop, meta: Meta) -> None:
    anna = factories.customer(phone=kit.ANNA)
    rows = [kit.message(purpose=purpose) for purpose in (Purpose.CONFIRMATION, Purpose.REMINDER)]
    optout.record(customer=anna, channel="whatsapp", contact=kit.ANNA)
    answer = kit.message("Certo")
    for row in (*rows, answer):
        sending.send(message_id=row.pk)

    assert [kit.again(row).status for row in (*rows, answer)] == ["failed", "failed", "sent"]
    assert [each.text for each in meta.sent] == ["Certo"]
    assert notices() == []


# --- the table ----------------------------------------------------------------------------------------------

TABLE = {
    Action.RETRY: [1, 2, 131000, 131016, 133004],
    Action.SLOW_DOWN: [4, 80007, 130429, 131056, 131048, 131057],
    Action.WINDOW: [131047],
    Action.PERMANENT: [131026, 131021, 131051, 131008, 131009, 100],
    Action.DROP: [131049, 131050, 130472],
    Action.TOKEN: [0, 10, 190, *range(200, 300), 131005],
    Action.ACCOUNT: [131031, 368, 130497, 131042, 131045, 133010],
    Action.TEMPLATE: [132000, 132001, 132005, 132007, 132012, 132015, 132016],
}


def test_the_table_is_metas() -> None:
    assert {code: fault.action for code, fault in codes.CODES.items()} == {
        code: action for action, found in TABLE.items() for code in found
    }


@pytest.mark.parametrize(
    ("code", "status", "action"),
    [
        (None, None, Action.RETRY),
        (None, 503, Action.RETRY),
        (777, 500, Action.RETRY),
        (777, 429, Action.SLOW_DOWN),
        (777, 401, Action.TOKEN),
        (777, 400, Action.PERMANENT),
        (None, 404, Action.PERMANENT),
        (132999, 400, Action.TEMPLATE),
    ],
)
def test_unknown_codes_go_by_the_status(code: int | None, status: int | None, action: Action) -> None:
    assert codes.fault(code, status).action == action


def test_every_code_has_words() -> None:
    assert all(str(fault.words) for fault in itertools.chain(codes.CODES.values()))


def test_what_meta_answered_is_kept_while_the_database_is_away(shop: Shop, meta: Meta) -> None:
    meta.set_faults(slow_ms=300)
    row = kit.message()
    name = connection.settings_dict["NAME"]
    away, back = (
        sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS " + word).format(sql.Identifier(name))
        for word in ("false", "true")
    )

    def go_away() -> None:
        meta.wait_messages(1)
        with superuser("postgres") as admin:
            admin.execute(away)
            time.sleep(1.2)
            admin.execute(back)

    restart = threading.Thread(target=go_away)
    restart.start()
    sending.send(message_id=row.pk)
    restart.join()

    assert (kit.again(row).status, row.wire_id, len(meta.sent)) == ("sent", meta.messages()[0].wamid, 1)
