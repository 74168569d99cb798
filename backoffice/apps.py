"""The back office's place among the installed apps."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BackofficeConfig(AppConfig):
    """Pages only; its admin module puts them on the shop's site."""

    name = "backoffice"
    verbose_name = _("Officina")

    def ready(self) -> None:
        """Listen to the history, for the first hour; and to who is erased."""
        from backoffice.firsthour import noticing
        from backoffice.tryout import talk
        from receptionist import signals

        noticing.connect()
        signals.customer_erased.connect(talk.forget_all, dispatch_uid="backoffice.tryout")
