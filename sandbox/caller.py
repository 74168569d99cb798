"""A caller on the wire: plays Vapi over HTTP against a running server, signed, message by message.

It imports no room and knows only the protocol: it asks for an assistant, calls the tools that a model would
call, and sends the report at the end, as Vapi does. What is said is in sandbox/dialogues.py.
"""

import hashlib
import hmac
import itertools
import json
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests

TIMEOUT = 20.0  # seconds, Vapi's own
SHORTEST_CALL = 20.0  # seconds, so that the report looks like one of a call
WIDTH = 108
Print = Callable[[str], None]


class Trouble(Exception):
    """Something kept the call from being played. One sentence, with what to do."""


@dataclass(frozen=True)
class Line:
    """The line that is called, and how Vapi proves itself. `url` is the whole address of the webhook."""

    url: str
    secret: str
    phone_number_id: str
    number: str
    way: str = "hmac"
    org_id: str = ""


@dataclass(frozen=True)
class Person:
    """Who calls. `number` is empty when it is withheld."""

    number: str
    first_name: str
    last_name: str
    plate: str

    @property
    def name(self) -> str:
        """As they introduce themselves."""
        return f"{self.first_name} {self.last_name}"


def proof(line: Line, body: bytes) -> dict[str, str]:
    """The headers that prove a body, in the way that the line says (hmac, bearer or secret)."""
    if line.way == "secret":
        return {"X-Vapi-Secret": line.secret}
    if line.way == "bearer":
        return {"Authorization": f"Bearer {line.secret}"}
    stamp = str(int(time.time() * 1000))
    signature = hmac.new(line.secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"x-timestamp": stamp, "x-signature": signature}


