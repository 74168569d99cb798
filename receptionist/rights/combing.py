"""What is left of a person in rows that are about somebody or something else: taken out, or the row goes.

Of the rows of others the texts alone are changed, and only by what is certainly the erased person's: their numbers,
addresses and plates; their name where nobody else has it, and in conversations in which something was done for them.

Every text of the shop is read for that, which takes as long as there are texts: looked for without any lock (`look`),
taken out in the transaction that erases (`comb`), and once more what came in between (`comb_since`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from auditlog.models import LogEntry
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import CharField, Field, JSONField, Model, QuerySet, TextField
from django.db.models.functions import Cast

from receptionist.rights import search, terms
from receptionist.rights.kinds import PERSONAL, Fate, Kind
from receptionist.rights.person import Person
from scheduling.importing import keeping
from scheduling.models import Customer, Vehicle
from shops.phones import PhoneField

# Whose rows are theirs to be called: a name, a number or a plate of somebody else's is not touched.
ONLY: dict[type[Model], frozenset[str]] = {Customer: frozenset({"notes"}), Vehicle: frozenset({"notes"})}


# When rows came whose texts are not changed afterwards: of these only the new ones are looked at again.
CAME = {
    "auditlog.LogEntry": "timestamp",
    "receptionist.ConversationMessage": "received_at",
    "receptionist.FollowUp": "created_at",
    "receptionist.OutboundMessage": "created_at",
    "receptionist.ToolCall": "created_at",
}
# Whose a row is. After the erasure it is somebody new's, who may have the same number.
ADDRESSES = frozenset({"contact", "contact_phone", "external_id", "phone", "phone_number", "recipient"})
# A tool or a report that began so long before may have written its rows only now.
STILL_WRITING = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Traces:
    """Where something of a person was found at one moment. `rows`: keys, by the table's label and the field."""

    pattern: str
    rows: dict[tuple[str, str], list[Any]]
    sessions: list[str]
    files: list[str]


def look(person: Person, *, since: datetime | None = None) -> Traces:
    """Where the person stands in rows, sessions and lists that are about others. Reads every text of the shop, or with
    `since` (aware) those that came later and those that may be changed; locks nothing and changes nothing."""
    certain = _certain(person)
    if certain is None:
        return Traces("", {}, [], list(files_naming(person)))
    rows: dict[tuple[str, str], list[Any]] = {}
    for kind in PERSONAL:
        if kind.model is Session:
            continue
        new: QuerySet[Any] = kind.model._default_manager.all()
        if since is not None and kind.label in CAME:
            new = new.filter(**{f"{CAME[kind.label]}__gte": since - STILL_WRITING})
        for field in texts_of(kind.model):
            if since is not None and field.name in ADDRESSES:
                continue
            if found := list(_naming(new, field, certain).values_list("pk", flat=True)):
                rows[kind.label, field.name] = found
    return Traces(certain.pattern, rows, _sessions(certain), list(files_naming(person)))


def comb(person: Person, traces: Traces | None = None) -> int:
    """Take the person out of everybody else's rows; how many rows changed or went.

    `traces`: what was found before; looked for now when there is none, or when more is known of the person since.
    """
    certain, named = _certain(person), person.pattern(with_names=True)
    if traces is None or traces.pattern != (certain.pattern if certain else ""):
        traces = look(person)
    count = keeping.forget_naming(named) if named else 0
    count += _take_out(traces, certain) if certain else 0
    if named is None or named == certain:
        return count
    for kind in PERSONAL:
        model = kind.model
        if _goes(kind) or not _of_talks(model):
            continue
        spoken = model._default_manager.filter(**{_of_talks(model): person.elsewhere_ids})
        for field in texts_of(model):
            count += _redact(_naming(spoken, field, named), field, named)
    return count


def comb_since(person: Person, moment: datetime) -> tuple[int, list[str]]:
    """Take out what was written about the person since `moment`; how many rows, and the lists that still name them.

    For who was erased a moment ago: `person` is who they were. Looks without a lock, changes in one transaction.
    """
    traces = look(person, since=moment)
    with transaction.atomic():
        return comb(person, traces), traces.files


def _certain(person: Person) -> re.Pattern[str] | None:
    return person.pattern(with_names=not person.has_namesake)


def _goes(kind: Kind) -> bool:
    return kind.fate is Fate.NAMED or kind.model is LogEntry


def _take_out(traces: Traces, pattern: re.Pattern[str]) -> int:
    count = 0
    for kind in PERSONAL:
        for field in texts_of(kind.model):
            keys = traces.rows.get((kind.label, field.name), [])
            rows: QuerySet[Any] = kind.model._default_manager.filter(pk__in=keys)
            if keys:
                count += rows.delete()[0] if _goes(kind) else _redact(rows, field, pattern)
    store = import_module(settings.SESSION_ENGINE).SessionStore
    for key in traces.sessions:
        store(key).delete()  # these people log in again
    return count + len(traces.sessions)


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


def _naming(rows: QuerySet[Any], field: "Field[Any, Any]", pattern: re.Pattern[str]) -> QuerySet[Any]:
    """The rows among these whose text the pattern finds."""
    said: QuerySet[Any] = rows.order_by().annotate(said=Cast(field.name, TextField()))
    return said.filter(said__iregex=pattern.pattern)


def _redact(rows: QuerySet[Any], field: "Field[Any, Any]", pattern: re.Pattern[str]) -> int:
    """Take out of these rows' text what the pattern finds; how many changed."""
    count = 0
    for pk, value in list(rows.order_by().values_list("pk", field.name)):
        new = _without(field, value, pattern)
        if new != value:
            count += rows.model._default_manager.filter(pk=pk).update(**{field.name: new})
    return count


def _without(field: "Field[Any, Any]", value: Any, pattern: re.Pattern[str]) -> Any:
    if isinstance(field, PhoneField):
        return None if field.null else ""
    new = terms.redact(value, pattern)
    return new[: field.max_length] if isinstance(new, str) and field.max_length else new


def _sessions(pattern: re.Pattern[str]) -> list[str]:
    """Sessions of the shop's people that still carry a message about them."""
    rows = Session.objects.only("session_key", "session_data").iterator(500)
    return [row.session_key for row in rows if pattern.search(search.unpacked(row.session_data))]


def files_naming(person: Person) -> Iterator[str]:
    """Lists that were brought and still lie in the shop's store, in which the person stands: brought again if needed."""
    pattern = person.pattern(with_names=True)
    folder = Path(default_storage.path(keeping.FOLDER))
    if pattern is None or not folder.is_dir():
        return
    for found in search.in_files(pattern.pattern, folder=keeping.FOLDER):
        yield found.key
