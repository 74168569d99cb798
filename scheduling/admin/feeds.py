"""The calendar feeds of everybody, for who answers for the shop: to be looked at, and revoked."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from scheduling import feeds
from scheduling.models import CalendarFeed
from shops.admin_sites import shop_site
from shops.back_office import ReadOnly, RoomAdmin, column


@admin.register(CalendarFeed, site=shop_site)
class CalendarFeedAdmin(ReadOnly, RoomAdmin):
    """Whose calendars follow the shop, since when, and when they last asked. The addresses are kept nowhere."""

    list_display = ("staff", "name", "reach", "created_at", "last_used_at", "state")
    list_filter = ("only_mine",)
    list_select_related = ("staff",)
    search_fields = ("staff__email", "staff__first_name", "staff__last_name", "name")
    ordering = ("-created_at",)
    fields = ("staff", "name", "only_mine", "created_at", "last_used_at", "revoked_at")
    actions = ("revoke",)

    @column(_("mostra"), ordering="only_mine")
    def reach(self, row: CalendarFeed) -> str:
        """What stands in it."""
        return str(_("solo i suoi lavori") if row.only_mine else _("tutta l'officina"))

    @column(_("stato"), label={"on": "success", "off": "danger"})
    def state(self, row: CalendarFeed) -> tuple[str, str]:
        """Whether the address still opens."""
        if row.revoked_at is not None:
            return "off", str(_("revocato"))
        return ("on", str(_("attivo"))) if row.staff.is_active else ("off", str(_("persona non attiva")))

    @admin.action(description=_("Revoca i calendari scelti"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, rows: QuerySet[CalendarFeed]) -> None:
        """From now on they open nothing."""
        number = 0
        for row in rows.filter(revoked_at=None):
            feeds.revoke(feed=row)
            number += 1
        said = ngettext("%(number)d calendario revocato.", "%(number)d calendari revocati.", number)
        messages.success(request, said % {"number": number})

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Who answers for the shop's data."""
        return bool(request.user.has_perm("scheduling.change_calendarfeed"))
