"""The chat's addresses on the shop's host: who may, what is stored, what is shown, and what strangers send."""

import json
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import caches
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks

from receptionist import staffreply
from receptionist.models import Conversation, ConversationMessage, MessageRole, OutboundMessage
from scheduling.models import Appointment, Customer
from shops.context import in_shop
from shops.models import Shop
from shops.staff.models import StaffUser
from tests.receptionist.chatting import call, one_by_one, says
from tests.receptionist.conftest import NOW, THURSDAY
from tests.website.chatting import Visitor
from website.chat import limits, tokens
from website.models import Site

pytestmark = pytest.mark.usefixtures("eager_tasks")


@pytest.fixture(autouse=True)
def tuesday(settings: Any) -> Iterator[Any]:
    settings.OPENAI_API_KEY = ""
    settings.BURST_WAIT_SECONDS = 0
    with time_machine.travel(NOW, tick=True) as clock:
        yield clock


@pytest.fixture
def visitor(
    rossi_client: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> Visitor:
    return Visitor(rossi_client, django_capture_on_commit_callbacks)


def test_a_visitor_is_answered_and_told_that_an_ai_answers(visitor: Visitor, rossi: Shop) -> None:
    visitor.write("Buongiorno, che orari fate?")
    said = visitor.see()
    mine, answer = said["messages"]
    assert (mine["role"], mine["text"]) == ("customer", "Buongiorno, che orari fate?")
    assert answer["role"] == "assistant"
    assert "intelligenza artificiale" in answer["text"].split("\n")[0]
    assert (said["typing"], said["draft"], said["person"], said["proved"]) == (False, "", False, False)
    with in_shop(rossi):
        row = Conversation.objects.get()
        assert (row.channel, row.customer, str(row)) == ("web", None, "Visitatore del sito")
        assert row.disclosure in answer["text"]
        out = OutboundMessage.objects.get()
        assert (out.status, out.recipient) == ("delivered", row.contact)
        assert not Customer.objects.filter(conversations=row).exists()


def test_what_is_booked_in_the_chat_comes_from_the_web(visitor: Visitor, rossi: Shop, settings: Any) -> None:
    fields = {"first_name": "Lia", "last_name": "Neri", "license_plate": "AB123CD", "phone": "333 444 5566"}
    booking = call("book_appointment", service="tagliando", start=THURSDAY, **fields)
    with one_by_one(settings, booking, says("Prenotato: tagliando giovedì 26 novembre alle 9:30.")):
        visitor.write("Sì, confermo: tagliando giovedì alle 9:30, Lia Neri, AB123CD, 333 444 5566")
    assert "Prenotato" in visitor.last["text"]
    with in_shop(rossi):
        row = Appointment.objects.get()
        assert (row.source, row.customer.phone, row.customer.full_name) == ("web", None, "Lia Neri")
        assert Conversation.objects.get().customer == row.customer


def test_a_message_that_comes_twice_is_one(visitor: Visitor, rossi: Shop) -> None:
    first = visitor.write("Ciao?", key="once")
    again = visitor.write("Ciao?", key="once", status=200)
    assert first == again
    with in_shop(rossi):
        assert ConversationMessage.objects.filter(role=MessageRole.CUSTOMER).count() == 1
        assert ConversationMessage.objects.filter(role=MessageRole.ASSISTANT).count() == 1


def test_the_same_id_of_two_visitors_are_two_messages(
    visitor: Visitor, rossi_client: Client, rossi: Shop, django_capture_on_commit_callbacks: Any
) -> None:
    other = Visitor(rossi_client, django_capture_on_commit_callbacks)
    visitor.write("Sono il primo", key="same")
    other.write("Sono il secondo", key="same")
    assert [each["text"] for each in visitor.see()["messages"] if each["role"] == "customer"] == [
        "Sono il primo"
    ]
    assert [each["text"] for each in other.see()["messages"] if each["role"] == "customer"] == [
        "Sono il secondo"
    ]


def test_nothing_new_is_304(visitor: Visitor) -> None:
    visitor.write("Dove siete?")
    first = visitor.get()
    assert visitor.get(tag=first["ETag"]).status_code == 304
    visitor.write("E il sabato?")
    assert visitor.get(tag=first["ETag"]).status_code == 200


def test_a_poll_that_finds_nothing_asks_little(
    visitor: Visitor, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    visitor.write("Dove siete?")
    tag = visitor.get()["ETag"]
    with django_assert_max_num_queries(6):  # two of its own beside those that find and enter the shop
        assert visitor.get(tag=tag).status_code == 304


def test_after_a_day_of_silence_a_new_chat_says_again_that_an_ai_answers(
    visitor: Visitor, rossi: Shop, tuesday: Any
) -> None:
    visitor.write("Buongiorno, che orari fate?")
    tuesday.shift(timedelta(hours=25))
    visitor.write("E il sabato?")
    assert "intelligenza artificiale" in visitor.last["text"]
    with in_shop(rossi):
        first, second = Conversation.objects.order_by("started_at")
        assert first.ended_reason == "silence"
        assert second.disclosed_at


@pytest.mark.parametrize("case", ["none", "forged", "other shop", "expired", "long", "nul"])
@pytest.mark.parametrize("path", ["message", "tap", "proof", "messages"])
def test_a_bad_token_is_a_sentence(visitor: Visitor, bianchi: Shop, case: str, path: str) -> None:
    made = {
        "none": "",
        "forged": visitor.token[:-2] + "zz",
        "other shop": tokens.make(shop=bianchi),
        "long": "x" * 5000,
        "nul": "a\x00b",
        "expired": visitor.token,
    }
    moment = timezone.now() + timedelta(days=31 if case == "expired" else 0)
    with time_machine.travel(moment):
        headers = {"X-Chat-Token": made[case]}
        if path == "messages":
            answer = visitor.client.get("/chat/messages", headers=headers)
        else:
            answer = visitor.client.post(
                f"/chat/{path}", "{}", content_type="application/json", headers=headers
            )
    assert answer.status_code == 401
    assert answer.json()["error"].endswith(".")


BODIES = {
    "nothing": b"",
    "no json": b"{",
    "a list": b"[]",
    "broken utf-8": b'{"id": "a", "text": "\xff\xfe"}',
    "numbers": b'{"id": 1e400, "text": 99999999999999999999999999}',
    "objects": b'{"id": {"a": []}, "text": {"b": 1}, "message": [], "option": null}',
    "deep": b"[" * 5000 + b"]" * 5000,
    "no id": b'{"text": "Ciao"}',
    "an odd id": b'{"id": "../../x y", "text": "Ciao"}',
    "a long id": b'{"id": "' + b"a" * 400 + b'", "text": "Ciao"}',
    "only spaces": b'{"id": "a", "text": "  \\n "}',
    "nul alone": b'{"id": "a", "text": "\\u0000"}',
    "too long": json.dumps({"id": "a", "text": "è" * 2001}).encode(),
    "huge": b'{"id": "a", "text": "' + b"x" * 100_000 + b'"}',
    "another's option": json.dumps(
        {"id": "a", "message": str(uuid.uuid4()), "option": "cancel:AB12C"}
    ).encode(),
}


@pytest.mark.parametrize("path", ["message", "tap"])
@pytest.mark.parametrize("name", sorted(BODIES))
def test_whatever_is_sent_is_answered_with_a_sentence(
    visitor: Visitor, rossi: Shop, path: str, name: str
) -> None:
    answer = visitor.client.post(
        f"/chat/{path}", BODIES[name], content_type="text/plain", headers={"X-Chat-Token": visitor.token}
    )
    assert answer.status_code in (400, 413), answer.content
    assert answer.json()["error"].endswith(".")
    with in_shop(rossi):
        assert not ConversationMessage.objects.exists()


def test_what_the_database_cannot_hold_is_replaced(visitor: Visitor) -> None:
    visitor.write("ciao \x00\ud83d <b>x</b>")
    assert visitor.see()["messages"][0]["text"] == "ciao ? <b>x</b>"


@pytest.mark.parametrize("path", ["start", "message", "tap", "proof"])
def test_only_the_method_that_is_meant(visitor: Visitor, path: str) -> None:
    answer = visitor.client.get(f"/chat/{path}", headers={"X-Chat-Token": visitor.token})
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert visitor.client.post("/chat/messages").status_code == 405


def test_what_was_not_offered_cannot_be_tapped(
    visitor: Visitor, rossi: Shop, rossi_client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    visitor.write("Ciao")
    last = visitor.last
    assert last["options"]
    visitor.tap(last, "cancel:AB12C", status=400)
    other = Visitor(rossi_client, django_capture_on_commit_callbacks)
    other.tap(last, last["options"][0]["id"], status=400)
    with in_shop(rossi):
        assert not ConversationMessage.objects.filter(kind="interactive").exists()


def test_no_cookie_is_needed_or_set(visitor: Visitor) -> None:
    visitor.write("Ciao")
    assert not visitor.client.cookies
    page = visitor.client.get("/chat")
    assert page.status_code == 200
    assert not page.cookies


def test_forms_of_other_sites_change_nothing(rossi: Shop, visitor: Visitor) -> None:
    strict = Client(SERVER_NAME="rossi.example", enforce_csrf_checks=True)
    body = json.dumps({"id": "a", "text": "Ciao"})
    assert strict.post("/chat/message", body, content_type="text/plain").status_code == 401
    with in_shop(rossi):
        assert not ConversationMessage.objects.exists()


def test_too_many_messages_are_refused_with_a_sentence(visitor: Visitor, rossi: Shop) -> None:
    with in_shop(rossi):
        caches["default"].clear()
    answers = [
        visitor.client.post(
            "/chat/message",
            json.dumps({"id": f"k{number}", "text": "Ciao"}),
            content_type="application/json",
            headers={"X-Chat-Token": visitor.token},
        )
        for number in range(22)
    ]
    assert [each.status_code for each in answers[:20]] == [201] * 20
    assert answers[-1].status_code == 429
    assert "aspetti" in answers[-1].json()["error"]


def test_a_new_token_is_no_new_day_for_the_address(visitor: Visitor, rossi: Shop) -> None:
    with in_shop(rossi):
        for _number in range(limits.WRITTEN_FROM_ADDRESS_TODAY.most):
            limits.WRITTEN_FROM_ADDRESS_TODAY.take("127.0.0.1")
    visitor.token = visitor.post("start", {}, status=201)["token"]
    for forwarded in ("", "198.51.100.7", "198.51.100.8, 10.0.0.1"):
        answer = visitor.client.post(
            "/chat/message",
            json.dumps({"id": "k1", "text": "Ciao"}),
            content_type="application/json",
            headers={"X-Chat-Token": visitor.token, "X-Forwarded-For": forwarded},
        )
        assert answer.status_code == 429
    other = visitor.client.post(
        "/chat/message",
        json.dumps({"id": "k1", "text": "Ciao"}),
        content_type="application/json",
        headers={"X-Chat-Token": visitor.token},
        REMOTE_ADDR="192.0.2.7",
    )
    assert other.status_code == 201


def test_many_strangers_together_do_not_cost_without_end(
    visitor: Visitor,
    rossi: Shop,
    settings: Any,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    settings.AI_WEB_TURNS_AN_HOUR = 2
    with one_by_one(settings, *[says("Buongiorno, mi dica.")] * 4) as stub:
        for number in range(4):
            each = Visitor(visitor.client, django_capture_on_commit_callbacks)
            each.write("Buongiorno")
            assert each.last["role"] == "assistant"
            assert len(stub.requests) == min(number + 1, 2)
        with in_shop(rossi):  # who proved a number is a customer, and counted alone
            Conversation.objects.update(caller_verified=True, phone_number="+393331112223")
        each.write("Ci siete?")
        assert len(stub.requests) == 3


def test_a_person_writes_into_the_chat_and_the_assistant_is_silent(
    visitor: Visitor, rossi: Shop, manager: StaffUser, django_capture_on_commit_callbacks: Any
) -> None:
    visitor.write("Buongiorno, che orari fate?")
    with in_shop(rossi), django_capture_on_commit_callbacks(execute=True):
        row = Conversation.objects.get()
        sent = staffreply.send(conversation=row, staff=manager, text="Sono Anna, mi dica.", token="t")
        assert sent.status == "delivered"
    said = visitor.see()
    assert said["person"]
    assert (said["messages"][-1]["role"], said["messages"][-1]["text"]) == ("staff", "Sono Anna, mi dica.")
    visitor.write("Grazie, passo domani")
    said = visitor.see()
    assert said["messages"][-1]["role"] == "customer"
    assert not said["typing"]


def test_the_inbox_can_write_into_a_web_chat(
    visitor: Visitor, rossi: Shop, manager: StaffUser, log_in: Any, django_capture_on_commit_callbacks: Any
) -> None:
    visitor.write("<script>alert(1)</script> Buongiorno")
    with in_shop(rossi):
        row = Conversation.objects.get()
    desk = log_in(Client(SERVER_NAME="rossi.example"), manager, rossi)
    page = desk.get(f"/admin/conversazioni/{row.pk}/").content.decode()
    assert "Visitatore del sito" in page
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
    with django_capture_on_commit_callbacks(execute=True):
        answer = desk.post(
            f"/admin/conversazioni/{row.pk}/azione/", {"do": "write", "text": "Eccomi", "token": "a"}
        )
    assert answer.status_code == 302
    assert visitor.last["text"] == "Eccomi"


def test_switched_off_there_is_no_chat(visitor: Visitor, rossi: Shop) -> None:
    with in_shop(rossi):
        Site.load()
        Site.objects.update(chat_enabled=False)
    assert visitor.client.get("/chat").status_code == 404
    assert "error" in visitor.post("message", {"id": "a", "text": "Ciao"}, status=404)
    script = visitor.client.get("/widget.js")
    assert script.status_code == 200
    assert "iframe" not in script.content.decode()


def test_the_page_says_first_that_an_ai_answers(rossi_client: Client) -> None:
    page = rossi_client.get("/chat").content.decode()
    assert "intelligenza artificiale" in page
    assert "Per la chat serve JavaScript" in page
    assert "02 1234 5678" in page
    assert "artificial intelligence" in rossi_client.get("/chat?lingua=en").content.decode()


def test_the_page_may_stand_in_a_frame_only_where_the_shop_says(rossi_client: Client, rossi: Shop) -> None:
    anywhere = rossi_client.get("/chat")
    assert "frame-ancestors *" in anywhere["Content-Security-Policy"]
    assert "X-Frame-Options" not in anywhere
    with in_shop(rossi):
        Site.load()
        Site.objects.update(widget_origins=["https://www.officina.it"])
    named = rossi_client.get("/chat")["Content-Security-Policy"]
    assert "frame-ancestors 'self' https://www.officina.it" in named
    assert "unsafe" not in named


def test_the_widget_is_cached_and_holds_no_markup_of_the_shop(rossi_client: Client, rossi: Shop) -> None:
    with in_shop(rossi):
        Site.load()
        Site.objects.update(name="</script><script>alert(1)</script>")
    script = rossi_client.get("/widget.js")
    assert script["Content-Type"].startswith("text/javascript")
    assert "<" not in script.content.decode().split("const settings = ")[1].split(";")[0]
    again = rossi_client.get("/widget.js", headers={"If-None-Match": script["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
