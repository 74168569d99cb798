"""The values of the history as people read them: what was stored as text becomes a word, a date, a name again."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from shops.dates import in_a_sentence

EMPTY = ("None", "", "[]", "{}")
MOST = 400
type Field = models.Field[Any, Any]
type Names = Mapping[tuple[type[models.Model], str], str]


def shown(field: Field | None, stored: str, names: Names) -> str:
    """A stored value in the viewer's words; an empty one is "". `names` are the related rows that were looked up."""
    if stored in EMPTY:
        return ""
    if field is None or field.many_to_many:
        return plain(stored)
    if field.is_relation:
        return _related(field, stored, names)
    if field.choices:
        return str(dict(field.flatchoices).get(_key(field, stored), stored))
    return _typed(field, stored)


def plain(stored: str) -> str:
    """A value that no field describes."""
    if stored in EMPTY:
        return ""
    if stored in ("True", "False"):
        return yes_or_no(stored)
    return stored if len(stored) <= MOST else f"{stored[: MOST - 1]}…"


def yes_or_no(stored: str) -> str:
    """The word of a tick."""
    return _("sì") if stored == "True" else _("no")


def _key(field: Field, stored: str) -> Any:
    return int(stored) if isinstance(field, models.IntegerField) and stored.lstrip("-").isdigit() else stored


def _related(field: Field, stored: str, names: Names) -> str:
    model = field.related_model
    if not isinstance(model, type):
        return stored
    found = names.get((model, stored))
    if found is not None:
        return found
    try:  # a key of what is no longer there, or the name that was noted in its place
        model._meta.pk.to_python(stored)
    except Exception:  # noqa: BLE001 - each field has its own way of refusing
        return stored
    return _("(non c'è più)")


def _typed(field: Field, stored: str) -> str:
    try:
        if isinstance(field, models.DateTimeField):
            return moment(datetime.fromisoformat(stored))
        if isinstance(field, models.DateField):
            return in_a_sentence(date_format(date.fromisoformat(stored), "j F Y"))
        if isinstance(field, models.TimeField):
            return f"{time.fromisoformat(stored):%H:%M}"
        if isinstance(field, models.DecimalField):
            return number_format(Decimal(stored), field.decimal_places)
        if isinstance(field, models.JSONField):
            return plain(_flat(json.loads(stored)))
    except (ValueError, InvalidOperation):
        return plain(stored)
    return plain(stored)


def moment(when: datetime) -> str:
    """A moment in the shop's time; the history writes UTC without saying so."""
    aware = when if when.tzinfo else when.replace(tzinfo=UTC)
    return in_a_sentence(date_format(timezone.localtime(aware), "D j M Y H:i"))


def _flat(value: Any) -> str:
    """A list in words: phrases between commas, questions with their answers."""
    if isinstance(value, list):
        apart = "; " if any(isinstance(each, dict) for each in value) else ", "
        return apart.join(_flat(each) for each in value)
    if isinstance(value, dict):
        return " ".join(_flat(each) for each in value.values())
    return str(value)
