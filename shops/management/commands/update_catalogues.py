"""`manage.py update_catalogues`: brings the English catalogue's list of texts up to date. Needs no database."""

from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings

from shops import texts
from shops.management.operators import Sentences


class Command(Sentences):
    """For who writes translations: what is new gets an empty entry, what is gone is dropped."""

    help = "Aggiorna l'elenco dei testi da tradurre in inglese (locale/en): aggiunge i nuovi, toglie quelli spariti."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Say how many, and where."""
        source = Path(settings.LOCALE_PATHS[0]) / "en" / "LC_MESSAGES" / "django.po"
        source.parent.mkdir(parents=True, exist_ok=True)
        found = texts.texts_in(own_folders())
        new, gone = texts.update(source, found)
        left = len(texts.untranslated(source, found))
        self.stdout.write(f"{source}: {new} nuovi, {gone} tolti, {left} da tradurre")


def own_folders() -> list[Path]:
    """The rooms of this project, and not the libraries installed below it."""
    folders = [Path(app.path) for app in apps.get_app_configs()]
    return [
        path
        for path in folders
        if path.is_relative_to(settings.BASE_DIR) and "site-packages" not in path.parts
    ]
