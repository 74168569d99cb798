"""The whole history as a list, to be looked at only."""

from collections.abc import Sequence
from typing import Any, cast

from auditlog.models import LogEntry
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from backoffice.changes.reading import BY, Change, read
from receptionist.models import AIConfig, NoticeSetting
from scheduling.models import (
    Appointment,
    Bay,
    Closure,
    Consent,
    Customer,
    Service,
    Vehicle,
    WaitingList,
)
from shops.admin_sites import shop_site
from shops.back_office import ReadOnly, RoomAdmin, column, short_when
from shops.filters import DayRangeFilter
from shops.models import Shop
from shops.staff.models import StaffUser

KINDS = (
    *(Appointment, Customer, Vehicle, Consent, WaitingList, Shop, Closure, Service, Bay, AIConfig),
    *(NoticeSetting, StaffUser),
)


class KindFilter(DropdownFilter):
    """What was changed."""

    title = _("che cosa")
    parameter_name = "cosa"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, Any]]:
        """The models of the history, by their names."""
        return [
            (
                model._meta.model_name or "",
                _("Orari e regole") if model is Shop else capfirst(str(model._meta.verbose_name_plural)),
            )
            for model in KINDS
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[LogEntry]) -> QuerySet[LogEntry]:
        """The rows of the chosen model; what is no model chooses nothing."""
        chosen = {model._meta.model_name: model for model in KINDS}.get(self.value())
        if chosen is None:
            return queryset
        return queryset.filter(content_type=ContentType.objects.get_for_model(cast(Any, chosen)))


class WhoFilter(DropdownFilter):
    """Who changed it."""

    title = _("chi")
    parameter_name = "chi"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, Any]]:
        """The assistant, support, the system and everybody who works or worked here. One query."""
        people = [(str(person.pk), str(person)) for person in StaffUser.objects.all()]
        return [*BY.items(), ("system", _("sistema")), *people]

    def queryset(self, request: HttpRequest, queryset: QuerySet[LogEntry]) -> QuerySet[LogEntry]:
        """The rows of the chosen one."""
        chosen = self.value()
        if not chosen:
            return queryset
        if chosen == "system":
            return queryset.filter(actor=None, actor_email=None, additional_data__isnull=True)
        if chosen in BY:
            return queryset.filter(additional_data__by=chosen)
        return queryset.filter(actor__in=[key for key, _name in self.lookup_choices if key == chosen])


@admin.register(LogEntry, site=shop_site)
class RegistryAdmin(ReadOnly, RoomAdmin):
    """The registry: who changed what, when, from what to what."""

    menu_title = _("Storia delle modifiche")
    list_display = ["when", "who", "what", "before_and_after"]
    list_display_links = None
    list_filter = [KindFilter, WhoFilter, ("timestamp", DayRangeFilter)]
    list_select_related = ["content_type", "actor"]
    search_fields = ["object_repr"]
    search_help_text = _("Nome di ciò che è cambiato: un cliente, un servizio, il codice di un appuntamento")
    ordering = ["-timestamp"]
    sortable_by = ["when"]

    class Media:
        css = {"all": ["backoffice/changes.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[LogEntry]:
        """Without what was asked by reading alone."""
        found: QuerySet[LogEntry] = super().get_queryset(request)
        return found.exclude(action=LogEntry.Action.ACCESS).defer("serialized_data", "changes_text")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Under its name in the side bar."""
        return super().changelist_view(request, {"title": self.menu_title, **(extra_context or {})})

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The page with its rows in words, looked up together."""
        page = super().get_changelist_instance(request)
        rows = list(page.result_list)
        for row, change in zip(rows, read(request, rows), strict=True):
            row.told = change
        page.result_list = rows
        return page

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The list says it all."""
        raise Http404

    def history_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The history has none."""
        raise Http404

    @column(_("quando"), ordering="timestamp")
    def when(self, row: LogEntry) -> str:
        """The moment, local."""
        return short_when(row.timestamp)

    @column(_("chi"))
    def who(self, row: LogEntry) -> str | SafeString:
        """Who it was; the assistant with its conversation."""
        told = _told(row)
        return _link(told.who_url, told.who)

    @column(_("che cosa"))
    def what(self, row: LogEntry) -> str | SafeString:
        """Which row."""
        told = _told(row)
        return format_html(
            '<span class="block">{}</span> {}', capfirst(told.kind), _link(told.what_url, told.what or "")
        )

    @column(_("prima e dopo"))
    def before_and_after(self, row: LogEntry) -> SafeString:
        """The fields."""
        return mark_safe(  # noqa: S308 - a template, which escapes
            render_to_string("backoffice/changes/lines.html", {"change": _told(row)})
        )


def _told(row: LogEntry) -> Change:
    return cast(Change, cast(Any, row).told)


def _link(url: str, text: str) -> str | SafeString:
    if not url:
        return text
    return format_html(
        '<a class="text-primary-600 dark:text-primary-400 underline" href="{}">{}</a>', url, text or _("apri")
    )
