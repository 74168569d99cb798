"""The receptionist in the shop's back office: what was said and done, whom to call back, and its settings.

Conversations are history: they are read, never added to or changed. Hand-overs change only through their verbs.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import linebreaksbr
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin
from unfold.decorators import display

from receptionist import admin_config as admin_config  # registers its model
from receptionist import admin_copies as admin_copies  # registers its model
from receptionist import admin_followups as admin_followups  # registers its model
from receptionist import admin_notices as admin_notices  # registers its model and pages
from receptionist import admin_outbound as admin_outbound  # registers its model
from receptionist import admin_rights as admin_rights  # registers its models
from receptionist import admin_usage as admin_usage  # registers its model
from receptionist import handover
from receptionist.admin_desk import Desk
from receptionist.admin_filters import AnsweredFilter, BegunFilter, OutOfHoursFilter
from receptionist.models import (
    Conversation,
    ConversationMessage,
    ConversationStatus,
    Handover,
    HandoverStatus,
    Media,
    MediaState,
    ToolCall,
    Urgency,
)
from scheduling.admin.filters import PeriodFilter
from shops.admin_sites import shop_site
from shops.back_office import ReadOnly
from shops.counting import Bounded
from shops.filters import DayRangeFilter
from shops.staff.models import StaffUser

CONVERSATION_COLOURS = {
    ConversationStatus.ACTIVE: "info",
    ConversationStatus.COMPLETED: "success",
    ConversationStatus.TRANSFERRED: "warning",
    ConversationStatus.FAILED: "danger",
}
URGENCY_COLOURS = {Urgency.NORMAL: "info", Urgency.HIGH: "warning", Urgency.DANGER: "danger"}
HANDOVER_COLOURS = {
    HandoverStatus.OPEN: "danger",
    HandoverStatus.TAKEN: "warning",
    HandoverStatus.DONE: "success",
}
MEDIA_COLOURS = {MediaState.PENDING: "info", MediaState.STORED: "success", MediaState.FAILED: "danger"}


def coloured[Shown: Callable[..., Any]](
    title: Any, ordering: str, colours: Mapping[Any, str]
) -> Callable[[Shown], Shown]:
    """A column that shows a coloured label; the method returns the value and its name."""
    return cast(Callable[[Shown], Shown], display(description=title, ordering=ordering, label=dict(colours)))


def person(request: HttpRequest) -> StaffUser | None:
    """Who is logged in."""
    return request.user if isinstance(request.user, StaffUser) else None


def short(moment: datetime | None) -> str:
    """A moment as it fits a list on a telephone: "26/11 09:30", with the year when it is another one."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    return f"{local:%d/%m %H:%M}" if local.year == timezone.localdate().year else f"{local:%d/%m/%y %H:%M}"


@admin.register(Conversation, site=shop_site)
class ConversationAdmin(Desk, ReadOnly, Bounded, ModelAdmin):
    """The register of calls and chats, the latest first; each opens in the inbox.

    The menu shows it to who keeps the registers; the figures of the day lead to it as well.
    """

    list_display = ("begun", "who", "channel", "status_label", "lasted", "summary_start")
    list_filter = (
        *(BegunFilter, "status", "channel", AnsweredFilter, OutOfHoursFilter),
        ("started_at", DayRangeFilter),
    )
    list_filter_submit = True
    search_fields = (
        "phone_number",
        "customer__first_name",
        "customer__last_name",
        "customer__phone",
        "summary",
        "external_id",
    )
    list_select_related = ("customer",)
    show_full_result_count = False
    list_per_page = 50

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(super().has_module_permission(request)) and request.user.has_perm(
            "auditlog.view_logentry"
        )

    @admin.display(description=_("inizio"), ordering="started_at")
    def begun(self, row: Conversation) -> str:
        return short(row.started_at)

    @admin.display(description=_("chi"), ordering="customer__last_name")
    def who(self, row: Conversation) -> str:
        return str(row)

    @coloured(_("stato"), "status", CONVERSATION_COLOURS)
    def status_label(self, row: Conversation) -> tuple[str, str]:
        return row.status, row.get_status_display()

    @admin.display(description=_("durata"))
    def lasted(self, row: Conversation) -> str:
        if row.ended_at is None or row.ended_at <= row.started_at:
            return ""
        minutes, seconds = divmod(int((row.ended_at - row.started_at).total_seconds()), 60)
        return f"{minutes}:{seconds:02d}"

    @admin.display(description=_("riassunto"))
    def summary_start(self, row: Conversation) -> str:
        return row.summary if len(row.summary) <= 120 else f"{row.summary[:119]}…"


