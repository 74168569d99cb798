"""The brain with a scripted model: what it is told, what its tools do, and what happens when it behaves badly."""

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from receptionist import brain, llm, turns
from receptionist.llm import ModelFailed
from receptionist.models import (
    AIConfig,
    Conversation,
    Handover,
    MessageKind,
    ModelUsage,
    OutboundMessage,
    ToolCall,
)
from receptionist.tools import REGISTRY
from sandbox.httpd import HANG_UP, Reply, Request
from scheduling.models import Appointment, Customer, Service, Vehicle
from shops.context import in_shop
from shops.models import Shop
from tests import factories
from tests.database import superuser
from tests.receptionist.chatting import Chat, OneByOne, call, calls, one_by_one, playing, says
from tests.receptionist.conftest import NOW, THURSDAY, at

BOOK = call("book_appointment", service="tagliando", start=THURSDAY)


@pytest.fixture
def chat(panda: Vehicle, settings: Any) -> Chat:
    """Mario writes."""
    return Chat(settings)


def test_what_the_model_gets(chat: Chat) -> None:
    AIConfig.objects.update(llm_model="gpt-4o-mini", temperature="0.70")
    answer = chat.write("Ciao, quando siete aperti?", says("Siamo aperti dalle 8:00."))
    assert answer.content
    assert (answer.content.text, answer.mode, answer.ends) == ("Siamo aperti dalle 8:00.", "model", False)
    assert chat.stub
    (body,) = chat.stub.requests
    assert (body["model"], body["temperature"]) == ("gpt-4o-mini", 0.7)
    assert [tool["function"]["name"] for tool in body["tools"]] == list(REGISTRY)
    system, user = body["messages"]
    assert "Rispondi in chat" in system["content"]
    assert "Cliente: Mario Verdi." in system["content"]
    assert "targa GA123BC." in system["content"]
    assert "a partire da 149 €" in system["content"]
    assert user == {"role": "user", "content": "Ciao, quando siete aperti?"}


def test_models_that_reason_are_not_told_a_temperature(chat: Chat) -> None:
    AIConfig.objects.update(llm_model="gpt-5-mini")
    assert chat.write("Ciao", says("Buongiorno, dica.")).mode == "model"
    assert chat.stub
    assert "temperature" not in chat.stub.requests[0]


def test_who_writes_without_end_does_not_cost_without_end(chat: Chat, settings: Any) -> None:
    settings.AI_TURNS_AN_HOUR = 2
    assert chat.write("Ciao", says("Buongiorno, dica.")).mode == "model"
    assert chat.write("Ci siete?", says("Certo.")).mode == "model"
    answer = chat.write("E allora?", says("Questo non lo chiede nessuno."))
    assert (answer.mode, answer.why) == ("guided", "too many turns")
    assert answer.content


def test_tools_run_and_their_answers_go_back(chat: Chat) -> None:
    answer = chat.write(
        "Un tagliando giovedì mattina",
        call("check_availability", service="tagliando", date_from="2026-11-26"),
        BOOK,
        says("Prenotato: tagliando giovedì 26 novembre alle 9:30. Porti il libretto."),
    )
    row = Appointment.objects.get()
    assert (row.scheduled_at, row.source, row.customer) == (
        at(THURSDAY),
        "ai_whatsapp",
        chat.conversation.customer,
    )
    assert answer.content
    assert answer.content.text.startswith("Prenotato")
    assert chat.stub
    last = chat.stub.requests[-1]["messages"]
    assert [each["role"] for each in last[-5:]] == ["user", "assistant", "tool", "assistant", "tool"]
    assert last[-1]["content"].startswith("Prenotato: tagliando per la Fiat Panda")
    assert last[-1]["tool_call_id"] == last[-2]["tool_calls"][0]["id"]
    assert len(last[-1]["tool_call_id"]) <= 40


def test_the_next_turn_knows_what_the_tools_said(chat: Chat) -> None:
    chat.write("Un tagliando giovedì alle 9:30", BOOK, says("Prenotato, giovedì alle 9:30."))
    chat.write("E quanto costa?", says("A partire da 149 €."))
    assert chat.stub
    roles = [each["role"] for each in chat.stub.requests[0]["messages"]]
    assert roles == ["system", "user", "assistant", "tool", "assistant", "user"]


