"""`manage.py erase_customer`: the end of what a shop knows of a customer."""

from typing import Any

from django.core.management.base import CommandParser

from receptionist.rights import asking, erase
from scheduling.errors import SchedulingError
from shops.context import in_shop
from shops.management.operators import OperatorCommand, add_shop, shop_named
from shops.refusals import Refused

YES = "cancella"


class Command(OperatorCommand):
    """Tells what would go and what would stay, asks, and erases."""

    help = (
        "Cancella quello che l'officina conserva di un cliente. I lavori fatti restano, senza il suo nome. Non si può "
        "annullare."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The shop, who, and whether to be asked."""
        add_shop(parser)
        parser.add_argument("--customer", required=True, help="identificativo o numero di telefono")
        parser.add_argument("--yes", action="store_true", help="non chiedere conferma")
        parser.add_argument("--dry-run", action="store_true", help="dire che cosa succederebbe, e basta")
        parser.add_argument(
            "--cancel-appointments", action="store_true", help="annullare anche gli appuntamenti in programma"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Show, ask, erase."""
        with in_shop(shop_named(options["shop"])):
            customer = asking.customer_named(options["customer"])
            if customer.erased_at:
                raise Refused(erase.AlreadyErased().message)
            self._show(erase.preview(customer))
            if options["dry_run"]:
                self.say("Prova: non è stato cancellato nulla.")
                return
            if not options["yes"] and not self._is_sure():
                raise Refused("Non è stato cancellato nulla.")
            try:
                done = erase.erase(
                    customer=customer,
                    by_name="comando erase_customer",
                    cancel_coming=options["cancel_appointments"],
                )
            except SchedulingError as refusal:
                hint = " (--cancel-appointments li annulla)" if refusal.code == "has_appointments" else ""
                raise Refused(f"{refusal.message}{hint}") from refusal
            erase.delete_files(erasure_id=done.pk)
        self.say("Cancellato.")

    def _show(self, plan: erase.Preview) -> None:
        for title, rows in (("Si cancella", plan.goes), ("Resta senza nome", plan.stays)):
            self.say(f"{title}: " + (", ".join(f"{name} {count}" for name, count in rows.items()) or "nulla"))
        self.say(f"File da cancellare: {plan.files}")
        if plan.coming:
            self.say(f"Appuntamenti in programma: {len(plan.coming)}")
        if plan.shared:
            plates = ", ".join(car.license_plate for car in plan.shared)
            self.say(f"Restano con la targa, perché li porta anche un altro cliente: {plates}")

    def _is_sure(self) -> bool:
        try:
            return input(f"Scrivere «{YES}» per cancellare: ").strip().lower() == YES
        except EOFError:
            return False
