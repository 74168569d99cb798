"""What the models cost, per day and model: to be looked at."""

from django.contrib import admin
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from receptionist.models import ModelUsage
from shops.admin_sites import shop_site
from shops.back_office import ReadOnly, RoomAdmin
from shops.filters import DayRangeFilter


@admin.register(ModelUsage, site=shop_site)
class ModelUsageAdmin(ReadOnly, RoomAdmin):
    """Tokens, audio and dollars, the latest day first."""

    list_display = (
        "day",
        "model",
        "requests",
        "prompt_tokens",
        "completion_tokens",
        "audio_seconds",
        "dollars",
    )
    list_filter = ("model", ("day", DayRangeFilter))
    date_hierarchy = "day"
    ordering = ("-day", "model")
    fields = (
        ("day", "model", "requests"),
        ("prompt_tokens", "completion_tokens", "audio_seconds"),
        "cost",
    )

    @admin.display(description=_("costo ($)"), ordering="cost")
    def dollars(self, row: ModelUsage) -> str:
        """To the cent of a cent: a short conversation costs less than a cent."""
        return str(number_format(row.cost, decimal_pos=4))
