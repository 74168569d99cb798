"""What the night does. Every function deletes what is over in steps of AT_ONCE, each a transaction of its own."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from auditlog.models import LogEntry
from django.db import transaction
from django.db.models import CharField, Exists, Model, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _

from receptionist import remotecopies, signals
from receptionist.models import (
    Conversation,
    ConversationMessage,
    Handover,
    Media,
    MediaState,
    OutboundMessage,
    OutboundStatus,
    PhoneProof,
    ToolCall,
)
from receptionist.models.conversations import Channel
from receptionist.models.media import MediaKind
from receptionist.retention import selecting, strays
from receptionist.retention.periods import Kind, Plan
from scheduling.errors import SchedulingError
from scheduling.models import Appointment

log = structlog.get_logger(__name__)
AT_ONCE = 500
# Each of them is a transaction of its own.
PEOPLE_AT_ONCE = 50
# A night's work of one shop (seconds): what is left is for the task that follows at once.
LONGEST = 240.0
# What stands for the channel's own id of a conversation that is nobody's any more.
NOBODYS = "purged:"
# What is read of a request for a person once its words are gone.
NO_WORDS = "–"
# Rooms whose history goes with the words; what was changed in the workshop's books goes with the appointments.
TALKING = ("receptionist", "whatsapp", "voice")


def apply(*, now: datetime | None = None, seconds: float = LONGEST) -> dict[str, int]:
    """Delete all that is over in the current shop; how much, by kind. `now` aware.

    Safe to run twice and at once. After `seconds` it stops between two steps and says so ("left": 1): to be called
    again. Side effects: files and rows deleted or emptied, copies at providers asked for, `retention_applied` sent.
    """
    plan, until = Plan.at(now=now), time.monotonic() + seconds
    done: dict[str, int] = {}
    for name, step in _STEPS.items():
        done[name] = 0
        while time.monotonic() < until:
            count, more = step(plan)
            done[name] += count
            if not more:
                break
        else:
            done["left"] = 1
            break
    if "left" not in done:
        signals.retention_applied.send(sender=None, plan=plan)
    if any(done.values()):
        log.info("kept long enough", **done)
    return done


def purge_audio(*, now: datetime | None = None) -> int:
    """Delete voice notes and recordings that are older than AIConfig.audio_days; how many."""
    plan, purged = Plan.at(now=now), 0
    while True:
        count, more = _files(plan, Kind.AUDIO)
        purged += count
        if not more:
            return purged


# --- files ------------------------------------------------------------------------------------------------------

Step = tuple[int, bool]
"""How many were done, and whether there may be more."""


def _files(plan: Plan, kind: Kind) -> Step:
    """One step of files: off the disk, then the rows and the copies elsewhere together."""
    rows = list(selecting.files(plan, kind).select_related("conversation").order_by("created_at")[:AT_ONCE])
    gone = [row for row in rows if _delete_file(row)]
    with transaction.atomic():
        _ask_for_copies(gone)
        purged = Media.objects.filter(pk__in=[row.pk for row in gone]).update(
            file="",
            source_url="",
            caption="",
            filename="",
            size=0,
            sha256="",
            state=MediaState.PURGED,
            error="",
        )
        _nobodys({row.conversation_id for row in gone if row.conversation.purged_at})
    # Files that could not be deleted are the first ones again: without progress it is the next night's turn.
    return purged, bool(gone) and len(rows) == AT_ONCE


def _delete_file(media: Media) -> bool:
    try:
        if name := media.file.name:
            media.file.storage.delete(name)
    except OSError as error:
        log.error("file cannot be deleted", error=type(error).__name__)
        return False
    return True


def _ask_for_copies(rows: Sequence[Media]) -> None:
    calls = [row.conversation for row in rows if row.kind == MediaKind.RECORDING]
    remotecopies.ask_many(service="vapi", copies=_calls(calls))
    meta = [
        (row.external_id, row.conversation.line)
        for row in rows
        if row.conversation.channel == Channel.WHATSAPP and row.external_id
    ]
    remotecopies.ask_many(service="meta", copies=meta)


def _calls(conversations: Sequence[Conversation]) -> list[tuple[str, str]]:
    return [
        (row.external_id, row.line)
        for row in conversations
        if row.channel == Channel.VOICE and not row.external_id.startswith(("request:", NOBODYS))
    ]


# --- conversations ----------------------------------------------------------------------------------------------


def _transcripts(plan: Plan) -> Step:
    return _words(selecting.transcripts(plan), plan)


def _visitors(plan: Plan) -> Step:
    return _words(selecting.visitors(plan), plan)


def _words(over: QuerySet[Conversation], plan: Plan) -> Step:
    """One step of conversations: what was said goes, the row stays as a figure; without files it is nobody's."""
    chosen = list(over.order_by("active_at").values_list("pk", flat=True)[:AT_ONCE])
    with transaction.atomic():
        # Asked again under the lock: somebody may have written meanwhile.
        locked = over.filter(pk__in=chosen).select_for_update(of=("self",), skip_locked=True)
        rows = list(locked.only("pk", "channel", "external_id", "line"))
        ids = [row.pk for row in rows]
        _empty(ids)
        remotecopies.ask_many(service="vapi", copies=_calls(rows))
        Conversation.objects.filter(pk__in=ids).update(
            summary="", guided={}, draft="", held_by=None, purged_at=plan.now
        )
        Conversation.objects.filter(pk__in=ids, ended_at__isnull=True).update(ended_at=plan.now)
        _nobodys(set(ids))
    return len(ids), bool(ids) and len(chosen) == AT_ONCE


