"""Writing what a plan says, in one transaction, with its history."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import structlog
from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scheduling.errors import SchedulingError
from scheduling.importing.columns import cleaned
from scheduling.importing.planning import CUSTOMER_FIELDS, VEHICLE_FIELDS, Plan, Planner, Values
from scheduling.importing.reading import Table
from scheduling.models import Customer, Vehicle
from shops import history
from shops.staff.models import StaffUser

log = structlog.get_logger(__name__)
BATCH = 1000


class Overtaken(SchedulingError):
    code = "overtaken"
    text = gettext_lazy(
        "Mentre si importava qualcuno ha cambiato gli stessi clienti: non è stato scritto niente. Riprovare."
    )


def write(*, table: Table, mapping: Sequence[str], name: str) -> Plan:
    """Write the table's good rows into the shop, all or nothing, and return what was written.

    The comparison is made anew, so that what changed since it was shown is not overwritten blindly. Side effects: the
    rows, one entry of history for each and one for the whole. Raises Overtaken.
    """
    try:
        with transaction.atomic():
            _one_at_a_time()
            plan = Planner(table, cleaned(mapping, len(table.headings))).run()
            _customers(plan, name)
            _vehicles(plan, name)
            _note(plan, name)
    except IntegrityError as error:
        raise Overtaken from error
    log.info("customers imported", customers=len(plan.customers), vehicles=len(plan.vehicles))
    return plan


def _one_at_a_time() -> None:
    """Two files at the same moment would both write whoever has no telephone: the second waits, and finds them."""
    kind = ContentType.objects.get_for_model(Customer)
    ContentType.objects.select_for_update(no_key=True).get(pk=kind.pk)


def _customers(plan: Plan, name: str) -> None:
    new, changed = plan.made(plan.customers), plan.changed(plan.customers)
    Customer.objects.bulk_create(new, batch_size=BATCH)
    _update(Customer, changed, CUSTOMER_FIELDS, plan.before)
    _entries(Customer, new, changed, name)


def _vehicles(plan: Plan, name: str) -> None:
    new, changed = plan.made(plan.vehicles), plan.changed(plan.vehicles)
    Vehicle.objects.bulk_create(new, batch_size=BATCH)
    _update(Vehicle, changed, (*VEHICLE_FIELDS, *Vehicle.DERIVED), plan.before)
    _entries(Vehicle, new, changed, name)


def _update(
    model: Any, changed: Sequence[tuple[Any, Values]], fields: Sequence[str], before: Mapping[UUID, Values]
) -> None:
    """Write the changed rows in batches, unless somebody else changed one of them since it was read.

    All of `fields` are written, so none of them may have changed, whether the file says something of it or not.
    """
    for at in range(0, len(changed), BATCH):
        part = changed[at : at + BATCH]
        there = model.objects.select_for_update(no_key=True).in_bulk([row.pk for row, _was in part])
        for row, _was in part:
            now = there.get(row.pk)
            if now is None or any(getattr(now, name) != value for name, value in before[row.pk].items()):
                raise Overtaken
            if getattr(now, "merged_into_id", None):  # somebody else is the customer by now
                raise Overtaken
        model.objects.bulk_create(
            [row for row, _was in part],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=[model._meta.get_field(name).name for name in fields],
        )


def _entries(model: Any, new: Iterable[Any], changed: Iterable[tuple[Any, Values]], name: str) -> None:
    """As shops.history writes them, in batches."""
    kind, who = ContentType.objects.get_for_model(model), history.who().staff

    def entry(row: Any, action: int, changes: dict[str, list[str]]) -> LogEntry:
        return LogEntry(
            content_type=kind,
            object_pk=str(row.pk),
            object_repr=str(row),
            action=action,
            changes=changes,
            actor_id=who.pk if who else None,
            actor_email=who.email if who else None,
        )

    entries = [entry(row, LogEntry.Action.CREATE, {_("importazione"): ["", name]}) for row in new]
    for row, was in changed:
        pairs = {
            model._meta.get_field(each).name: [_text(value), _text(getattr(row, each))]
            for each, value in was.items()
        }
        entries.append(entry(row, LogEntry.Action.UPDATE, pairs))
    LogEntry.objects.bulk_create(entries, batch_size=BATCH)


def _text(value: Any) -> str:
    return "None" if value is None else str(value)


def _note(plan: Plan, name: str) -> None:
    """One entry for the whole, on who did it."""
    staff = history.who().staff
    if staff is None or not (plan.customers or plan.vehicles):
        return
    told = _(
        "%(name)s: %(rows)d righe, %(customers)d clienti e %(vehicles)d veicoli nuovi, %(changed)d modificati"
    ) % {
        "name": name,
        "rows": plan.lines,
        "customers": len(plan.made(plan.customers)),
        "vehicles": len(plan.made(plan.vehicles)),
        "changed": len(plan.changed(plan.customers)) + len(plan.changed(plan.vehicles)),
    }
    history.record(StaffUser.objects.get(pk=staff.pk), {}, {_("importazione"): told})
