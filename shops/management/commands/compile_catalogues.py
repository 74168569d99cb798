"""`manage.py compile_catalogues`: makes the translations ready for use. Needs no database."""

from pathlib import Path
from typing import Any

from django.conf import settings

from shops.catalogues import BrokenCatalogue, compile_catalogues
from shops.management.operators import Sentences
from shops.refusals import Refused


class Command(Sentences):
    """Compiles what changed."""

    help = "Compila i cataloghi delle traduzioni (locale/*/LC_MESSAGES/*.po) che sono cambiati."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """One line per catalogue."""
        try:
            for folder in settings.LOCALE_PATHS:
                for source, compiled in compile_catalogues(Path(folder)):
                    self.stdout.write(f"{source}: {'compilato' if compiled else 'già aggiornato'}")
        except BrokenCatalogue as error:
            raise Refused(f"Catalogo da correggere: {error}") from error
