"""The shop's numbers at Meta: when one sends again, what waited for it goes out (shops.lines starts it)."""

from typing import Any

from shops.context import in_shop
from shops.models import WhatsAppNumber


def send_what_waited(sender: type, instance: WhatsAppNumber, **_kwargs: Any) -> None:
    """Receiver of post_save: a number that sends (again) has its shop's queue looked at now, not at its next turn."""
    from whatsapp.tasks import resume

    if instance.stopped_at is None:
        with in_shop(instance.shop):
            resume.queue()
