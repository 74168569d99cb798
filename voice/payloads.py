"""Vapi's messages, as small models that hold only the fields used.

Source: Vapi's OpenAPI description (ServerMessage*, 2026-08) and captures of real payloads. Both old and new
places of a field are read. A field of the wrong type counts as missing: what a message must have is asked
for where it is used, so that one odd field never loses a call.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from django.utils.dateparse import parse_datetime
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from shops.webhooks import Malformed, decode

MAX_ID = 200
MAX_TEXT = 200_000  # characters of one text that is kept
MILLISECONDS_FROM = 100_000_000_000
_YEARS = range(2000, 2200)
_TRANSCRIPT_LINE = re.compile(r"\s*(AI|Assistant|Bot|User|Customer)\s*:\s*(.*)", re.IGNORECASE)


def text(value: Any) -> str:
    """A text as it is, a number as its digits, anything else as empty."""
    if isinstance(value, str):
        return value[:MAX_TEXT]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def moment(value: Any) -> datetime | None:
    """An aware time from ISO text, milliseconds or seconds since the epoch; None when it is no sensible
    time.
    """
    try:
        if isinstance(value, str) and not value.strip().lstrip("-").replace(".", "", 1).isdigit():
            found = parse_datetime(value.strip())
            if found is None:
                return None
            found = found if found.tzinfo else found.replace(tzinfo=UTC)
        elif isinstance(value, (int, float, str)) and not isinstance(value, bool):
            number = float(value)
            found = datetime.fromtimestamp(number / 1000 if number >= MILLISECONDS_FROM else number, UTC)
        else:
            return None
        return found.astimezone(UTC) if found.year in _YEARS else None
    except (ValueError, OverflowError, OSError):
        return None


def amount(value: Any) -> Decimal | None:
    """A cost in dollars, to four places; None when it is no sensible amount."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = Decimal(str(value))
        return number.quantize(Decimal("0.0001")) if number.is_finite() and 0 <= number < 100_000 else None
    except InvalidOperation:
        return None


def _object(value: Any) -> Any:
    return value if isinstance(value, (dict, BaseModel)) else {}


def _objects(value: Any) -> Any:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


Text = Annotated[str, BeforeValidator(text)]
Moment = Annotated[datetime | None, BeforeValidator(moment)]
Amount = Annotated[Decimal | None, BeforeValidator(amount)]
Objects = Annotated[list[dict[str, Any]], BeforeValidator(_objects)]
"""A list of objects, each looked into only where it is used: every message of a call repeats its whole history."""


class Payload(BaseModel):
    """What all models share: camelCase outside, unknown fields ignored, never changed."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True)


class Customer(Payload):
    """Who calls. The number is missing when it is withheld."""

    number: Text = ""


class PhoneNumber(Payload):
    """The line that was called."""

    id: Text = ""
    number: Text = ""


class Call(Payload):
    """The call a message belongs to."""

    id: Text = ""
    org_id: Text = ""
    phone_number_id: Text = ""
    customer: Annotated[Customer, BeforeValidator(_object)] = Customer()
    phone_number: Annotated[PhoneNumber, BeforeValidator(_object)] = PhoneNumber()
    started_at: Moment = None
    created_at: Moment = None


class ToolRequest(Payload):
    """One call of a tool, whichever of the three shapes it came in."""

    id: Text = ""
    name: Text = ""
    arguments: dict[str, Any] | str = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _one_shape(cls, value: Any) -> Any:
        value = _object(value)
        inner = value.get("function") if isinstance(value.get("function"), dict) else value
        given: Any = next(
            (inner[key] for key in ("arguments", "parameters") if inner.get(key) is not None), {}
        )
        return {
            "id": value.get("id"),
            "name": inner.get("name") or value.get("name"),
            "arguments": arguments(given),
        }


def arguments(given: Any) -> dict[str, Any] | str:
    """Tool arguments as an object. Text that is no JSON object comes back as it is, for the tool to
    complain of.
    """
    if isinstance(given, dict):
        return given
    if not isinstance(given, str):
        return "" if given is None else str(given)[:1000]
    try:
        found = decode(given.encode("utf-8", "replace")) if given.strip() else {}
    except Malformed:
        return given[:1000]
    return found if isinstance(found, dict) else given[:1000]


class Said(Payload):
    """One line of the conversation. `role` is bot, assistant, user, or one that is not kept (system,
    tool_calls).
    """

    role: Text = ""
    message: Text = ""
    content: Text = ""
    time: Moment = None

    @property
    def words(self) -> str:
        """What was said, in whichever field it came."""
        return (self.message or self.content).strip()


class Mono(Payload):
    """The recording with everybody on one track."""

    combined_url: Text = ""


class Recording(Payload):
    """Where newer messages put the recording's addresses."""

    stereo_url: Text = ""
    mono: Annotated[Mono, BeforeValidator(_object)] = Mono()


