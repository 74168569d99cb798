"""Filters of lists by the shop's calendar, with the same names wherever figures link to them."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from scheduling import selections
from scheduling.periods import Period, Stretch
from scheduling.selections import stretch

PERIODS = (
    (Period.TODAY, _("oggi")),
    (Period.WEEK, _("questa settimana")),
    (Period.MONTH, _("ultimi 30 giorni")),
)


def chosen_stretch(name: str | None) -> Stretch | None:
    """The stretch of a period by its name in an address; None for any other name."""
    return stretch(Period(name)) if name in set(Period) else None


class PeriodFilter(admin.SimpleListFilter):
    """Rows whose `field` lies in the period. Subclasses name the field, and their own place in the address."""

    title = _("periodo")
    parameter_name = "periodo"
    field: ClassVar[str] = "created_at"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, Any]]:
        """Name and label."""
        return [(str(name), label) for name, label in PERIODS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows of the chosen period; all of them for none."""
        chosen = chosen_stretch(self.value())
        if chosen is None:
            return queryset
        return queryset.filter(**{f"{self.field}__gte": chosen.begins, f"{self.field}__lt": chosen.ends})


class BookedFilter(PeriodFilter):
    """Appointments by when they were taken."""

    title = _("preso")
    parameter_name = "preso"


class StartFilter(PeriodFilter):
    """Appointments by when they begin, in whole days and weeks."""

    title = _("in programma")
    parameter_name = "inizio"
    field = "scheduled_at"


class BayUseFilter(PeriodFilter):
    """Appointments that take a bay in use for some of the period."""

    title = _("occupa le postazioni")
    parameter_name = "occupa"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """What overlaps the period, in the bays in use."""
        chosen = chosen_stretch(self.value())
        return queryset if chosen is None else queryset.filter(selections.bay_use(chosen))


class WaitingForFilter(admin.SimpleListFilter):
    """What is left to do about appointments."""

    title = _("in sospeso")
    parameter_name = "sospeso"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, Any]]:
        """Name and label."""
        return [("conferma", _("da confermare")), ("ritiro", _("in officina da giorni prima"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows of the chosen kind."""
        if self.value() == "conferma":
            return queryset.filter(selections.to_confirm())
        return queryset.filter(selections.still_in()) if self.value() == "ritiro" else queryset
