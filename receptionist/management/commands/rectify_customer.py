"""`manage.py rectify_customer`: what is wrong about a customer of a shop, put right."""

from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction

from receptionist.rights import asking, rectifying
from scheduling.errors import SchedulingError
from scheduling.models import Customer
from shops import history
from shops.context import in_shop
from shops.management.operators import OperatorCommand, add_shop, shop_named
from shops.refusals import Refused

ACTOR = "comando rectify_customer"
OPTIONS = {
    "first_name": "nome",
    "last_name": "cognome",
    "phone": "numero di telefono",
    "email": "indirizzo e-mail",
    "language": "lingua: it, en, de…",
    "notes": "note interne",
}


class Command(OperatorCommand):
    """Changes what is given and nothing else; all of it or nothing."""

    help = (
        "Corregge i dati di un cliente, o targa e telaio di una sua auto. Cambia solo quello che si indica; un testo vuoto "
        "toglie il dato."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The shop, who, and what is right."""
        add_shop(parser)
        parser.add_argument("--customer", required=True, help="identificativo o numero di telefono")
        for name, words in OPTIONS.items():
            parser.add_argument(f"--{name.replace('_', '-')}", dest=name, help=words)
        parser.add_argument("--car", help="la targa, com'è adesso, dell'auto da correggere")
        parser.add_argument("--plate", help="la targa giusta")
        parser.add_argument("--vin", help="il telaio giusto")

    def handle(self, *args: Any, **options: Any) -> None:
        """Say which data changed, never what they are."""
        own = {name: options[name] for name in OPTIONS if options[name] is not None}
        car = {
            field: options[name]
            for name, field in (("plate", "license_plate"), ("vin", "vin"))
            if options[name] is not None
        }
        if not own and not car:
            raise Refused("Indicare che cosa correggere, per esempio --last-name Verdi.")
        if car and not options["car"]:
            raise Refused("Indicare con --car la targa dell'auto da correggere, com'è adesso.")
        with in_shop(shop_named(options["shop"])):
            customer = asking.customer_named(options["customer"])
            if customer.erased_at:
                raise Refused("I dati di questo cliente sono stati cancellati: non c'è nulla da correggere.")
            changed = self._correct(customer, own, car, options["car"] or "")
        self.say(f"Corretto: {', '.join(changed)}." if changed else "Era già così: non è cambiato nulla.")

    def _correct(self, customer: Customer, own: dict[str, str], car: dict[str, str], plate: str) -> list[str]:
        changed: list[str] = []
        try:
            with transaction.atomic(), history.acting(name=ACTOR):
                if own:
                    changed += rectifying.rectify(customer=customer, changes=own)
                if car:
                    changed += rectifying.rectify_car(customer=customer, plate=plate, changes=car)
        except SchedulingError as refusal:
            raise Refused(f"Non è stato corretto nulla. {refusal.message}") from refusal
        return changed
