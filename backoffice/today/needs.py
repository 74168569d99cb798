"""What needs a person: requests that are open, messages that failed, appointments to confirm, a number that stopped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, CharField, Count, F, Value, When, Window
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.translation import gettext as _

from backoffice.today import links
from receptionist.admin_filters import failed_lately
from receptionist.models import Handover, HandoverKind, HandoverStatus, OutboundMessage, Purpose, Urgency
from scheduling import selections
from scheduling.models import Appointment
from shops.back_office import short_when
from shops.context import current_shop
from shops.models import WhatsAppNumber

MOST = 8
MOST_SMALL = 5


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody waits for a person."""

    pk: object
    who: str
    kind: str
    is_callback: bool
    urgency: str
    urgency_label: str
    wanted: str
    summary: Sequence[str]
    promised: str
    """By when the customer was promised an answer; "" for no time."""
    late: bool
    asked: str
    link: str
    can_take: bool


@dataclass(frozen=True, slots=True)
class Item:
    """One line with a link: a message that failed, an appointment to confirm."""

    text: str
    why: str
    link: str


@dataclass(frozen=True, slots=True)
class Listed[Each]:
    """The first few, how many there are, and where all of them stand."""

    rows: list[Each]
    count: int
    link: str

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.count - len(self.rows)


@dataclass(frozen=True, slots=True)
class Needs:
    """Everything that waits for a person. `None`: who looks may not see it."""

    requests: Listed[Request] | None
    failed: Listed[Item] | None
    to_confirm: Listed[Item]
    stopped: list[str]

    @property
    def is_empty(self) -> bool:
        """Nothing waits."""
        lists = (self.requests, self.failed, self.to_confirm)
        return not self.stopped and not any(each and each.count for each in lists)


def load(request: HttpRequest, *, now: datetime) -> Needs:
    """Four queries at most; without the permission to view them, requests and messages are not asked for."""
    may = request.user.has_perm
    return Needs(
        requests=_requests(now, may("receptionist.change_handover"))
        if may("receptionist.view_conversation") and may("receptionist.view_handover")
        else None,
        failed=_failed() if may("receptionist.view_outboundmessage") else None,
        to_confirm=_to_confirm(),
        stopped=_stopped(),
    )


# Not the rest of three rows.
_REQUEST = (
    *("kind", "reason", "urgency", "wanted", "summary", "callback_at", "created_at"),
    *("conversation__customer__first_name", "conversation__customer__last_name"),
    *("conversation__customer__phone", "conversation__phone_number"),
)


def _requests(now: datetime, may_take: bool) -> Listed[Request]:
    """The open ones: danger first, then by what was promised."""
    rank = Case(
        When(urgency=Urgency.DANGER, then=Value(0)),
        When(urgency=Urgency.HIGH, then=Value(1)),
        default=Value(2),
    )
    rows = list(
        Handover.objects.filter(status=HandoverStatus.OPEN)
        .select_related("conversation__customer")
        .only(*_REQUEST)
        .annotate(in_all=Window(Count("*")))
        .order_by(rank, Coalesce("callback_at", "created_at"))[:MOST]
    )
    found = [_request(row, now, may_take) for row in rows]
    link = links.changelist("receptionist_handover", status__exact=HandoverStatus.OPEN)
    return Listed(found, _in_all(rows), link)


def _in_all(rows: Sequence[object]) -> int:
    return int(getattr(rows[0], "in_all")) if rows else 0  # noqa: B009 - the annotation of the query


def _request(row: Handover, now: datetime, may_take: bool) -> Request:
    return Request(
        pk=row.pk,
        who=str(row.conversation),
        kind=str(row.get_kind_display()),
        is_callback=row.kind == HandoverKind.CALLBACK,
        urgency=row.urgency,
        urgency_label=str(row.get_urgency_display()),
        wanted=row.wanted or row.reason,
        summary=row.summary.splitlines()[:2],
        promised=short_when(row.callback_at),
        late=row.callback_at is not None and row.callback_at < now,
        asked=short_when(row.created_at),
        link=links.conversation(row.conversation_id),
        can_take=may_take,
    )


def _failed() -> Listed[Item]:
    rows = list(
        OutboundMessage.objects.filter(failed_lately())
        .annotate(in_all=Window(Count("*")))
        .order_by("-failed_at")[:MOST_SMALL]
    )
    found = [
        Item(
            text=_("%(purpose)s a %(recipient)s, %(when)s")
            % {
                "purpose": Purpose(row.purpose).label,
                "recipient": row.recipient,
                "when": short_when(row.failed_at),
            },
            why=row.error or _("Motivo sconosciuto."),
            link=links.conversation(row.conversation_id)
            if row.conversation_id
            else links.changelist("receptionist_outboundmessage", falliti="recenti"),
        )
        for row in rows
    ]
    return Listed(found, _in_all(rows), links.changelist("receptionist_outboundmessage", falliti="recenti"))


def _to_confirm() -> Listed[Item]:
    rows = list(
        Appointment.objects.filter(selections.to_confirm())
        .annotate(
            in_all=Window(Count("*")),
            work=F("service__name"),
            first=F("customer__first_name"),
            last=F("customer__last_name"),
            phone=Coalesce("customer__phone", "contact_phone", output_field=CharField()),
        )
        .order_by("scheduled_at")[:MOST_SMALL]
        .values("pk", "scheduled_at", "work", "first", "last", "phone", "in_all")
    )
    found = [
        Item(
            text=f"{short_when(row['scheduled_at'])} · {row['work']}",
            why=f"{row['first']} {row['last']}".strip() or row["phone"] or _("Cliente senza nome"),
            link=links.appointment(row["pk"]),
        )
        for row in rows
    ]
    link = links.changelist("scheduling_appointment", sospeso="conferma")
    return Listed(found, rows[0]["in_all"] if rows else 0, link)


def _stopped() -> list[str]:
    """Why nothing goes out from the shop's WhatsApp numbers, one sentence a number."""
    rows = WhatsAppNumber.objects.filter(shop=current_shop(), stopped_at__isnull=False)
    return [
        _("Il numero WhatsApp %(number)s è fermo dal %(when)s: %(why)s I messaggi aspettano in coda.")
        % {"number": number, "when": short_when(since), "why": why}
        for number, since, why in rows.values_list("number", "stopped_at", "stopped_reason")
    ]