class Killed(BaseException):
    """The worker is killed."""


class KilledAt(OneByOne):
    """Kills the worker when it asks for the given round."""

    at = 0

    def _chat(self, request: Request) -> Reply:
        if len(self.requests) == self.at:
            self.at = -1
            os.kill(os.getpid(), signal.SIGUSR1)
            return HANG_UP
        return super()._chat(request)


@pytest.fixture
def killable() -> Iterator[None]:
    def killed(*_args: Any) -> None:
        raise Killed

    before = signal.signal(signal.SIGUSR1, killed)
    yield
    signal.signal(signal.SIGUSR1, before)


@pytest.mark.usefixtures("killable")
@pytest.mark.parametrize(
    "again",
    [
        [says("Prenotato per giovedì alle 9:30.")],
        [BOOK, says("Prenotato per giovedì alle 9:30.")],
        [
            call("book_appointment", service="il tagliando", start="2026-11-26T14:00"),
            says("Prenotato per giovedì alle 9:30."),
        ],
        [
            call("check_availability", service="tagliando"),
            call("book_appointment", service="Tagliando", start="2026-11-27T08:00", license_plate="GA123BC"),
            says("Prenotato per giovedì alle 9:30."),
        ],
    ],
    ids=["the same", "once more", "another time", "another day"],
)
def test_a_worker_that_is_killed_between_rounds_books_once(
    chat: Chat, settings: Any, again: list[dict[str, Any]]
) -> None:
    conversation = chat.receive("Un tagliando giovedì alle 9:30")
    conversation.turn_id = conversation.pk
    conversation.save()
    stub = KilledAt([call("check_availability", service="tagliando"), BOOK])
    stub.at = 2
    settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = stub.url, "sk-test"
    with pytest.raises(Killed):
        brain.reply(conversation, pending=list(conversation.messages.all()), now=NOW)
    stub.close()
    assert [each.round for each in ToolCall.objects.order_by("created_at")] == [0, 1]

    fresh = Conversation.objects.select_related("customer").get(pk=conversation.pk)
    with one_by_one(settings, *again) as stub:
        answer = brain.reply(fresh, pending=list(fresh.messages.all()), now=NOW)
        told = stub.requests[0]["messages"]
    assert [each["role"] for each in told[-5:]] == ["user", "assistant", "tool", "assistant", "tool"]
    assert told[-1]["content"].startswith("Prenotato: tagliando")
    assert answer.content
    assert answer.content.text == "Prenotato per giovedì alle 9:30."
    assert Appointment.objects.get().scheduled_at == at(THURSDAY)


def test_two_cars_are_two_appointments_in_one_turn(chat: Chat, mario: Customer) -> None:
    factories.vehicle(mario, license_plate="GB456DE", model="Tipo")
    both = calls(
        ("book_appointment", {"service": "tagliando", "start": THURSDAY, "license_plate": "GA123BC"}),
        (
            "book_appointment",
            {"service": "tagliando", "start": "2026-11-26T11:00", "license_plate": "GB456DE"},
        ),
    )
    chat.write("Tagliando per tutte e due", both, says("Prenotati: giovedì alle 9:30 e alle 11:00."))
    assert Appointment.objects.count() == 2


# --- models that behave badly -------------------------------------------------------------------------------------

