"""A language model's HTTP interface that plays scripted replies, tool calls included. It is no second brain.

    script = [
        {"when": "tagliando.*(?P<day>giovedì|venerdì)",
         "take": {"slot": r"inizio=(\\S+)"},
         "rounds": [
             {"tool_calls": [{"name": "check_availability", "arguments": {"service": "tagliando", "day": "{day}"}}]},
             {"tool_calls": [{"name": "book_appointment", "arguments": {"start": "{slot}"}}], "delay_ms": 1500},
             {"content": "Prenotato."},
         ]},
        {"when": "", "rounds": [{"content": "Non ho capito."}]},
    ]
    with model_stub(script, latency_ms=800) as stub:
        stub.url          OPENAI_BASE_URL, with /v1
        stub.requests     the bodies of all chat requests, in order
        stub.misses       what the script had no answer for: a test looks that it is empty

A request is answered by the first scene whose `when` (a regular expression, small and large letters alike, over several
lines) is found in the last message of the user. Which round: as many as assistant messages with tool calls come after
that message. So the stub keeps no state, and any number of conversations may run at once. A round is one of

    {"content": "…"}     {"tool_calls": [{"name", "arguments": {…} or a text as it is, "id"?}], "content"?}
    {"raw": {…} or "…"}  the whole body, or the `message` when it has a role        {"status": 500}        {"hang_up": true}

each with `delay_ms` in place of the latency. `{name}` in arguments and contents is filled in from the groups of `when` and
from `take`: name → expression, whose group 1 in the newest message that has it (of whatever role, results of tools
included) is taken. The last round answers again when the product asks once more, unless it calls tools.

Transcriptions (`POST /v1/audio/transcriptions`) answer `transcripts` by the file's SHA-256, else `transcript`.
As a program: `python -m sandbox.model_stub --port 8002 --script scenes.json --latency-ms 800`.
"""

import argparse
import hashlib
import json
import re
import secrets
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sandbox.httpd import HANG_UP, HttpServer, Reply, Request, as_json, multipart

Json = dict[str, Any]
PLACEHOLDER = re.compile(r"\{([a-z_][a-z0-9_]*)\}")
FLAGS = re.IGNORECASE | re.DOTALL


class Miss(Exception):
    """The script has no answer to this request."""


class ModelStub:
    """A running stub. `script`, `latency_ms`, `transcript` and `transcripts` may be changed while it runs."""

    def __init__(
        self,
        script: Sequence[Json],
        *,
        latency_ms: float = 0,
        port: int = 0,
        transcript: str = "",
        transcripts: dict[str, str] | None = None,
        api_key: str = "",
        word_ms: float = 0,
    ) -> None:
        """Serves at once. With `api_key` other keys are refused with 401. `word_ms`: between the words of a stream."""
        self.script, self.latency_ms = list(script), latency_ms
        self.transcript, self.transcripts, self.api_key = transcript, transcripts or {}, api_key
        self.word_ms = word_ms
        self.requests: list[Json] = []
        self.audio: list[Json] = []
        self.misses: list[str] = []
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()
        self._server = HttpServer(self._answer, port)
        self.port = self._server.port
        self.url = f"{self._server.url}/v1"

    def close(self) -> None:
        """Stop serving."""
        self._server.close()

    def _answer(self, request: Request) -> Reply:
        path = request.path.removeprefix("/v1")
        if self.api_key and request.bearer != self.api_key:
            return _error(401, "Incorrect API key provided.", "invalid_api_key")
        if (request.method, path) == ("GET", "/models"):
            return as_json(
                {"object": "list", "data": [{"id": "gpt-4o", "object": "model", "owned_by": "stub"}]}
            )
        answers = {"/chat/completions": self._chat, "/audio/transcriptions": self._transcribe}
        if request.method != "POST" or path not in answers:
            return _error(404, f"There is nothing at {request.method} {request.path}.")
        with self._lock:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            return answers[path](request)
        except Miss as miss:
            self.misses.append(str(miss))
            return _error(400, f"The script of the stub: {miss}")
        finally:
            with self._lock:
                self._at_once -= 1

    def _chat(self, request: Request) -> Reply:
        body = request.json()
        self.requests.append(body)
        scene, found = self._scene(body["messages"])
        chosen = _round(scene, body["messages"])
        time.sleep(chosen.get("delay_ms", self.latency_ms) / 1000)
        if chosen.get("hang_up"):
            return HANG_UP
        if "status" in chosen:
            return _error(chosen["status"], "A fault that the script asked for.")
        if "raw" in chosen:
            return _raw(body, chosen["raw"])
        values = found.groupdict(default="") | _taken(scene, body["messages"])
        made = _completion(body, _message(chosen, values))
        if not body.get("stream"):
            return as_json(made)
        return Reply(content_type="text/event-stream; charset=utf-8", pieces=_events(made, self.word_ms))

    def _scene(self, messages: list[Json]) -> tuple[Json, re.Match[str]]:
        said = next((_text(each) for each in reversed(messages) if each["role"] == "user"), "")
        for scene in self.script:
            if found := re.search(scene.get("when", ""), said, FLAGS):
                return scene, found
        raise Miss(f"no scene for {said!r}")

    def _transcribe(self, request: Request) -> Reply:
        fields = multipart(request)
        content = fields["file"].content if "file" in fields else b""
        digest = hashlib.sha256(content).hexdigest()
        model = fields["model"].content.decode() if "model" in fields else ""
        self.audio.append(
            {
                "model": model,
                "filename": fields["file"].filename if "file" in fields else "",
                "content_type": fields["file"].content_type if "file" in fields else "",
                "bytes": len(content),
                "sha256": digest,
                "language": fields["language"].content.decode() if "language" in fields else "",
            }
        )
        time.sleep(self.latency_ms / 1000)
        text = self.transcripts.get(digest, self.transcript)
        usage = {"type": "tokens", "input_tokens": 40, "output_tokens": _tokens(text)}
        usage["total_tokens"] = 40 + _tokens(text)
        return as_json(
            {"text": text, "usage": {"type": "duration", "seconds": 4} if "whisper" in model else usage}
        )


