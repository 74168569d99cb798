"""`manage.py create_operator`: somebody who runs the platform."""

from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import CommandParser

from shops.management.operators import OperatorCommand, password_from
from shops.refusals import Refused
from shops.staff.models import StaffUser


class Command(OperatorCommand):
    """Creates a login for the operators' admin, on the platform's host."""

    help = (
        "Crea un operatore della piattaforma. La password viene da OPERATOR_PASSWORD; se manca ne viene scelta una, "
        "mostrata una volta. Chi c'è già resta com'è, salvo --reset-password."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Who it is."""
        parser.add_argument("--email", required=True, help="con cui entra l'operatore")
        parser.add_argument(
            "--reset-password", action="store_true", help="a chi c'è già dà una password nuova, e lo riattiva"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Create the operator, or say that the login is there already."""
        email = options["email"].strip().lower()
        operator = StaffUser.objects.filter(email=email).first()
        if operator and not options["reset_password"]:
            if not operator.is_active:
                raise Refused(f"{email} è disattivato: --reset-password lo riattiva.")
            self.say(f"C'è già: {email}.")
            return
        password, made_up = password_from("OPERATOR_PASSWORD")
        _save(operator or StaffUser(email=email, role=StaffUser.Role.ADMIN), password)
        self.say(f"Entra {email}" + (f" con la password {password}" if made_up else ""))


def _save(operator: StaffUser, password: str) -> None:
    try:
        validate_password(password, operator)
        operator.is_active = True
        operator.set_password(password)
        operator.full_clean()
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from error
    operator.save()
