"""Which person of the shop has a conversation, and what they do with it: take it, pass it on, say that it is done, end it.

A chat is held by whoever took it or wrote in it, while the assistant is silent; a call by whoever took its request.
Nobody takes from a colleague without having been told: `over` names whom they saw.
"""

from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from receptionist import handover
from receptionist.models import (
    Channel,
    Conversation,
    ConversationStatus,
    Handover,
    HandoverStatus,
    MessageRole,
)
from shops.refusals import Refused
from shops.staff.models import StaffUser

log = structlog.get_logger(__name__)
ENDED = "staff"


class HeldByOther(Refused):
    """A colleague has the conversation: `holder`."""

    def __init__(self, holder: StaffUser) -> None:
        super().__init__(_("Se ne occupa già %(name)s.") % {"name": holder})
        self.holder = holder


def open_requests(conversation: Conversation) -> QuerySet[Handover]:
    """What a person still owes the customer of this conversation, with who took it."""
    rows = Handover.objects.filter(conversation=conversation).exclude(status=HandoverStatus.DONE)
    return rows.select_related("taken_by").order_by("created_at")


def holder_of(
    conversation: Conversation, requests: list[Handover] | None = None, now: datetime | None = None
) -> StaffUser | None:
    """Who has it at this moment. `requests`: its open ones, when they are known. One query otherwise, two at most."""
    now = now or timezone.now()
    if conversation.channel != Channel.VOICE:
        silent = conversation.status == ConversationStatus.TRANSFERRED and (
            conversation.silent_until is None or conversation.silent_until > now
        )
        if not silent or conversation.ended_at is not None:
            return None
        return conversation.held_by
    rows = list(open_requests(conversation)) if requests is None else requests
    return next((each.taken_by for each in rows if each.status == HandoverStatus.TAKEN), None)


def check(conversation: Conversation, staff: StaffUser, over: UUID | None = None) -> None:
    """Raise HeldByOther when a colleague has it, unless that is who the person has seen (`over`)."""
    holder = holder_of(conversation)
    if holder is not None and holder.pk != staff.pk and holder.pk != over:
        raise HeldByOther(holder)


def take(
    *, conversation: Conversation, staff: StaffUser, over: UUID | None = None, now: datetime | None = None
) -> None:
    """The person has it from now on: in a chat the assistant is silent, a request to call back is theirs.

    `over`: the colleague whom they saw and take it from. Side effects: as handover.staff_took_over and take. Raises
    HeldByOther, and Refused for a chat that has ended with nothing left to do.
    """
    with transaction.atomic():
        row = Conversation.objects.select_for_update(no_key=True).get(pk=conversation.pk)
        check(row, staff, over)
        requests = list(open_requests(row).select_for_update(of=("self",)))
        is_open_chat = row.channel != Channel.VOICE and row.ended_at is None
        if not is_open_chat and not requests:
            raise Refused(_("Qui non c'è più niente da prendere in mano."))
        if is_open_chat:
            handover.staff_took_over(conversation=row, staff=staff, at=now, wrote=False)
        for each in requests:
            each.status, each.taken_by = HandoverStatus.TAKEN, staff
            each.save(update_fields=["status", "taken_by"])
    log.info("conversation taken", passed_on=over is not None)


def give_back(*, conversation: Conversation, staff: StaffUser, over: UUID | None = None) -> None:
    """The assistant answers again. Raises HeldByOther, and Refused when it already does."""
    with transaction.atomic():  # nobody takes it between the question and the answer
        row = Conversation.objects.select_for_update(no_key=True).get(pk=conversation.pk)
        check(row, staff, over)
        given = handover.give_back(conversation=conversation, staff=staff)
    if not given:
        raise Refused(_("L'assistente risponde già a questa conversazione, o è conclusa."))


def settle(*, conversation: Conversation, staff: StaffUser, now: datetime | None = None) -> None:
    """It is done: its requests are closed, and what failed until now needs nobody any more. Safe to repeat."""
    now = now or timezone.now()
    with transaction.atomic():
        Conversation.objects.filter(pk=conversation.pk).update(settled_at=now)
        for each in open_requests(conversation):
            handover.close(handover=each, staff=staff, now=now)
    log.info("conversation settled")


def end(
    *, conversation: Conversation, staff: StaffUser, over: UUID | None = None, now: datetime | None = None
) -> None:
    """The chat is over: what the person wrote is answered, its requests are done, and the next message begins anew.

    Raises HeldByOther, and Refused for a call and for what is over already.
    """
    now = now or timezone.now()
    with transaction.atomic():
        row = Conversation.objects.select_for_update(no_key=True).get(pk=conversation.pk)
        if row.channel == Channel.VOICE or row.ended_at is not None:
            raise Refused(_("La conversazione è già conclusa."))
        check(row, staff, over)
        waiting = row.messages.filter(role=MessageRole.CUSTOMER, answered_at__isnull=True)
        waiting.update(answered_at=now)
        row.status, row.ended_at, row.ended_reason = ConversationStatus.COMPLETED, now, ENDED
        row.turn_id = row.silent_until = row.held_by = None
        row.draft = ""
        names = ("status", "ended_at", "ended_reason", "turn_id", "draft", "silent_until", "held_by")
        row.save(update_fields=names)
        settle(conversation=row, staff=staff, now=now)
    log.info("chat ended by staff")
