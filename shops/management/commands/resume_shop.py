"""`manage.py resume_shop`: a suspended shop is served again."""

from typing import Any

from django.core.management.base import CommandParser

from shops import provisioning
from shops.management.operators import OperatorCommand, add_shop, shop_named


class Command(OperatorCommand):
    """Serves a suspended shop again."""

    help = "Riattiva un'officina sospesa."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which shop."""
        add_shop(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Resume it; in force at once."""
        shop = shop_named(options["shop"])
        changed = provisioning.resume(shop)
        self.say(f"{shop.slug} è {'di nuovo' if changed else 'già'} attiva.")
