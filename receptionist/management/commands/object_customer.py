"""`manage.py object_customer`: no more promotion for a customer of a shop."""

from typing import Any

from django.core.management.base import CommandParser

from receptionist.rights import asking, objecting
from shops import history
from shops.context import in_shop
from shops.management.operators import OperatorCommand, add_shop, shop_named
from shops.refusals import Refused

ACTOR = "comando object_customer"


class Command(OperatorCommand):
    """Notes the objection. Safe to repeat."""

    help = (
        "Annota che un cliente si oppone alle comunicazioni promozionali: da subito non ne partono più, nemmeno quelle in "
        "coda. I messaggi sui suoi appuntamenti continuano."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The shop and who."""
        add_shop(parser)
        parser.add_argument("--customer", required=True, help="identificativo o numero di telefono")

    def handle(self, *args: Any, **options: Any) -> None:
        """Say whether that was news."""
        with in_shop(shop_named(options["shop"])):
            customer = asking.customer_named(options["customer"])
            if customer.erased_at:
                raise Refused("I dati di questo cliente sono stati cancellati: non gli si scrive più.")
            with history.acting(name=ACTOR):
                new = objecting.object_to_promotion(customer=customer)
        self.say("Annotato: niente più promozioni." if new else "Era già annotato: niente promozioni.")
