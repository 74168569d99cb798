"""The REST API's place among the installed apps."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ApiConfig(AppConfig):
    """What the shop's own programs may do, at /api/v1/ on the shop's host."""

    name = "api"
    label = "api"
    verbose_name = _("Collegamenti")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Keep the history of the keys; forget who is erased."""
        from api.erasing import on_erased
        from api.models import ApiToken
        from receptionist.signals import customer_erased
        from shops import history

        history.keep(ApiToken, exclude=["digest", "last_used_at"])
        customer_erased.connect(on_erased, dispatch_uid="api.erasing")
