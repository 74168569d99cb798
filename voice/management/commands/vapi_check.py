"""`manage.py vapi_check [--shop officina-rossi]`"""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from shops.http import OutboundError
from shops.management.operators import OperatorCommand, shop_named
from shops.models import Shop
from voice.client import Vapi
from voice.sync import Row, check_shops, require_settings, told

HEADINGS = ("officina", "numero", "che cosa", "presso Vapi", "atteso", "")


class Command(OperatorCommand):
    """Compare what is at Vapi with what should be there."""

    help = (
        "Confronta i numeri delle officine presso Vapi con quello che dovrebbero essere. "
        "Esce con 1 se qualcosa è diverso."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """One shop, or all active ones."""
        parser.add_argument(
            "--shop", default="", help="identificativo dell'officina; se manca, tutte quelle attive"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the table."""
        require_settings()
        try:
            active = Shop.objects.filter(status=Shop.Status.ACTIVE).order_by("slug")
            shops = [shop_named(options["shop"])] if options["shop"] else list(active)
            rows = check_shops(shops, vapi=Vapi.from_settings())
        except OutboundError as error:
            raise CommandError(told(error)) from error
        self._print(rows)
        different = sum(not row.ok for row in rows)
        if different:
            raise CommandError(f"Diversi {different} di {len(rows)}: eseguire vapi_sync per queste officine.")
        self.say("Tutto è come dovrebbe essere.")

    def _print(self, rows: list[Row]) -> None:
        cells = [
            (row.shop, row.number, row.what, row.found, row.wanted, "ok" if row.ok else "DIVERSO")
            for row in rows
        ]
        widths = [max(len(line[column]) for line in [HEADINGS, *cells]) for column in range(len(HEADINGS))]
        for line in [HEADINGS, *cells]:
            padded = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
            self.say("  ".join(padded).rstrip())
