"""Customers and cars as programs write them: checked by the model's own rules, noted in the history."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import CharField, Model, Q, QuerySet
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from api.problems import Problem
from scheduling.models import Customer, Vehicle
from shops import history


def customers() -> QuerySet[Customer]:
    """Those there are: nobody who was merged into somebody or erased."""
    return Customer.objects.filter(merged_into=None, erased_at=None)


def saved[Row: (Customer, Vehicle)](row: Row, values: Mapping[str, Any]) -> Row:
    """Write the values into a new row or one that is there. Raises Problem 400, and 409 for a number or plate that
    another row has. Side effects: the row and its history."""
    is_new = row._state.adding
    for name, value in values.items():
        setattr(row, name, value)
    written = {row._meta.get_field(name).name for name in values}
    left = [each.name for each in row._meta.concrete_fields if each.name not in written and not is_new]
    try:
        row.clean_fields(exclude=left)
    except ValidationError as error:
        errors = [(name, text) for name, texts in error.message_dict.items() for text in texts]
        raise Problem(400, _("Alcuni valori non vanno bene."), errors=errors) from error
    try:
        with transaction.atomic():
            row.save(update_fields=None if is_new else written)
    except IntegrityError as error:
        raise _duplicate(row) from error
    if is_new:
        history.record(row, {}, values, created=True)
    return row


def _duplicate(row: Customer | Vehicle) -> Problem:
    name = "phone" if isinstance(row, Customer) else "license_plate"
    field: Any = row._meta.get_field(name)
    text = field.error_messages["unique"]
    return Problem(409, text, code="duplicate", errors=[(name, text)])


def named(rows: QuerySet[Any], pk: UUID, name: str) -> Any:
    """The row that the body or the address names. Raises Problem 404, which says where it was named."""
    found = rows.filter(pk=pk).first()
    if found is None:
        text = _("Nessuno ha questo id.")
        raise Problem(404, _("%(field)s: nessuno ha questo id.") % {"field": name}, errors=[(name, text)])
    return found


def changed_since(rows: QuerySet[Any], model: type[Model], since: datetime) -> QuerySet[Any]:
    """Rows that were made or changed since; by their history, in the one query of the list."""
    kind = ContentType.objects.get_for_model(model)
    noted = LogEntry.objects.filter(content_type=kind, timestamp__gte=since).values("object_pk")
    keyed = rows.annotate(_key=Cast("pk", CharField()))
    found: QuerySet[Any] = keyed.filter(Q(created_at__gte=since) | Q(_key__in=noted))
    return found
