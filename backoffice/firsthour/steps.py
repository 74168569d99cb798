"""What the first hour consists of, and how far a shop has come. Kept in its settings, section "first_hour".

A step is done when something happened: a person saved or confirmed the data, a call or a message arrived. Which one it
was is kept with its time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from receptionist.models import Channel, Conversation
from shops import settings_store
from shops.models import Shop

SECTION = "first_hour"
AWAY = "put_away"
# What a person looks over, and what has to arrive.
REVIEWED = ("hours", "services", "bays")
ARRIVING = ("forwarding", "call", "message")
STEPS = (*REVIEWED, *ARRIVING)
TITLES: Mapping[str, Any] = {
    "hours": _("Gli orari"),
    "services": _("I servizi"),
    "bays": _("Le postazioni"),
    "forwarding": _("Deviare il telefono"),
    "call": _("Una telefonata di prova"),
    "message": _("Un messaggio di prova"),
}


@dataclass(frozen=True, slots=True)
class State:
    """A step: since when it waits, when it was done, by whom or by which conversation, or that it was skipped."""

    name: str
    since: datetime | None = None
    done_at: datetime | None = None
    by: str = ""
    conversation: str = ""
    skipped: bool = False

    @property
    def settled(self) -> bool:
        """Whether nothing is left to do about it."""
        return self.done_at is not None or self.skipped

    @property
    def waiting(self) -> bool:
        """Whether a call or a message is waited for."""
        return self.since is not None and not self.settled


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the shop has come."""

    done: int
    total: int

    def __str__(self) -> str:
        return f"{self.done}/{self.total}"


def states(shop: Shop) -> list[State]:
    """Every step in order. No query."""
    stored = settings_store.read(shop, SECTION)
    return [_state(name, stored.get(name)) for name in STEPS]


def progress(shop: Shop) -> Progress | None:
    """How far the shop is; None once everything is settled or put away. No query."""
    if settings_store.read(shop, SECTION).get(AWAY):
        return None
    done = sum(state.settled for state in states(shop))
    return Progress(done, len(STEPS)) if done < len(STEPS) else None


def _state(name: str, stored: Any) -> State:
    if not isinstance(stored, dict):
        return State(name)
    return State(
        name,
        since=_moment(stored.get("since")),
        done_at=_moment(stored.get("at")),
        by=str(stored.get("by", "")),
        conversation=str(stored.get("conversation", "")),
        skipped=bool(stored.get("skipped")),
    )


def _moment(text: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else None


def confirm(shop: Shop, name: str, *, by: str, now: datetime | None = None) -> None:
    """A person says that a step is in order, or has saved what it is about."""
    _write(shop, name, {"at": (now or timezone.now()).isoformat(), "by": by})


def begin(shop: Shop, name: str, *, now: datetime | None = None) -> None:
    """From now on a call or a message is waited for; an earlier result is forgotten."""
    _write(shop, name, {"since": (now or timezone.now()).isoformat()})


def skip(shop: Shop, name: str) -> None:
    """The shop does without."""
    _write(shop, name, {"skipped": True})


def put_away(shop: Shop, *, away: bool = True) -> None:
    """Show the first hour no longer, or again."""
    settings_store.update(shop, SECTION, {AWAY: timezone.now().isoformat() if away else ""}, noted=False)


def look(shop: Shop) -> list[State]:
    """Every step, after having looked whether what is waited for has arrived. At most one query for each that waits;
    what is found is stored."""
    return [_looked_at(shop, state) if state.waiting else state for state in states(shop)]


def _looked_at(shop: Shop, state: State) -> State:
    row = _arrived(state)
    if row is None:
        return state
    at = row.last_customer_at if state.name == "message" else row.started_at
    values = {
        "since": state.since.isoformat() if state.since else "",
        "at": (at or timezone.now()).isoformat(),
        "conversation": str(row.pk),
    }
    _write(shop, state.name, values)
    return _state(state.name, values)


def _arrived(state: State) -> Conversation | None:
    """The call or the chat that has arrived since."""
    if state.name == "message":
        chats = Conversation.objects.filter(channel=Channel.WHATSAPP, last_customer_at__gte=state.since)
        return chats.order_by("last_customer_at").first()
    calls = Conversation.objects.filter(channel=Channel.VOICE, started_at__gte=state.since)
    return calls.order_by("started_at").first()


def _write(shop: Shop, name: str, values: Mapping[str, Any]) -> None:
    settings_store.update(shop, SECTION, {name: dict(values)}, noted=False)
