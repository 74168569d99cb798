"""Giving a conversation to a person and getting it back.

A call is transferred at once, or called back by a time that is told. A chat stays where it is: a person answers in it,
and the assistant is silent until staff give it back or the shop's time-out passes.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format

from receptionist import alarms, notices, opening, storable, summaries
from receptionist.italian import one_line
from receptionist.models import (
    AIConfig,
    Channel,
    Conversation,
    ConversationMessage,
    ConversationStatus,
    Handover,
    HandoverKind,
    HandoverStatus,
    MessageRole,
    NoticeKind,
    Urgency,
)
from receptionist.models.config import is_own_number
from receptionist.promises import NO_TIME, TRANSFERRING, say_callback, say_next, say_sorry
from scheduling import catalogue
from scheduling.hours import Calendar
from shops.context import current_shop
from shops.staff.models import StaffUser

log = structlog.get_logger(__name__)
MAX_REASON = 300
NOBODY = "In questo momento non posso passare la chiamata."
_HEARD = {Urgency.DANGER: "Pericolo", Urgency.HIGH: "Messaggio da seguire subito"}
# Words of a reason that make it urgent for the person who reads it, by stems.
_DANGER = re.compile(
    r"\b(fren|fumo|fuoco|incendi|incident|surriscald|spia rossa|spia olio|spia dell.olio|ferit|112)"
)
_HIGH = re.compile(r"\b(reclam|lament|arrabbiat|avvocat|denunci|rimbors|danneggiat|urgent|soccors|carro)")


# A person who is a little late must not find the assistant answering.
AFTER_PROMISE = timedelta(hours=1)
DEFAULT_REASON = "Vuole parlare con una persona"

__all__ = [
    "DEFAULT_REASON",
    "NOBODY",
    "NO_TIME",
    "TRANSFERRING",
    "Destination",
    "alarm",
    "alarmed",
    "ask",
    "close",
    "give_back",
    "is_open",
    "is_silent",
    "say_callback",
    "say_next",
    "say_sorry",
    "staff_took_over",
    "take",
    "transfer_destination",
    "urgency_of",
    "wake",
]


@dataclass(frozen=True)
class Destination:
    """Where a call goes and what the caller hears before; without a `number`, why it is not passed on."""

    number: str
    message: str


def is_open(now: datetime | None = None, calendar: Calendar | None = None) -> bool:
    """Whether the shop is open at this moment (aware; now by default). One query unless the calendar is given."""
    calendar = calendar or catalogue.load().calendar
    return calendar.is_open(now or timezone.now())


def ask(
    *,
    conversation: Conversation,
    reason: str,
    now: datetime | None = None,
    urgency: Urgency | None = None,
    transfer: bool = True,
) -> Handover:
    """Ask a person to take over; a second time in one conversation adds to what is open.

    A chat is handed to a person where it is: it becomes `transferred` and the assistant is silent for the shop's
    hours, and longer where a person was promised for later. A telephone call is transferred when the shop is open
    and has a number for it. With `transfer` False, and for a call that cannot be passed on, a call back is promised
    and nothing else changes. `callback_at` is what was promised, within the shop's minutes of opening time (None
    when the shop has no hours). `now` aware.
    Side effects: one Handover, the conversation's status, a notice to the people on duty. About ten queries.
    """
    now = (now or timezone.now()).astimezone(current_shop().tz)
    config, calendar = AIConfig.load(), catalogue.load().calendar
    wanted = one_line(storable.text(reason), MAX_REASON) or DEFAULT_REASON
    kind = _kind(conversation, config, calendar, now) if transfer else HandoverKind.CALLBACK
    promised = opening.next_callback(calendar, now, config.callback_minutes)
    with transaction.atomic():
        # The conversation is locked before its requests, here as where staff take it.
        if kind != HandoverKind.CALLBACK:
            _transfer(conversation, config, now, promised)
        row = _open_row(conversation, wanted, kind)
        passed_on = row.kind == HandoverKind.TRANSFER
        row.urgency = max(urgency or urgency_of(wanted), Urgency(row.urgency), key=list(Urgency).index)
        row.callback_at = None if passed_on else promised
        row.summary = summaries.in_two_lines(conversation, row.wanted, now)
        row.save()
        _tell(row)
    log.info("person asked for", kind=str(row.kind), urgency=str(row.urgency))
    return row


def _kind(conversation: Conversation, config: AIConfig, calendar: Calendar, now: datetime) -> HandoverKind:
    if conversation.channel != Channel.VOICE:
        return HandoverKind.CHAT
    goes_through = _goes_through(conversation, config, calendar, now)
    return HandoverKind.TRANSFER if goes_through else HandoverKind.CALLBACK


def _transfer(conversation: Conversation, config: AIConfig, now: datetime, promised: datetime | None) -> None:
    """A call stays transferred; in a chat the assistant falls silent, for longer than a person has been promised."""
    conversation.status = ConversationStatus.TRANSFERRED
    changes: dict[str, object] = {"status": conversation.status}
    if conversation.channel != Channel.VOICE:
        conversation.handed_over_at = now
        silence = now + timedelta(hours=config.silence_hours)
        conversation.silent_until = max(silence, promised + AFTER_PROMISE) if promised else silence
        changes |= {"handed_over_at": now, "silent_until": conversation.silent_until}
    living = (ConversationStatus.ACTIVE, ConversationStatus.TRANSFERRED)
    Conversation.objects.filter(pk=conversation.pk, status__in=living).update(**changes)


def _tell(row: Handover) -> None:
    """Those on duty, once for each request, and once more when it turns out to be dangerous."""
    calls = row.kind == HandoverKind.CALLBACK
    danger = row.urgency == Urgency.DANGER
    at = date_format(timezone.localtime(row.callback_at), "D j M, H:i").lower() if row.callback_at else ""
    notices.tell(
        kind=NoticeKind.CALLBACK if calls else NoticeKind.HANDOVER,
        subject=f"{row.pk}{':danger' if danger else ''}",
        text=f"{row.summary}\nPromesso al cliente entro: {at}." if at else row.summary,
        link=notices.page("inbox_chat", row.conversation_id),
        urgency=Urgency(row.urgency),
    )


def _open_row(conversation: Conversation, wanted: str, kind: HandoverKind) -> Handover:
    """The open request, made if there is none. A chat that somebody looks into needs no call back besides."""
    row, created = Handover.objects.get_or_create(
        conversation=conversation,
        status=HandoverStatus.OPEN,
        defaults={"reason": wanted, "wanted": wanted, "kind": kind},
    )
    row.conversation = conversation
    if not created and wanted != DEFAULT_REASON and wanted not in row.wanted:
        row.wanted = one_line(f"{row.wanted}; {wanted}", MAX_REASON)
    if row.kind != HandoverKind.CHAT:
        row.kind = kind
    return row


def alarm(text: str) -> Urgency | None:
    """How urgent a customer's own words are: danger, anger, somebody stranded; None where there is nothing."""
    heard = alarms.hear(text)
    return heard.urgency if heard else None


