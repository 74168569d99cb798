"""Freed places that were offered to the waiting list: to whom, until when, and what became of it. Read only."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from receptionist import notices
from receptionist.models import OfferStatus, SlotOffer
from scheduling.models import Appointment
from shops.admin_sites import shop_site
from shops.back_office import ReadOnly, RoomAdmin, column, short_when
from shops.filters import DayRangeFilter

COLOURS = {
    OfferStatus.HELD: "warning",
    OfferStatus.ACCEPTED: "success",
    OfferStatus.DECLINED: "info",
    OfferStatus.EXPIRED: "info",
    OfferStatus.WITHDRAWN: "danger",
}


@admin.register(SlotOffer, site=shop_site)
class SlotOfferAdmin(ReadOnly, RoomAdmin):
    """What was offered, the latest first. The place itself is the appointment: confirm or cancel it there."""

    list_display = ("made", "waiting", "state", "until")
    list_filter = ("status", ("created_at", DayRangeFilter))
    list_select_related = ("waiting__customer", "waiting__service")
    ordering = ("-created_at",)
    fields = (("made", "waiting"), ("place", "until"), ("state", "settled_at"), "message")
    readonly_fields = ("made", "place", "until", "state")

    @column(_("offerto il"), ordering="created_at")
    def made(self, row: SlotOffer) -> str:
        """When the person was asked."""
        return short_when(row.created_at)

    @column(_("tenuto fino alle"), ordering="held_until")
    def until(self, row: SlotOffer) -> str:
        """When the next in line is asked."""
        return short_when(row.held_until)

    @column(_("stato"), ordering="status", label=dict(COLOURS))
    def state(self, row: SlotOffer) -> tuple[str, str]:
        """In a colour."""
        return row.status, row.get_status_display()

    @column(_("appuntamento"))
    def place(self, row: SlotOffer) -> str:
        """The place, with the way to it."""
        found = Appointment.objects.filter(pk=row.appointment_id).first()
        if found is None:
            return "–"
        link = notices.page("scheduling_appointment_change", found.pk)
        return format_html('<a href="{}">{} · {}</a>', link, found.code, short_when(found.scheduled_at))
