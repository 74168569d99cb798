"""One turn of a chat: everything the person wrote since the last answer, answered once.

    lease → what is unanswered → typing → wait out a burst → brain → one transaction {message out, answers noted}

No connection is held while waiting, neither for the burst nor for the model. A worker that is killed anywhere leaves
the messages unanswered and the turn's id in the row: whoever comes next goes on with the same turn, in which tools that
ran are not run again and whose answer is stored once (its key).
"""

import time
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from receptionist import brain, channels, handover, leases, optin, optout, phoneproof, speaking
from receptionist.content import Answer, Content
from receptionist.models import (
    Conversation,
    ConversationMessage,
    ConversationStatus,
    MessageKind,
    MessageRole,
    Purpose,
)
from shops.context import log_conversation
from shops.db.current import let_go
from shops.webhooks import where

log = structlog.get_logger(__name__)
TAPS = frozenset({MessageKind.BUTTON, MessageKind.INTERACTIVE, MessageKind.REACTION})
# Somebody who has been quiet for so long has finished writing (seconds).
QUIET = 0.9
# A voice note that nobody could write down after so long is answered all the same.
LONGEST_LISTENING = timedelta(seconds=90)
MOST_FAILURES = 3
MOST_TURNS = 20
DATABASE_AWAY = (OperationalError, InterfaceError)
SORRY = "Mi scusi, adesso non riesco a rispondere come vorrei."


def run(*, conversation_id: uuid.UUID | str) -> None:
    """Answer what is unanswered in a chat. Safe to run twice, at once or again.

    Returns without a word when somebody else answers it, when nothing is unanswered, or while a person has the chat.
    Side effects: tools' effects, one OutboundMessage a turn. Raises database errors, for the task to try again.
    """
    log_conversation(conversation_id)
    holder = uuid.uuid4()
    for _turn in range(MOST_TURNS):
        if not leases.take(conversation_id=conversation_id, holder=holder):
            return
        answered = False
        try:
            answered = _turn_of(conversation_id, holder)
        except leases.LeaseLost:
            log.warning("lease lost, turn dropped")
            return
        except Conversation.DoesNotExist:  # erased while it was being answered: there is nobody to answer
            log.warning("conversation gone, turn dropped")
            return
        finally:
            if not answered:  # an answer that is stored has given the lease up
                _give_up(conversation_id, holder)
        # What came between the last look and the lease's end found the lease taken: look once more without it.
        if not answered or not unanswered(conversation_id):
            return


def _give_up(conversation_id: uuid.UUID | str, holder: uuid.UUID) -> None:
    """Let the lease go, also after the database went: whoever tries again shall not wait until it runs out."""
    try:
        leases.give_up(conversation_id=conversation_id, holder=holder)
    except DATABASE_AWAY:
        let_go()  # the next connection may find it back
        leases.give_up(conversation_id=conversation_id, holder=holder)


def unanswered(conversation_id: uuid.UUID | str) -> list[ConversationMessage]:
    """What the person wrote and nobody answered, in the order of writing. One query."""
    rows = ConversationMessage.objects.filter(
        conversation_id=conversation_id, role=MessageRole.CUSTOMER, answered_at__isnull=True
    )
    return list(rows.exclude(wire_id=None).order_by("sent_at", "received_at"))


def _turn_of(conversation_id: uuid.UUID | str, holder: uuid.UUID) -> bool:
    """One turn; whether something was answered."""
    began = time.perf_counter()
    waiting = unanswered(conversation_id)
    conversation = Conversation.objects.select_related("customer").get(pk=conversation_id)
    handover.wake(conversation=conversation)
    if handover.is_silent(conversation):
        return _hear_stop(conversation, holder, waiting)
    if not waiting or _still_listening(waiting):
        return False
    last = waiting[-1]
    if last.wire_id and last.kind != MessageKind.REACTION:
        channels.get(conversation.channel).show_typing(conversation_id=conversation.pk, wire_id=last.wire_id)
    waiting = _wait_out_burst(conversation_id, waiting)
    if not waiting or _still_listening(waiting):  # what was taken back meanwhile needs no answer
        return False
    answer = _answered(conversation, holder, waiting)
    log.info(
        "turn answered",
        mode=answer.mode,
        messages=len(waiting),
        failed=answer.failed,
        ms=int((time.perf_counter() - began) * 1000),
    )
    return True


