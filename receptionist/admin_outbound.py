"""What the shop has sent, and what became of it. Read only."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from receptionist.admin_filters import FailedLatelyFilter
from receptionist.models import OutboundMessage, OutboundStatus
from shops.admin_sites import shop_site
from shops.back_office import ReadOnly, RoomAdmin, column, short_when
from shops.filters import DayRangeFilter

COLOURS = {
    OutboundStatus.QUEUED: "info",
    OutboundStatus.SENDING: "info",
    OutboundStatus.SENT: "success",
    OutboundStatus.DELIVERED: "success",
    OutboundStatus.READ: "success",
    OutboundStatus.FAILED: "danger",
}
CHANNELS = {"whatsapp": _("WhatsApp"), "email": _("e-mail")}
MAX_START = 100


@admin.register(OutboundMessage, site=shop_site)
class OutboundMessageAdmin(ReadOnly, RoomAdmin):
    """Messages on their way out, the latest first."""

    list_display = ("made", "state", "purpose", "medium", "recipient", "text_start", "error_words")
    list_filter = (FailedLatelyFilter, "status", "purpose", "channel", ("created_at", DayRangeFilter))
    search_fields = ("recipient",)
    search_help_text = _("Numero o indirizzo")
    ordering = ("-created_at",)
    fields = (
        ("state", "purpose", "medium"),
        ("recipient", "conversation"),
        "said",
        "error_words",
        ("made", "sent", "delivered", "seen"),
        ("failed", "attempts", "next_attempt"),
    )
    readonly_fields = (
        *("state", "medium", "said", "error_words", "made", "sent", "delivered", "seen", "failed"),
        "next_attempt",
    )

    @column(_("creato il"), ordering="created_at")
    def made(self, row: OutboundMessage) -> str:
        """When it was stored."""
        return short_when(row.created_at)

    @column(_("stato"), ordering="status", label=dict(COLOURS))
    def state(self, row: OutboundMessage) -> tuple[str, str]:
        """In a colour."""
        return row.status, row.get_status_display()

    @column(_("con"), ordering="channel")
    def medium(self, row: OutboundMessage) -> str:
        """The channel in words."""
        return str(CHANNELS.get(row.channel, row.channel))

    @column(_("testo"))
    def said(self, row: OutboundMessage) -> str:
        """What it says."""
        return str(row.content.get("text", ""))

    @column(_("testo"))
    def text_start(self, row: OutboundMessage) -> str:
        """The beginning of it, on one line."""
        text = " ".join(self.said(row).split())
        return text if len(text) <= MAX_START else f"{text[: MAX_START - 1]}…"

    @column(_("problema"))
    def error_words(self, row: OutboundMessage) -> str:
        """Why it failed, or has to be tried again."""
        code = f" ({row.error_code})" if row.error_code is not None else ""
        return f"{row.error}{code}" if row.error else ""

    @column(_("inviato il"))
    def sent(self, row: OutboundMessage) -> str:
        """When it was accepted."""
        return short_when(row.sent_at)

    @column(_("consegnato il"))
    def delivered(self, row: OutboundMessage) -> str:
        """When it arrived."""
        return short_when(row.delivered_at)

    @column(_("letto il"))
    def seen(self, row: OutboundMessage) -> str:
        """When it was read."""
        return short_when(row.read_at)

    @column(_("non riuscito il"))
    def failed(self, row: OutboundMessage) -> str:
        """When it was given up."""
        return short_when(row.failed_at)

    @column(_("prossimo tentativo"))
    def next_attempt(self, row: OutboundMessage) -> str:
        """When it is tried again; empty for one that is over."""
        return short_when(row.next_attempt_at) if row.status == OutboundStatus.QUEUED else ""
