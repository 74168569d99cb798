"""Meta's webhook as it comes: entries, their changes, who writes, and reading JSON of which nothing is certain.

Source: the Cloud API's webhook reference and changelog (2026) and public fixtures. Written as plain functions: a POST
holds up to 1,000 updates. A field of the wrong type counts as missing, so that one odd message never loses another.
"""

import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from receptionist.inbound import Person
from shops.phones import normalise_phone
from shops.webhooks import Malformed

Json = dict[str, Any]
MAX_TEXT = 8000
MAX_ID = 1000
# No message is older than the Cloud API.
_EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"\+?([1-9][0-9]{4,14})\Z")
_USER_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,199}\Z")


def text(value: Any, limit: int = MAX_TEXT) -> str:
    """A text as it is, a whole number as its digits, anything else as empty."""
    if isinstance(value, str):
        return value[:limit]
    return str(value)[:limit] if isinstance(value, int) and not isinstance(value, bool) else ""


def object_of(value: Any) -> Json:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else {}


def objects_of(value: Any) -> list[Json]:
    """The objects of a list; what is none is left out."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def number_of(value: Any) -> float | None:
    """A number, also one that came as text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def moment(value: Any) -> datetime:
    """A time from the seconds since the epoch that Meta writes as text; now when it is none, or lies ahead."""
    now, seconds = timezone.now(), number_of(value)
    if seconds is None:
        return now
    try:
        found = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return now
    return min(found, now) if found >= _EARLIEST else now


def error_codes(*sources: Any) -> list[int]:
    """The codes of the errors that any of these objects carries."""
    found = (each.get("code") for source in sources for each in objects_of(object_of(source).get("errors")))
    return [int(code) for value in found if (code := number_of(value)) is not None and abs(code) < 2**31]


def wire_id(item: Json) -> str:
    """The id of a message or status. One without gets the digest of what it says, so that it is still kept once."""
    given = text(item.get("id"), MAX_ID)
    if given:
        return given
    canonical = json.dumps(item, sort_keys=True, default=str).encode("utf-8", "replace")
    return f"digest:{hashlib.sha256(canonical).hexdigest()}"


def phone(value: Any) -> str:
    """A WhatsApp id that is a telephone number, as E.164; empty when it is none."""
    match = _NUMBER.match(text(value, 40))
    if match is None:
        return ""
    number = f"+{match[1]}"
    # Meta vouches for numbers that the library's tables do not know yet.
    return normalise_phone(number) or number


def user_id(value: Any) -> str:
    """A business-scoped id ("IT.1349"), as it is; empty when it is a telephone number or nothing of the kind."""
    given = text(value, MAX_ID)
    return given if _USER_ID.match(given) and not _NUMBER.match(given) else ""


def name_of(contact: Json) -> str:
    """What a person calls themselves, else their user name."""
    profile = object_of(contact.get("profile"))
    return (
        text(profile.get("name"), 200)
        or text(profile.get("username"), 200)
        or text(contact.get("username"), 200)
    )


class Contacts:
    """The people of one change, found by number or by id. The array may be absent."""

    def __init__(self, value: Json) -> None:
        self.all = objects_of(value.get("contacts"))
        self._by_id: dict[str, Json] = {}
        for each in self.all:
            for name in ("wa_id", "user_id"):
                if key := text(each.get(name), MAX_ID):
                    self._by_id.setdefault(key, each)

    def person(self, item: Json) -> Person | None:
        """Who sent this message; None when nothing says it."""
        sender, sender_id = text(item.get("from"), MAX_ID), text(item.get("from_user_id"), MAX_ID)
        contact = self._by_id.get(sender) or self._by_id.get(sender_id)
        if contact is None:
            contact = self.all[0] if len(self.all) == 1 else {}
        alone = not sender and not sender_id
        found = Person(
            phone=phone(sender) or (phone(contact.get("wa_id")) if alone else ""),
            user_id=user_id(sender_id) or user_id(sender) or user_id(contact.get("user_id")),
            name=name_of(contact),
        )
        return found if found.contact else None


@dataclass(frozen=True, slots=True)
class Change:
    """One change of an entry. `account` is the WhatsApp Business account, `line` the number's id (empty: neither)."""

    name: str
    account: str
    line: str
    value: Json = field(default_factory=dict)


def parse(data: Any) -> list[Change]:
    """The changes of a webhook's body, in its order. Raises Malformed when it has no list of entries."""
    body = object_of(data)
    if not isinstance(body.get("entry"), list):
        raise Malformed("no entries")
    return [
        _change(entry, change)
        for entry in objects_of(body["entry"])
        for change in objects_of(entry.get("changes"))
    ]


def _change(entry: Json, change: Json) -> Change:
    value = object_of(change.get("value"))
    return Change(
        name=text(change.get("field"), 60),
        account=text(entry.get("id"), 100),
        line=text(object_of(value.get("metadata")).get("phone_number_id"), 200),
        value=value,
    )
