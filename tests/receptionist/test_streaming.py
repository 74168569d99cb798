"""An answer that comes word by word, from a real server: what is shown of it meanwhile, and what is never shown."""

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from receptionist import brain, llm, turns, webchat
from receptionist.brain import drafts
from receptionist.llm import ModelFailed, Request
from receptionist.models import Conversation, ModelUsage, OutboundMessage, ToolCall
from shops.models import Shop
from tests.receptionist.chatting import Chat, says

Json = dict[str, Any]
Play = Callable[[Callable[[bytes], None]], None]


class Server:
    """Plays one script a request: a function that is given `send`."""

    def __init__(self) -> None:
        self.plays: list[Play] = []
        self.requests: list[Json] = []
        self.content_type = "text/event-stream; charset=utf-8"
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.requests.append(json.loads(body))
                play = outer.plays[min(len(outer.requests), len(outer.plays)) - 1]
                self.send_response(200)
                self.send_header("Content-Type", outer.content_type)
                self.end_headers()

                def send(data: bytes) -> None:
                    self.wfile.write(data)
                    self.wfile.flush()

                try:
                    play(send)
                except OSError:  # who asked has gone
                    self.close_connection = True

            def log_message(self, *_args: Any) -> None:
                """Nothing."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.http.server_port}/v1"


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    made = Server()
    settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = made.url, "sk-test"
    settings.BURST_WAIT_SECONDS = 0
    yield made
    made.http.shutdown()
    made.http.server_close()


def event(delta: Json | None = None, finish: str | None = None, **more: Any) -> bytes:
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    return b"data: " + json.dumps({"choices": choices, **more}).encode() + b"\n\n"


END = event({}, "stop") + event(usage={"prompt_tokens": 11, "completion_tokens": 7}) + b"data: [DONE]\n\n"


def words(text: str, pause: float = 0.0) -> Play:
    """The text word by word, and its end."""

    def play(send: Callable[[bytes], None]) -> None:
        send(event({"role": "assistant", "content": ""}))
        for word in text.split(" "):
            send(event({"content": f"{word} "}))
            time.sleep(pause)
        send(END)

    return play


def raw(*pieces: bytes) -> Play:
    def play(send: Callable[[bytes], None]) -> None:
        for piece in pieces:
            send(piece)

    return play


def complete(seconds: float = 5.0, heard: list[str] | None = None) -> llm.Completion:
    found = heard if heard is not None else []
    messages = [{"role": "user", "content": "Ciao"}]
    return llm.get().complete(Request("gpt-4o", 0.3, messages, [], seconds, on_text=found.append))


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the visitor's page would have been shown, in order."""
    found: list[str] = []
    write = drafts.Draft._write

    def written(self: drafts.Draft, text: str) -> None:
        write(self, text)
        found.append(Conversation.objects.get(pk=self.turn.conversation.pk).draft)

    monkeypatch.setattr(drafts.Draft, "_write", written)
    monkeypatch.setattr(drafts, "EVERY", 0.0)
    return found


def ask(text: str) -> Conversation:
    place = webchat.receive(visitor=uuid.uuid4(), client_id="a", text=text)
    turns.run(conversation_id=place.conversation_id)
    return Conversation.objects.get(pk=place.conversation_id)


def test_the_pieces_make_the_whole(server: Server) -> None:
    server.plays = [words("Siamo aperti dalle 8:00.")]
    heard: list[str] = []
    found = complete(heard=heard)
    assert (found.text, found.finish, found.prompt_tokens, found.completion_tokens) == (
        *("Siamo aperti dalle 8:00.", "stop"),
        *(11, 7),
    )
    assert heard == ["Siamo ", "Siamo aperti ", "Siamo aperti dalle ", "Siamo aperti dalle 8:00. "]
    assert server.requests[0]["stream"] is True
    assert server.requests[0]["stream_options"] == {"include_usage": True}


def test_lines_may_be_cut_anywhere(server: Server) -> None:
    whole = event({"content": "Perché no? È così."}) + b": a comment\r\n\r\n" + END
    server.plays = [raw(*(whole[at : at + 3] for at in range(0, len(whole), 3)))]
    assert complete().text == "Perché no? È così."


