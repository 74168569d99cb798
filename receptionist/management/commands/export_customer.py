"""`manage.py export_customer`: everything about a customer of a shop as a ZIP."""

import os
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from receptionist.rights import asking, export
from receptionist.rights import person as people
from shops.context import in_shop
from shops.management.operators import OperatorCommand, add_shop, shop_named
from shops.refusals import Refused


class Command(OperatorCommand):
    """Writes the ZIP of one person's data, readable by its owner alone."""

    help = "Scrive in un file ZIP tutto quello che l'officina conserva di un cliente, per consegnarglielo."

    def add_arguments(self, parser: CommandParser) -> None:
        """The shop, who, and where to."""
        add_shop(parser)
        parser.add_argument("--customer", required=True, help="identificativo o numero di telefono")
        parser.add_argument(
            "--to", required=True, type=Path, help="il file da scrivere, per esempio dati.zip"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it whole or not at all; a file that is there is not overwritten."""
        target: Path = options["to"]
        if target.exists():
            raise Refused(f"{target} c'è già: indicare un altro file.")
        part = target.with_name(f"{target.name}.part")
        with in_shop(shop_named(options["shop"])):
            customer = asking.customer_named(options["customer"])
            if customer.erased_at:
                raise Refused("I dati di questo cliente sono stati cancellati: non c'è nulla da consegnare.")
            try:
                handle = os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
                with os.fdopen(handle, "w+b") as file:
                    export.write(people.of(customer), file)
                part.rename(target)
            except OSError as error:
                raise Refused(f"Non si può scrivere {target}: {error.strerror or error}.") from error
            finally:
                part.unlink(missing_ok=True)
        self.say(f"Scritto {target} ({target.stat().st_size} byte).")