class Artifact(Payload):
    """What is left of a call."""

    transcript: Text = ""
    messages: Objects = []
    recording_url: Text = ""
    stereo_recording_url: Text = ""
    recording: Annotated[Recording, BeforeValidator(_object)] = Recording()


class Analysis(Payload):
    """What Vapi's model made of the call."""

    summary: Text = ""


class Message(Payload):
    """Any message of Vapi; which fields are filled depends on `type`."""

    type: Text = ""
    timestamp: Moment = None
    call: Annotated[Call, BeforeValidator(_object)] = Call()
    phone_number: Annotated[PhoneNumber, BeforeValidator(_object)] = PhoneNumber()
    customer: Annotated[Customer, BeforeValidator(_object)] = Customer()
    tool_call_list: Objects = []
    tool_calls: Objects = []
    tool_with_tool_call_list: Objects = []
    function_call: Annotated[ToolRequest, BeforeValidator(_object)] = ToolRequest()
    status: Text = ""
    ended_reason: Text = ""
    artifact: Annotated[Artifact, BeforeValidator(_object)] = Artifact()
    analysis: Annotated[Analysis, BeforeValidator(_object)] = Analysis()
    transcript: Text = ""
    summary: Text = ""
    recording_url: Text = ""
    stereo_recording_url: Text = ""
    messages: Objects = []
    cost: Amount = None
    started_at: Moment = None
    ended_at: Moment = None

    @property
    def line_id(self) -> str:
        """Vapi's id of the line that was called."""
        return self.call.phone_number_id or self.phone_number.id or self.call.phone_number.id

    @property
    def line_number(self) -> str:
        """The number that was called."""
        return self.phone_number.number or self.call.phone_number.number

    @property
    def caller(self) -> str:
        """The caller's number as the envelope says it; empty when withheld."""
        return self.customer.number or self.call.customer.number

    @property
    def tools(self) -> list[ToolRequest]:
        """The tools to run, in Vapi's order, from the first of its three places that holds any."""
        wrapped = [each.get("toolCall") or {} for each in self.tool_with_tool_call_list]
        return [
            ToolRequest.model_validate(each) for each in self.tool_call_list or self.tool_calls or wrapped
        ]

    @property
    def recording(self) -> str:
        """The recording's address, mono before stereo; empty when there is none."""
        new = self.artifact.recording
        return (
            self.artifact.recording_url
            or self.recording_url
            or new.mono.combined_url
            or self.artifact.stereo_recording_url
            or self.stereo_recording_url
            or new.stereo_url
        )

    @property
    def said(self) -> list[Said]:
        """The conversation's lines; made from the transcript when no list came."""
        listed = self.artifact.messages or self.messages
        if listed:
            return [Said.model_validate(each) for each in listed]
        return lines_of(self.artifact.transcript or self.transcript)


def lines_of(transcript: str) -> list[Said]:
    """A transcript ("AI: …" and "User: …", a line each) as single lines; a line without a name goes on the
    last.
    """
    found: list[tuple[str, list[str]]] = []
    for line in transcript.splitlines():
        if match := _TRANSCRIPT_LINE.match(line):
            role = "user" if match[1].lower() in ("user", "customer") else "assistant"
            found.append((role, [match[2]]))
        elif found and line.strip():
            found[-1][1].append(line.strip())
    return [Said(role=role, message=" ".join(words).strip()) for role, words in found]


def parse(data: Any) -> Message:
    """The message of a webhook's body. Raises Malformed when there is none; wrong types inside count as
    missing.
    """
    body: Any = data.get("message") if isinstance(data, Mapping) else None
    if not isinstance(body, dict):
        raise Malformed("no message object")
    message = Message.model_validate(body)
    if not message.type:
        raise Malformed("a message without a type")
    return message