def _answered(
    conversation: Conversation, holder: uuid.UUID, waiting: Sequence[ConversationMessage]
) -> Answer:
    """Name the turn, answer, store the answer."""
    _name_turn(conversation, holder)
    answer = _answer(conversation, waiting)
    _store(conversation, holder, waiting, answer)
    optin.after_turn(conversation=conversation, turn_id=conversation.turn_id)
    return answer


def run_at_once(*, conversation_id: uuid.UUID | str) -> Answer | None:
    """One turn without waiting for more and without a sign of typing; None when nobody is answered.

    For who plays the customer too (receptionist.tryout): everything else is as in `run`. Raises database errors.
    """
    holder = uuid.uuid4()
    waiting = unanswered(conversation_id)
    conversation = Conversation.objects.select_related("customer").get(pk=conversation_id)
    if not leases.take(conversation_id=conversation_id, holder=holder):
        return None
    handover.wake(conversation=conversation)
    if handover.is_silent(conversation):
        _hear_stop(conversation, holder, waiting)
        leases.give_up(conversation_id=conversation_id, holder=holder)
        return None
    return _answered(conversation, holder, waiting) if waiting else None


def _still_listening(waiting: Sequence[ConversationMessage]) -> bool:
    """Whether a voice note among them is still being written down; its task comes back here."""
    since = timezone.now() - LONGEST_LISTENING
    return any(not each.is_ready and each.received_at > since for each in waiting)


def _wait_out_burst(
    conversation_id: uuid.UUID | str, waiting: list[ConversationMessage]
) -> list[ConversationMessage]:
    """People write in pieces ("ciao" … "volevo" … "un tagliando"): let them finish, for BURST_WAIT_SECONDS at most."""
    longest = settings.BURST_WAIT_SECONDS
    while waiting and not _is_finished(waiting[-1]):
        now = timezone.now()
        until = min(
            waiting[0].received_at + timedelta(seconds=longest),
            waiting[-1].received_at + timedelta(seconds=min(QUIET, longest)),
        )
        if until <= now:
            break
        let_go()
        time.sleep((until - now).total_seconds())
        waiting = unanswered(conversation_id)
    return waiting


def _is_finished(message: ConversationMessage) -> bool:
    """A tap says all there is to say, and a question wants its answer."""
    return message.kind in TAPS or message.text.rstrip().endswith("?")


def _name_turn(conversation: Conversation, holder: uuid.UUID) -> None:
    """Give the turn an id that stays until its answer is stored, and prolong the lease for the model.

    Raises LeaseLost when a person took the chat meanwhile, or another worker.
    """
    turn = conversation.turn_id or uuid.uuid4()
    mine = Conversation.objects.filter(
        pk=conversation.pk, lease_holder=holder, turn_id=conversation.turn_id, status=conversation.status
    )
    if not mine.update(turn_id=turn, lease_until=leases.until(timezone.now())):
        raise leases.LeaseLost
    conversation.turn_is_new = conversation.turn_id is None
    conversation.turn_id = turn


def _hear_stop(conversation: Conversation, holder: uuid.UUID, waiting: Sequence[ConversationMessage]) -> bool:
    """STOP and the code of a web chat are heard while a person has the chat, too; the rest waits for them."""
    answer, rest = _asked_by_word(conversation, waiting)
    words = [each for each in waiting if each not in rest]
    if answer is None:
        return False
    now = timezone.now()
    with transaction.atomic():
        row = Conversation.objects.select_for_update(no_key=True).get(pk=conversation.pk)
        ConversationMessage.objects.filter(pk__in=[each.pk for each in words]).update(answered_at=now)
        if answer.content is not None:
            _say(row, words[-1].pk, answer.content, answer.mode, now)
            row.save(update_fields=["disclosed_at", "disclosure"])
    leases.give_up(conversation_id=conversation.pk, holder=holder)
    return True


