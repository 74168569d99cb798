"""News of a shop's WhatsApp Business account: what Meta decided on its templates, and on the account."""

import structlog
from django.utils import timezone
from django.utils.translation import gettext as _

from shops.context import current_shop
from whatsapp.models import MessageTemplate, TemplateStatus
from whatsapp.payloads import Change, object_of, text
from whatsapp.work import Work

log = structlog.get_logger(__name__)
EVENTS = {
    "APPROVED": TemplateStatus.APPROVED,
    "REINSTATED": TemplateStatus.APPROVED,
    "UNFLAGGED": TemplateStatus.APPROVED,
    "PENDING": TemplateStatus.PENDING,
    "IN_APPEAL": TemplateStatus.PENDING,
    "REJECTED": TemplateStatus.REJECTED,
    "PAUSED": TemplateStatus.PAUSED,
    "DISABLED": TemplateStatus.DISABLED,
    "DELETED": TemplateStatus.MISSING,
    "PENDING_DELETION": TemplateStatus.MISSING,
}
# News of an account that keep messages from being sent.
SERIOUS = frozenset(
    {"ACCOUNT_DELETED", "ACCOUNT_RESTRICTION", "ACCOUNT_VIOLATION", "DISABLED_UPDATE", "PARTNER_REMOVED"}
)


def note_template(change: Change, work: Work) -> None:
    """Meta's verdict on a template of ours. One statement; a template that is not ours changes nothing."""
    value = change.value
    event = text(value.get("event"), 40).upper()
    status = EVENTS.get(event)
    name = text(value.get("message_template_name"), 100)
    if status is None or not name:
        log.info("template news of no use")
        return
    language = text(value.get("message_template_language"), 10)
    rows = MessageTemplate.objects.filter(waba_id=change.account, name=name)
    reason = text(value.get("reason"), 300)
    changed = rows.filter(language__in=[language, language.partition("_")[0]]).update(
        status=status, reason="" if reason.upper() == "NONE" else reason, checked_at=timezone.now()
    )
    log.info("template's status", template=name if changed else "?", status=str(status), known=bool(changed))


def note_update(change: Change, work: Work) -> None:
    """Something happened to the account: logged, and told the operators when nothing can be sent any more."""
    event = text(change.value.get("event"), 60).upper()
    known = event if event.replace("_", "").isalpha() else "?"
    log.warning("whatsapp account update", event_name=known, account=change.account)
    if known not in SERIOUS:
        return
    from whatsapp.alerts import tell_operators

    shop = current_shop()
    ban = text(object_of(change.value.get("ban_info")).get("waba_ban_state"), 60)
    tell_operators(
        key=f"account:{change.account}:{known}:{timezone.now():%Y%m%d}",
        subject=_("Account WhatsApp: %(shop)s") % {"shop": shop.name},
        text=_("Meta comunica per l'account %(account)s di %(shop)s: %(event)s %(state)s")
        % {"account": change.account, "shop": shop.name, "event": known, "state": ban},
    )
