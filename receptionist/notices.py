"""Telling the shop's people, where they are: by e-mail or on WhatsApp, as each of them chose for each kind of news.

A notice is an OutboundMessage with the key `notice:{kind}:{subject}:{person}:{medium}`: stored in the transaction of
what it is about, sent after the commit, and never twice. It says no more than the person needs to act, and leads to
the page where the rest stands, behind their login.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import structlog
from django.conf import settings
from django.db.models import FilteredRelation, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from receptionist import outbox, standard_templates
from receptionist.content import Content, Template
from receptionist.italian import one_line
from receptionist.models import NoticeKind, OutboundMessage, Purpose, Urgency
from scheduling.models import Appointment
from scheduling.models.appointments import Status
from shops.context import current_shop
from shops.models import WhatsAppNumber
from shops.staff.models import StaffUser
from shops.staff.permissions import role_may

log = structlog.get_logger(__name__)
EMAIL, WHATSAPP = "email", "whatsapp"
MAX_SHORT = 120
Role = StaffUser.Role
# Who may read what a notice leads to; nobody is told of a page that is closed to them.
NEEDS = {
    NoticeKind.HANDOVER: "receptionist.view_conversation",
    NoticeKind.CALLBACK: "receptionist.view_conversation",
    NoticeKind.NEW_APPOINTMENT: "scheduling.view_appointment",
    NoticeKind.FAILED_SEND: "receptionist.view_outboundmessage",
}
# Who is told by e-mail without having chosen.
BY_DEFAULT = {
    NoticeKind.HANDOVER: frozenset({Role.ADMIN, Role.MANAGER, Role.RECEPTIONIST}),
    NoticeKind.CALLBACK: frozenset({Role.ADMIN, Role.MANAGER, Role.RECEPTIONIST}),
    NoticeKind.NEW_APPOINTMENT: frozenset[Role](),
    NoticeKind.FAILED_SEND: frozenset({Role.ADMIN, Role.MANAGER}),
}
TITLES = {
    NoticeKind.HANDOVER: "Un cliente aspetta una persona",
    NoticeKind.CALLBACK: "Un cliente da richiamare",
    NoticeKind.NEW_APPOINTMENT: "Nuovo appuntamento",
    NoticeKind.FAILED_SEND: "Messaggio non consegnato",
}
_MARKS = {Urgency.NORMAL: "", Urgency.HIGH: "Urgente: ", Urgency.DANGER: "Pericolo: "}


@dataclass(frozen=True)
class Wishes:
    """One person, and how they are told of one kind of news."""

    pk: UUID
    email: str
    phone: str
    role: str
    on_duty: bool
    by_email: bool
    by_whatsapp: bool


def page(name: str, *args: object) -> str:
    """The absolute address of a page of this shop's back office: `page("receptionist_handover_change", pk)`."""
    # Tasks and webhooks run on the platform's host; links lead to the shop's.
    return current_shop().url(reverse(f"admin:{name}", args=args, urlconf=settings.ROOT_URLCONF))


def tell(
    *,
    kind: NoticeKind,
    subject: str,
    text: str,
    link: str,
    urgency: Urgency = Urgency.NORMAL,
    short: str = "",
) -> list[OutboundMessage]:
    """Tell the people on duty; returns the notices, those of an earlier time included.

    `subject` says what it is about (an id): the same kind and subject are told to a person once on each medium.
    `text` goes by e-mail; on WhatsApp, which others may see over a shoulder, `short` (by default the kind's title) and
    the `link`, an absolute address. With nobody on duty the active administrators are told. Side effects: one
    OutboundMessage a person and medium, sent on commit. Two queries, and two for each notice. Runs inside the shop.
    """
    if kind == NoticeKind.FAILED_SEND and _is_notice(subject):
        # Otherwise a notice that cannot be delivered would bring the next one, without end.
        log.warning("a notice could not be delivered")
        return []
    return _tell(_on_duty(kind), kind, subject, text=text, link=link, urgency=urgency, short=short)


def _tell(
    people: list[Wishes],
    kind: NoticeKind,
    subject: str,
    *,
    text: str,
    link: str,
    urgency: Urgency = Urgency.NORMAL,
    short: str = "",
) -> list[OutboundMessage]:
    title = f"{_MARKS[urgency]}{TITLES[kind]}"
    told = [
        _put(kind, subject, person, medium, _content(medium, title, text, short, link))
        for person in people
        for medium in _media(person)
    ]
    if told:
        log.info("staff told", kind=str(kind), notices=len(told))
    return told


def who_hears_of_bookings() -> list[Wishes]:
    """Those who want to know that the assistant took an appointment. One query.

    To be asked before the booking: that one holds the shop's bays until it is committed.
    """
    return [each for each in _on_duty(NoticeKind.NEW_APPOINTMENT) if each.by_email or each.by_whatsapp]


def tell_booked(appointment: Appointment, people: list[Wishes]) -> list[OutboundMessage]:
    """Tell these people of an appointment, in the transaction of its booking. Two queries for each of them."""
    if not people:
        return []
    kind = NoticeKind.NEW_APPOINTMENT
    at = date_format(timezone.localtime(appointment.scheduled_at), "l j F, H:i").lower()
    car = f", {appointment.vehicle}" if appointment.vehicle else ""
    waits = " (da confermare)" if appointment.status == Status.PENDING else ""
    return _tell(
        people,
        kind,
        str(appointment.pk),
        text=f"{at}: {appointment.service.name}{car}{waits}.",
        short=f"Nuovo appuntamento: {at}, {appointment.service.name}{waits}",
        link=page("scheduling_appointment_change", appointment.pk),
    )


