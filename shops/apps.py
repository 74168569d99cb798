from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ShopsConfig(AppConfig):
    name = "shops"
    verbose_name = _("Piattaforma")

    def ready(self) -> None:
        from shops import checks, routing  # noqa: F401 - registers the checks

        routing.connect_invalidation()