def _answer(conversation: Conversation, waiting: Sequence[ConversationMessage]) -> Answer:
    """What to say. Nothing but the database's absence gets through: the customer never sees an error."""
    try:
        asked, rest = _asked_by_word(conversation, waiting)
        if asked and not rest:
            return asked
        alarm = handover.alarmed(conversation=conversation, text=_words(rest))
        if alarm:
            return _after(asked, Answer(Content(alarm), mode="handover"))
        answer = _after(asked, phoneproof.with_button(conversation, brain.reply(conversation, pending=rest)))
        if answer.failed and conversation.failed_turns + 1 >= MOST_FAILURES:
            return _give_to_person(conversation, "Tre messaggi di fila non capiti o non risolti")
        return answer
    except DATABASE_AWAY:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it was, somebody waits for an answer
        log.error("turn failed", error=type(error).__name__, at=where(error))
        return _give_to_person(conversation, "L'assistente non è riuscito a rispondere", SORRY)


def _asked_by_word(
    conversation: Conversation, waiting: Sequence[ConversationMessage]
) -> tuple[Answer | None, Sequence[ConversationMessage]]:
    """What is said to a word that stands for itself (STOP, the code of a web chat, a tap on the
    question about promotion), and what was written besides."""
    if asked := optout.answer(conversation=conversation, waiting=waiting):
        return asked, optout.rest_of(waiting)
    if proved := phoneproof.hear(conversation=conversation, waiting=waiting):
        return proved, phoneproof.rest_of(waiting)
    if agreed := optin.answer(conversation=conversation, waiting=waiting):
        return agreed, optin.rest_of(waiting)
    return None, waiting


def _words(waiting: Sequence[ConversationMessage]) -> str:
    """What was written or said, without taps and files."""
    spoken = (MessageKind.TEXT, MessageKind.AUDIO)
    return "\n".join(each.text for each in waiting if each.kind in spoken)


def _after(asked: Answer | None, answer: Answer) -> Answer:
    """The answer, behind what is said to STOP when that came with something else."""
    if asked is None or asked.content is None or answer.content is None:
        return answer
    return replace(
        answer, content=replace(answer.content, text=f"{asked.content.text}\n\n{answer.content.text}")
    )


def _give_to_person(conversation: Conversation, reason: str, lead: str = "") -> Answer:
    now = timezone.now()
    row = handover.ask(conversation=conversation, reason=reason, now=now)
    said = handover.say_next(row, now)
    return Answer(Content(f"{lead} {said}".strip()), mode="handover")


def _store(
    conversation: Conversation, holder: uuid.UUID, waiting: Sequence[ConversationMessage], answer: Answer
) -> None:
    """Put the answer on its way, note who it answers, give up the lease: one transaction. Raises LeaseLost."""
    now = timezone.now()
    with transaction.atomic():
        row = Conversation.objects.select_for_update(no_key=True).get(pk=conversation.pk)
        if row.lease_holder != holder or row.turn_id != conversation.turn_id:
            raise leases.LeaseLost
        answered = ConversationMessage.objects.filter(pk__in=[each.pk for each in waiting])
        answered.update(answered_at=now)
        if answer.content is not None:
            row.language = conversation.language
            _say(row, conversation.turn_id, answer.content, answer.mode, now)
        row.guided = conversation.guided
        row.language = conversation.language
        row.failed_turns = conversation.failed_turns + 1 if answer.failed else 0
        row.turn_id = row.lease_holder = row.lease_until = None
        row.draft = ""
        # Who has written again meanwhile is not done: in a chat that is over nobody would answer.
        if answer.ends and row.status == ConversationStatus.ACTIVE and not unanswered(row.pk):
            row.status, row.ended_at, row.ended_reason = ConversationStatus.COMPLETED, now, "done"
        row.save(
            update_fields=[
                *("guided", "language", "failed_turns", "disclosed_at", "disclosure"),
                *("turn_id", "draft", "lease_holder", "lease_until", "status", "ended_at", "ended_reason"),
            ]
        )


def _say(row: Conversation, turn: uuid.UUID | None, content: Content, mode: str, now: datetime) -> None:
    """The answer of a turn; that to STOP goes out although the person wants nothing more."""
    purpose = Purpose.OPT_OUT if mode == optout.MODE else Purpose.REPLY
    speaking.say(row=row, content=content, key=str(turn), now=now, purpose=purpose)
