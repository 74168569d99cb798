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
        """Keep the history of the keys."""
        from api.models import ApiToken
        from shops import history

        history.keep(ApiToken, exclude=["digest", "last_used_at"])