BAD: dict[str, list[dict[str, Any]]] = {
    "empty": [{"raw": {"role": "assistant", "content": ""}}],
    "null": [{"raw": {"role": "assistant", "content": None}}],
    "only spaces": [says(" \n\t ")],
    "only marks": [says("…!? 👍")],
    "refusal": [{"raw": {"role": "assistant", "content": None, "refusal": "I can't help with that."}}],
    "no choices": [{"raw": {"choices": []}}],
    "choices of another kind": [{"raw": {"choices": "none"}}],
    "a list": [{"raw": "[1, 2]"}],
    "nonsense": [{"raw": "{not json"}],
    "deep": [{"raw": "[" * 100_000}],
    "html": [{"raw": "<html>502</html>"}],
    "too long": [{"raw": {"role": "assistant", "content": "parola " * 200_000}}],
    "filtered": [{"raw": {"choices": [{"message": {"content": "Sì"}, "finish_reason": "content_filter"}]}}],
    "cut before a sentence": [
        {"raw": {"choices": [{"message": {"content": "Allora il"}, "finish_reason": "length"}]}}
    ],
    "400": [{"status": 400}],
    "401": [{"status": 401}],
    "404": [{"status": 404}],
    "429": [{"status": 429}],
    "500": [{"status": 500}],
    "503": [{"status": 503}],
    "connection reset": [{"hang_up": True}],
    "never ends": [call("shop_info", topic="orari")] * 12,
    "calls when it must not": [call("list_appointments")] * 7,
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_answer_leads_to_the_guided_mode(chat: Chat, name: str) -> None:
    answer = chat.write("Vorrei un tagliando", *BAD[name])
    assert answer.mode == "guided"
    assert answer.content
    assert answer.content.text
    assert not Appointment.objects.exists()


def test_too_late(chat: Chat, settings: Any) -> None:
    settings.AI_TURN_SECONDS = 0.5
    began = time.monotonic()
    answer = chat.write("Ciao", {"content": "Eccomi.", "delay_ms": 3000})
    assert answer.mode == "guided"
    assert time.monotonic() - began < 2


def test_rounds_share_one_budget(chat: Chat, settings: Any) -> None:
    settings.AI_TURN_SECONDS = 1.0
    slow = [{**call("shop_info", topic="orari"), "delay_ms": 400}] * 6
    began = time.monotonic()
    assert chat.write("Ciao", *slow, says("Ecco.")).mode == "guided"
    assert time.monotonic() - began < 2


def test_nobody_listens(chat: Chat, settings: Any) -> None:
    chat.receive("Ciao")
    settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = "http://127.0.0.1:1/v1", "sk-test"
    assert (
        brain.reply(chat.conversation, pending=list(chat.conversation.messages.all()), now=NOW).mode
        == "guided"
    )


def test_without_a_key(chat: Chat, settings: Any) -> None:
    chat.receive("Ciao")
    settings.OPENAI_API_KEY = ""
    assert (
        brain.reply(chat.conversation, pending=list(chat.conversation.messages.all()), now=NOW).mode
        == "guided"
    )
    assert not ModelUsage.objects.exists()


def test_a_passing_fault_is_tried_once_more(chat: Chat, settings: Any) -> None:
    chat.receive("Ciao")
    with one_by_one(settings, {"status": 503}, says("Buongiorno, dica.")) as stub:
        answer = brain.reply(chat.conversation, pending=list(chat.conversation.messages.all()), now=NOW)
    assert (answer.mode, len(stub.requests)) == ("model", 2)


@pytest.mark.parametrize("failure", [{"status": 500}, says(""), {"hang_up": True}, says("Costa 5 euro.")])
def test_what_was_booked_is_told_even_when_the_model_then_fails(chat: Chat, failure: dict[str, Any]) -> None:
    answer = chat.write("Tagliando giovedì 9:30", BOOK, failure)
    assert Appointment.objects.count() == 1
    assert answer.content
    assert answer.content.text.startswith("Prenotato: tagliando per la Fiat Panda, giovedì 26 novembre")
    assert "chiedere" not in answer.content.text.lower()


@pytest.mark.parametrize(
    "wanted",
    [
        {"name": "book_appointment", "arguments": "{not json"},
        {"name": "book_appointment", "arguments": "[1]"},
        {"name": "book_appointment", "arguments": {"service": ["x"], "start": {"a": 1}}},
        {"name": "delete_everything", "arguments": {}},
        {"name": "", "arguments": ""},
    ],
)
def test_calls_that_make_no_sense_are_answered_with_a_sentence(chat: Chat, wanted: dict[str, Any]) -> None:
    answer = chat.write("Ciao", {"tool_calls": [wanted]}, says("Mi dica che lavoro le serve."))
    assert answer.mode == "model"
    assert not Appointment.objects.exists()
    assert chat.stub
    assert chat.stub.requests[-1]["messages"][-1]["role"] == "tool"
    assert len(chat.stub.requests[-1]["messages"][-1]["content"]) > 20


def test_twenty_calls_at_once(chat: Chat) -> None:
    many = calls(*[("shop_info", {"topic": f"orari {number}"}) for number in range(20)])
    assert chat.write("Ciao", many, says("Siamo aperti.")).mode == "model"
    assert ToolCall.objects.count() == 6
    assert chat.stub
    answers = [each for each in chat.stub.requests[-1]["messages"] if each["role"] == "tool"]
    assert len(answers) == 20
    assert answers[-1]["content"].startswith("Troppe richieste")


def test_a_long_text_is_cut_after_a_sentence(chat: Chat) -> None:
    answer = chat.write("Ciao", says("Questa è una frase. " * 400))
    assert answer.content
    assert len(answer.content.text) <= 3600
    assert answer.content.text.endswith("frase.")


def test_what_was_cut_off_ends_with_its_last_whole_sentence(chat: Chat) -> None:
    cut = {"choices": [{"message": {"content": "Siamo aperti. Sabato fino a"}, "finish_reason": "length"}]}
    answer = chat.write("Ciao", {"raw": cut})
    assert answer.content
    assert answer.content.text == "Siamo aperti."


def test_marks_of_a_web_page_become_those_of_a_chat(chat: Chat) -> None:
    answer = chat.write("Ciao", says("## Orari\n\n\n\n**Aperti** oggi."))
    assert answer.content
    assert answer.content.text == "Orari\n\n*Aperti* oggi."


# --- what an answer may claim -------------------------------------------------------------------------------------

FALSE = [
    "Prenotato! La aspettiamo giovedì alle 9:30.",
    "Perfetto, ho prenotato il tagliando per giovedì alle 9:30.",
    "L'appuntamento è confermato.",
    "Tutto fatto: il suo appuntamento è fissato per venerdì.",
    "Ho spostato l'appuntamento a venerdì.",
    "Il suo appuntamento è stato annullato.",
    "Your appointment is booked for Thursday.",
    "I have cancelled your appointment.",
    "Ho avvisato l'officina, la richiameranno tra poco.",
    "C'è posto giovedì alle 7:13.",
    "Può venire domani alle 23, va bene?",
    "Il tagliando costa 99 euro.",
    "Sono novantanove euro.",
    "Facciamo 51 € e siamo a posto.",
    "La revisione è gratis.",
    "Le faccio uno sconto del 20%.",
]
HARMLESS = [
    "Vuole che lo prenoti per giovedì alle 9:30?",
    "Non ho ancora prenotato nulla: a che ora preferisce?",
    "Se preferisce, quando è confermato le scrivo.",
    "Il tagliando costa a partire da 149 €.",
    "A partire da centoquarantanove euro.",
    "La revisione non è gratuita.",
    "Posso farla richiamare dall'officina, se vuole.",
    "Quando le va bene?",
    "Siamo aperti dalle 8 alle 12:30 e dalle 14:00 alle 18:30.",
    "The first free slot is tomorrow at 8:00.",
    "Nothing is booked yet. When would you like to come?",
]


@pytest.mark.parametrize("text", FALSE)
def test_what_no_tool_said_does_not_go_out(chat: Chat, text: str) -> None:
    answer = chat.write("Un tagliando", says(text))
    assert answer.mode == "guided"
    assert chat.stub
    assert len(chat.stub.requests) == 2
    assert chat.stub.requests[1]["messages"][-1]["content"].startswith("Correzione: ")


@pytest.mark.parametrize("text", HARMLESS)
def test_what_claims_nothing_goes_out(chat: Chat, text: str) -> None:
    answer = chat.write("Un tagliando", says(text))
    assert answer.content
    assert (answer.mode, answer.content.text) == ("model", text)


def test_a_correction_leads_to_the_booking(chat: Chat, settings: Any) -> None:
    chat.receive("Sì, giovedì alle 9:30")
    rounds = [says("Prenotato per giovedì alle 9:30!"), BOOK, says("Prenotato per giovedì alle 9:30!")]
    with one_by_one(settings, *rounds):
        answer = brain.reply(chat.conversation, pending=list(chat.conversation.messages.all()), now=NOW)
    assert answer.mode == "model"
    assert Appointment.objects.get().scheduled_at == at(THURSDAY)


def test_the_wrong_hour_or_day_is_no_claim_that_holds(chat: Chat) -> None:
    for wrong in ("Prenotato, giovedì alle 10:30.", "Prenotato per venerdì."):
        answer = chat.write("Tagliando giovedì 9:30", BOOK, says(wrong))
        assert answer.content
        assert answer.content.text != wrong


def test_what_is_booked_may_be_named(chat: Chat, mario: Customer, panda: Vehicle) -> None:
    factories.appointment(at(THURSDAY), customer=mario, vehicle=panda)
    said = "Risulta prenotato per giovedì 26 novembre alle 9:30."
    answer = chat.write("Quando ho l'appuntamento?", says(said))
    assert answer.content
    assert answer.content.text == said


def test_a_request_is_not_told_as_a_booking(chat: Chat) -> None:
    Service.objects.update(confirmed_by="shop")
    answer = chat.write("Tagliando giovedì 9:30", BOOK, says("Prenotato per giovedì alle 9:30."))
    assert answer.content
    assert "deve ancora confermare" in answer.content.text


def test_a_person_was_asked_for(chat: Chat) -> None:
    answer = chat.write(
        "Voglio parlare con qualcuno",
        call("request_human", reason="vuole una persona"),
        says("Ho avvisato l'officina: la richiameranno al più presto."),
    )
    assert answer.mode == "model"
    assert Handover.objects.count() == 1


# --- manners ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said", "ends"),
    [
        ("Grazie mille, arrivederci!", "A lei, buona giornata.", True),
        ("Perfetto, grazie", "Prego.", True),
        ("Thank you very much, bye", "You're welcome.", True),
        ("Grazie", "Prego! Le serve altro?", False),
        ("Grazie, e quanto costa?", "A partire da 149 €.", False),
        ("Grazie, vorrei anche la revisione", "Certo.", False),
        ("Ok", "Bene.", False),
    ],
)
def test_a_goodbye_ends_the_conversation(chat: Chat, text: str, said: str, ends: bool) -> None:
    chat.write("Siete aperti?", says("Sì, siamo aperti."))
    assert chat.write(text, says(said)).ends is ends
    chat.conversation.refresh_from_db()
    assert (chat.conversation.ended_at is not None) is ends


