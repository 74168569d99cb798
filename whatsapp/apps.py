"""WhatsApp's place among the installed apps."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WhatsAppConfig(AppConfig):
    """The room of WhatsApp."""

    name = "whatsapp"
    label = "whatsapp"
    verbose_name = _("WhatsApp")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen for numbers that may send again and for the sweep; import the checks and the tasks beside tasks.py."""
        from django.db.models.signals import post_save

        from receptionist.signals import work_swept
        from shops.models import WhatsAppNumber
        from whatsapp import checks, media_tasks  # noqa: F401
        from whatsapp.numbers import send_what_waited

        post_save.connect(send_what_waited, sender=WhatsAppNumber, dispatch_uid="whatsapp.numbers")
        work_swept.connect(media_tasks.sweep, dispatch_uid="whatsapp.media")
