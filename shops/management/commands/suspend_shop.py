"""`manage.py suspend_shop`: the shop keeps everything and is not served."""

from typing import Any

from django.core.management.base import CommandParser

from shops import provisioning
from shops.management.operators import OperatorCommand, add_shop, shop_named


class Command(OperatorCommand):
    """Stops serving a shop."""

    help = (
        "Sospende un'officina: le pagine rispondono 503, chi chiama sente una frase cortese. I dati restano."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Which shop."""
        add_shop(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Suspend it; in force at once."""
        shop = shop_named(options["shop"])
        changed = provisioning.suspend(shop)
        self.say(f"{shop.slug} è {'ora' if changed else 'già'} sospesa.")