def test_a_first_thank_you_ends_nothing(chat: Chat) -> None:
    assert not chat.write("Grazie", says("Buongiorno.")).ends


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("Tagliando giovedì alle 9:30 per la Panda. Confermo?", ["Sì", "No"]),
        ("C'è posto giovedì alle 9:30. Le va bene?", ["Sì", "No"]),
        ("Preferisce giovedì o venerdì?", []),
        ("Quale orario va bene?", []),
        ("Per quale auto?", []),
        ("Va bene.", []),
    ],
)
def test_yes_and_no_can_be_tapped(chat: Chat, text: str, titles: list[str]) -> None:
    answer = chat.write("Tagliando", says(text))
    assert answer.content
    assert [each.title for each in answer.content.options] == titles


def test_the_language_of_the_customer(chat: Chat) -> None:
    answer = chat.write(
        "Hello, I need to book my car for tomorrow morning please", says("Shall I book Wednesday at 8:00?")
    )
    assert answer.content
    assert [each.title for each in answer.content.options] == ["Yes", "No"]
    chat.conversation.refresh_from_db()
    assert chat.conversation.language == "en"
    chat.write("ok", says("Which car is it for?"))
    chat.conversation.refresh_from_db()
    assert chat.conversation.language == "en"


def test_a_thumb_up_is_told_as_one(chat: Chat) -> None:
    chat.write("Tagliando giovedì 9:30?", says("Confermo giovedì alle 9:30?"))
    OutboundMessage.objects.update(wire_id="wamid.ours")
    chat.write(
        "👍",
        BOOK,
        says("Prenotato, giovedì alle 9:30."),
        kind=MessageKind.REACTION,
        emoji="👍",
        message_id="wamid.ours",
    )
    assert chat.stub
    told = [each["content"] for each in chat.stub.requests[0]["messages"] if each["role"] == "user"][-1]
    assert told.startswith("[reazione 👍 a: «")
    assert "Confermo giovedì alle 9:30?" in told
    assert Appointment.objects.exists()


