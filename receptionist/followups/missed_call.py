"""A call that broke off, or that nobody answered: one WhatsApp to the mobile it came from, soon, or when the night is over.

A call is missed when the caller was not helped: hung up before saying what was wanted, was cut off by a fault, or asked
for an appointment and left without one. Who was passed to a person, or has a call-back coming, was not missed.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

import phonenumbers
from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from receptionist.followups import deciding, kinds, telling, when
from receptionist.models import (
    AIConfig,
    Channel,
    Conversation,
    ConversationMessage,
    ConversationStatus,
    FollowUp,
    FollowUpConfig,
    FollowUpKind,
    Handover,
    MessageRole,
    ToolCall,
)
from scheduling.models import Appointment
from shops.context import current_shop
from shops.models import PhoneLine, WhatsAppNumber
from shops.staff.models import StaffUser

KIND = FollowUpKind.MISSED_CALL
# Whoever wants to calls again at once; and the rest of the call may still come in.
PATIENCE = timedelta(minutes=3)
# Later than that it is no answer to a call any more. Who called in the quiet hours of a night is written to in the first
# hour after them: most who call then want what the shop does when it opens. After a Sunday it is too long ago.
LATE = timedelta(hours=4)
A_NIGHT = timedelta(hours=15)
FIRST_HOUR = timedelta(hours=1)
MOST = 100
SHORT = 2
"""Who said no more than this (turns), and for whom no tool was used, had not come to what was wanted."""
NO_CUSTOMERS = frozenset({"seller", "job", "surveyor"})
MAX_WORDS = 4000
ASKED = ("check_availability", "book_appointment")


def scan(now: datetime | None = None) -> list[FollowUp]:
    """Write to whose call of the last hours was missed. What was decided. One query when none was.

    Runs inside the shop. Safe to repeat. Side effects: receptionist.followups.deciding.send.
    """
    now = now or timezone.now()
    calls = _missed(now)
    own = _own_numbers() if calls else set()
    keys = {call.pk: _key(call, now) for call in calls}
    decided = (
        set(FollowUp.objects.filter(key__in=keys.values()).values_list("key", flat=True)) if keys else set()
    )
    found = []
    for call in calls:
        number = str(call.phone_number)
        if number in own or keys[call.pk] in decided or not is_mobile(number):
            continue
        if came_back(number, call.customer_id, call.started_at, but={call.pk}) or _wants_nothing(call):
            continue
        found.append(_write(call, keys[call.pk], now))
    return found


def _own_numbers() -> set[str]:
    """The numbers of the shop and of its people: a call from one is a forwarded one, or a try. Four queries."""
    shop = current_shop()
    passed_on_to = AIConfig.load().transfer_number
    numbers = {str(each or "") for each in (shop.phone_number, shop.whatsapp_number, passed_on_to)}
    for rows in (
        StaffUser.objects.values_list("phone", flat=True),
        PhoneLine.objects.filter(shop=shop).values_list("number", flat=True),
        WhatsAppNumber.objects.filter(shop=shop).values_list("number", flat=True),
    ):
        numbers.update(str(each or "") for each in rows)
    return numbers - {""}


def missed_of(number: str, now: datetime) -> set[UUID]:
    """The calls of the last hours from this number that were missed: another one is no answer to the first."""
    return {call.pk for call in _missed(now) if str(call.phone_number) == number}


def not_after(ended: datetime) -> datetime:
    """Until when a message answers a call that ended then (UTC). One query."""
    goes_out = when.next_allowed(ended, FollowUpConfig.load(), current_shop().tz)
    if PATIENCE < goes_out - ended <= A_NIGHT:
        return max(ended + LATE, goes_out + FIRST_HOUR)
    return ended + LATE


def _key(call: Conversation, now: datetime) -> str:
    """One a day for a number, whoever it belongs to by now: the day on which it goes out. It does not tell the number."""
    tz = current_shop().tz
    day = when.local_day(when.next_allowed(now, FollowUpConfig.load(), tz), tz)
    who = salted_hmac("receptionist.missed_call", str(call.phone_number)).hexdigest()[:32]
    return f"missed_call:{who}:{day}"


def _write(call: Conversation, key: str, now: datetime) -> FollowUp:
    day = when.local_day(now, current_shop().tz)
    places = telling.general_places(call.customer, AIConfig.load())
    ended = call.ended_at or call.started_at
    return deciding.send(
        kind=KIND,
        key=key,
        customer=call.customer,
        recipient=str(call.phone_number),
        content=kinds.content_for(KIND, places),
        day=day,
        not_after=not_after(ended),
        now=now,
    )


def _missed(now: datetime) -> list[Conversation]:
    """Calls that ended lately, from a number that was shown, with nothing that helped the caller. One query."""
    tools = ToolCall.objects.filter(conversation=OuterRef("pk"))
    said = Count("messages", filter=Q(messages__role=MessageRole.CUSTOMER))
    rows = Conversation.objects.select_related("customer").filter(
        channel=Channel.VOICE,
        caller_verified=True,
        started_at__gt=now - A_NIGHT - timedelta(hours=1),
        ended_at__gt=now - A_NIGHT,
        ended_at__lte=now - PATIENCE,
        status__in=(ConversationStatus.COMPLETED, ConversationStatus.FAILED, ConversationStatus.ACTIVE),
    )
    helped = (
        Exists(tools.filter(appointment_id__isnull=False))
        | Exists(tools.filter(name="book_appointment", ok=True))
        | Exists(Appointment.objects.filter(conversation_id=OuterRef("pk")))
        | Exists(Handover.objects.filter(conversation=OuterRef("pk")))
    )
    short = Q(said__lte=SHORT) & ~Exists(tools.filter(ok=True))
    lost = Exists(tools.filter(name__in=ASKED))
    unhappy = short | Q(status=ConversationStatus.FAILED) | lost
    candidates = rows.exclude(phone_number="").exclude(helped).annotate(said=said).filter(unhappy)
    return list(candidates.order_by("-started_at")[:MOST])


def came_back(number: str, customer_id: UUID | None, since: datetime, *, but: Collection[UUID] = ()) -> bool:
    """Whether the caller has called or written again since then, or was booked meanwhile. Three queries at most.

    `but`: calls that do not count.
    """
    later = Conversation.objects.filter(started_at__gt=since, phone_number=number)
    if but:
        later = later.exclude(pk__in=but)
    wrote = ConversationMessage.objects.filter(
        role=MessageRole.CUSTOMER, received_at__gt=since, conversation__contact=number
    )
    if later.exists() or wrote.exists():
        return True
    if customer_id is None:
        return False
    return Appointment.objects.filter(customer=customer_id, created_at__gte=since).exists()


def _wants_nothing(call: Conversation) -> bool:
    """Whether who called said that they sell, look for work or come for an insurance: no customer was lost. One query."""
    from receptionist.guided import intents  # which knows the tools, and these the confirmations

    said = call.messages.filter(role=MessageRole.CUSTOMER).values_list("text", flat=True)
    return bool(NO_CUSTOMERS.intersection(intents.of("\n".join(said)[:MAX_WORDS])))


def is_mobile(number: str) -> bool:
    """Whether the number (E.164) can have WhatsApp on it: a mobile one, or where these are not told apart."""
    try:
        kind = phonenumbers.number_type(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return False
    mobile = phonenumbers.PhoneNumberType
    return kind in (mobile.MOBILE, mobile.FIXED_LINE_OR_MOBILE)