def _empty(conversations: Sequence[UUID]) -> None:
    """Take the words away. A message that has a file stays as its place; the channel's ids name people, too."""
    messages = ConversationMessage.objects.filter(conversation__in=conversations)
    with_file = Media.objects.filter(message=OuterRef("pk")).exclude(state=MediaState.PURGED)
    Media.objects.filter(conversation__in=conversations).update(caption="")
    # Media of a message that goes away would go with it: only rows that hold nothing any more.
    messages.filter(~Exists(with_file)).delete()
    messages.update(text="", payload={}, wire_id=None, external_id="", is_ready=True)
    ToolCall.objects.filter(conversation__in=conversations).update(arguments={}, result="")
    Handover.objects.filter(conversation__in=conversations).update(reason=NO_WORDS, wanted="", summary="")
    OutboundMessage.objects.filter(conversation__in=conversations).exclude(
        status__in=(OutboundStatus.QUEUED, OutboundStatus.SENDING)
    ).delete()
    PhoneProof.objects.filter(conversation__in=conversations).delete()


def _nobodys(conversations: set[UUID]) -> None:
    """Of conversations without words, those without files are nobody's from now on: channel, times and figures stay."""
    kept = Media.objects.filter(conversation=OuterRef("pk")).exclude(state=MediaState.PURGED)
    rows = Conversation.objects.filter(~Exists(kept), pk__in=conversations, purged_at__isnull=False)
    rows.update(
        customer=None,
        phone_number="",
        contact="",
        caller_verified=False,
        external_id=Concat(Value(NOBODYS), Cast("pk", CharField())),
    )


# --- the books --------------------------------------------------------------------------------------------------


def _appointments(plan: Plan) -> Step:
    """One step of appointments: the work stays, what somebody left or said goes."""
    chosen = list(
        selecting.appointments(plan).order_by("scheduled_at").values_list("pk", flat=True)[:AT_ONCE]
    )
    count = Appointment.objects.filter(pk__in=chosen).update(
        contact_phone="", notes="", customer_note="", cancel_reason="", conversation_id=None
    )
    return count, len(chosen) == AT_ONCE


def _people(plan: Plan) -> Step:
    """One step of people who have nothing newer: erased as if they had asked for it."""
    from receptionist.rights.erase import erase  # which reads this package's names

    erased = 0
    chosen = list(selecting.people(plan).order_by("created_at")[:PEOPLE_AT_ONCE])
    for customer in chosen:
        try:
            erase(customer=customer, by_name=str(_("Conservazione")))
            erased += 1
        except SchedulingError as error:  # something came up a moment ago: another night
            log.info("person stays", code=error.code)
    return erased, erased == PEOPLE_AT_ONCE


def _rows(over: Callable[[Plan], QuerySet[Any]]) -> Callable[[Plan], Step]:
    """A step that deletes whole rows."""

    def step(plan: Plan) -> Step:
        found: QuerySet[Any] = over(plan)
        model: type[Model] = found.model
        chosen = list(found.order_by().values_list("pk", flat=True)[:AT_ONCE])
        count = model._default_manager.filter(pk__in=chosen).delete()[1].get(model._meta.label, 0)
        return count, len(chosen) == AT_ONCE

    return step


def _history_of_talks(plan: Plan) -> QuerySet[LogEntry]:
    rows: QuerySet[LogEntry] = LogEntry.objects.filter(timestamp__lt=plan.before(Kind.TRANSCRIPTS))
    return rows.filter(content_type__app_label__in=TALKING)


def _history(plan: Plan) -> QuerySet[LogEntry]:
    rows: QuerySet[LogEntry] = LogEntry.objects.filter(timestamp__lt=plan.before(Kind.APPOINTMENTS))
    return rows


def _done_copies(plan: Plan) -> Step:
    """An id of what is gone at a provider is of no use after a while."""
    return remotecopies.forget_done(before=plan.ledgers_before), False


_STEPS: dict[str, Callable[[Plan], Step]] = {
    Kind.AUDIO.value: lambda plan: _files(plan, Kind.AUDIO),
    Kind.IMAGES.value: lambda plan: _files(plan, Kind.IMAGES),
    Kind.VISITORS.value: _visitors,
    Kind.TRANSCRIPTS.value: _transcripts,
    Kind.APPOINTMENTS.value: _appointments,
    Kind.PEOPLE.value: _people,
    "proofs": _rows(selecting.proofs),
    "messages": _rows(selecting.messages_out),
    "follow_ups": _rows(selecting.follow_ups),
    "offers": _rows(selecting.offers),
    "wishes": _rows(selecting.wishes),
    "history": _rows(_history_of_talks),
    "old_history": _rows(_history),
    "copies": _done_copies,
    "strays": lambda plan: (strays.sweep(now=plan.now), False),
}
