"""The scripted model: which scene, which round, what is filled in, and a hundred at once."""

import hashlib
import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.model_stub import ModelStub, model_stub
from sandbox.postgres import free_port
from sandbox.watchdog import REPOSITORY

BOOKING = {
    "when": r"tagliando.*\b(?P<day>giovedì|venerdì)",
    "take": {"slot": r"inizio=(\S+)", "shop": r"Officina \w+"},
    "rounds": [
        {"tool_calls": [{"name": "check_availability", "arguments": {"day": "{day}", "most": 3}}]},
        {"tool_calls": [{"name": "book_appointment", "arguments": {"start": "{slot}"}}]},
        {"content": "Prenotato alla {shop}, {slot}."},
    ],
}
SYSTEM = {"role": "system", "content": "Sei l'assistente di Officina Rossi. inizio=2026-11-24T08:00"}


def ask(stub: ModelStub, *messages: dict[str, Any]) -> requests.Response:
    return requests.post(
        f"{stub.url}/chat/completions", json={"model": "m", "messages": messages}, timeout=20
    )


def user(text: Any) -> dict[str, Any]:
    return {"role": "user", "content": text}


def message(answer: requests.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    return answer.json()["choices"][0]["message"]


def test_a_scene_plays_its_rounds_and_takes_values_out_of_the_conversation() -> None:
    with model_stub([BOOKING]) as stub:
        talk = [SYSTEM, user("Un TAGLIANDO per\nvenerdì")]
        first = message(ask(stub, *talk))
        call = first["tool_calls"][0]
        assert call["function"]["name"] == "check_availability"
        assert json.loads(call["function"]["arguments"]) == {"day": "venerdì", "most": 3}

        talk += [
            first,
            {"role": "tool", "tool_call_id": call["id"], "content": "inizio=2026-11-27T09:30 libero"},
        ]
        second = message(ask(stub, *talk))
        assert json.loads(second["tool_calls"][0]["function"]["arguments"]) == {"start": "2026-11-27T09:30"}

        talk += [second, {"role": "tool", "tool_call_id": "x", "content": "fatto"}]
        last = ask(stub, *talk).json()

        assert last["choices"][0]["message"]["content"] == "Prenotato alla Officina Rossi, 2026-11-27T09:30."
        assert last["choices"][0]["finish_reason"] == "stop"
        assert last["usage"]["total_tokens"] == (
            last["usage"]["prompt_tokens"] + last["usage"]["completion_tokens"]
        )
        assert message(ask(stub, *talk))["content"] == last["choices"][0]["message"]["content"]
        assert len(stub.requests) == 4
        assert stub.misses == []


def test_a_new_message_of_the_user_begins_at_the_first_round() -> None:
    with model_stub([BOOKING, {"when": "", "rounds": [{"content": "Prego."}]}]) as stub:
        earlier = {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]}

        assert message(
            ask(stub, user("tagliando giovedì"), earlier, user([{"type": "text", "text": "grazie"}]))
        )["content"] == ("Prego.")
        assert "tool_calls" in message(ask(stub, user("ciao"), earlier, user("tagliando giovedì")))


@pytest.mark.parametrize(
    ("script", "talk"),
    [
        ([BOOKING], [user("buongiorno")]),
        ([{"when": "", "rounds": [{"content": "{nothing}"}]}], [user("ciao")]),
        (
            [{"when": "", "rounds": [{"tool_calls": [{"name": "a"}]}]}],
            [user("ciao"), {"role": "assistant", "tool_calls": [{"id": "1"}]}],
        ),
    ],
    ids=["no scene", "nothing to fill in", "rounds used up"],
)
def test_what_the_script_does_not_say_is_an_error_and_noted(script: list[Any], talk: list[Any]) -> None:
    with model_stub(script) as stub:
        assert ask(stub, *talk).status_code == 400
        assert len(stub.misses) == 1


