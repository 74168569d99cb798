"""`manage.py delete_shop`: a dump, then the shop is gone for good."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from shops import provisioning
from shops.management.operators import OperatorCommand, add_shop, shop_named
from shops.models import Shop
from shops.refusals import Refused


class Command(OperatorCommand):
    """Deletes a shop after writing a dump of it."""

    help = (
        "Cancella per sempre un'officina: dati, file, accessi, linee. Chiede di scriverne il nome e prima mette da "
        "parte una copia: SQL, e un tar dei file."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Which shop, and the safeguards."""
        add_shop(parser)
        parser.add_argument("--confirm", metavar="NOME", help="il nome dell'officina, per gli script")
        parser.add_argument(
            "--dump-to",
            type=Path,
            default=Path(settings.BASE_DIR) / "var" / "dumps",
            metavar="CARTELLA",
            help="dove mettere la copia (var/dumps)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Delete when the name was typed; refuse otherwise."""
        shop = shop_named(options["shop"])
        typed = options["confirm"] if options["confirm"] is not None else _ask(shop)
        if typed.strip() != shop.name:
            raise Refused(f"Il nome scritto non è «{shop.name}»: niente è stato cancellato.")
        dump = provisioning.delete(shop, dump_to=options["dump_to"])
        self.say(f"Copia: {dump}")
        self.say(f"Cancellata: {shop.name} ({shop.slug}).")


def _ask(shop: Shop) -> str:
    try:
        return input(f"Cancellare per sempre {shop.slug}? Scrivere il nome dell'officina, «{shop.name}»: ")
    except (EOFError, KeyboardInterrupt):
        raise Refused(
            "Nessuno ha risposto: niente è stato cancellato. Per gli script c'è --confirm."
        ) from None
