from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SchedulingConfig(AppConfig):
    name = "scheduling"
    verbose_name = _("Officina")

    def ready(self) -> None:
        from scheduling import models, renewal, seeds
        from shops import history

        seeds.connect()
        renewal.connect()
        history.keep(
            *(models.Appointment, models.Customer, models.Vehicle, models.Consent, models.WaitingList),
            *(models.Service, models.Bay, models.OpeningHours, models.Closure),
            exclude=["created_at", "updated_at"],
        )
        history.keep(models.CalendarFeed, exclude=["created_at", "digest", "last_used_at"])