def test_raw_bodies_statuses_and_lost_answers() -> None:
    rounds = {
        "nonsense": {"raw": "{not json"},
        "broken": {"tool_calls": [{"name": "a", "arguments": "{not json"}]},
        "mine": {"raw": {"role": "assistant", "content": ""}},
        "whole": {"raw": {"choices": []}},
        "down": {"status": 503},
        "gone": {"hang_up": True},
    }
    with model_stub([{"when": word, "rounds": [each]} for word, each in rounds.items()]) as stub:
        assert ask(stub, user("nonsense")).text == "{not json"
        assert message(ask(stub, user("broken")))["tool_calls"][0]["function"]["arguments"] == "{not json"
        assert message(ask(stub, user("mine")))["content"] == ""
        assert ask(stub, user("whole")).json() == {"choices": []}
        down = ask(stub, user("down"))
        assert (down.status_code, down.json()["error"]["type"]) == (503, "server_error")
        with pytest.raises(requests.ConnectionError):
            ask(stub, user("gone"))


def test_a_hundred_wait_at_the_same_time() -> None:
    with model_stub([{"when": "", "rounds": [{"content": "ok"}]}], latency_ms=700) as stub:
        began = time.monotonic()
        with ThreadPoolExecutor(100) as pool:
            answers = list(pool.map(lambda _: ask(stub, user("ciao")).status_code, range(100)))
        assert answers == [200] * 100
        assert time.monotonic() - began < 20  # one after the other they would take seventy
        assert stub.most_at_once > 30


def test_transcriptions_by_file_and_a_wrong_key() -> None:
    sha_of_voice = hashlib.sha256(b"voice").hexdigest()
    with model_stub([], transcripts={sha_of_voice: "è pronta?"}, transcript="altro", api_key="k") as stub:

        def transcribe(content: bytes, key: str = "k") -> requests.Response:
            files = {"file": ("nota.ogg", content, "audio/ogg")}
            headers = {"Authorization": f"Bearer {key}"}
            url = f"{stub.url}/audio/transcriptions"
            return requests.post(url, files=files, data={"model": "mini"}, headers=headers, timeout=5)

        assert transcribe(b"voice").json()["text"] == "è pronta?"
        assert transcribe(b"\r\n--noise--\r\n").json()["text"] == "altro"
        assert transcribe(b"voice", key="other").status_code == 401
        assert [each["bytes"] for each in stub.audio] == [5, 13]
        assert stub.audio[0]["filename"] == "nota.ogg"


def test_as_a_program_it_plays_a_file(tmp_path: Path) -> None:
    (tmp_path / "scenes.json").write_text('[{"when": "", "rounds": [{"content": "Sì."}]}]', encoding="utf-8")
    port = free_port()
    command = [sys.executable, "-m", "sandbox.model_stub", "--port", str(port), "--script", "scenes.json"]
    env = {"PYTHONPATH": str(REPOSITORY)}
    with subprocess.Popen(command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        assert f"http://127.0.0.1:{port}/v1" in program.stdout.readline()
        models = requests.get(f"http://127.0.0.1:{port}/v1/models", timeout=5).json()
        program.terminate()

    assert models["data"][0]["id"] == "gpt-4o"


def test_who_asks_for_a_stream_gets_the_words_one_by_one() -> None:
    call = {"name": "shop_info", "arguments": {"topic": "orari"}}
    script = [{"when": "", "rounds": [{"content": "Guardo subito.", "tool_calls": [call]}]}]
    with model_stub(script) as stub:
        body = {"model": "gpt-4o", "stream": True, "messages": [{"role": "user", "content": "Ciao"}]}
        answer = requests.post(f"{stub.url}/chat/completions", json=body, timeout=10)
    assert answer.headers["content-type"].startswith("text/event-stream")
    *events, end = [line.removeprefix("data: ") for line in answer.text.splitlines() if line]
    assert end == "[DONE]"
    found = [json.loads(each) for each in events]
    deltas = [each["choices"][0]["delta"] for each in found if each["choices"]]
    assert [each["content"] for each in deltas if "content" in each] == ["Guardo ", "subito."]
    assert (
        next(each["tool_calls"] for each in deltas if "tool_calls" in each)[0]["function"]["name"]
        == "shop_info"
    )
    assert found[-1]["usage"]["completion_tokens"] > 0
