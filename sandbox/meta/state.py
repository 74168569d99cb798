"""What the stand-in remembers: lines, people, what the shop sent, what stands on people's phones."""

import base64
import hashlib
import secrets
import time
from dataclasses import asdict, dataclass, field
from typing import Any

WINDOW_SECONDS = 24 * 3600.0
TYPING_SECONDS = 25.0


def new_wamid() -> str:
    """A message id in Meta's form."""
    return f"wamid.{base64.b64encode(secrets.token_bytes(24)).decode()}"


def user_id_of(phone: str) -> str:
    """The business-scoped id of whoever has this phone: always the same one."""
    return f"IT.{int(hashlib.sha256(phone.encode()).hexdigest()[:13], 16)}"


@dataclass
class Line:
    """A shop's WhatsApp number. `display` is digits without +; `name` is what customers see."""

    phone_number_id: str
    waba_id: str
    token: str
    display: str = "390200000000"
    name: str = "Officina"
    quality_rating: str = "GREEN"
    subscribed: bool = True


@dataclass
class Person:
    """Someone with WhatsApp. `phone` is digits without +, and empty for someone who shows a username only."""

    phone: str
    user_id: str
    name: str = ""
    username: str = ""

    @property
    def key(self) -> str:
        """What identifies them: the phone when there is one, else the business-scoped id."""
        return self.phone or self.user_id


@dataclass
class Sent:
    """One POST to /messages, as it came. `at` and the times of statuses are seconds since 1970.

    `wamid` is empty when it was refused (`error` says why), dropped in silence, or is a read receipt (type `read`,
    `typing` with the indicator). `to` and `recipient` are as the body has them.
    """

    id: int
    phone_number_id: str
    body: dict[str, Any]
    type: str
    at: float = field(default_factory=time.time)
    wamid: str = ""
    to: str = ""
    recipient: str = ""
    status: int = 200
    error: dict[str, Any] | None = None
    statuses: list[dict[str, Any]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The words that the customer reads: of a text, of an interactive message's body, of a caption."""
        content = self.body.get(self.type)
        if not isinstance(content, dict):
            return ""
        body = content.get("body", content.get("caption", ""))
        return str(body.get("text", "") if isinstance(body, dict) else body)

    @property
    def options(self) -> list[tuple[str, str]]:
        """Ids and titles of rows or buttons, in order."""
        if self.type != "interactive":
            return []
        action = self.body["interactive"]["action"]
        rows = [row for section in action.get("sections", []) for row in section["rows"]]
        found = rows or [button["reply"] for button in action.get("buttons", [])]
        return [(str(each["id"]), str(each["title"])) for each in found]

    @property
    def last_status(self) -> str:
        """The furthest status that was reported, or ""."""
        return str(self.statuses[-1]["status"]) if self.statuses else ""

    def described(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


@dataclass
class Bubble:
    """One message as it stands in the chat on a person's phone.

    `ticks` of the person's own messages: waiting, sent (Meta has it), delivered (the product answered 200), read.
    Of the shop's: unread, read.
    """

    id: str
    mine: bool
    type: str
    content: dict[str, Any]
    at: float = field(default_factory=time.time)
    context: str = ""
    ticks: str = "sent"
    reactions: dict[str, str] = field(default_factory=dict)


@dataclass
class Chat:
    """What one person and one line have said to each other."""

    person: Person
    bubbles: list[Bubble] = field(default_factory=list)
    last_customer_at: float = 0.0
    typing_until: float = 0.0
    revision: int = 0

    def bubble(self, wamid: str) -> Bubble | None:
        """The message with this id."""
        return next((each for each in reversed(self.bubbles) if each.id == wamid), None)

    @property
    def window_is_open(self) -> bool:
        """Whether the shop may write freely: 24 hours from the person's last message."""
        return time.time() - self.last_customer_at < WINDOW_SECONDS


@dataclass
class File:
    """A file that a message carries. `line` may read it; `link` is its ticket and when that ends."""

    id: str
    line: str
    content: bytes = field(repr=False)
    mime_type: str
    filename: str = ""
    sha256: str = ""
    tickets: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sha256 = self.sha256 or hashlib.sha256(self.content).hexdigest()
