"""The list of conversations: the last active first, what is open, search and filters. Four queries at any length."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from receptionist.italian import one_line
from receptionist.models import (
    Channel,
    Conversation,
    ConversationMessage,
    ConversationStatus,
    Handover,
    HandoverKind,
    HandoverStatus,
    MessageKind,
    MessageRole,
    OutboundMessage,
    OutboundStatus,
    Urgency,
)
from scheduling.models import Vehicle
from scheduling.plates import normalise_plate
from shops.phones import normalise_phone
from shops.staff.models import StaffUser

PAGE = 40
MOST_WORDS = 110
MOST_SEARCHED = 80
FORM_FEED = re.compile(r"[\x00-\x1f]")
STATES = {
    "": gettext_lazy("Tutte"),
    "todo": gettext_lazy("Da fare"),
    "mine": gettext_lazy("Le mie"),
    "person": gettext_lazy("Passate a una persona"),
    "failed": gettext_lazy("Non consegnati"),
}
PERIODS = {
    "": gettext_lazy("Sempre"),
    "today": gettext_lazy("Oggi"),
    "week": gettext_lazy("Questa settimana"),
    "month": gettext_lazy("Ultimi 30 giorni"),
}


@dataclass(frozen=True)
class Filters:
    """What the person wants to see; what is not understood counts as not asked."""

    search: str = ""
    channel: str = ""
    state: str = ""
    period: str = ""

    @classmethod
    def of(cls, given: Mapping[str, str]) -> "Filters":
        """From the address: q, channel, state, period."""
        return cls(
            search=FORM_FEED.sub(" ", given.get("q", ""))[:MOST_SEARCHED].strip(),
            channel=_known(given.get("channel", ""), Channel.values),
            state=_known(given.get("state", ""), STATES),
            period=_known(given.get("period", ""), PERIODS),
        )

    @property
    def query(self) -> str:
        """The same as the tail of an address; empty when nothing is filtered."""
        named = {"q": self.search, "channel": self.channel, "state": self.state, "period": self.period}
        kept = {name: value for name, value in named.items() if value}
        return urlencode(kept)


def _known(value: str, values: Any) -> str:
    return value if value in values else ""


@dataclass(frozen=True)
class Chip:
    """Something that is open. `tone` is one of the common look's: warn, bad, info."""

    tone: str
    text: str


@dataclass(frozen=True)
class Row:
    """One conversation in the list."""

    pk: UUID
    channel: str
    channel_name: str
    who: str
    said_by: str
    words: str
    at: datetime
    chips: tuple[Chip, ...]
    waits: bool

    @property
    def today(self) -> bool:
        """Whether it was active today, so that the time says when."""
        return timezone.localdate(self.at) == timezone.localdate()


@dataclass(frozen=True)
class Listing:
    """A page of the list. `more`: where the next one begins ("" at the end)."""

    rows: list[Row]
    more: str


def listing(filters: Filters, me: StaffUser, after: str = "") -> Listing:
    """The page of the list that begins after a place in it (`more` of the page before)."""
    rows = _found(filters, me)
    if place := _place(after):
        at, pk = place
        rows = rows.filter(Q(active_at__lt=at) | Q(active_at=at, pk__lt=pk))
    found = list(_annotated(rows).order_by("-active_at", "-pk")[: PAGE + 1])
    shown = found[:PAGE]
    more = f"{shown[-1].active_at.isoformat()}_{shown[-1].pk}" if len(found) > PAGE else ""
    return Listing(_rows(shown), more)


def _place(after: str) -> tuple[datetime, UUID] | None:
    at, _line, pk = after[:100].partition("_")
    try:
        moment, found = parse_datetime(at), UUID(pk)
    except ValueError:
        return None
    return (moment, found) if moment is not None and timezone.is_aware(moment) else None


def failed_messages() -> QuerySet[OutboundMessage]:
    """What did not arrive in a conversation, and nobody has said since that it is done. By its `conversation`."""
    rows = OutboundMessage.objects.filter(status=OutboundStatus.FAILED, conversation__isnull=False)
    settled = F("conversation__settled_at")
    return rows.filter(Q(conversation__settled_at=None) | Q(failed_at__gt=settled))


def open_requests() -> QuerySet[Handover]:
    """What a person still owes a customer."""
    return Handover.objects.filter(status__in=(HandoverStatus.OPEN, HandoverStatus.TAKEN))


def _waiting() -> QuerySet[ConversationMessage]:
    return ConversationMessage.objects.filter(
        role=MessageRole.CUSTOMER, answered_at__isnull=True, wire_id__isnull=False
    )


def _found(filters: Filters, me: StaffUser) -> QuerySet[Conversation]:
    rows = Conversation.objects.all()
    if filters.channel:
        rows = rows.filter(channel=filters.channel)
    if filters.period:
        rows = rows.filter(active_at__gte=_since(filters.period))
    with_person = Q(status=ConversationStatus.TRANSFERRED, ended_at__isnull=True) & ~Q(channel=Channel.VOICE)
    if filters.state == "todo":
        waits = with_person & Q(pk__in=_waiting().values("conversation"))
        due = Q(pk__in=open_requests().values("conversation"))
        rows = rows.filter(due | waits | Q(pk__in=failed_messages().values("conversation")))
    elif filters.state == "mine":
        taken = open_requests().filter(taken_by=me)
        rows = rows.filter(Q(held_by=me) & with_person | Q(pk__in=taken.values("conversation")))
    elif filters.state == "person":
        rows = rows.filter(
            Q(status=ConversationStatus.TRANSFERRED) | Q(pk__in=Handover.objects.values("conversation"))
        )
    elif filters.state == "failed":
        rows = rows.filter(pk__in=failed_messages().values("conversation"))
    return rows.filter(_search(filters.search)) if filters.search else rows


