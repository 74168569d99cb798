"""What the address of a list may ask for (django-filter), checked more strictly: nothing is silently left out."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django_filters import CharFilter, ChoiceFilter, Filter, FilterSet

from api import moments, problems
from api.fields import KEY
from api.reading import storable
from scheduling import plates
from shops.phones import normalise_phone

MOST = 200


class Asked(FilterSet):
    """Filters of one list. A name that nobody knows, twice the same, or a value that is none: 400."""

    @classmethod
    def names(cls) -> Iterable[str]:
        """The words of the address."""
        return list(cls.base_filters)

    @staticmethod
    def require_plain(http: HttpRequest, known: set[str]) -> None:
        """Raise Problem 400 for words of the address that mean nothing here."""
        for name, values in http.GET.lists():
            if name not in known:
                raise problems.field(_printable(name), _("Questo filtro non esiste."))
            if len(values) != 1:
                raise problems.field(name, _("Una volta sola."))
            if not values[0] or len(values[0]) > MOST or not storable(values[0]):
                raise problems.field(name, _("Il valore è vuoto, troppo lungo o non leggibile."))

    def found(self) -> QuerySet[Any]:
        """The rows. Raises Problem 400 for a value that is none."""
        if not self.form.is_valid():
            errors = [(name, text) for name, texts in self.form.errors.items() for text in texts]
            raise problems.Problem(400, _("Alcuni filtri non vanno bene."), errors=errors)
        rows: QuerySet[Any] = self.filter_queryset(self.queryset)
        return rows

    @property
    def given(self) -> dict[str, Any]:
        """The values, for what is no list of rows. Raises Problem 400."""
        self.found()
        values: dict[str, Any] = self.form.cleaned_data
        return values


def _printable(name: str) -> str:
    return name[:60].encode("utf-8", "replace").decode().replace("\x00", "�")


class _Text(forms.CharField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "strip": False})


class _KeyField(_Text):
    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        if not KEY.match(value):
            raise ValidationError(_("Serve un id."))
        return value


class _MomentField(_Text):
    def to_python(self, value: Any) -> Any:
        try:
            return moments.parse(value) if value not in self.empty_values else None
        except ValueError as error:
            raise ValidationError(
                _(
                    "Serve una data con ora e fuso, come 2026-11-23T09:30:00Z (nell'indirizzo «+» si scrive %2B)."
                )
            ) from error


class _DayField(_Text):
    def to_python(self, value: Any) -> Any:
        try:
            return moments.parse_day(value) if value not in self.empty_values else None
        except ValueError as error:
            raise ValidationError(_("Serve una data, come 2026-11-23.")) from error


class _PhoneField(_Text):
    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        number = normalise_phone(value)
        if number is None:
            raise ValidationError(_("Non è un numero di telefono: scriverlo come +393331234567."))
        return number


class _PlateField(_Text):
    def to_python(self, value: Any) -> Any:
        plate = plates.normalise_plate(value) if value not in self.empty_values else None
        if plate is not None and not 1 <= len(plate) <= 15:
            raise ValidationError(_("Non è una targa."))
        return plate


class KeyFilter(Filter):
    """By the id of something."""

    field_class = _KeyField
    kind = {"type": "string", "format": "uuid"}


class MomentFilter(Filter):
    """By a moment with its offset."""

    field_class = _MomentField
    kind = {"type": "string", "format": "date-time"}


class DayFilter(Filter):
    """By a day."""

    field_class = _DayField
    kind = {"type": "string", "format": "date"}


class PhoneFilter(Filter):
    """By a number in any spelling."""

    field_class = _PhoneField
    kind = {"type": "string", "minLength": 1, "maxLength": MOST}


class PlateFilter(Filter):
    """By a plate in any spelling."""

    field_class = _PlateField
    kind = {"type": "string", "minLength": 1, "maxLength": MOST}


def kind_of(each: Filter) -> dict[str, Any]:
    """The filter's JSON schema."""
    if isinstance(each, ChoiceFilter):
        return {"type": "string", "enum": [str(value) for value, _word in each.extra["choices"]]}
    if isinstance(each, CharFilter):
        return {"type": "string", "minLength": 1, "maxLength": MOST}
    found: dict[str, Any] = each.kind
    return found


ARCHIVED = [("false", "false"), ("true", "true"), ("all", "all")]


def in_archive(rows: QuerySet[Any], given: str) -> QuerySet[Any]:
    """Rows in use unless the archive, or both, was asked for."""
    if given == "all":
        return rows
    return rows.filter(archived_at__isnull=given != "true")