def test_tools_come_in_pieces_too(server: Server) -> None:
    parts = [
        {"tool_calls": [{"index": 0, "id": "x", "function": {"name": "shop_info", "arguments": ""}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": '{"topic":'}}]},
        {"tool_calls": [{"index": 1, "function": {"name": "lookup_customer", "arguments": "{}"}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": ' "orari"}'}}]},
    ]
    server.plays = [raw(*map(event, parts), event({}, "tool_calls"), b"data: [DONE]\n\n")]
    found = complete()
    assert [(each.name, each.arguments) for each in found.calls] == [
        ("shop_info", '{"topic": "orari"}'),
        ("lookup_customer", "{}"),
    ]
    assert found.finish == "tool_calls"


def test_a_server_that_cannot_stream_answers_at_once(server: Server) -> None:
    server.content_type = "application/json"
    body = {"choices": [{"message": {"content": "Buongiorno."}, "finish_reason": "stop"}]}
    server.plays = [raw(json.dumps(body).encode())]
    assert complete().text == "Buongiorno."


ODD: dict[str, tuple[bytes, ...]] = {
    "breaks off": (event({"content": "Siamo"}),),
    "nothing": (b"",),
    "no json": (b"data: {\n\n",),
    "a list": (b"data: []\n\n",),
    "an error": (b'data: {"error": {"message": "overloaded"}}\n\n',),
    "broken utf-8": (b"data: \xff\xfe\n\n",),
    "no choices": (b'data: {"choices": 7}\n\n' * 3,),
    "endless": (event({"content": "x" * 60_000}),) * 40,
    "one endless line": (b"data: " + b"x" * 1_200_000,),
    "deep": (b"data: " + b"[" * 200_000 + b"\n\n",),
}


@pytest.mark.parametrize("name", sorted(ODD))
def test_whatever_is_odd_is_a_model_that_failed(server: Server, name: str) -> None:
    server.plays = [raw(*ODD[name])]
    with pytest.raises(ModelFailed):
        complete()


@pytest.mark.parametrize(
    "delta",
    [{"content": 7}, {"content": None}, {"tool_calls": {"a": 1}}, {"tool_calls": [7, {"index": "x"}]}, []],
    ids=["number", "null", "object", "odd calls", "list"],
)
def test_odd_pieces_are_passed_over(server: Server, delta: Any) -> None:
    server.plays = [raw(event({"content": "Va bene."}), event(delta), END)]
    assert complete().text == "Va bene."


def test_drops_do_not_hold_a_worker_longer_than_its_time(server: Server) -> None:
    server.plays = [words("x " * 400, pause=0.02)]
    began = time.monotonic()
    with pytest.raises(ModelFailed, match="too slow"):
        complete(seconds=0.5)
    assert time.monotonic() - began < 3


def test_the_visitor_sees_the_answer_sentence_by_sentence(
    server: Server, in_rossi: Shop, shown: list[str]
) -> None:
    server.plays = [
        words("Siamo in officina ogni giorno. Passi quando vuole. La aiuto volentieri con altro.")
    ]
    row = ask("Ci siete?")
    opening = row.disclosure
    assert "intelligenza artificiale" in opening
    assert shown[0] == f"{opening}\n\nSiamo in officina ogni giorno."
    assert shown[1] == f"{opening}\n\nSiamo in officina ogni giorno. Passi quando vuole."
    assert row.draft == ""
    (answer,) = OutboundMessage.objects.filter(channel="web")
    assert answer.content["text"].startswith(shown[1])
    assert answer.content["text"].endswith("La aiuto volentieri con altro.")
    assert ModelUsage.objects.get().completion_tokens == 7


def test_what_is_not_true_is_never_shown(server: Server, in_rossi: Shop, shown: list[str]) -> None:
    false = "Certo. Le ho prenotato il tagliando per giovedì alle 9:30. A presto e grazie. Saluti."
    server.plays = [words(false), words("Per prenotare mi serve la targa. Me la scrive? Grazie.")]
    row = ask("Prenotami un tagliando")
    assert len(server.requests) == 2
    assert not any("prenotato" in each for each in shown)
    assert "" in shown  # "Certo." was taken back
    assert row.messages.filter(role="assistant").get().text.endswith("Me la scrive? Grazie.")


def test_a_stream_that_breaks_is_taken_back_and_answered_otherwise(
    server: Server, in_rossi: Shop, shown: list[str], settings: Any
) -> None:
    settings.AI_TURN_SECONDS = 2.0
    server.plays = [raw(event({"content": "Siamo sempre qui. Lei "}))]
    row = ask("Ci siete?")
    assert shown[0].endswith("Siamo sempre qui.")
    assert shown[-1] == ""
    assert row.draft == ""
    assert row.messages.filter(role="assistant").exists()


def test_what_the_provider_filters_is_taken_back_at_once(
    server: Server, in_rossi: Shop, shown: list[str]
) -> None:
    filtered = raw(
        event({"content": "Buongiorno a lei. "}),
        event({"content": "Mi dica pure. E"}),
        event({}, "content_filter"),
        b"data: [DONE]\n\n",
    )
    server.plays = [filtered] * 3
    row = ask("Buongiorno")
    assert shown[-1] == ""
    assert any("Mi dica pure." in each for each in shown)
    assert row.draft == ""


def test_words_beside_a_tool_are_not_the_answer(server: Server, in_rossi: Shop, shown: list[str]) -> None:
    call = {"index": 0, "function": {"name": "shop_info", "arguments": '{"topic": "orari"}'}}
    first = raw(
        event({"content": "Guardo subito. Un "}), event({"tool_calls": [call]}), event({}, "tool_calls")
    )
    server.plays = [first, words("Siamo in officina. Passi quando vuole. Grazie.")]
    row = ask("Ci siete?")
    assert ToolCall.objects.get().name == "shop_info"
    assert shown[1] == ""
    assert "Guardo" not in row.messages.filter(role="assistant").get().text


def test_on_whatsapp_nothing_is_streamed(in_rossi: Shop, settings: Any) -> None:
    chat = Chat(settings)
    chat.write("Ciao", says("Buongiorno. Mi dica."))
    assert chat.stub
    assert "stream" not in chat.stub.requests[0]
    assert Conversation.objects.get().draft == ""


def test_who_takes_the_chat_ends_the_draft(server: Server, in_rossi: Shop, shown: list[str]) -> None:
    taken = uuid.uuid4()
    server.plays = [words("Siamo sempre qui. Lei passi. Grazie a lei.")]
    place = webchat.receive(visitor=taken, client_id="a", text="Ci siete?")
    row = Conversation.objects.get(pk=place.conversation_id)
    row.turn_id = uuid.uuid4()  # in memory alone: the row's turn is another's by now
    assert brain.reply(row, pending=turns.unanswered(row.pk)).mode == "model"
    row.refresh_from_db()
    assert row.draft == ""
    assert set(shown) == {""}
