"""The back office's place among the installed apps."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BackofficeConfig(AppConfig):
    """Pages only; its admin module puts them on the shop's site."""

    name = "backoffice"
    verbose_name = _("Officina")

    def ready(self) -> None:
        """Listen to the history, for the first hour."""
        from backoffice.firsthour import noticing

        noticing.connect()
