"""The language model behind one verb: messages in, one completion out. Any server with OpenAI's chat completions.

What a model sends is read as carefully as what a stranger sends: its body may be no JSON, lack what it should have, go
on for ever or come in drops. Whatever is wrong with it is a ModelFailed, and the caller has another way to answer.
"""

import json
import os
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from django.conf import settings

from receptionist import storable, streaming
from shops.db import rehearsal
from shops.db.current import let_go

if TYPE_CHECKING:
    from openai import OpenAI

Json = dict[str, Any]
# One client a process serves all its threads; a worker of conversations has 48.
MOST_CONNECTIONS = 128
KEPT_SECONDS = 30.0
# Far more than an answer and its tool calls ever are.
MAX_BODY = 1024 * 1024
MAX_TEXT = 100_000
SHORTEST = 0.05
# Models that reason take no temperature but their own.
_OWN_TEMPERATURE = re.compile(r"(o\d|gpt-5)")


class ModelFailed(Exception):
    """No usable answer came. `reason` is fit for the log; `temporary`: the same request may succeed at once."""

    def __init__(self, reason: str, *, temporary: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.temporary = temporary


@dataclass(frozen=True)
class Call:
    """A tool that the model wants: its name and the arguments as they came, which need not be JSON."""

    name: str
    arguments: str


@dataclass(frozen=True)
class Completion:
    """What the model said. `finish`: why it stopped; `refused`: it would not answer; tokens as the server counts."""

    text: str = ""
    calls: tuple[Call, ...] = ()
    finish: str = "stop"
    refused: bool = False
    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True)
class Request:
    """One request: the model, what was said so far, the tools, and how many `seconds` the answer may take."""

    model: str
    temperature: float
    messages: Sequence[Json]
    tools: Sequence[Json]
    seconds: float
    may_call: bool = True
    on_text: Callable[[str], None] | None = None
    """Called with the words so far while they are being written; without it the whole answer comes at once."""


class ChatModel(Protocol):
    """Whatever completes a conversation."""

    def complete(self, request: Request) -> Completion:
        """The next message. Raises ModelFailed. No database connection is held meanwhile."""


class OpenAIModel:
    """A server with OpenAI's chat completions, at OPENAI_BASE_URL with OPENAI_API_KEY. Safe to use from any thread."""

    def complete(self, request: Request) -> Completion:
        """The next message, within `request.seconds`. Raises ModelFailed. Gives the database connection back first."""
        with rehearsal.aside():
            let_go()
            return _completion(_fetch(request))


def get() -> ChatModel:
    """The model in use."""
    return OpenAIModel()


# --- over the wire ---------------------------------------------------------------------------------------------

_clients: dict[tuple[int, str, str], "OpenAI"] = {}
_lock = threading.Lock()


def client() -> "OpenAI":
    """This process's client: one pool of connections for all its threads, no retries of its own."""
    # Loading it takes a second: a process that answers nobody never does.
    from httpx2 import Limits
    from openai import DefaultHttpxClient, OpenAI

    key = (os.getpid(), settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY)
    with _lock:
        if key not in _clients:
            limits = Limits(
                max_connections=MOST_CONNECTIONS,
                max_keepalive_connections=MOST_CONNECTIONS,
                keepalive_expiry=KEPT_SECONDS,
            )
            _clients[key] = OpenAI(
                api_key=settings.OPENAI_API_KEY,
                base_url=settings.OPENAI_BASE_URL,
                max_retries=0,
                http_client=DefaultHttpxClient(limits=limits),
            )
        return _clients[key]


def _fetch(request: Request) -> Json:
    """The answer, of bounded size and time. Raises ModelFailed."""
    from httpx2 import HTTPError, InvalidURL
    from openai import APIConnectionError, APIStatusError, OpenAIError

    until = time.monotonic() + request.seconds
    if request.seconds < SHORTEST:
        raise ModelFailed("no time left")
    try:
        # As extra_body: the client walks through what it is given by name, which for ten tools takes longer than
        # all else it does.
        with client().chat.completions.with_streaming_response.create(
            model=request.model, messages=[], extra_body=_parameters(request), timeout=request.seconds
        ) as response:
            pieces = _bounded(response.iter_bytes(), until)
            if request.on_text and streaming.is_stream(response.headers.get("content-type", "")):
                return streaming.gather(pieces, request.on_text, decode=_decoded)
            return _decoded(b"".join(pieces))
    except streaming.Broken as error:
        raise ModelFailed(str(error), temporary=True) from error
    except APIStatusError as error:
        status = error.status_code
        raise ModelFailed(f"status {status}", temporary=status in (408, 409, 429) or status >= 500) from error
    except (APIConnectionError, HTTPError) as error:
        raise ModelFailed(type(error).__name__, temporary=True) from error
    except (OpenAIError, InvalidURL, ValueError) as error:
        raise ModelFailed(type(error).__name__) from error


def _parameters(request: Request) -> Json:
    parameters: Json = {"messages": list(request.messages)}
    if not _OWN_TEMPERATURE.match(request.model):
        parameters["temperature"] = request.temperature
    if request.tools:
        parameters |= {"tools": list(request.tools), "tool_choice": "auto" if request.may_call else "none"}
    if request.on_text:
        parameters |= {"stream": True, "stream_options": {"include_usage": True}}
    return parameters


def _bounded(pieces: Iterable[bytes], until: float) -> Iterator[bytes]:
    """The pieces. A time-out of the client counts between them, so that drops could come for ever."""
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > MAX_BODY:
            raise ModelFailed("the answer is too long")
        if time.monotonic() > until:
            raise ModelFailed("the answer is too slow")
        yield piece


# --- what came -------------------------------------------------------------------------------------------------


def _decoded(body: bytes) -> Json:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ModelFailed("the answer is no JSON") from error
    if not isinstance(found, dict):
        raise ModelFailed("the answer is no object")
    return found


def _completion(found: Json) -> Completion:
    choices = found.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        raise ModelFailed("the answer has no message")
    usage = found.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    return Completion(
        text=_text(message.get("content")),
        calls=tuple(_calls(message.get("tool_calls"))),
        finish=str(choice.get("finish_reason") or "stop"),
        refused=bool(message.get("refusal")),
        prompt_tokens=_count(usage.get("prompt_tokens")),
        completion_tokens=_count(usage.get("completion_tokens")),
    )


def _text(content: Any) -> str:
    """The words, whether they came as a text or in parts."""
    if isinstance(content, list):
        content = "\n".join(str(part.get("text") or "") for part in content if isinstance(part, dict))
    return storable.text(content, MAX_TEXT).strip() if isinstance(content, str) else ""


def _calls(found: Any) -> list[Call]:
    calls = []
    for each in found if isinstance(found, list) else []:
        function = each.get("function") if isinstance(each, dict) else None
        if not isinstance(function, dict):
            continue
        arguments = function.get("arguments")
        text = arguments if isinstance(arguments, str) else json.dumps(arguments or {}, ensure_ascii=False)
        calls.append(Call(storable.text(str(function.get("name") or ""), 80), storable.text(text)))
    return calls


def _count(value: Any) -> int:
    """A number of tokens; 0 for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9 else 0
