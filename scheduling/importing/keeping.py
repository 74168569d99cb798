"""A file between its upload and its writing: in the shop's own folder, for an hour, for who brought it.

The file lies under a name that nobody can guess; what is known of it is in the cache, whose keys carry the shop. When
either is gone, the file has to be brought again.
"""

import json
import re
import secrets
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

import structlog
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from django.utils.translation import gettext as _

from scheduling.importing import columns, planning, reading, writing
from scheduling.importing.reading import Unreadable
from scheduling.models import Customer
from shops import history
from shops.staff.models import StaffUser

log = structlog.get_logger(__name__)
FOLDER = "imports"
KEPT = timedelta(hours=1)
AT_ONCE = 1500
"""Rows that a request works through itself; more are left to a worker (a request has 30 seconds)."""
MOST_PROBLEMS = 500
MOST_EXAMPLES = 40
MOST_BROUGHT = 200
"""Files of one person that are remembered, in the hour that each is kept."""


@dataclass
class Upload:
    """What is known of a file. `state`: new, checking, checked, writing, done, failed."""

    token: str
    staff: str
    name: str
    headings: list[str]
    mapping: list[str]
    samples: list[list[str]]
    rows: int
    state: str = "new"
    done: int = 0
    error: str = ""
    summary: dict[str, Any] = field(default_factory=dict)


def _key(token: str) -> str:
    return f"import:{token}"


def _writing(token: str) -> str:
    return f"import:{token}:writing"


def _path(token: str) -> str:
    return f"{FOLDER}/{token}"


def keep(*, staff: StaffUser, name: str, data: bytes) -> Upload:
    """Keep the file for its bringer. Raises Unreadable when it is no table. Side effects: a file, a cache entry;
    older files of the shop are deleted."""
    table = reading.read(data)
    sweep()
    token = secrets.token_urlsafe(24)
    upload = Upload(
        token=token,
        staff=str(staff.pk),
        name=name[:100],
        headings=table.headings,
        mapping=columns.match(table.headings),
        samples=[[str(cell or "")[:40] for cell in row] for _number, row in table.rows[:3]],
        rows=len(table.rows),
    )
    default_storage.save(_path(token), ContentFile(data))
    seconds = KEPT.total_seconds()
    brought = [*_brought(str(staff.pk)), token][-MOST_BROUGHT:]
    cache.set(_of(str(staff.pk)), brought, timeout=seconds)
    cache.set(_key(token), asdict(upload), timeout=seconds)
    return upload


def save(upload: Upload) -> None:
    """Write down what is known of it, unless it was forgotten meanwhile."""
    if cache.has_key(_key(upload.token)):
        cache.set(_key(upload.token), asdict(upload), timeout=KEPT.total_seconds())


def forget_naming(pattern: re.Pattern[str]) -> int:
    """Forget what is known of files in whose first lines, problems or changes the pattern finds something; how many.

    For who is erased. The files themselves are not touched.
    """
    count = 0
    for staff_id in map(str, StaffUser.objects.values_list("pk", flat=True)):
        for token in _brought(staff_id):
            known = cache.get(_key(token))
            if known is not None and pattern.search(json.dumps(known, ensure_ascii=False, default=str)):
                cache.delete(_key(token))
                count += 1
    return count


def _of(staff_id: str) -> str:
    return f"imports:{staff_id}"


def _brought(staff_id: str) -> list[str]:
    """The files that somebody brought lately."""
    found = cache.get(_of(staff_id))
    return list(found) if isinstance(found, list) else []


def find(*, token: str, staff: StaffUser) -> Upload | None:
    """The file that this person brought; None when it is somebody else's, or too old."""
    found = cache.get(_key(token)) if len(token) < 60 and token.isascii() and token.isprintable() else None
    return Upload(**found) if isinstance(found, dict) and found.get("staff") == str(staff.pk) else None


def forget(token: str) -> None:
    """Delete the file and what is known of it."""
    default_storage.delete(_path(token))
    cache.delete(_key(token))


def sweep() -> int:
    """Delete the shop's files that nobody came back for; how many. Safe to repeat."""
    try:
        names = default_storage.listdir(FOLDER)[1]
    except FileNotFoundError:
        return 0
    old = [name for name in names if _is_old(name)]
    for name in old:
        default_storage.delete(_path(name))
    return len(old)


