"""`manage.py rotate_keys`"""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from shops.keys import rotate
from shops.management.operators import OperatorCommand
from shops.models import Shop


class Command(OperatorCommand):
    """Encrypt every stored secret with the first key."""

    help = (
        "Cifra di nuovo ogni segreto conservato con la prima delle FIELD_ENCRYPTION_KEYS. Per cambiare chiave: mettere "
        "la nuova per prima, riavviare, eseguire rotate_keys, togliere la vecchia. Si può ripetere."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """The counts; exit code 1 when a value cannot be read."""
        if not settings.FIELD_ENCRYPTION_KEYS:
            raise CommandError("Impostare FIELD_ENCRYPTION_KEYS.")
        done = rotate(
            Shop.objects.exclude(status__in=[Shop.Status.CREATING, Shop.Status.DELETING]).order_by("slug")
        )
        self.say(f"Cifrati di nuovo: {done.changed}. Già a posto: {done.same}.")
        if done.unreadable:
            listed = "\n".join(done.unreadable)
            raise CommandError(
                f"Non si leggono con nessuna delle chiavi e sono rimasti come prima ({len(done.unreadable)}):\n{listed}"
            )
        if len(settings.FIELD_ENCRYPTION_KEYS) > 1:
            self.say("Le chiavi dopo la prima non servono più: si possono togliere da FIELD_ENCRYPTION_KEYS.")