def alarmed(*, conversation: Conversation, text: str, now: datetime | None = None) -> str | None:
    """When the customer's words tell of danger, anger or somebody stranded: ask a person, and say what to do now.

    None when they do not. Side effects: as `ask`; `conversation.language` when they were English (not saved).
    """
    heard = alarms.hear(text)
    if heard is None:
        return None
    if heard.english:
        conversation.language = "en"
    now = now or timezone.now()
    reason = f"{_HEARD[heard.urgency]}: {one_line(text, 200)}"
    row = ask(conversation=conversation, reason=reason, now=now, urgency=heard.urgency)
    said = say_next(row, now)
    return (
        said
        if heard.urgency == Urgency.DANGER
        else f"{say_sorry(conversation, stranded=heard.stranded)} {said}"
    )


def urgency_of(reason: str) -> Urgency:
    """How soon a person is needed, by the words of the reason."""
    text = reason.lower()
    if _DANGER.search(text):
        return Urgency.DANGER
    return Urgency.HIGH if _HIGH.search(text) else Urgency.NORMAL


def is_silent(conversation: Conversation, now: datetime | None = None) -> bool:
    """Whether a person has the chat, so that the assistant says nothing. A turn that had begun is still answered."""
    if conversation.status != ConversationStatus.TRANSFERRED or conversation.turn_id is not None:
        return False
    return conversation.silent_until is None or conversation.silent_until > (now or timezone.now())


def wake(*, conversation: Conversation, now: datetime | None = None) -> bool:
    """The assistant answers a chat again whose silence has run out; whether it had. One statement when it has.

    What a person still owes the customer stays open.
    """
    now = now or timezone.now()
    until = conversation.silent_until
    if conversation.status != ConversationStatus.TRANSFERRED or until is None or until > now:
        return False
    silent = Conversation.objects.filter(pk=conversation.pk, status=ConversationStatus.TRANSFERRED)
    fresh: dict[str, object] = {
        **{"status": ConversationStatus.ACTIVE, "silent_until": None, "failed_turns": 0},
        "held_by_id": None,
    }
    if not silent.filter(silent_until__lte=now).update(**fresh):
        return False
    for name, value in fresh.items():
        setattr(conversation, name, value)
    log.info("silence ran out")
    return True


