"""Who is told when WhatsApp does not work: the operators of a number that Meta refuses, the shop of a lost message."""

import structlog
from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from receptionist import notices, outbox
from receptionist.content import Content
from receptionist.models import OutboundMessage, Purpose
from shops.context import current_shop
from shops.models import WhatsAppNumber
from whatsapp.models import MessageTemplate, TemplateStatus

log = structlog.get_logger(__name__)
# Only with the token that was refused: one that was set meanwhile is not stopped. Written out, since the token's
# column encrypts what it is compared with.
_STOP = """
UPDATE shops_whatsappnumber SET stopped_at = %(now)s, stopped_code = %(code)s, stopped_reason = %(words)s
 WHERE shop_id = %(shop)s AND phone_number_id = %(line)s AND stopped_at IS NULL
   AND (%(sealed)s = '' OR access_token = %(sealed)s)
"""
_REFUSED = {
    132001: TemplateStatus.MISSING,
    132015: TemplateStatus.PAUSED,
    132016: TemplateStatus.DISABLED,
}


def line_of(line: str) -> str:
    """The number a message goes out from: its own, else the shop's first. One query when it names none."""
    if line:
        return line
    mine = WhatsAppNumber.objects.filter(shop=current_shop()).order_by("created_at", "pk")
    return mine.values_list("phone_number_id", flat=True).first() or ""


def stop_number(*, line: str, code: int | None, words: str, sealed: str = "") -> None:
    """Send nothing more from a number, and tell the operators once.

    `sealed` is the stored token that was refused, "" when that is not known. To be called in a transaction; nothing
    happens when the number has stopped already. Its messages stay in the queue; a new token starts it again.
    """
    shop, now, number = current_shop(), timezone.now(), line_of(line)
    values = {
        "now": now,
        "code": code,
        "words": words[:300],
        "shop": shop.pk,
        "line": number,
        "sealed": sealed,
    }
    with connection.cursor() as cursor:
        cursor.execute(_STOP, values)
        if not cursor.rowcount:
            return
    log.error("whatsapp number stopped", line=number, code=code, shop=shop.slug)
    tell_operators(
        key=f"stopped:{number}:{now:%Y%m%dT%H%M%S}",
        subject=_("WhatsApp fermo: %(shop)s") % {"shop": shop.name},
        text=_(
            "Meta rifiuta il numero %(line)s di %(shop)s (codice %(code)s). %(words)s\n\n"
            "I suoi messaggi restano in coda e non ne parte nessuno. Dopo aver rimediato: "
            "WHATSAPP_TOKEN=… manage.py set_line --shop %(slug)s --whatsapp %(line)s, poi "
            "manage.py whatsapp_check --shop %(slug)s."
        )
        % {"line": number, "shop": shop.name, "code": code or "–", "words": words, "slug": shop.slug},
    )


def tell_operators(*, key: str, subject: str, text: str) -> None:
    """An e-mail to everybody in OPERATOR_EMAILS, once per key. Stored first, sent by a task."""
    for address in settings.OPERATOR_EMAILS:
        outbox.put(
            channel="email",
            recipient=address,
            content=Content(text, subject=subject),
            purpose=Purpose.NOTICE,
            key=f"operators:{key}:{address}",
        )


def template_at_fault(*, row: OutboundMessage, code: int | None, words: str, details: str) -> None:
    """Note it with the template, and tell the operators once a day."""
    wanted = row.content.get("template") or {}
    name, language = str(wanted.get("name", "")), str(wanted.get("language", "it"))
    reason = f"{code}: {details or words}"[:300]
    changed = {"reason": reason, "checked_at": timezone.now()}
    if code in _REFUSED:
        changed["status"] = _REFUSED[code]
    MessageTemplate.objects.filter(name=name, language=language).update(**changed)
    shop = current_shop()
    log.error("template at fault", template=name, code=code, shop=shop.slug)
    tell_operators(
        key=f"template:{name}:{code}:{timezone.now():%Y%m%d}",
        subject=_("Modello WhatsApp: %(name)s di %(shop)s") % {"name": name, "shop": shop.name},
        text=_(
            "Meta ha rifiutato il modello %(name)s di %(shop)s (codice %(code)s). %(words)s\n\n"
            "Da fare: manage.py whatsapp_templates --shop %(slug)s"
        )
        % {"name": name, "shop": shop.name, "code": code, "words": words, "slug": shop.slug},
    )


def tell_staff(row: OutboundMessage) -> None:
    """A message to a customer failed: the people who want to know are told, once."""
    notices.tell_failed(row)
