"""Rows of the history as people read them: who, when, what, before and after."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from auditlog.models import LogEntry
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.changes import shopwide, values
from shops.models import Shop

BY: dict[str, Any] = {
    "voice": gettext_lazy("assistente al telefono"),
    "whatsapp": gettext_lazy("assistente su WhatsApp"),
    "web": gettext_lazy("assistente sul sito"),
    "site": gettext_lazy("cliente, dal sito"),
    "support": gettext_lazy("assistenza"),
}
# What the row's own page does not show either.
UNTOLD = ("id", "password", "only", "updated_at", "created_at")
MOST_LINES = 14


@dataclass(frozen=True, slots=True)
class Line:
    """One field: its name, what it was and what it became, in words; empty means that there was nothing."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Change:
    """One row of the history. Addresses are empty where there is nothing to open or the viewer may not."""

    at: datetime
    action: str
    """"create", "update" or "delete"."""
    who: str
    who_url: str
    kind: str
    what: str
    what_url: str
    lines: tuple[Line, ...]


def read(request: HttpRequest, entries: Iterable[LogEntry]) -> list[Change]:
    """The rows in words. One query for each model that they point at, however many rows."""
    rows = list(entries)
    names = _names(rows)
    return [_change(request, row, names) for row in rows]


def _change(request: HttpRequest, row: LogEntry, names: values.Names) -> Change:
    who, who_url = _who(request, row)
    model = row.content_type.model_class()
    changes = row.changes or {}
    of_shop = model is Shop
    return Change(
        at=row.timestamp,
        action={row.Action.CREATE: "create", row.Action.DELETE: "delete"}.get(row.action, "update"),
        who=who,
        who_url=who_url,
        kind=shopwide.kind(changes) if of_shop else str(model._meta.verbose_name if model else ""),
        what="" if of_shop else row.object_repr,
        what_url=_what_url(request, row, model),
        lines=tuple(_lines(model, changes, names)),
    )


def _who(request: HttpRequest, row: LogEntry) -> tuple[str, str]:
    """Who it was, and the conversation in which the assistant did it."""
    extra = row.additional_data if isinstance(row.additional_data, dict) else {}
    url = ""
    if extra.get("conversation") and request.user.has_perm("receptionist.view_conversation"):
        url = _url("inbox_chat", extra["conversation"])
    if row.actor_id:
        return str(row.actor), url
    if row.actor_email:
        return row.actor_email, url
    return str(BY.get(extra.get("by", ""), extra.get("by") or _("sistema"))), url


def _what_url(request: HttpRequest, row: LogEntry, model: type[models.Model] | None) -> str:
    if model is None or row.action == row.Action.DELETE:
        return ""
    if model is Shop:
        return _url("my_shop") if request.user.has_perm("scheduling.change_openinghours") else ""
    meta = model._meta
    if not request.user.has_perm(f"{meta.app_label}.view_{meta.model_name}"):
        return ""
    return _url(f"{meta.app_label}_{meta.model_name}_change", row.object_pk)


def _url(name: str, *args: str) -> str:
    try:
        return reverse(f"admin:{name}", args=args)
    except NoReverseMatch:
        return ""


def _lines(
    model: type[models.Model] | None, changes: Mapping[str, Sequence[Any]], names: values.Names
) -> Iterable[Line]:
    told = 0
    for name, pair in changes.items():
        if name in UNTOLD or not isinstance(pair, list) or len(pair) != 2:
            continue
        line = _line(model, name, str(pair[0]), str(pair[1]), names)
        if line is not None and line.before != line.after and told < MOST_LINES:
            told += 1
            yield line


def _line(
    model: type[models.Model] | None, name: str, before: str, after: str, names: values.Names
) -> Line | None:
    if model is Shop:
        return Line(shopwide.label(name), shopwide.shown(name, before), shopwide.shown(name, after))
    field = _field(model, name)
    if field is None:
        return Line(name, values.plain(before), values.plain(after))
    if field.auto_created and not field.concrete:
        if not field.many_to_many or "." in before + after:  # auditlog puts managers of related rows in
            return None
        label, field = str(field.related_model._meta.verbose_name_plural), None
    else:
        label = str(field.verbose_name)
    return Line(label, values.shown(field, before, names), values.shown(field, after, names))


def _field(model: type[models.Model] | None, name: str) -> Any:
    try:
        return model._meta.get_field(name) if model else None
    except FieldDoesNotExist:
        return None


def _names(rows: Sequence[LogEntry]) -> values.Names:
    """The names of the rows that foreign keys point at."""
    wanted: defaultdict[type[models.Model], set[str]] = defaultdict(set)
    for row in rows:
        model = row.content_type.model_class()
        for name, pair in (row.changes or {}).items():
            field = _field(model, name)
            if isinstance(field, models.ForeignKey) and isinstance(pair, list):
                wanted[field.related_model].update(str(each) for each in pair if each not in values.EMPTY)
    return {
        (model, str(found.pk)): str(found)
        for model, keys in wanted.items()
        for found in model._default_manager.filter(pk__in=list(_keys(model, keys)))
    }


def _keys(model: type[models.Model], stored: Iterable[str]) -> Iterable[Any]:
    """The ones that are keys of the model; names were noted too."""
    for each in stored:
        try:
            yield model._meta.pk.to_python(each)
        except ValidationError:
            continue