def staff_took_over(
    *,
    conversation: Conversation,
    staff: StaffUser | None = None,
    at: datetime | None = None,
    wrote: bool = True,
) -> None:
    """Somebody of the shop answers this chat: the assistant is silent from now on, for the shop's hours.

    `staff`, when known, has the chat then (`held_by`).
    To be called when the shop wrote from its own telephone or in the back office (`wrote`: what the customer had
    written until `at` is answered then), and when somebody takes the chat in hand without writing yet. A turn that is
    running is dropped, its answer never sent. `at` aware, now by default; something that happened longer ago than
    the silence lasts changes nothing but what is answered. Safe to repeat.
    """
    now = timezone.now()
    at = at or now
    until = at + timedelta(hours=AIConfig.load().silence_hours)
    with transaction.atomic():
        row = Conversation.objects.select_for_update(no_key=True).get(pk=conversation.pk)
        if wrote:
            _answered(row).filter(sent_at__lte=at).update(answered_at=now)
            Conversation.objects.filter(pk=row.pk, active_at__lt=at).update(active_at=at)
        if row.ended_at is None and until > now and row.channel != Channel.VOICE:
            if row.status != ConversationStatus.TRANSFERRED:
                row.handed_over_at = at
            row.status, row.turn_id, row.draft = ConversationStatus.TRANSFERRED, None, ""
            row.silent_until = max(until, row.silent_until or until)
            row.held_by_id = staff.pk if staff else row.held_by_id
            row.save(
                update_fields=["status", "turn_id", "draft", "silent_until", "handed_over_at", "held_by"]
            )
            log.info("staff took over", wrote=wrote)
    _copy(row, conversation)
    for open_row in Handover.objects.filter(conversation=row, status=HandoverStatus.OPEN):
        if open_row.kind == HandoverKind.CHAT or not wrote:
            take(handover=open_row, staff=staff)


def _answered(conversation: Conversation) -> QuerySet[ConversationMessage]:
    return ConversationMessage.objects.filter(
        conversation=conversation, role=MessageRole.CUSTOMER, answered_at__isnull=True
    )


def _copy(row: Conversation, conversation: Conversation) -> None:
    for name in ("status", "turn_id", "silent_until", "handed_over_at", "failed_turns", "held_by_id"):
        setattr(conversation, name, getattr(row, name))


def give_back(*, conversation: Conversation, staff: StaffUser | None = None) -> bool:
    """The assistant answers this chat again, beginning with what is unanswered; whether it had been silent.

    Side effects: the chat is active, its request for a person done, a turn queued on commit.
    """
    from receptionist.tasks import answer

    with transaction.atomic():
        row = Conversation.objects.select_for_update(no_key=True).get(pk=conversation.pk)
        is_chat = row.channel != Channel.VOICE and row.ended_at is None
        if not is_chat or row.status != ConversationStatus.TRANSFERRED:
            return False
        row.status, row.silent_until, row.failed_turns = ConversationStatus.ACTIVE, None, 0
        row.held_by_id = None
        row.save(update_fields=["status", "silent_until", "failed_turns", "held_by"])
        if _answered(row).exclude(wire_id=None).exists():
            answer.queue(conversation_id=str(row.pk))
    _copy(row, conversation)
    for done in Handover.objects.filter(conversation=row, kind=HandoverKind.CHAT, closed_at=None):
        close(handover=done, staff=staff)
    log.info("chat given back")
    return True


def transfer_destination(*, conversation: Conversation, now: datetime | None = None) -> Destination:
    """Where to pass the call on at this moment, or the sentence why not and when the shop calls back.

    `now` aware. Side effects: as `ask`, so that the shop knows of a call that was passed on without a word.
    """
    now = (now or timezone.now()).astimezone(current_shop().tz)
    row = ask(conversation=conversation, reason="", now=now)
    if row.kind == HandoverKind.TRANSFER:
        return Destination(str(AIConfig.load().transfer_number), TRANSFERRING)
    return Destination("", f"{NOBODY} {say_callback(row, now)}")


def _goes_through(conversation: Conversation, config: AIConfig, calendar: Calendar, now: datetime) -> bool:
    """Whether this call can be passed on now. One query at most."""
    number = str(config.transfer_number)
    # The caller's own number would be busy: it is the one that calls.
    if conversation.channel != Channel.VOICE or not number or number == conversation.phone_number:
        return False
    # A line may have been attached after the number was saved: a call in a loop would never end.
    return (config.transfer_out_of_hours or calendar.is_open(now)) and not is_own_number(number)


def take(*, handover: Handover, staff: StaffUser | None) -> Handover:
    """Somebody of the shop looks after it. Taking what is taken or done changes nothing. One row changes."""
    with transaction.atomic():
        row = Handover.objects.select_for_update().get(pk=handover.pk)
        if row.status == HandoverStatus.OPEN:
            row.status, row.taken_by_id = HandoverStatus.TAKEN, staff.pk if staff else None
            row.save(update_fields=["status", "taken_by"])
            log.info("hand-over taken")
    return row


def close(*, handover: Handover, staff: StaffUser | None = None, now: datetime | None = None) -> Handover:
    """It is done. The first time stays when it is said again. One row changes."""
    with transaction.atomic():
        row = Handover.objects.select_for_update().get(pk=handover.pk)
        if row.status != HandoverStatus.DONE:
            row.status, row.closed_at = HandoverStatus.DONE, now or timezone.now()
            row.taken_by_id = row.taken_by_id or (staff.pk if staff else None)
            row.save(update_fields=["status", "closed_at", "taken_by"])
            log.info("hand-over done")
    return row