# --- the wire -----------------------------------------------------------------------------------------------------


@contextmanager
def connections_noted() -> Iterator[set[int]]:
    """The backends of the connections that are opened in the block, by this thread or by one that it starts.

    Threads that others left behind have connections of their own, which tell nothing.
    """
    strangers = {thread.ident for thread in threading.enumerate()} - {threading.get_ident()}
    opened: set[int] = set()

    def note(connection: BaseDatabaseWrapper, **_kwargs: Any) -> None:
        if threading.get_ident() not in strangers:
            opened.add(connection.connection.info.backend_pid)

    connection.close()
    connection_created.connect(note)
    try:
        yield opened
    finally:
        connection_created.disconnect(note)


def still_open(backends: set[int], seconds: float = 5) -> set[int]:
    """Which of the backends live yet. One that was closed takes a moment to go, so up to so long is waited."""
    until = time.monotonic() + seconds
    with superuser() as admin:
        while True:
            query = "SELECT pid FROM pg_stat_activity WHERE pid = ANY(%s)"
            held = {pid for (pid,) in admin.execute(query, [list(backends)])}
            if not held or time.monotonic() > until:
                return held
            time.sleep(0.02)


def test_no_connection_is_held_while_the_model_is_waited_for(
    transactional_db: None, rossi: Shop, settings: Any
) -> None:
    class Looking(OneByOne):
        before: frozenset[int] = frozenset()
        held: set[int] | None = None

        def _chat(self, request: Request) -> Reply:
            self.before = frozenset(opened)
            self.held = still_open(set(self.before))
            return super()._chat(request)

    with connections_noted() as opened, in_shop(rossi):
        chat = Chat(settings, phone="+393331112223")
        chat.receive("Ciao")
        stub = Looking([says("Buongiorno, dica.")])
        settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = stub.url, "sk-test"
        waiting = list(chat.conversation.messages.all())
        assert still_open(opened, seconds=0)
        assert brain.reply(chat.conversation, pending=waiting, now=NOW).mode == "model"
        stub.close()
    assert stub.before
    assert stub.held == set()


