"""Filters of conversations, hand-overs and messages, by which the day's figures open the lists behind them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from receptionist import outofhours
from receptionist.models import Conversation, OutboundMessage
from scheduling import catalogue, periods
from scheduling.admin.filters import PeriodFilter, chosen_stretch
from scheduling.periods import Stretch
from shops.context import current_shop

A_YEAR = timedelta(days=365)
LATELY = timedelta(days=3)


class BegunFilter(PeriodFilter):
    """Conversations by when they began."""

    field = "started_at"


class AnsweredFilter(admin.SimpleListFilter):
    """Whether the assistant spoke: it says first that it is one, and that is kept."""

    title = _("risposta")
    parameter_name = "risposta"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, Any]]:
        """Name and label."""
        return [("si", _("ha risposto l'assistente")), ("no", _("senza risposta dell'assistente"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Conversation]) -> QuerySet[Conversation]:
        """The conversations of the chosen kind."""
        if self.value() not in ("si", "no"):
            return queryset
        return queryset.filter(disclosed_at__isnull=self.value() == "no")


class OutOfHoursFilter(admin.SimpleListFilter):
    """Whether the shop was open when the conversation began; of the last year, where no period is chosen."""

    title = _("officina")
    parameter_name = "orario"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, Any]]:
        """Name and label."""
        return [("chiuso", _("a officina chiusa")), ("aperto", _("a officina aperta"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Conversation]) -> QuerySet[Conversation]:
        """The conversations of the chosen kind. One query more: the calendar."""
        if self.value() not in ("chiuso", "aperto"):
            return queryset
        chosen = chosen_stretch(request.GET.get("periodo")) or _last_year()
        begun = queryset.filter(outofhours.begun_in(chosen))
        return begun.alias(begun_open=outofhours.while_open(catalogue.load().calendar, chosen)).filter(
            begun_open=self.value() == "aperto"
        )


class FailedLatelyFilter(admin.SimpleListFilter):
    """Messages that could not be delivered, of the last days."""

    title = _("non riusciti")
    parameter_name = "falliti"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, Any]]:
        """Name and label."""
        return [("recenti", _("negli ultimi giorni"))]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[OutboundMessage]
    ) -> QuerySet[OutboundMessage]:
        """The messages that failed lately."""
        return queryset.filter(failed_lately()) if self.value() == "recenti" else queryset


def failed_lately() -> Q:
    """Messages that failed in the last three days, and that nobody has settled since."""
    settled = F("conversation__settled_at")
    return Q(status="failed", failed_at__gte=timezone.now() - LATELY) & (
        Q(conversation__settled_at__isnull=True) | Q(failed_at__gt=settled)
    )


def _last_year() -> Stretch:
    tz = current_shop().tz
    today = timezone.localdate(timezone=tz)
    return periods.of_days(today - A_YEAR, today, tz)
