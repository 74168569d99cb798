"""A person's data as they read it: one page that needs nothing from outside, and conversations as plain text.

Everything that anybody wrote is escaped by the templates; the page has no script and names no other address.
"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from auditlog.models import LogEntry
from django.db.models import Prefetch
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format

from receptionist.models import Conversation, ConversationMessage, Media, OutboundMessage
from receptionist.rights.kinds import kind_of
from receptionist.rights.person import Person
from scheduling.models import Appointment, ChannelIdentity, Consent, Vehicle, WaitingList
from shops.context import current_shop

FOLDER = "receptionist/rights/"
AT_ONCE = 100
MOST_CHANGES = 2000


def page(person: Person, files: dict[UUID, str]) -> Iterator[str]:
    """The page in pieces: who, what was agreed, cars, work, conversations, what was sent and changed."""
    yield render_to_string(f"{FOLDER}head.html", _who(person))
    for talk in _talks(person):
        yield render_to_string(f"{FOLDER}talk.html", {"talk": talk, "lines": _lines(talk, files)})
    yield render_to_string(f"{FOLDER}sent.html", {})
    for message in kind_of("receptionist.OutboundMessage").rows(person).order_by("created_at").iterator(500):
        yield render_to_string(f"{FOLDER}message.html", {"message": message, "text": _text_of(message)})
    yield render_to_string(f"{FOLDER}foot.html", {"changes": _changes(person)})


def transcripts(person: Person) -> Iterator[tuple[str, Iterator[str]]]:
    """Each conversation's file name and its lines."""
    for number, talk in enumerate(_talks(person), 1):
        began = timezone.localtime(talk.started_at)
        yield f"{number:04d}-{began:%Y-%m-%d-%H%M}-{talk.channel}.txt", _plain(talk)


def _who(person: Person) -> dict[str, Any]:
    ids = person.customer_ids
    return {
        "shop": current_shop(),
        "now": timezone.now(),
        "customer": person.customer,
        "phones": sorted(person.phones),
        "contacts": ChannelIdentity.objects.filter(customer__in=ids),
        "consents": Consent.objects.filter(customer__in=ids),
        "cars": Vehicle.objects.filter(pk__in=person.vehicle_ids | person.lent_ids),
        "appointments": Appointment.objects.filter(customer__in=ids)
        .select_related("service", "vehicle")
        .order_by("scheduled_at"),
        "waiting": WaitingList.objects.filter(customer__in=ids).select_related("service"),
    }


def _talks(person: Person) -> Iterator[Conversation]:
    rows = Conversation.objects.filter(pk__in=person.conversation_ids).order_by("started_at")
    with_files = Prefetch("media", queryset=Media.objects.order_by("created_at"))
    return rows.prefetch_related(with_files).iterator(AT_ONCE)


def _lines(talk: Conversation, files: dict[UUID, str]) -> Iterator[dict[str, Any]]:
    """What was said, with the files of each message; what belongs to no message comes last."""
    of: dict[UUID | None, list[dict[str, str]]] = {}
    for media in talk.media.all():
        told = {
            "name": files.get(media.pk, ""),
            "kind": str(media.get_kind_display()),
            "caption": media.caption,
        }
        of.setdefault(media.message_id, []).append(told)
    for message in _messages(talk):
        yield {"row": message, "files": of.pop(message.pk, [])}
    for rest in of.values():
        yield {"row": None, "files": rest}


def _messages(talk: Conversation) -> Iterator[ConversationMessage]:
    rows = ConversationMessage.objects.filter(conversation=talk).order_by("position", "sent_at")
    return rows.iterator(500)


def _plain(talk: Conversation) -> Iterator[str]:
    at = date_format(timezone.localtime(talk.started_at), "j F Y H:i").lower()
    yield f"{talk.get_channel_display()}, {at}\n\n"
    for message in _messages(talk):
        moment = timezone.localtime(message.sent_at)
        yield f"[{moment:%d/%m/%Y %H:%M:%S}] {message.get_role_display()}: {message.text}\n"


def _text_of(message: OutboundMessage) -> str:
    content = message.content if isinstance(message.content, dict) else {}
    return str(content.get("text", ""))


def _changes(person: Person) -> list[LogEntry]:
    rows = kind_of("auditlog.LogEntry").rows(person).select_related("content_type")
    return list(rows.order_by("-timestamp").defer("serialized_data")[:MOST_CHANGES])