def tell_failed(message: OutboundMessage) -> list[OutboundMessage]:
    """That a customer did not get a message, and why. Of a notice that failed nobody is told."""
    chat = message.conversation_id
    link = page("inbox_chat", chat) if chat else current_shop().url("/admin/")
    why = f" Motivo: {message.error}" if message.error else ""
    return tell(
        kind=NoticeKind.FAILED_SEND,
        subject=str(message.pk),
        text=f"{message.get_purpose_display()} a {message.recipient}: il messaggio non è arrivato.{why}",
        link=link,
    )


def kinds_for(role: str) -> list[NoticeKind]:
    """The kinds of news that people of a role may be told of."""
    return [kind for kind in NoticeKind if role_may(role, NEEDS[kind])]


def by_default(role: str, kind: NoticeKind) -> bool:
    """Whether people of a role are told by e-mail without having chosen."""
    return role in BY_DEFAULT[kind]


def wishes_of(kind: NoticeKind) -> list[Wishes]:
    """Every active person who may be told, with what they chose or what holds without a choice. One query."""
    chosen = FilteredRelation("notices", condition=Q(notices__kind=kind))
    rows = StaffUser.objects.filter(is_active=True).annotate(chosen=chosen).order_by("created_at")
    columns = ("pk", "email", "phone", "role", "on_duty", "chosen__by_email", "chosen__by_whatsapp")
    people = [_wishes(kind, *row) for row in rows.values_list(*columns)]
    return [each for each in people if role_may(each.role, NEEDS[kind])]


def _wishes(
    kind: NoticeKind,
    pk: UUID,
    email: str,
    phone: str,
    role: str,
    on_duty: bool,
    by_email: bool | None,
    by_whatsapp: bool | None,
) -> Wishes:
    """`by_email` and `by_whatsapp` None: nothing was chosen."""
    if by_email is None:
        by_email, by_whatsapp = by_default(role, kind), False
    return Wishes(pk, email, str(phone), role, on_duty, by_email, bool(by_whatsapp))


def _on_duty(kind: NoticeKind) -> list[Wishes]:
    people = wishes_of(kind)
    on_duty = [each for each in people if each.on_duty]
    return on_duty or [each for each in people if each.role == Role.ADMIN]


def _media(person: Wishes) -> Iterator[str]:
    """WhatsApp needs a number on both sides; where one is missing the e-mail goes out instead."""
    on_whatsapp = person.by_whatsapp and bool(person.phone) and has_whatsapp()
    if on_whatsapp:
        yield WHATSAPP
    if person.by_email or (person.by_whatsapp and not on_whatsapp):
        yield EMAIL


def has_whatsapp() -> bool:
    """Whether a notice on WhatsApp goes out now: the shop's first number is not one that Meta refuses. One query."""
    numbers = WhatsAppNumber.objects.filter(shop=current_shop()).order_by("created_at", "pk")
    return list(numbers.values_list("stopped_at", flat=True)[:1]) == [None]


def mail_instead(message: OutboundMessage) -> OutboundMessage | None:
    """The same by e-mail, for a notice that WhatsApp did not take: its person may have chosen nothing else.

    None for any other message, and for somebody who has left. Once, whatever else brought them the mail.
    """
    told, _, medium = (message.key or "").rpartition(":")
    person = told.rpartition(":")[2]
    if message.purpose != Purpose.NOTICE or medium != WHATSAPP or not _is_uuid(person):
        return None
    email = StaffUser.objects.filter(pk=person, is_active=True).values_list("email", flat=True).first()
    if not email:
        return None
    content = Content.from_json(message.content)
    return outbox.put(
        channel=EMAIL,
        recipient=email,
        content=Content(content.text, subject=one_line(content.text.partition("\n")[0], MAX_SHORT)),
        purpose=Purpose.NOTICE,
        key=f"{told}:{EMAIL}",
    )


def _content(medium: str, title: str, text: str, short: str, link: str) -> Content:
    if medium == EMAIL:
        return Content(text, subject=f"{title} – {one_line(current_shop().name)}", link=link)
    line = one_line(short or title, MAX_SHORT)
    # The person has seldom written within the last day, and then only a template gets through.
    return Content(f"{line}\n{link}", template=Template(standard_templates.NOTICE, (line, link)))


def _put(kind: NoticeKind, subject: str, person: Wishes, medium: str, content: Content) -> OutboundMessage:
    return outbox.put(
        channel=medium,
        recipient=person.phone if medium == WHATSAPP else person.email,
        content=content,
        purpose=Purpose.NOTICE,
        key=f"notice:{kind}:{subject}:{person.pk}:{medium}",
    )


def _is_notice(message_id: str) -> bool:
    return (
        _is_uuid(message_id)
        and OutboundMessage.objects.filter(pk=message_id, purpose=Purpose.NOTICE).exists()
    )


def _is_uuid(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True
