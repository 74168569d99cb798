"""Telephone lines and WhatsApp numbers: attached to a shop, or moved to it from another."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from shops.context import in_public
from shops.crypto import Undecryptable
from shops.models import PhoneLine, Shop, WhatsAppNumber
from shops.phones import normalise_phone
from shops.refusals import Refused


def attach_line(shop: Shop, *, phone_number_id: str, number: str) -> tuple[PhoneLine, bool]:
    """Attach a Vapi line to the shop, or move it there from another. Returns the line and whether anything changed.

    In force at once: routing forgets the line. Raises Refused when the number is another line's.
    """
    e164 = _e164(number)
    try:
        with in_public(), transaction.atomic():
            clash = PhoneLine.objects.filter(number=e164).exclude(phone_number_id=phone_number_id).first()
            if clash:
                text = _("%(number)s è già la linea %(line)s di %(shop)s: spostare quella.")
                given = {"number": e164, "line": clash.phone_number_id, "shop": clash.shop.slug}
                raise Refused(text % given)
            line = PhoneLine.objects.select_for_update().filter(phone_number_id=phone_number_id).first()
            if line is None:
                line = PhoneLine(phone_number_id=phone_number_id)
            return line, _save_if_changed(line, {"shop": shop, "number": e164})
    except IntegrityError as error:
        text = _("%(number)s è appena stato assegnato a un'altra linea: riprovare.")
        raise Refused(text % {"number": e164}) from error


def attach_whatsapp(
    shop: Shop, *, phone_number_id: str, waba_id: str = "", number: str = "", access_token: str | None = None
) -> tuple[WhatsAppNumber, bool]:
    """Attach a WhatsApp number to the shop, or move it there. What is absent keeps its stored value.

    Returns the number and whether anything changed. With `number` the shop also shows it as its WhatsApp number. A
    token starts a number again that Meta had refused.
    """
    wanted = {
        "shop": shop,
        "waba_id": waba_id,
        "number": _e164(number) if number else "",
        "access_token": access_token,
    }
    given = {name: value for name, value in wanted.items() if value}
    if access_token:
        given |= {"stopped_at": None, "stopped_code": None, "stopped_reason": ""}
    try:
        with in_public(), transaction.atomic():
            rows = WhatsAppNumber.objects.select_for_update().defer("access_token")
            found = rows.filter(phone_number_id=phone_number_id).first()
            whatsapp = found or WhatsAppNumber(phone_number_id=phone_number_id)
            changed = _save_if_changed(whatsapp, given)
            if changed and whatsapp.number and shop.whatsapp_number != whatsapp.number:
                shop.whatsapp_number = whatsapp.number
                shop.save(update_fields=["whatsapp_number"])
            return whatsapp, changed
    except IntegrityError as error:
        text = _("Il numero %(number)s è appena stato assegnato: riprovare.")
        raise Refused(text % {"number": phone_number_id}) from error


def restart_whatsapp(number: WhatsAppNumber) -> bool:
    """Send from this number again, since Meta takes it again. Whether it had stopped.

    Side effects: the row; its queue is sent on commit (whoever sends listens for the row being saved).
    """
    if number.stopped_at is None:
        return False
    number.stopped_at, number.stopped_code, number.stopped_reason = None, None, ""
    number.save(update_fields=["stopped_at", "stopped_code", "stopped_reason"])
    return True


def _has(line: PhoneLine | WhatsAppNumber, name: str, value: Any) -> bool:
    """Whether the field has this value already; a token that no key reads is none."""
    try:
        return bool(getattr(line, name) == value)
    except Undecryptable:
        return False


def _e164(number: str) -> str:
    e164 = normalise_phone(number)
    if e164 is None:
        raise Refused(_("«%(number)s» non è un numero di telefono.") % {"number": number})
    return e164


def _save_if_changed(line: PhoneLine | WhatsAppNumber, values: dict[str, Any]) -> bool:
    is_new = line._state.adding
    if not is_new and all(_has(line, name, value) for name, value in values.items()):
        return False
    for name, value in values.items():
        setattr(line, name, value)
    try:
        line.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        raise Refused("; ".join(error.messages)) from error
    line.save()
    return True
