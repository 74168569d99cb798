"""`manage.py vapi_sync --shop officina-rossi`"""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from shops.http import OutboundError
from shops.management.operators import OperatorCommand, add_shop, shop_named
from voice.client import Vapi
from voice.sync import PROVIDERS, require_settings, sync_shop, told


class Command(OperatorCommand):
    """Create or update the shop's number at Vapi."""

    help = (
        "Crea o aggiorna presso Vapi il numero di un'officina: il nostro webhook con il suo segreto, nessun "
        "assistente fisso, un numero di riserva."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The shop, and what is needed once to create its number."""
        add_shop(parser)
        parser.add_argument(
            "--fallback",
            default="",
            help="il numero che squilla quando il server non risponde; se manca, quello di trasferimento",
        )
        parser.add_argument("--number", default="", help="un numero che non è ancora una linea dell'officina")
        parser.add_argument(
            "--provider", default="", choices=("", *PROVIDERS), help="da dove viene un numero da creare"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """One sentence for each number; one sentence and exit code 1 when refused."""
        require_settings()
        try:
            done = sync_shop(
                shop_named(options["shop"]),
                vapi=Vapi.from_settings(),
                fallback=options["fallback"],
                number=options["number"],
                provider=options["provider"],
            )
        except OutboundError as error:
            raise CommandError(told(error)) from error
        for each in done:
            changes = f" ({', '.join(each.changed)})" if each.changed else ""
            self.say(f"{each.number} presso Vapi è {each.number_id}: {each.outcome}{changes}.")
