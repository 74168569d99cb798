"""WhatsApp's place among the installed apps."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WhatsAppConfig(AppConfig):
    """The room of WhatsApp."""

    name = "whatsapp"
    label = "whatsapp"
    verbose_name = _("WhatsApp")
    default_auto_field = "django.db.models.BigAutoField"
