"""What is left of a person in rows that are about somebody or something else: taken out, or the row goes.

Of the rows of others the texts alone are changed, and only by what is certainly the erased person's: their numbers,
addresses and plates; their name where nobody else has it, and in conversations in which something was done for them.
"""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from auditlog.models import LogEntry
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage
from django.db.models import CharField, Field, JSONField, Model, QuerySet, TextField
from django.db.models.functions import Cast

from receptionist.rights import search, terms
from receptionist.rights.kinds import PERSONAL, Fate
from receptionist.rights.person import Person
from scheduling.importing import keeping
from scheduling.models import Customer, Vehicle
from shops.phones import PhoneField

# Whose rows are theirs to be called: a name, a number or a plate of somebody else's is not touched.
ONLY: dict[type[Model], frozenset[str]] = {Customer: frozenset({"notes"}), Vehicle: frozenset({"notes"})}


def comb(person: Person) -> int:
    """Take the person out of everybody else's rows; how many rows changed or went. Two queries for each table."""
    certain = person.pattern(with_names=not person.has_namesake)
    named = person.pattern(with_names=True)
    count = keeping.forget_naming(named) if named else 0
    for kind in PERSONAL:
        model = kind.model
        if model is Session:
            count += _sessions(certain)
            continue
        goes = kind.fate is Fate.NAMED or model is LogEntry
        count += _rows(model._default_manager.all(), certain, goes=goes)
        if named != certain and not goes and _of_talks(model):
            spoken = {_of_talks(model): person.elsewhere_ids}
            count += _rows(model._default_manager.filter(**spoken), named, goes=False)
    return count


def _of_talks(model: type[Model]) -> str:
    """How a table's rows point at a conversation; "" when they do not."""
    names = {field.name for field in model._meta.concrete_fields}
    if model._meta.label == "receptionist.Conversation":
        return "pk__in"
    return "conversation__in" if "conversation" in names else ""


def texts_of(model: type[Model]) -> "list[Field[Any, Any]]":
    """The fields that hold words which people wrote: no keys, no choices, no files."""
    return [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, CharField | TextField | JSONField)
        and not (field.choices or field.unique or field.primary_key)
        and field.name in ONLY.get(model, {field.name})
    ]


def _rows(rows: QuerySet[Any], pattern: re.Pattern[str] | None, *, goes: bool) -> int:
    """The rows among these whose texts the pattern finds: without what it found, or gone."""
    if pattern is None:
        return 0
    count = 0
    for field in texts_of(rows.model):
        found = rows.annotate(said=Cast(field.name, TextField())).filter(said__iregex=pattern.pattern)
        if goes:
            count += rows.model._default_manager.filter(
                pk__in=list(found.values_list("pk", flat=True))
            ).delete()[0]
            continue
        for pk, value in list(found.values_list("pk", field.name)):
            new = _without(field, value, pattern)
            count += rows.model._default_manager.filter(pk=pk).update(**{field.name: new})
    return count


def _without(field: "Field[Any, Any]", value: Any, pattern: re.Pattern[str]) -> Any:
    if isinstance(field, PhoneField):
        return None if field.null else ""
    new = terms.redact(value, pattern)
    return new[: field.max_length] if isinstance(new, str) and field.max_length else new


def _sessions(pattern: re.Pattern[str] | None) -> int:
    """Sessions of the shop's people that still carry a message about them: these people log in again."""
    if pattern is None:
        return 0
    store = import_module(settings.SESSION_ENGINE).SessionStore
    keys = [
        row.session_key for row in Session.objects.all() if pattern.search(search.unpacked(row.session_data))
    ]
    for key in keys:
        store(key).delete()
    return len(keys)


def files_naming(person: Person) -> Iterator[str]:
    """Lists that were brought and still lie in the shop's store, in which the person stands: brought again if needed."""
    pattern = person.pattern(with_names=True)
    folder = Path(default_storage.path(keeping.FOLDER))
    if pattern is None or not folder.is_dir():
        return
    for found in search.in_files(pattern.pattern, folder=keeping.FOLDER):
        yield found.key
