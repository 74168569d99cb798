"""`manage.py vapi_sync --shop officina-rossi`"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from shops.http import OutboundError
from shops.provisioning import Refused
from voice.client import Vapi
from voice.management.shop_option import shop_by_slug
from voice.sync import PROVIDERS, require_settings, sync_shop


class Command(BaseCommand):
    """Create or update the shop's number at Vapi."""

    help = (
        "Create or update a shop's number at Vapi: our webhook, its secret, no fixed assistant, a fallback."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The shop, and what is needed once to create its number."""
        parser.add_argument("--shop", required=True, help="the shop's identifier, like officina-rossi")
        parser.add_argument(
            "--fallback", default="", help="rings when we do not answer; default: transfer number"
        )
        parser.add_argument("--number", default="", help="a number that is not a line of the shop yet")
        parser.add_argument("--provider", default="", choices=("", *PROVIDERS), help="to create the number")

    def handle(self, *args: Any, **options: Any) -> None:
        """One sentence for each number; one sentence and exit code 1 when refused."""
        try:
            require_settings()
            done = sync_shop(
                shop_by_slug(options["shop"]),
                vapi=Vapi.from_settings(),
                fallback=options["fallback"],
                number=options["number"],
                provider=options["provider"],
            )
        except (Refused, OutboundError) as error:
            raise CommandError(str(error)) from error
        for each in done:
            changes = f" ({', '.join(each.changed)})" if each.changed else ""
            self.stdout.write(f"{each.number} is {each.number_id} at Vapi: {each.outcome}{changes}.")
