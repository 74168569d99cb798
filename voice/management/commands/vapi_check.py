"""`manage.py vapi_check [--shop officina-rossi]`"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from shops.http import OutboundError
from shops.models import Shop
from shops.provisioning import Refused
from voice.client import Vapi
from voice.management.shop_option import shop_by_slug
from voice.sync import Row, check_shops, require_settings

HEADINGS = ("shop", "number", "what", "at Vapi", "should be", "")


class Command(BaseCommand):
    """Compare what is at Vapi with what should be there."""

    help = "Compare the shops' numbers at Vapi with what they should be; exit code 1 on any difference."

    def add_arguments(self, parser: CommandParser) -> None:
        """One shop, or all active ones."""
        parser.add_argument("--shop", default="", help="the shop's identifier; default: all active shops")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the table."""
        try:
            require_settings()
            active = Shop.objects.filter(status=Shop.Status.ACTIVE).order_by("slug")
            shops = [shop_by_slug(options["shop"])] if options["shop"] else list(active)
            rows = check_shops(shops, vapi=Vapi.from_settings())
        except (Refused, OutboundError) as error:
            raise CommandError(str(error)) from error
        self._print(rows)
        different = sum(not row.ok for row in rows)
        if different:
            raise CommandError(f"{different} of {len(rows)} differ: run vapi_sync for the shops above.")
        self.stdout.write("Everything is as it should be.")

    def _print(self, rows: list[Row]) -> None:
        cells = [
            (row.shop, row.number, row.what, row.found, row.wanted, "ok" if row.ok else "DIFFERS")
            for row in rows
        ]
        widths = [max(len(line[column]) for line in [HEADINGS, *cells]) for column in range(len(HEADINGS))]
        for line in [HEADINGS, *cells]:
            padded = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
            self.stdout.write("  ".join(padded).rstrip())
