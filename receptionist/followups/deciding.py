"""The one way to a message that the shop begins: decided once for each key, written down with why, stored to be sent.

What is decided and the message are one transaction. A key that was decided before is left as it is, whatever it was:
who asks twice, or at once, gets the first answer.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zlib import crc32

import structlog
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from receptionist import consenting, outbox, storable
from receptionist.content import Content
from receptionist.followups import kinds, when, whom
from receptionist.followups.reasons import Reason
from receptionist.models import (
    PROMOTIONAL,
    Channel,
    FollowUp,
    FollowUpConfig,
    FollowUpKind,
    FollowUpOutcome,
    OutboundMessage,
    Purpose,
)
from scheduling.models import Appointment, ChannelIdentity, Consent, Customer, Vehicle
from shops.context import current_shop
from shops.models import WhatsAppNumber

log = structlog.get_logger(__name__)
CHANNEL = Channel.WHATSAPP.value
# What waited for the same end of the quiet hours, and what nobody waits for, goes out over so many seconds.
SPREAD = 600


@dataclass(frozen=True)
class Also:
    """Something else that the same message speaks of: decided with it, under its own key."""

    kind: FollowUpKind
    key: str
    vehicle_id: UUID | None = None


@dataclass(frozen=True)
class Wish:
    """One message that is due. Arguments as `send` has them; `also`: what else it speaks of."""

    kind: FollowUpKind
    key: str
    customer: Customer | None
    recipient: str
    content: Content
    day: date
    appointment_id: UUID | None = None
    vehicle_id: UUID | None = None
    not_before: datetime | None = None
    not_after: datetime | None = None
    also: tuple[Also, ...] = ()


def send(
    *,
    kind: FollowUpKind,
    key: str,
    customer: Customer | None,
    recipient: str,
    content: Content,
    day: date,
    appointment: Appointment | None = None,
    vehicle: Vehicle | None = None,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
    now: datetime | None = None,
) -> FollowUp:
    """Decide about one message, once for its `key`, and have it sent unless something speaks against it.

    `recipient` as receptionist.followups.whom tells it ("": nobody, and said so). `day` is the shop's local day it is
    due on. It goes out at `not_before` (now) or the next moment that is neither quiet nor a day off; when that is after
    `not_after`, not at all. Runs inside the shop. Side effects: a FollowUp with outcome and reason; when sent, an
    OutboundMessage with the same key, and its task on commit. Safe to repeat, and at once.
    """
    wish = Wish(
        kind=kind,
        key=key,
        customer=customer,
        recipient=recipient,
        content=content,
        day=day,
        appointment_id=appointment.pk if appointment else None,
        vehicle_id=vehicle.pk if vehicle else None,
        not_before=not_before,
        not_after=not_after,
    )
    return send_many([wish], now=now)[0]


def send_many(wishes: Sequence[Wish], *, now: datetime | None = None) -> list[FollowUp]:
    """As `send`, for many: what was decided for each, in their order. So many queries for one as for a thousand."""
    if not wishes:
        return []
    now = now or timezone.now()
    with transaction.atomic():
        desk = _Desk.open(wishes, now)
        decisions = [_Decision.of(wish, *desk.decide(wish), now) for wish in wishes]
        _write(decisions, now)
        keys = {row.key for each in decisions for row in each.rows}
        standing = {row.key: row for row in FollowUp.objects.filter(key__in=keys)}
    log.info("follow-ups decided", decided=len(wishes), sent=sum(1 for each in decisions if each.message))
    return [standing[each.rows[0].key] for each in decisions]


@dataclass
class _Desk:
    """What has to be known to decide about many."""

    now: datetime
    config: FollowUpConfig
    wanted: dict[FollowUpKind, kinds.Wanted]
    writes: bool
    customers: dict[UUID, Customer]
    agreed: set[UUID]
    out: "_Out"
    promoted: set[UUID]
    promotions: int

    @classmethod
    def open(cls, wishes: Sequence[Wish], now: datetime) -> "_Desk":
        promotional = [each for each in wishes if each.kind in PROMOTIONAL]
        config = FollowUpConfig.load()
        if promotional:  # so that two rounds at once do not both count before the other wrote
            config = FollowUpConfig.objects.select_for_update(no_key=True).get(pk=config.pk)
        people = {each.customer.pk for each in wishes if each.customer}
        to_ask = {each.customer.pk for each in promotional if each.customer}
        promoted, count = promotions_of_day(now) if promotional else (set(), 0)
        return cls(
            now=now,
            config=config,
            wanted=kinds.all_wanted(),
            writes=WhatsAppNumber.objects.filter(shop=current_shop()).exists(),
            customers={each.pk: each for each in Customer.objects.filter(pk__in=people)},
            agreed=consenting.agreed(to_ask, Consent.Purpose.MARKETING) if to_ask else set(),
            out=_Out.of(people, {each.recipient for each in wishes if each.recipient}),
            promoted=promoted,
            promotions=count,
        )

    def decide(self, wish: Wish) -> tuple[str, datetime]:
        """Why not ("" when it goes out), and when."""
        base = max(self.now, wish.not_before or self.now)
        at = when.next_allowed(base, self.config, current_shop().tz)
        reason = self._against(wish, at)
        if not reason and (at > self.now or wish.kind in PROMOTIONAL):
            at = self._spread(wish, at)
        if not reason and wish.kind in PROMOTIONAL and wish.customer:
            self.promoted.add(wish.customer.pk)
            self.promotions += 1
        return reason, at

    def _against(self, wish: Wish, at: datetime) -> str:
        person = self.customers.get(wish.customer.pk) if wish.customer else None
        if not self.wanted[wish.kind].enabled:
            return Reason.OFF
        if not self.writes:
            return Reason.NO_WHATSAPP
        if wish.customer and (person is None or person.erased_at):
            return Reason.ERASED
        if person and not whom.can_be_reached(person):
            return Reason.ARCHIVED
        if not wish.recipient:
            return Reason.NO_NUMBER
        if self.out.covers(wish):
            return Reason.STOPPED
        if wish.kind in PROMOTIONAL and (reason := self._against_promotion(person)):
            return reason
        if wish.not_after and at > wish.not_after:
            return Reason.TOO_LATE
        return ""

    def _against_promotion(self, person: Customer | None) -> str:
        if person is None or person.pk not in self.agreed:
            return Reason.NO_CONSENT
        if person.pk in self.promoted:
            return Reason.ONE_A_DAY
        if self.promotions >= self.config.most_promotions_a_day:
            return Reason.MOST_A_DAY
        return ""

    def _spread(self, wish: Wish, at: datetime) -> datetime:
        later = at + timedelta(seconds=crc32(wish.key.encode("utf-8", "replace")) % SPREAD)
        quiet = when.is_quiet(later, self.config, current_shop().tz)
        return at if quiet or (wish.not_after and later > wish.not_after) else later


@dataclass(frozen=True)
class _Out:
    """Who wrote STOP on the channel."""

    customers: frozenset[UUID]
    names: frozenset[str]

    @classmethod
    def of(cls, people: Collection[UUID], recipients: Collection[str]) -> "_Out":
        """Two queries: whose numbers these are, and which of all these said STOP, under whatever name."""
        names = ChannelIdentity.objects.filter(channel=CHANNEL)
        owners = dict(names.filter(external_id__in=recipients).values_list("external_id", "customer_id"))
        concerned = (
            Q(customer__in={*people, *owners.values()})
            | Q(external_id__in=recipients)
            | Q(customer__phone__in=recipients)
        )
        rows = names.filter(concerned, opted_out_at__isnull=False).select_related("customer").order_by()
        stopped = list(rows)
        customers = frozenset(each.customer_id for each in stopped)
        numbers = {each.external_id for each in stopped} | {
            str(each.customer.phone or "") for each in stopped
        }
        numbers |= {name for name, customer_id in owners.items() if customer_id in customers}
        return cls(customers, frozenset(numbers - {""}))

    def covers(self, wish: Wish) -> bool:
        """Whether the person of the message said STOP."""
        return (
            wish.customer is not None and wish.customer.pk in self.customers
        ) or wish.recipient in self.names


def promotions_of_day(now: datetime) -> tuple[set[UUID], int]:
    """Who got a promotional message on the shop's day of `now`, and how many messages these were. One query.

    What is counted is bounded by the most that may go out in a day.
    """
    tz = current_shop().tz
    midnight = when.at(when.local_day(now, tz), time(0), tz)
    sent = FollowUp.objects.filter(
        kind__in=PROMOTIONAL, outcome=FollowUpOutcome.SENT, created_at__gte=midnight
    )
    rows = sent.order_by().values_list("customer_id", "message_id")
    people = {customer_id for customer_id, _message_id in rows if customer_id}
    return people, len({message_id for _customer_id, message_id in rows})


@dataclass(frozen=True)
class _Decision:
    """What is to be written about one wish: a row for each thing it speaks of, the first for the wish itself."""

    rows: tuple[FollowUp, ...]
    message: OutboundMessage | None

    @classmethod
    def of(cls, wish: Wish, reason: str, at: datetime, now: datetime) -> "_Decision":
        first = Also(wish.kind, wish.key, wish.vehicle_id)
        rows = tuple(_row(wish, each, reason, now) for each in (first, *wish.also))
        return cls(rows, None if reason else _message(wish, at))


def _row(wish: Wish, about: Also, reason: str, now: datetime) -> FollowUp:
    return FollowUp(
        kind=about.kind,
        key=storable.key(about.key),
        customer=wish.customer if reason != Reason.ERASED else None,
        vehicle_id=about.vehicle_id,
        appointment_id=wish.appointment_id,
        day=wish.day,
        outcome=FollowUpOutcome.SKIPPED if reason else FollowUpOutcome.SENT,
        reason=reason,
        created_at=now,
    )


def _message(wish: Wish, at: datetime) -> OutboundMessage:
    return OutboundMessage(
        channel=CHANNEL,
        recipient=wish.recipient,
        purpose=Purpose.PROMOTION if wish.kind in PROMOTIONAL else Purpose.REMINDER,
        content=wish.content.to_json(),
        key=storable.key(wish.key),
        next_attempt_at=at,
    )


def _write(decisions: Sequence[_Decision], now: datetime) -> None:
    """Store what is new, with the messages of what is new. What was decided before stays, without a message."""
    rows = [row for each in decisions for row in each.rows]
    FollowUp.objects.bulk_create(rows, ignore_conflicts=True)
    ours = set(FollowUp.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True))
    new = [each for each in decisions if each.message and each.rows[0].pk in ours]
    stored = outbox.put_many([each.message for each in new if each.message], now=now)
    told = [row for each in new for row in each.rows if row.pk in ours]
    for each in new:
        for row in each.rows:
            row.message_id = stored[each.rows[0].key]
    FollowUp.objects.bulk_update(told, ["message"])
