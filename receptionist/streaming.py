"""An answer that comes word by word: OpenAI's chat completions as server-sent events, put together again.

What comes out is the object that would have come at once, so that everything is read in one place (receptionist.llm).
The pieces are bounded by who reads them. Source: OpenAI API reference, "Chat completion chunk".
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
# More tools at once than anybody runs; further ones are not kept.
MOST_CALLS = 64
END = b"[DONE]"


class Broken(Exception):
    """The stream ended before the answer did, or told of an error."""


def is_stream(content_type: str) -> bool:
    """Whether the server streams: one that does not know how sends the whole answer as JSON."""
    return content_type.partition(";")[0].strip().lower() == "text/event-stream"


def gather(
    pieces: Iterable[bytes], on_text: Callable[[str], None], *, decode: Callable[[bytes], Json]
) -> Json:
    """The answer as if it had come at once; `on_text` is called with the words so far whenever there are more.

    `decode` reads one event's JSON object. Raises Broken, and whatever `decode` and the pieces raise.
    """
    found = _Gathered()
    for data in _events(pieces):
        if data == END:
            break
        if found.add(decode(data)):
            on_text(found.text)
    return found.whole()


def _events(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The data of each event, however the network cut the lines."""
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            if line.startswith(b"data:") and (data := line.removeprefix(b"data:").strip()):
                yield data
    if rest.startswith(b"data:") and (data := rest.removeprefix(b"data:").strip()):
        yield data


@dataclass
class _Gathered:
    """What has come so far."""

    text: str = ""
    refusal: str = ""
    finish: str = ""
    calls: dict[int, Json] = field(default_factory=dict)
    usage: Any = None

    def add(self, event: Json) -> bool:
        """Take one event; whether there are more words now. Raises Broken."""
        if event.get("error"):
            raise Broken("the stream tells of an error")
        self.usage = event.get("usage") or self.usage
        choices = event.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices else None
        if not isinstance(choice, dict):
            return False
        reason = choice.get("finish_reason")
        self.finish = reason if isinstance(reason, str) else self.finish
        delta = choice.get("delta")
        return self._add_delta(delta) if isinstance(delta, dict) else False

    def _add_delta(self, delta: Json) -> bool:
        words = _text(delta.get("content"))
        self.text += words
        self.refusal += _text(delta.get("refusal"))
        calls = delta.get("tool_calls")
        for each in calls if isinstance(calls, list) else []:
            if isinstance(each, dict):
                self._add_call(each)
        return bool(words)

    def _add_call(self, part: Json) -> None:
        index, function = part.get("index", 0), part.get("function")
        if not isinstance(index, int) or not isinstance(function, dict):
            return
        if index not in self.calls and len(self.calls) >= MOST_CALLS:
            return
        call = self.calls.setdefault(index, {"name": "", "arguments": ""})
        for name in call:
            call[name] += _text(function.get(name))

    def whole(self) -> Json:
        """The object that would have come at once. Raises Broken when the end is missing."""
        if not self.finish:
            raise Broken("the stream broke off")
        calls = [{"function": call} for _index, call in sorted(self.calls.items())]
        message = {"content": self.text, "refusal": self.refusal or None, "tool_calls": calls}
        return {"choices": [{"message": message, "finish_reason": self.finish}], "usage": self.usage}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
