from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ShopsConfig(AppConfig):
    name = "shops"
    verbose_name = _("Piattaforma")

    def ready(self) -> None:
        from shops import history, routing, support
        from shops.db import contenttypes

        contenttypes.connect()
        history.connect()
        routing.connect_invalidation()
        support.connect()
