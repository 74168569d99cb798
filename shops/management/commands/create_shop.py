"""`manage.py create_shop`: an officina, ready to answer."""

from typing import Any

from django.core.management.base import CommandParser

from shops import provisioning
from shops.management.operators import OperatorCommand, password_from
from shops.models import Shop


class Command(OperatorCommand):
    """Creates a shop with its schema, its role, what an officina starts with and its first manager."""

    help = (
        "Crea un'officina pronta a rispondere: schema, ruolo, servizi, orari, postazioni e il primo responsabile. "
        "La password del responsabile viene da MANAGER_PASSWORD; se manca ne viene scelta una, mostrata una volta."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """What creating a shop takes."""
        parser.add_argument("--name", required=True, help="il nome, come «Officina Rossi»")
        parser.add_argument(
            "--slug", default="", help="identificativo; se manca viene dal nome: officina-rossi"
        )
        parser.add_argument(
            "--domain", required=True, help="host del back office, senza http:// e senza porta"
        )
        parser.add_argument("--phone", required=True, help="telefono dell'officina, come +39 02 12345678")
        parser.add_argument("--tier", default=Shop.Tier.STARTER, help=f"piano: {', '.join(Shop.Tier.values)}")
        parser.add_argument("--timezone", default="Europe/Rome", help="fuso orario, come Europe/Rome")
        parser.add_argument("--manager-email", required=True, help="con cui entra il primo responsabile")
        parser.add_argument("--if-missing", action="store_true", help="va bene anche se l'officina c'è già")

    def handle(self, *args: Any, **options: Any) -> None:
        """Create the shop and say how to enter; with --if-missing a shop that is there stays as it is."""
        password, made_up = password_from("MANAGER_PASSWORD")
        wish = provisioning.NewShop(
            name=options["name"],
            slug=options["slug"],
            domain=options["domain"],
            phone_number=options["phone"],
            subscription_tier=options["tier"],
            timezone=options["timezone"],
            manager_email=options["manager_email"],
            manager_password=password,
        )
        if options["if_missing"] and provisioning.exists(wish.identifier):
            self.say(f"C'è già: {wish.identifier}.")
            return
        shop = provisioning.create_shop(wish, progress=lambda step: self.say(f"  {step}…"))
        self.say(f"Creata: {shop.name} ({shop.slug}), {shop.url('/admin/')}")
        self.say(
            f"Entra {wish.manager_email.strip().lower()}"
            + (f" con la password {password}" if made_up else "")
        )
