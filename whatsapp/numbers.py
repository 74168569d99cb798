"""The shop's numbers at Meta, as far as sending goes: started again after Meta had refused them."""

from typing import Any

from django.db import transaction

from shops.context import in_shop
from shops.models import WhatsAppNumber


def restart(number: WhatsAppNumber) -> bool:
    """Send from this number again: an operator says that Meta takes it. Whether it had stopped.

    To be called with a login that may change it. Side effects: the row; its shop's queue is sent on commit.
    """
    if number.stopped_at is None:
        return False
    number.stopped_at, number.stopped_code, number.stopped_reason = None, None, ""
    with transaction.atomic():
        number.save(update_fields=["stopped_at", "stopped_code", "stopped_reason"])
    return True


def send_what_waited(sender: type, instance: WhatsAppNumber, **_kwargs: Any) -> None:
    """Receiver of post_save: a number that sends (again) has its shop's queue looked at now, not at its next turn."""
    from whatsapp.tasks import resume

    if instance.stopped_at is None:
        with in_shop(instance.shop):
            resume.queue()