@contextmanager
def model_stub(script: Sequence[Json], **more: Any) -> Iterator[ModelStub]:
    """A stub for the time of the block. `more` as `ModelStub` takes it."""
    stub = ModelStub(script, **more)
    try:
        yield stub
    finally:
        stub.close()


def _round(scene: Json, messages: list[Json]) -> Json:
    last = max((place for place, each in enumerate(messages) if each["role"] == "user"), default=-1)
    played = sum(1 for each in messages[last + 1 :] if each["role"] == "assistant" and each.get("tool_calls"))
    rounds: list[Json] = scene["rounds"]
    if played < len(rounds):
        return rounds[played]
    if rounds and "tool_calls" not in rounds[-1]:
        return rounds[-1]
    raise Miss(f"scene {scene.get('when', '')!r} has {len(rounds)} rounds, and {played + 1} were asked for")


def _taken(scene: Json, messages: list[Json]) -> dict[str, str]:
    """The values of `take`, each out of the newest message that has it."""
    texts = [_text(each) for each in reversed(messages)]
    values = {}
    for name, expression in scene.get("take", {}).items():
        found = next((hit for text in texts if (hit := re.search(expression, text, FLAGS))), None)
        if found:
            values[name] = found[1] if found.re.groups else found[0]
    return values


def _text(message: Json) -> str:
    content = message.get("content") or ""
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return str(content)


def _filled(value: Any, values: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(item, values) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, values) for item in value]
    return PLACEHOLDER.sub(lambda hit: _value(hit[1], values), value) if isinstance(value, str) else value


def _value(name: str, values: dict[str, str]) -> str:
    if name not in values:
        raise Miss(f"nothing in the conversation for {{{name}}}")
    return values[name]


def _message(chosen: Json, values: dict[str, str]) -> Json:
    message: Json = {"role": "assistant", "content": _filled(chosen.get("content"), values), "refusal": None}
    if "tool_calls" in chosen:
        message["tool_calls"] = [_tool_call(call, values) for call in chosen["tool_calls"]]
    return message


def _tool_call(call: Json, values: dict[str, str]) -> Json:
    arguments = call.get("arguments", {})
    text = (
        arguments
        if isinstance(arguments, str)
        else json.dumps(_filled(arguments, values), ensure_ascii=False)
    )
    number = call.get("id") or f"call_{secrets.token_hex(12)}"
    return {"id": number, "type": "function", "function": {"name": call["name"], "arguments": text}}


def _events(made: Json, word_ms: float) -> Iterator[bytes]:
    """The completion as server-sent events: its words one by one, its tool calls whole, what it cost at the end."""
    message, finish = made["choices"][0]["message"], made["choices"][0]["finish_reason"]
    shared = {"id": made.get("id"), "object": "chat.completion.chunk", "model": made.get("model")}

    def event(choices: list[Json], **more: Any) -> bytes:
        data = json.dumps({**shared, "choices": choices, **more}, ensure_ascii=False)
        return f"data: {data}\n\n".encode()

    def delta(part: Json, reason: str | None = None) -> bytes:
        return event([{"index": 0, "delta": part, "finish_reason": reason}])

    yield delta({"role": "assistant"})
    for word in re.findall(r"\S+\s*|\s+", str(message.get("content") or "")):
        time.sleep(word_ms / 1000)
        yield delta({"content": word})
    for index, call in enumerate(message.get("tool_calls") or []):
        yield delta({"tool_calls": [{"index": index, **call}]})
    yield delta({}, finish)
    yield event([], usage=made.get("usage"))
    yield b"data: [DONE]\n\n"


def _completion(body: Json, message: Json) -> Json:
    prompt = sum(_tokens(json.dumps(each, ensure_ascii=False)) for each in body["messages"])
    said = _tokens(json.dumps(message, ensure_ascii=False))
    reason = "tool_calls" if message.get("tool_calls") else "stop"
    return {
        "id": f"chatcmpl-{secrets.token_hex(12)}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": body.get("model", "stub"),
        "choices": [{"index": 0, "message": message, "finish_reason": reason, "logprobs": None}],
        "usage": {"prompt_tokens": prompt, "completion_tokens": said, "total_tokens": prompt + said},
    }


def _raw(body: Json, raw: Any) -> Reply:
    if isinstance(raw, str):
        return Reply(200, raw.encode())
    return as_json(_completion(body, raw) if "role" in raw else raw)


def _tokens(text: str) -> int:
    return len(text) // 4 + 1


def _error(status: int, words: str, code: str = "") -> Reply:
    kind = "server_error" if status >= 500 else "invalid_request_error"
    return as_json({"error": {"message": words, "type": kind, "param": None, "code": code or None}}, status)


def main(arguments: list[str] | None = None) -> int:
    """Serve a script from a file until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.model_stub")
    parser.add_argument("--port", type=int, default=8002)
    parser.add_argument("--script", type=Path, required=True, help="scenes as JSON")
    parser.add_argument("--latency-ms", type=float, default=0)
    given = parser.parse_args(arguments)
    try:
        script = json.loads(given.script.read_text(encoding="utf-8"))
        with model_stub(script, latency_ms=given.latency_ms, port=given.port) as stub:
            print(f"The scripted model answers at {stub.url}", flush=True)
            threading.Event().wait()
    except (OSError, ValueError) as error:
        print(f"{given.script}, port {given.port}: {error}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
