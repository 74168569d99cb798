"""WhatsApp in the shop's back office: its message templates, as Meta sees them. Read only: a command keeps them."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from shops.admin_sites import shop_site
from shops.back_office import ReadOnly, RoomAdmin, column, short_when
from whatsapp.models import MessageTemplate, TemplateStatus

COLOURS = {
    TemplateStatus.MISSING: "info",
    TemplateStatus.PENDING: "info",
    TemplateStatus.APPROVED: "success",
    TemplateStatus.REJECTED: "danger",
    TemplateStatus.PAUSED: "warning",
    TemplateStatus.DISABLED: "danger",
}


@admin.register(MessageTemplate, site=shop_site)
class MessageTemplateAdmin(ReadOnly, RoomAdmin):
    """What goes out when a customer has not written for a day, and whether Meta allows it."""

    list_display = ("name", "state", "body", "reason", "checked")
    list_filter = ("status",)
    search_fields = ("name", "body")
    ordering = ("name",)
    fields = (("name", "language", "category"), ("state", "checked"), "reason", "body")
    readonly_fields = ("state", "checked")

    @column(_("stato"), ordering="status", label=dict(COLOURS))
    def state(self, row: MessageTemplate) -> tuple[str, str]:
        """In a colour."""
        return row.status, row.get_status_display()

    @column(_("controllato il"), ordering="checked_at")
    def checked(self, row: MessageTemplate) -> str:
        """When Meta was last asked."""
        return short_when(row.checked_at)
