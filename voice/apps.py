"""The phone's place among the installed apps."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VoiceConfig(AppConfig):
    """Registers the checks of the phone's settings."""

    name = "voice"
    verbose_name = _("Telefono")

    def ready(self) -> None:
        """Import the checks, so that they are registered."""
        from voice import checks  # noqa: F401
