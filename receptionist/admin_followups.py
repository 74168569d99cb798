"""What the shop began, and why what did not go out did not. Read only."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from receptionist import admin_offers as admin_offers  # registers its model
from receptionist.followups.reasons import state, words
from receptionist.models import FollowUp, FollowUpOutcome
from shops.admin_sites import shop_site
from shops.back_office import ReadOnly, RoomAdmin, column, short_when
from shops.filters import DayRangeFilter

COLOURS = {FollowUpOutcome.SENT.value: "success", FollowUpOutcome.SKIPPED.value: "info", "waiting": "warning"}


@admin.register(FollowUp, site=shop_site)
class FollowUpAdmin(ReadOnly, RoomAdmin):
    """What was decided, the latest first."""

    list_display = ("made", "kind", "customer", "result", "why", "delivery")
    list_filter = ("outcome", "kind", ("created_at", DayRangeFilter))
    list_select_related = ("customer", "message")
    ordering = ("-created_at",)
    fields = (("made", "kind", "day"), ("customer", "message"), ("result", "why", "delivery"))
    readonly_fields = ("made", "result", "why", "delivery")

    @column(_("deciso il"), ordering="created_at")
    def made(self, row: FollowUp) -> str:
        """When it was decided."""
        return short_when(row.created_at)

    @column(_("esito"), ordering="outcome", label=dict(COLOURS))
    def result(self, row: FollowUp) -> tuple[str, str]:
        """In a colour; what has not gone out yet is said so."""
        return state(row)

    @column(_("perché no"))
    def why(self, row: FollowUp) -> str:
        """The reason in plain words."""
        return words(row.reason)

    @column(_("consegna"))
    def delivery(self, row: FollowUp) -> str:
        """What became of the message."""
        return row.message.get_status_display() if row.message else ""
