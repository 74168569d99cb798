"""Whoever saves hours, services or bays has looked them over: the first hour notices by the history."""

from typing import Any

from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models.signals import post_save

from backoffice.firsthour import steps
from shops import history, settings_store
from shops.context import NoShop, current_shop

STEPS = {"service": "services", "bay": "bays", "openinghours": "hours"}


def connect() -> None:
    """Called once by the app's ready()."""
    post_save.connect(_noticed, sender=LogEntry, dispatch_uid="backoffice.firsthour")


def _noticed(sender: type[LogEntry], instance: LogEntry, created: bool, **_kwargs: Any) -> None:
    person = history.who().staff
    if not created or person is None:
        return
    name = _step(instance)
    if name is None:
        return
    try:
        shop = current_shop()
    except NoShop:
        return
    if not settings_store.read(shop, steps.SECTION).get(name):
        steps.confirm(shop, name, by=str(person))


def _step(row: LogEntry) -> str | None:
    model = ContentType.objects.get_for_id(row.content_type_id).model
    if model == "shop" and any(name.startswith("hours.") for name in row.changes or {}):
        return "hours"
    return STEPS.get(model)
