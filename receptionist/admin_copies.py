"""Copies at providers that are to be deleted there: what waits, and why it still does."""

from django.contrib import admin

from receptionist.models import RemoteCopy
from shops.admin_sites import shop_site
from shops.back_office import ReadOnly, RoomAdmin
from shops.filters import DayRangeFilter


@admin.register(RemoteCopy, site=shop_site)
class RemoteCopyAdmin(ReadOnly, RoomAdmin):
    """The latest first. Ids of calls and files are of no use to people: what is shown is how far it is."""

    list_display = ("created_at", "service", "attempts", "next_attempt_at", "done_at", "error")
    list_filter = ("service", ("created_at", DayRangeFilter))
    ordering = ("-created_at",)
    fields = (
        ("service", "external_id", "line"),
        ("created_at", "attempts", "next_attempt_at"),
        "done_at",
        "error",
    )
