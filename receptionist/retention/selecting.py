"""What is over, kind by kind, as querysets: the night deletes them, the page counts the same ones."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from receptionist.models import (
    Conversation,
    FollowUp,
    Media,
    MediaKind,
    MediaState,
    OutboundMessage,
    OutboundStatus,
    PhoneProof,
    SlotOffer,
)
from receptionist.models.conversations import Channel
from receptionist.models.followups import OfferStatus
from receptionist.retention.periods import Kind, Plan
from scheduling.models import Appointment, ChannelIdentity, Customer, Vehicle, WaitingList
from scheduling.models.appointments import LIVE, Status

VOICES = (MediaKind.AUDIO, MediaKind.RECORDING)
PICTURES = (MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.DOCUMENT, MediaKind.STICKER)
# A call whose end was never reported is over all the same after this.
OPEN_FOR = timedelta(days=2)
# Who never says that a car was collected, or how an appointment went, keeps nothing for ever by that.
FORGOTTEN_AFTER = timedelta(days=60)
# A customer whom a channel made has a name on it from the same moment.
AT_ONCE = timedelta(minutes=1)


def ahead(now: datetime) -> Q:
    """Appointments that are still to come, or whose car is (or may be) in the shop."""
    recent = Q(ends_at__gte=now - FORGOTTEN_AFTER)
    in_shop = Q(status=Status.COMPLETED, collected_at__isnull=True)
    return Q(status=Status.IN_PROGRESS) | (recent & (Q(status__in=LIVE) | in_shop))


def _needed(plan: Plan, conversation: str, customer: str) -> Q:
    """What belongs to an appointment ahead, by the names of the columns."""
    coming = Appointment.objects.filter(ahead(plan.now))
    return Q(Exists(coming.filter(customer_id=OuterRef(customer)))) | Q(
        Exists(coming.filter(conversation_id=OuterRef(conversation)))
    )


def _open(plan: Plan, prefix: str = "") -> Q:
    values: Mapping[str, Any] = {
        f"{prefix}ended_at__isnull": True,
        f"{prefix}active_at__gte": plan.now - OPEN_FOR,
    }
    return Q(**values)


def files(plan: Plan, kind: Kind) -> QuerySet[Media]:
    """Files that are over: of the kind's period, whatever became of their conversation's words."""
    kinds = VOICES if kind == Kind.AUDIO else PICTURES
    old = Media.objects.filter(kind__in=kinds, created_at__lt=plan.before(kind)).exclude(
        state=MediaState.PURGED
    )
    kept = _open(plan, "conversation__") | _needed(plan, "conversation_id", "conversation__customer_id")
    return old.exclude(kept)


def visitors(plan: Plan) -> QuerySet[Conversation]:
    """Web chats of people nobody knows, whose words are still there."""
    return _talks(plan, Kind.VISITORS).filter(_unknown())


def transcripts(plan: Plan) -> QuerySet[Conversation]:
    """All other conversations whose words are still there."""
    return _talks(plan, Kind.TRANSCRIPTS).exclude(_unknown())


def _unknown() -> Q:
    return Q(channel=Channel.WEB, customer__isnull=True)


def _talks(plan: Plan, kind: Kind) -> QuerySet[Conversation]:
    old = Conversation.objects.filter(purged_at__isnull=True, active_at__lt=plan.before(kind))
    return old.exclude(_open(plan) | _needed(plan, "pk", "customer_id"))


def appointments(plan: Plan) -> QuerySet[Appointment]:
    """Appointments that are over and still hold what somebody left or said."""
    old = Appointment.objects.filter(scheduled_at__lt=plan.before(Kind.APPOINTMENTS)).exclude(ahead(plan.now))
    nothing = Q(contact_phone="", notes="", customer_note="", cancel_reason="", conversation_id__isnull=True)
    return old.exclude(nothing)


def people(plan: Plan) -> QuerySet[Customer]:
    """Who has nothing newer than the period; and who only ever wrote or called, and their words are gone."""
    there = Customer.objects.filter(erased_at__isnull=True, merged_into__isnull=True)
    since = plan.before(Kind.APPOINTMENTS)
    own = Q(customer_id=OuterRef("pk"))
    # Words that are over go in the same night, before.
    talks = Conversation.objects.filter(
        own, purged_at__isnull=True, active_at__gte=plan.before(Kind.TRANSCRIPTS)
    )
    visits = Appointment.objects.filter(own)
    waits = WaitingList.objects.filter(own, wanted_to__gte=plan.day)
    newer = (
        Q(Exists(visits.filter(Q(scheduled_at__gte=since) | ahead(plan.now))))
        | Q(Exists(talks))
        | Q(Exists(waits))
        | Q(Exists(Vehicle.objects.filter(own, created_at__gte=since)))
    )
    gone = there.filter(created_at__lt=since).exclude(newer)
    only_wrote = there.filter(
        Exists(ChannelIdentity.objects.filter(own, created_at__lte=OuterRef("created_at") + AT_ONCE)),
        created_at__lt=plan.before(Kind.TRANSCRIPTS),
        notes="",
        email="",
    ).exclude(
        Q(Exists(visits)) | Q(Exists(talks)) | Q(Exists(waits)) | Q(Exists(Vehicle.objects.filter(own)))
    )
    return there.filter(Q(pk__in=gone.values("pk")) | Q(pk__in=only_wrote.values("pk")))


# --- what belongs to them ---------------------------------------------------------------------------------------


def messages_out(plan: Plan) -> QuerySet[OutboundMessage]:
    """Messages that went out (or never will) and belong to no conversation: reminders, mails, notices."""
    ended = (OutboundStatus.SENT, OutboundStatus.DELIVERED, OutboundStatus.READ, OutboundStatus.FAILED)
    return OutboundMessage.objects.filter(
        conversation__isnull=True, status__in=ended, created_at__lt=plan.ledgers_before
    )


def follow_ups(plan: Plan) -> QuerySet[FollowUp]:
    """Decisions about messages."""
    return FollowUp.objects.filter(
        created_at__lt=plan.ledgers_before, day__lt=plan.ledgers_before.astimezone(plan.now.tzinfo).date()
    )


def offers(plan: Plan) -> QuerySet[SlotOffer]:
    """Places that were offered and are settled."""
    return SlotOffer.objects.exclude(status=OfferStatus.HELD).filter(created_at__lt=plan.ledgers_before)


def wishes(plan: Plan) -> QuerySet[WaitingList]:
    """Wishes for days that are long over."""
    return WaitingList.objects.filter(
        wanted_to__lt=plan.ledgers_before.date(), created_at__lt=plan.ledgers_before
    )


def proofs(plan: Plan) -> QuerySet[PhoneProof]:
    """Codes that were sent, or never were."""
    return PhoneProof.objects.annotate(over=Coalesce(F("proved_at"), F("expires_at"))).filter(
        over__lt=plan.before(Kind.VISITORS)
    )
