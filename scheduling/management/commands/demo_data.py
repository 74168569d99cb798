"""`manage.py demo_data`: believable customers, cars and appointments for a shop that has none yet."""

from typing import Any

from django.core.management.base import CommandParser

from scheduling import demo
from shops.context import in_shop
from shops.management.operators import OperatorCommand, add_shop, shop_named
from shops.refusals import Refused


class Command(OperatorCommand):
    """Fills a shop for a demonstration; does nothing when it was filled before."""

    help = (
        "Riempie un'officina di clienti, veicoli e appuntamenti credibili, intorno a oggi. Su un'officina già riempita "
        "non fa nulla; su una con clienti veri si rifiuta."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The shop, and what it should look like."""
        add_shop(parser)
        parser.add_argument(
            "--kind", choices=[kind.value for kind in demo.Kind], help="predefinito: dal nome dell'officina"
        )
        parser.add_argument(
            "--size", choices=["large", "small"], help="predefinito: piccola per una carrozzeria"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Fill, and say what is there now."""
        shop = shop_named(options["shop"])
        kind = demo.Kind(options["kind"]) if options["kind"] else None
        try:
            with in_shop(shop):
                filled = demo.fill(shop, kind=kind, size=options["size"])
        except demo.RealCustomers as error:
            raise Refused(
                f"{shop.slug} ha già dei clienti: i dati di prova non si mescolano ai veri."
            ) from error
        state = "riempita" if filled.created else "era già riempita"
        self.say(f"{shop.name} {state}: {filled.customers} clienti, {filled.appointments} appuntamenti.")
