"""What an employee writes to a customer from the back office."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256

import structlog
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from receptionist import handover, holding, optout, outbox, stafftemplates, storable
from receptionist.content import Content
from receptionist.models import (
    Channel,
    Conversation,
    ConversationMessage,
    ConversationStatus,
    MessageRole,
    OutboundMessage,
    Purpose,
)
from receptionist.webchat import LEFT
from shops.refusals import Refused
from shops.staff.models import StaffUser

log = structlog.get_logger(__name__)
# Meta lets a business write freely for so long after the person's last message; a minute is kept in reserve.
WINDOW = timedelta(hours=24) - timedelta(minutes=1)
# A visitor of the site keeps their chat for so long, and sees there what was written meanwhile.
WEB_WINDOW = timedelta(days=30)
MOST = 4096  # characters of a WhatsApp text


def open_until(conversation: Conversation) -> datetime | None:
    """Until when the shop may write freely in this chat (aware); None where it never can. No query."""
    windows = {Channel.WHATSAPP: WINDOW, Channel.WEB: WEB_WINDOW}
    window = windows.get(Channel(conversation.channel))
    if window is None or conversation.last_customer_at is None:
        return None
    if conversation.ended_reason == LEFT:
        return conversation.ended_at
    return conversation.last_customer_at + window


def send(
    *,
    conversation: Conversation,
    staff: StaffUser,
    text: str,
    token: str = "",
    over: uuid.UUID | None = None,
    now: datetime | None = None,
) -> OutboundMessage:
    """Write to the customer in the name of the shop; from here on the person has the chat.

    `token` makes a form that is sent twice with the same words one message. A chat that has ended is opened again, or
    its customer's open one is written in. `over`: the colleague whom they saw to have it. Side effects: the message
    out, its line in the conversation, the assistant's silence, what the customer had written is answered. Raises
    Refused with the sentence for the employee: nothing to send, too long, no WhatsApp, a colleague has it, or the 24
    hours are over.
    """
    now = now or timezone.now()
    words = storable.text(text).strip()
    if not words:
        raise Refused(_("Scrivere il messaggio."))
    if len(words) > MOST:
        raise Refused(_("Il messaggio è troppo lungo: al massimo %(most)d caratteri.") % {"most": MOST})
    try:
        with transaction.atomic():
            chat = _current(conversation)
            until = open_until(chat)
            if until is None:
                raise Refused(_("In questa conversazione non si può scrivere: si può solo telefonare."))
            if until <= now and chat.channel == Channel.WEB:
                raise Refused(_("Chi ha scritto dal sito non torna più in questa chat."))
            if until <= now:
                raise Refused(_("Sono passate più di 24 ore dall'ultimo messaggio del cliente."))
            holding.check(chat, staff, over)
            return _say(chat, staff, Content(words), token, now)
    except IntegrityError as error:
        raise Refused(_("Il cliente ha appena scritto di nuovo: aprire la nuova conversazione.")) from error


def send_template(
    *,
    conversation: Conversation,
    staff: StaffUser,
    name: str,
    values: Mapping[str, str],
    token: str = "",
    over: uuid.UUID | None = None,
    now: datetime | None = None,
) -> OutboundMessage:
    """Write to the customer with a template that WhatsApp has approved, as one may when the 24 hours are over.

    `values` fill the template's places by their keys (stafftemplates.Offer). A chat that has ended stays so: what the
    customer answers begins a new one, and the template's button asks for a person there. Side effects as `send`.
    Raises Refused: no such template now, a place left empty, a colleague has it, or the customer wrote STOP and the
    template is one that the shop begins.
    """
    now = now or timezone.now()
    with transaction.atomic():
        chat = _current(conversation, reopen=False)
        if open_until(chat) is None:
            raise Refused(_("In questa conversazione non si può scrivere: si può solo telefonare."))
        content, begins = stafftemplates.fill(chat, name, values)
        if begins and chat.customer and optout.is_out(chat.customer, chat.channel):
            raise Refused(
                _("Il cliente ha scritto STOP: riceve solo risposte, niente conferme né promemoria.")
            )
        holding.check(chat, staff, over)
        return _say(chat, staff, content, token, now)


def _key(token: str, chat: Conversation, content: Content) -> str:
    """The same words from the same form to the same chat are one message; other words are another, though the answer to
    the first was lost on its way."""
    said = f"{chat.pk} {content.text}".encode("utf-8", "surrogatepass")
    return f"staff:{storable.key(token or uuid.uuid4().hex, 100)}:{sha256(said).hexdigest()[:32]}"


def _current(conversation: Conversation, *, reopen: bool = True) -> Conversation:
    """The chat to write in, open unless there is none and not `reopen`. Locks it."""
    chats = Conversation.objects.select_for_update(no_key=True)
    row = chats.get(pk=conversation.pk)
    if row.ended_at is None or not row.contact:
        return row
    other = chats.filter(channel=row.channel, contact=row.contact, ended_at__isnull=True).first()
    if other:
        return other
    if not reopen or row.ended_reason == LEFT:  # what its visitor has forgotten opens to nobody again
        return row
    row.ended_at, row.ended_reason, row.status = None, "", ConversationStatus.ACTIVE
    row.save(update_fields=["ended_at", "ended_reason", "status"])
    return row


def _say(
    chat: Conversation, staff: StaffUser, content: Content, token: str, now: datetime
) -> OutboundMessage:
    key = _key(token, chat, content)
    payload: dict[str, object] = {"by": str(staff)}
    if content.template:
        payload["template"] = content.template.name
    _line, created = ConversationMessage.objects.get_or_create(
        conversation=chat,
        external_id=key,
        defaults={
            "role": MessageRole.STAFF,
            "text": content.text,
            "payload": payload,
            "sent_at": now,
            "received_at": now,
            "answered_at": now,
        },
    )
    if created:
        handover.staff_took_over(conversation=chat, staff=staff, at=now)
        log.info("staff wrote", template=content.template is not None)
    return outbox.put(
        channel=chat.channel,
        recipient=chat.contact,
        line=chat.line,
        content=content,
        purpose=Purpose.REPLY,
        conversation=chat,
        key=key,
    )