def _since(period: str) -> datetime:
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    days = {"today": 0, "week": midnight.weekday(), "month": 30}[period]
    return midnight - timedelta(days=days)


def _search(text: str) -> Q:
    """A name, a telephone number however it is written, a plate."""
    found = Q()
    digits = re.sub(r"\D", "", text)
    if len(digits) >= 4 and not re.search(r"[^\d\s+()./\-]", text):
        number = normalise_phone(text) or ""
        parts = {digits, digits.removeprefix("00"), number} - {""}
        for part in parts:
            found |= Q(phone_number__contains=part) | Q(customer__phone__contains=part)
        return found
    words = text.split()
    name = Q()
    for word in words:
        name &= Q(customer__first_name__icontains=word) | Q(customer__last_name__icontains=word)
    plate = normalise_plate(text)
    found = name
    if len(plate) >= 3:
        found |= Q(customer__in=Vehicle.objects.filter(license_plate__contains=plate).values("customer"))
    return found


def _annotated(rows: QuerySet[Conversation]) -> QuerySet[Conversation]:
    last = ConversationMessage.objects.filter(conversation=OuterRef("pk")).exclude(kind=MessageKind.SYSTEM)
    failed = failed_messages().filter(conversation=OuterRef("pk"))
    waits = _waiting().filter(conversation=OuterRef("pk"))
    names = (
        *("channel", "status", "contact", "phone_number", "summary", "active_at", "ended_at", "silent_until"),
        *("customer__first_name", "customer__last_name", "customer__phone"),
        *("held_by__first_name", "held_by__last_name", "held_by__email"),
    )
    return (
        rows.select_related("customer", "held_by")
        .only(*names)
        .annotate(
            last_id=Subquery(last.order_by("-position", "-sent_at", "-received_at").values("pk")[:1]),
            failed=Exists(failed),
            waits=Exists(waits),
        )
    )


def _rows(found: list[Any]) -> list[Row]:
    said = ConversationMessage.objects.in_bulk([row.last_id for row in found if row.last_id])
    requests: dict[UUID, list[Handover]] = {}
    due = open_requests().filter(conversation__in=[row.pk for row in found])
    for each in due.select_related("taken_by").order_by("created_at"):
        requests.setdefault(each.conversation_id, []).append(each)
    return [_row(row, said.get(row.last_id), requests.get(row.pk, [])) for row in found]


def _row(row: Any, last: ConversationMessage | None, requests: list[Handover]) -> Row:
    with_person = _with_person(row)
    words, said_by = _last_words(row, last)
    return Row(
        pk=row.pk,
        channel=row.channel,
        channel_name=str(row.get_channel_display()),
        who=str(row),
        said_by=said_by,
        words=words,
        at=row.active_at,
        chips=tuple(_chips(row, requests, with_person=with_person)),
        waits=with_person and row.waits,
    )


def _with_person(row: Any) -> bool:
    silent = row.silent_until is None or row.silent_until > timezone.now()
    transferred = row.status == ConversationStatus.TRANSFERRED and row.channel != Channel.VOICE
    return bool(transferred and row.ended_at is None and silent)


def _last_words(row: Any, last: ConversationMessage | None) -> tuple[str, str]:
    """What to show, and who said it ("" for the customer). Of a call, what it was about."""
    if row.channel == Channel.VOICE and row.summary:
        return one_line(row.summary, MOST_WORDS), ""
    if last is None:
        return (_("Chiamata in corso") if row.ended_at is None else _("Nessuna parola")), ""
    emoji = last.payload.get("emoji") if isinstance(last.payload, dict) else ""
    words = last.text or str(emoji or "") or str(last.get_kind_display())
    by = "" if last.role == MessageRole.CUSTOMER else str(last.get_role_display())
    return one_line(words, MOST_WORDS), by


def _chips(row: Any, requests: list[Handover], *, with_person: bool) -> Any:
    for each in requests:
        tone = "bad" if each.urgency == Urgency.DANGER else "warn"
        if each.status == HandoverStatus.TAKEN and each.taken_by:
            yield Chip("info", _("%(name)s se ne occupa") % {"name": each.taken_by})
        elif each.kind == HandoverKind.CHAT:
            yield Chip(tone, _("Aspetta una persona"))
        elif each.kind == HandoverKind.CALLBACK:
            yield Chip(tone, _("Da richiamare"))
        else:
            yield Chip(tone, _("Chiamata passata"))
    if with_person and not requests:
        name = row.held_by
        yield Chip("info", _("%(name)s se ne occupa") % {"name": name} if name else _("L'assistente tace"))
    if row.failed:
        yield Chip("bad", _("Non consegnato"))
