"""What tests of sending share: the stand-in for Meta, the shop's number there, and messages to send."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from receptionist.content import Content, Template
from receptionist.models import Channel, Conversation, OutboundMessage, Purpose
from sandbox.meta import Meta, meta_server
from shops.context import current_shop
from shops.crypto import encrypt
from shops.models import Shop
from tests.database import superuser

ANNA = "+393331234567"
BRUNO = "+393337654321"
SECRET = "the app secret of the sending tests"
CONFIRMATION = Template(
    "aros_conferma",
    ("Officina Rossi", "gio 26 novembre", "09:30", "Tagliando", "Via Roma 1"),
    ("move:A", "cancel:A"),
)


@contextmanager
def meta(settings: Any) -> Iterator[Meta]:
    """The stand-in, as the address of the Graph API. Its webhooks go nowhere."""
    with meta_server(SECRET, "http://127.0.0.1:1", first_retry=60) as running:
        settings.WHATSAPP_API_URL = running.url
        settings.WHATSAPP_TIMEOUT = 2.0
        yield running


def number(
    shop: Shop, line: str = "wa-rossi", token: str = "token-wa-rossi", waba: str = "waba-rossi"
) -> None:
    """Give the shop its number at Meta, as set_line does with the owner's login."""
    with superuser() as admin:
        admin.execute(
            "INSERT INTO public.shops_whatsappnumber (id, shop_id, phone_number_id, waba_id, number, access_token, "
            "stopped_reason, created_at) VALUES (gen_random_uuid(), %s, %s, %s, '+390212345678', %s, '', now())",
            [shop.pk, line, waba, encrypt(token) if token else ""],
        )


def chat(contact: str = ANNA, *, wrote: datetime | None = None, line: str = "wa-rossi") -> Conversation:
    """An open chat in which the person has just written."""
    return Conversation.objects.create(
        channel=Channel.WHATSAPP,
        external_id=f"wamid.{contact}",
        contact=contact,
        phone_number=contact if contact.startswith("+") else "",
        caller_verified=True,
        line=line,
        last_customer_at=wrote or timezone.now(),
    )


def message(text: str = "Buongiorno", *, recipient: str = ANNA, **values: Any) -> OutboundMessage:
    """A stored message that no task was queued for."""
    content = values.pop("content", None) or Content(text, template=values.pop("template", None))
    return OutboundMessage.objects.create(
        **{
            "channel": "whatsapp",
            "recipient": recipient,
            "line": "wa-rossi",
            "purpose": Purpose.REPLY,
            "content": content.to_json(),
        }
        | values
    )


def long_ago() -> datetime:
    """When the window had long closed."""
    return timezone.now() - timedelta(days=2)


def open_window(running: Meta, *people: str, line: str = "wa-rossi") -> None:
    """These people have written to the number, as the stand-in sees it."""
    for person in people or (ANNA,):
        running.write(line, person, "Ciao")


def again(row: OutboundMessage) -> OutboundMessage:
    """The row as it stands now."""
    row.refresh_from_db()
    return row


def shop_number() -> Any:
    """The current shop's number."""
    from shops.models import WhatsAppNumber

    return WhatsAppNumber.objects.get(shop=current_shop())
