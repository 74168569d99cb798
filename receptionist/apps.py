"""The receptionist's place among the installed apps."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReceptionistConfig(AppConfig):
    """Seeds a new shop's receptionist when the platform creates the shop."""

    name = "receptionist"
    label = "receptionist"
    verbose_name = _("Assistente")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen for new shops and to the workshop; check the settings."""
        from receptionist import (
            checks,  # noqa: F401 - registers them
            demo,
            remotecopies,
            signals,
        )
        from receptionist.confirmations import on_settled
        from receptionist.followups import events
        from receptionist.freed import on_cancelled
        from receptionist.merged import on_merged
        from receptionist.models import (
            AIConfig,
            FollowUpConfig,
            FollowUpSetting,
            NoticeSetting,
            PrivacyConfig,
        )
        from receptionist.seeds import seed_new_shop
        from scheduling.signals import (
            appointment_cancelled,
            appointment_settled,
            customers_merged,
            demo_filled,
        )
        from shops import history
        from shops.signals import shop_created

        history.keep(AIConfig, NoticeSetting, FollowUpConfig, exclude=["only", "updated_at"])
        history.keep(FollowUpSetting, PrivacyConfig, exclude=["only", "updated_at"])
        shop_created.connect(seed_new_shop, dispatch_uid="receptionist.seeds")
        appointment_settled.connect(on_settled, dispatch_uid="receptionist.confirmations")
        appointment_cancelled.connect(on_cancelled, dispatch_uid="receptionist.freed")
        customers_merged.connect(on_merged, dispatch_uid="receptionist.merged")
        demo_filled.connect(demo.on_filled, dispatch_uid="receptionist.demo")
        events.connect()
        signals.work_swept.connect(remotecopies.sweep, dispatch_uid="receptionist.remotecopies")