def _is_old(name: str) -> bool:
    try:
        return bool(default_storage.get_modified_time(_path(name)) < timezone.now() - KEPT)
    except FileNotFoundError:
        return False


def begin(upload: Upload, *, writes: bool) -> None:
    """Check the file, or write it: here when it is short, otherwise in a worker, and `state` says when it is done."""
    from scheduling import tasks  # which import this module

    if writes and not cache.add(_writing(upload.token), 1, KEPT.total_seconds()):
        return  # pressed twice at the same moment: the first one writes
    upload.state, upload.done, upload.error = ("writing" if writes else "checking"), 0, ""
    save(upload)
    if upload.rows <= AT_ONCE:
        work(upload, writes=writes)
    else:
        tasks.work_on_import.queue(token=upload.token, staff_id=upload.staff, writes=writes)


def work(upload: Upload, *, writes: bool) -> None:
    """Do it. Side effects: as writing.write; the file is deleted once it is written. Raises nothing for what the file
    holds: `state` is failed then, and `error` says why."""
    try:
        table = reading.read(_data(upload.token))
        if writes:
            plan = writing.write(table=table, mapping=upload.mapping, name=upload.name)
        else:
            plan = planning.Planner(table, upload.mapping).run(lambda done, _all: _tell(upload, done))
    except (Unreadable, writing.Overtaken) as error:
        upload.state, upload.error = "failed", error.message
        save(upload)
        cache.delete(_writing(upload.token))
        return
    upload.summary, upload.state = summary(plan), "done" if writes else "checked"
    save(upload)
    if writes:
        default_storage.delete(_path(upload.token))


def work_as(*, token: str, staff_id: str, writes: bool) -> None:
    """As `work`, for a worker: in the name of who brought the file. Does nothing for a file that is gone."""
    staff = StaffUser.objects.filter(pk=staff_id, is_active=True).first()
    upload = find(token=token, staff=staff) if staff else None
    if staff is None or upload is None or upload.state not in ("checking", "writing"):
        return
    with history.acting(staff=staff):
        work(upload, writes=writes)


def _data(token: str) -> bytes:
    try:
        with default_storage.open(_path(token)) as file:
            return bytes(file.read())
    except FileNotFoundError as error:
        raise Unreadable(_("Il file non c'è più: caricarlo di nuovo.")) from error


def _tell(upload: Upload, done: int) -> None:
    upload.done = done
    save(upload)


def summary(plan: planning.Plan) -> dict[str, Any]:
    """What is shown of a plan: counts, the first problems, the first changes with before and after."""
    counts = {}
    for kind, rows in (("customers", plan.customers), ("vehicles", plan.vehicles)):
        new, changed = plan.made(rows), plan.changed(rows)
        counts[kind] = {"new": len(new), "changed": len(changed), "same": len(rows) - len(new) - len(changed)}
    changed_rows = [*plan.changed(plan.customers), *plan.changed(plan.vehicles)][:MOST_EXAMPLES]
    names = {pk: str(row) for pk, row in plan.customers.items()}
    wrong = {problem.row for problem in plan.problems}
    return {
        "lines": plan.lines,
        "good": plan.lines - len(wrong),
        "wrong": len(wrong),
        **counts,
        "writes": any(each[how] for each in counts.values() for how in ("new", "changed")),
        "problems": [asdict(problem) for problem in plan.problems[:MOST_PROBLEMS]],
        "more_problems": max(0, len(plan.problems) - MOST_PROBLEMS),
        "changes": [
            {"what": str(row), "fields": [_shown(row, name, value, names) for name, value in was.items()]}
            for row, was in changed_rows
        ],
    }


def _shown(row: Any, name: str, was: Any, names: dict[Any, str]) -> dict[str, str]:
    model_field = row._meta.get_field(name)

    def words(value: Any) -> str:
        if value in (None, ""):
            return ""
        if name == "customer_id":
            return names.get(value) or str(_owner_name(value))
        choices = dict(model_field.flatchoices)
        return f"{value:%d/%m/%Y}" if hasattr(value, "strftime") else str(choices.get(value, value))

    return {"label": str(model_field.verbose_name), "before": words(was), "after": words(getattr(row, name))}


def _owner_name(pk: Any) -> str:
    return str(Customer.objects.filter(pk=pk).first() or "")