def test_forty_calls_at_once_in_one_process(settings: Any) -> None:
    request = llm.Request("gpt-4o", 0.3, [{"role": "user", "content": "ciao"}], [], 10)

    def ask(_number: int) -> str:
        try:
            return llm.get().complete(request).text
        finally:
            connection.close()

    with playing(settings, [{"when": "", "rounds": [says("ok")]}], latency_ms=800) as stub:
        ask(0)
        began = time.monotonic()
        with ThreadPoolExecutor(48) as pool:
            assert list(pool.map(ask, range(40))) == ["ok"] * 40
        assert time.monotonic() - began < 4
        assert stub.most_at_once >= 36


def test_drops_do_not_outlast_the_budget(settings: Any) -> None:
    server = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        peer, _address = server.accept()
        with peer:
            peer.recv(65536)
            peer.sendall(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
            )
            for _drop in range(100):
                try:
                    peer.sendall(b" ")
                except OSError:
                    return
                time.sleep(0.1)

    threading.Thread(target=drip, daemon=True).start()
    settings.OPENAI_BASE_URL = f"http://127.0.0.1:{server.getsockname()[1]}/v1"
    settings.OPENAI_API_KEY = "sk-test"
    began = time.monotonic()
    with pytest.raises(ModelFailed, match="too slow"):
        llm.get().complete(llm.Request("gpt-4o", 0.3, [{"role": "user", "content": "ciao"}], [], 0.6))
    assert time.monotonic() - began < 2
    server.close()


def test_a_whole_turn_with_the_disclosure_before_the_models_words(in_rossi: Shop, settings: Any) -> None:
    settings.BURST_WAIT_SECONDS = 0
    chat = Chat(settings)
    chat.receive("Siete aperti?")
    with playing(
        settings, [{"when": "aperti", "rounds": [call("shop_info", topic="orari"), says("Sì, certo.")]}]
    ):
        turns.run(conversation_id=chat.conversation.pk)
        turns.run(conversation_id=chat.conversation.pk)
    sent = OutboundMessage.objects.get()
    assert sent.content["text"].startswith("Officina Rossi, buon")
    assert "intelligenza artificiale" in sent.content["text"]
    assert sent.content["text"].endswith("\n\nSì, certo.")
    assert not chat.conversation.messages.filter(answered_at=None).exists()