@admin.register(ConversationMessage, site=shop_site)
class ConversationMessageAdmin(ReadOnly, Bounded, ModelAdmin):
    """Everything that was said; for finding who said what."""

    list_display = ("said", "conversation", "role", "text")
    list_filter = ("role", ("sent_at", DayRangeFilter))
    list_filter_submit = True
    search_fields = ("text",)
    list_select_related = ("conversation__customer",)
    ordering = ("-sent_at",)
    show_full_result_count = False
    list_per_page = 50

    @admin.display(description=_("quando"), ordering="sent_at")
    def said(self, row: ConversationMessage) -> str:
        return short(row.sent_at)


@admin.register(ToolCall, site=shop_site)
class ToolCallAdmin(ReadOnly, Bounded, ModelAdmin):
    """Every use of a tool, the latest first."""

    list_display = ("called", "conversation", "name", "ok", "result", "duration_ms")
    list_filter = ("name", "ok", ("created_at", DayRangeFilter))
    list_filter_submit = True
    search_fields = ("result", "call_id")
    list_select_related = ("conversation__customer",)
    ordering = ("-created_at",)
    show_full_result_count = False
    list_per_page = 50

    @admin.display(description=_("quando"), ordering="created_at")
    def called(self, row: ToolCall) -> str:
        return short(row.created_at)


@admin.register(Media, site=shop_site)
class MediaAdmin(ReadOnly, Bounded, ModelAdmin):
    """Recordings and other files, and whether they could be fetched."""

    list_display = ("made", "conversation", "kind", "opened", "state_label", "size")
    list_filter = ("state", "kind")
    list_select_related = ("conversation__customer",)
    show_full_result_count = False
    fields = (
        ("conversation", "kind"),
        ("opened", "filename", "caption"),
        ("state", "attempts", "error"),
        ("content_type", "size"),
        ("created_at", "stored_at"),
    )

    @admin.display(description=_("registrato il"), ordering="created_at")
    def made(self, row: Media) -> str:
        return short(row.created_at)

    @admin.display(description=_("file"))
    def opened(self, row: Media) -> str | SafeString:
        if row.state != MediaState.STORED:
            return "–"
        address = reverse("admin:receptionist_conversation_media", args=[row.pk])
        return format_html('<a href="{}" target="_blank" rel="noopener">{}</a>', address, _("Apri"))

    @coloured(_("stato"), "state", MEDIA_COLOURS)
    def state_label(self, row: Media) -> tuple[str, str]:
        return row.state, row.get_state_display()


@admin.register(Handover, site=shop_site)
class HandoverAdmin(Bounded, ModelAdmin):
    """Whom to call back, the most urgent and the earliest promise first."""

    list_display = ("asked", "conversation", "wanted", "urgency_label", "kind", "promised", "status_label")
    list_filter = ("status", "urgency", "kind", PeriodFilter)
    search_fields = ("reason", "wanted", "summary", "conversation__phone_number")
    list_select_related = ("conversation__customer",)
    ordering = ("status", "callback_at", "-created_at")
    show_full_result_count = False
    actions = ("mark_taken", "mark_done")
    fields = (
        ("conversation", "kind", "urgency"),
        "wanted",
        "two_lines",
        ("callback_at", "status", "taken_by"),
        ("created_at", "closed_at"),
    )
    readonly_fields = (
        *("conversation", "kind", "urgency", "wanted", "two_lines", "callback_at", "status", "taken_by"),
        *("created_at", "closed_at"),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("chiesto il"), ordering="created_at")
    def asked(self, row: Handover) -> str:
        return short(row.created_at)

    @admin.display(description=_("richiamare entro"), ordering="callback_at")
    def promised(self, row: Handover) -> str:
        return short(row.callback_at)

    @admin.display(description=_("in due righe"))
    def two_lines(self, row: Handover) -> str:
        return linebreaksbr(row.summary, autoescape=True)

    @coloured(_("urgenza"), "urgency", URGENCY_COLOURS)
    def urgency_label(self, row: Handover) -> tuple[str, str]:
        return row.urgency, row.get_urgency_display()

    @coloured(_("stato"), "status", HANDOVER_COLOURS)
    def status_label(self, row: Handover) -> tuple[str, str]:
        return row.status, row.get_status_display()

    @admin.action(description=_("Me ne occupo io"), permissions=["change"])
    def mark_taken(self, request: HttpRequest, rows: QuerySet[Handover]) -> None:
        for row in rows:
            handover.take(handover=row, staff=person(request))
        self._told(request, len(rows))

    @admin.action(description=_("Segna come fatto"), permissions=["change"])
    def mark_done(self, request: HttpRequest, rows: QuerySet[Handover]) -> None:
        for row in rows:
            handover.close(handover=row, staff=person(request))
        self._told(request, len(rows))

    def _told(self, request: HttpRequest, number: int) -> None:
        text = ngettext("%(number)d richiesta aggiornata.", "%(number)d richieste aggiornate.", number)
        self.message_user(request, text % {"number": number}, messages.SUCCESS)