def _reachable(url: str) -> tuple[str, dict[str, str]]:
    """An address that resolves everywhere: names under localhost become 127.0.0.1 with a Host header."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host != "localhost" and not host.endswith(".localhost"):
        return url, {}
    port = f":{parts.port}" if parts.port else ""
    return parts._replace(netloc=f"127.0.0.1{port}").geturl(), {"Host": parts.netloc}


@dataclass
class Call:
    """One call, from its first ring to its report. Prints as it goes."""

    line: Line
    person: Person
    out: Print = print
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    messages: list[dict[str, Any]] = field(default_factory=list)
    assistant: dict[str, Any] = field(default_factory=dict)
    steps: list[tuple[str, float]] = field(default_factory=list)
    _numbers: Any = field(default_factory=lambda: itertools.count(1), repr=False)
    _session: requests.Session = field(default_factory=requests.Session, repr=False)
    _began: float = field(default_factory=time.time, repr=False)

    # --- what is said ---------------------------------------------------------------------------------------

    def customer_says(self, words: str) -> None:
        """The caller speaks."""
        self._say("Cliente", "user", words)

    def assistant_says(self, words: str) -> None:
        """The assistant speaks, in the words that a model would choose."""
        self._say("Assistente", "bot", words)

    def _say(self, who: str, role: str, words: str) -> None:
        self.out(f"{who:>10}: {words}")
        self.messages.append({"role": role, "message": words, "time": int(time.time() * 1000)})

    # --- what Vapi sends ------------------------------------------------------------------------------------

    def ring(self) -> str:
        """assistant-request. Returns the system prompt; the first sentence is said. Raises Trouble without
        one.
        """
        answer = self._send("assistant-request", "assistant-request", {})
        assistant = answer.get("assistant")
        if not isinstance(assistant, dict):
            raise Trouble(
                f"Il server non presenta un assistente per {self.line.number}: «{answer.get('error', answer)}»"
            )
        self.assistant = assistant
        self._send("status-update", "status-update (in-progress)", {"status": "in-progress"})
        self.assistant_says(str(assistant.get("firstMessage", "")))
        return str(assistant["model"]["messages"][0]["content"])

    def tool(self, name: str, **arguments: str) -> str:
        """tool-calls with one call, in the captured shape. Returns the words of its result."""
        tool_call_id = f"call_{uuid.uuid4().hex[:16]}"
        wanted = {
            "id": tool_call_id,
            "type": "function",
            "function": {
                "name": name,
                "arguments": {key: value for key, value in arguments.items() if value},
            },
        }
        said = ", ".join(f"{key}={value}" for key, value in arguments.items() if value)
        answer = self._send(
            "tool-calls",
            f"{name}({said})",
            {"toolCallList": [wanted], "toolCalls": [wanted], "toolWithToolCallList": [{"toolCall": wanted}]},
        )
        results = answer.get("results") or [{}]
        if results[0].get("toolCallId") != tool_call_id:
            raise Trouble(
                f"La risposta del server a {name} non è di questa chiamata: {json.dumps(answer)[:200]}"
            )
        return str(results[0].get("result") or results[0].get("error") or "")

    def transfer(self) -> dict[str, Any]:
        """transfer-destination-request. Returns the destination, or {} when the call is not passed on."""
        answer = self._send("transfer-destination-request", "transfer-destination-request", {})
        destination = answer.get("destination")
        if not isinstance(destination, dict):
            self.assistant_says(str(answer.get("error", "")))
            return {}
        self.assistant_says(str(destination.get("message", "")))
        self._send(
            "status-update",
            "status-update (forwarding)",
            {"status": "forwarding", "destination": destination},
        )
        return destination

    def hang_up(self, reason: str = "customer-ended-call", *, summary: str, recording_url: str = "") -> None:
        """status-update (ended) and end-of-call-report."""
        self._send("status-update", "status-update (ended)", {"status": "ended", "endedReason": reason})
        ended = max(time.time(), self._began + SHORTEST_CALL)
        artifact: dict[str, Any] = {"messages": self.messages, "transcript": self._transcript()}
        if recording_url:
            artifact["recordingUrl"] = recording_url
        self._send(
            "end-of-call-report",
            "end-of-call-report",
            {
                "endedReason": reason,
                "artifact": artifact,
                "analysis": {"summary": summary},
                "cost": round(0.09 * (ended - self._began) / 60, 4),
                "startedAt": _iso(self._began),
                "endedAt": _iso(ended),
            },
        )

    @property
    def records(self) -> bool:
        """Whether the shop asked for a recording."""
        plan = self.assistant.get("artifactPlan")
        return isinstance(plan, dict) and bool(plan.get("recordingEnabled"))

    @property
    def conversation(self) -> str:
        """The server's own id of this call, as its assistant carries it."""
        metadata = self.assistant.get("metadata")
        return str(metadata.get("conversation", "")) if isinstance(metadata, dict) else ""

    def _transcript(self) -> str:
        names = {"bot": "AI", "user": "User"}
        return "".join(f"{names[each['role']]}: {each['message']}\n" for each in self.messages)

    def _message(self, kind: str, fields: dict[str, Any]) -> bytes:
        caller = {"customer": {"number": self.person.number}} if self.person.number else {}
        call = {
            "id": self.id,
            "type": "inboundPhoneCall",
            "orgId": self.line.org_id,
            "phoneNumberId": self.line.phone_number_id,
            "assistantId": None,
            "createdAt": _iso(self._began),
            **caller,
        }
        number = {"id": self.line.phone_number_id, "number": self.line.number}
        message = {
            "type": kind,
            "timestamp": int(time.time() * 1000) + next(self._numbers),
            "call": call,
            "phoneNumber": number,
            **caller,
            **fields,
        }
        return json.dumps({"message": message}, ensure_ascii=False).encode()

    def _send(self, kind: str, shown: str, fields: dict[str, Any]) -> dict[str, Any]:
        body = self._message(kind, fields)
        url, host = _reachable(self.line.url)
        headers = {"Content-Type": "application/json", **proof(self.line, body), **host}
        began = time.perf_counter()
        try:
            response = self._session.post(
                url, data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False
            )
        except requests.ConnectionError:
            raise Trouble(
                f"Nessun server risponde a {self.line.url}: avviarlo con `make run`, o indicare --url."
            ) from None
        except requests.RequestException as error:
            raise Trouble(f"{self.line.url} non ha risposto a {kind}: {type(error).__name__}.") from None
        milliseconds = (time.perf_counter() - began) * 1000
        self.steps.append((kind, milliseconds))
        cut = WIDTH - 14
        text = shown if len(shown) <= cut else f"{shown[: cut - 1]}…"
        self.out(f"  · {text:<{cut}} {milliseconds:>5.0f} ms")
        return _answer(response, self.line, kind)


def _answer(response: requests.Response, line: Line, kind: str) -> dict[str, Any]:
    status = response.status_code
    if status == 401:
        raise Trouble(
            "Il server rifiuta la firma (401): VAPI_WEBHOOK_SECRETS qui non è quello del server, o gli orologi sono "
            "lontani di minuti."
        )
    if status == 404:
        raise Trouble(
            f"Non c'è nessun webhook a {line.url} (404): indicare con --url l'indirizzo della piattaforma."
        )
    if status != 200:
        raise Trouble(f"Il server ha risposto a {kind} con lo stato {status}: il suo log dice perché.")
    try:
        answer = response.json()
    except ValueError:
        raise Trouble(f"{line.url} ha risposto a {kind} con qualcosa che non è JSON.") from None
    if not isinstance(answer, dict):
        raise Trouble(f"{line.url} ha risposto a {kind} con qualcosa che non è un oggetto JSON.")
    return answer


def _iso(moment: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment)) + f".{int(moment % 1 * 1000):03}Z"


def flushed(text: str) -> None:
    """Print at once, so that a dialogue is seen as it goes."""
    print(text, flush=True, file=sys.stdout)
