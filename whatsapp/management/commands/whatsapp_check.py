"""`manage.py whatsapp_check [--shop officina-rossi]`"""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from shops.management.operators import OperatorCommand, shop_named
from shops.models import Shop
from whatsapp.checking import Check, check_settings, check_shop


class Command(OperatorCommand):
    """Look whether everything that WhatsApp needs is there."""

    help = (
        "Controlla WhatsApp: impostazioni, numeri, token, webhook iscritti e modelli di messaggio. Una riga per ogni "
        "controllo, con che cosa fare. Non cambia nulla. Esce con 1 se qualcosa non va."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """One shop, or all that have WhatsApp."""
        parser.add_argument(
            "--shop",
            default="",
            help="identificativo dell'officina; se manca, tutte quelle attive con WhatsApp",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """One line for each check."""
        if options["shop"]:
            shops = [shop_named(options["shop"])]
        else:
            active = Shop.objects.filter(status=Shop.Status.ACTIVE, whatsapp_numbers__isnull=False)
            shops = list(active.distinct().order_by("slug"))
        checks = [*check_settings(), *(check for shop in shops for check in check_shop(shop))]
        self._print(checks)
        bad = sum(not check.ok for check in checks)
        if bad:
            raise CommandError(f"Da rivedere {bad} di {len(checks)}.")
        self.say("Tutto è come dovrebbe essere.")

    def _print(self, checks: list[Check]) -> None:
        wide = [max(len(getattr(check, name)) for check in checks) for name in ("where", "what")]
        for check in checks:
            line = f"{'OK' if check.ok else 'NO':<3} {check.where:<{wide[0]}}  {check.what:<{wide[1]}}  {check.found}"
            self.say(line if check.ok else f"{line} → {check.todo}")
