"""What a tool is: a name, words for the model, typed arguments, a function that answers in a spoken line.

Arguments are taken as they come: unknown ones are ignored (a shop or customer id among them), numbers may be
texts and texts numbers, empty and "null" are missing. A tool that cannot go on says what to ask; it never
raises for what the model or the caller said.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, cast
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from receptionist import storable
from receptionist.italian import one_line
from receptionist.italian.telling import SAID, WRITTEN, Telling
from receptionist.models import AIConfig, Channel, Conversation
from scheduling.models import Customer
from shops.models import Shop

# Longer than anything a person says in one argument, short enough to be handled at once.
MAX_ARGUMENT = 6000
_MISSING = {"", "null", "none", "undefined", "n/a", "nan"}


def _said(value: Any) -> str:
    """Any JSON value as the text that was meant; "" when there is none."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and value.bit_length() > 200:
        return ""
    if not isinstance(value, str | int | float):
        return ""
    said = one_line(storable.text(str(value)[:MAX_ARGUMENT]))
    return "" if said.lower() in _MISSING else said


Said = Annotated[str, BeforeValidator(_said)]
"""A text argument. Never fails: what is no text is missing."""


def argument(description: str, *, required: bool = False, **schema: Any) -> Any:
    """A field of a tool's arguments. `schema` is what else the model is told (type, enum, pattern)."""
    return Field("", description=description, json_schema_extra={"required": required, **schema})


class ToolArguments(BaseModel):
    """The root of every tool's arguments."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    @classmethod
    def schema_for_model(cls) -> dict[str, Any]:
        """The JSON schema in the simple form that every provider takes: no references, unions or titles."""
        properties: dict[str, Any] = {}
        required: list[str] = []
        for name, info in cls.model_fields.items():
            extra = dict(cast("dict[str, Any]", info.json_schema_extra or {}))
            if extra.pop("required", False):
                required.append(name)
            properties[name] = {"type": "string", "description": info.description or "", **extra}
        schema: dict[str, Any] = {"type": "object", "properties": properties}
        return {**schema, "required": required} if required else schema


@dataclass(frozen=True)
class Reply:
    """What a tool says. `ok`: it did or told what was asked; otherwise the words say what to ask instead."""

    text: str
    ok: bool = True
    appointment_id: UUID | None = None

    @classmethod
    def ask(cls, text: str) -> "Reply":
        """The tool could not go on: `text` says what is needed."""
        return cls(text, ok=False)


@dataclass
class ToolContext:
    """Where a tool runs: the shop and the conversation of the signed envelope, and the shop's local time.

    Who the customer is comes from the conversation alone, never from arguments.
    """

    shop: Shop
    conversation: Conversation
    now: datetime
    _config: AIConfig | None = field(default=None, repr=False)

    @property
    def customer(self) -> Customer | None:
        """The conversation's customer: the verified caller, or the one this conversation made."""
        return self.conversation.customer

    @property
    def tell(self) -> Telling:
        """How days, times, prices and plates are told here: in words on the telephone, in figures in a chat."""
        return telling(self.conversation)

    @property
    def config(self) -> AIConfig:
        """The shop's settings, fetched when a tool first needs them."""
        if self._config is None:
            self._config = AIConfig.load()
        return self._config


def telling(conversation: Conversation) -> Telling:
    """Whether what is told in this conversation is heard or read."""
    return SAID if conversation.channel == Channel.VOICE else WRITTEN


Run = Callable[[ToolContext, Any], Reply]


@dataclass(frozen=True)
class Tool:
    """One tool: what the model is told of it, and what it does."""

    name: str
    description: str
    arguments: type[ToolArguments]
    run: Run
    only_reads: bool = False
    """Changes nothing, so running it twice does no harm and it needs no transaction."""

    @property
    def schema(self) -> dict[str, Any]:
        """The tool as OpenAI's function calling and Vapi describe it."""
        return {
            "type": "function",
            "function": {
                "name": self.name,
                "description": self.description,
                "parameters": self.arguments.schema_for_model(),
            },
        }

    def call(self, context: ToolContext, arguments: dict[str, Any]) -> Reply:
        """Run with whatever arguments came."""
        return self.run(context, self.arguments.model_validate(arguments))
