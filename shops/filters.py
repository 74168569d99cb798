"""Filters of lists that the admins of all rooms share."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import DateTimeField, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import RangeDateFilter


class DayRangeFilter(RangeDateFilter):
    """From a day to a day, both of them whole, in the shop's time zone, as days are written in the viewer's language.

    Unfold reads 05/11 as the eleventh of May whatever the language, and compares moments with the midnight in UTC that
    begins the last day: of that day nothing would be found.
    """

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        """The rows of those days. What is no day leaves that edge open, as an empty one does."""
        first, last, name = self._day("from"), self._day("to"), self.parameter_name
        is_moment = isinstance(self.field, DateTimeField)
        try:
            if first is not None:
                queryset = queryset.filter(**{f"{name}__gte": _beginning(first) if is_moment else first})
            if last is not None and is_moment:
                queryset = queryset.filter(**{f"{name}__lt": _beginning(last + timedelta(days=1))})
            elif last is not None:
                queryset = queryset.filter(**{f"{name}__lte": last})
        except OverflowError:  # the first or the last day that there is
            return queryset
        return queryset

    def _day(self, edge: str) -> date | None:
        """What was typed at this edge."""
        typed = self.used_parameters.get(f"{self.parameter_name}_{edge}")
        try:
            found: date | None = forms.DateField(required=False).clean(str(typed or "")[:40])
        except ValidationError:
            return None
        return found


def _beginning(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
