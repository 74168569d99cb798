from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StaffConfig(AppConfig):
    name = "shops.staff"
    label = "staff"
    verbose_name = _("Personale")

    def ready(self) -> None:
        from shops import history
        from shops.staff.models import StaffUser

        history.keep(StaffUser, exclude=["password", "last_login", "created_at", "session_round"])
