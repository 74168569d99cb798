"""Everything about a person as a ZIP that they can read and a program too.

    leggimi.html           to be read and printed, without anything from outside
    dati.json              complete: every row of every table, with SCHEMA as its version
    conversazioni/*.txt    what was said
    file/*                 recordings, voice messages, pictures and documents, under the names they came with

Rows and files go through in pieces: a long history fills no memory. A copy that is asked for on a page is made by a
task, kept for KEPT and deleted by a sweep.
"""

import json
import re
import shutil
import unicodedata
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from tempfile import NamedTemporaryFile
from typing import IO, Any
from uuid import UUID

import structlog
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import FileField
from django.utils import timezone
from django.utils.translation import gettext as _

from receptionist.models import ExportState, Media, PersonExport
from receptionist.rights import person as people
from receptionist.rights import readable
from receptionist.rights.kinds import NOBODYS, PERSONAL, Fate, Kind
from receptionist.rights.person import Person
from scheduling.models import Customer
from shops import history
from shops.context import current_shop
from shops.staff.models import StaffUser

log = structlog.get_logger(__name__)
SCHEMA = 1
"""The version of dati.json: a program that reads it asks for this first."""
KEPT = timedelta(days=2)
LOST_AFTER = timedelta(minutes=30)
PIECE = 256 * 1024
AT_ONCE = 500
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?\Z", re.IGNORECASE)


def ask(*, customer: Customer, by: StaffUser | None = None, now: datetime | None = None) -> PersonExport:
    """Have a copy made; one that is being made is not asked for twice. Side effects: a row, history, a task."""
    from receptionist.tasks import make_person_export

    now = now or timezone.now()
    with transaction.atomic():
        Customer.objects.select_for_update(no_key=True).filter(pk=customer.pk).first()
        waiting = PersonExport.objects.filter(customer=customer, state=ExportState.PENDING)
        row = waiting.filter(created_at__gt=now - LOST_AFTER).first()
        if row is None:
            row = PersonExport.objects.create(
                customer=customer, asked_by=by, created_at=now, expires_at=now + KEPT
            )
            history.record(customer, {str(_("copia dei dati")): ""}, {str(_("copia dei dati")): _("chiesta")})
        make_person_export.queue(export_id=str(row.pk))
    return row


def make(*, export_id: UUID | str) -> bool:
    """Make the copy that was asked for. True when it is there afterwards. Safe to run twice, and at once.

    Side effects: a file in the shop's store. Nothing stays of one whose person was erased meanwhile.
    """
    row = PersonExport.objects.select_related("customer").filter(pk=export_id).first()
    if row is None or row.state != ExportState.PENDING:
        return row is not None and row.state == ExportState.READY
    with NamedTemporaryFile(suffix=".zip") as file:
        try:
            write(people.of(row.customer), file)
        except OSError as error:
            log.error("copy cannot be made", error=type(error).__name__)
            PersonExport.objects.filter(pk=row.pk).update(state=ExportState.FAILED)
            return False
        size = file.tell()
        file.seek(0)
        name = default_storage.save(row.file.field.generate_filename(row, "copy.zip"), File(file))
    kept = PersonExport.objects.filter(pk=row.pk, state=ExportState.PENDING).update(
        state=ExportState.READY, file=name, size=size
    )
    if not kept:
        default_storage.delete(name)
    log.info("copy of a person's data made", bytes=size)
    return bool(kept)


def sweep(*, now: datetime | None = None) -> int:
    """Delete the copies whose time is over, and give up those that nobody finished; how many files went."""
    now = now or timezone.now()
    PersonExport.objects.filter(state=ExportState.PENDING, created_at__lt=now - LOST_AFTER).update(
        state=ExportState.FAILED
    )
    count = 0
    for row in PersonExport.objects.filter(expires_at__lte=now).exclude(state=ExportState.GONE):
        if row.file.name:
            default_storage.delete(row.file.name)
            count += 1
        PersonExport.objects.filter(pk=row.pk).update(state=ExportState.GONE, file="", size=0)
    return count


def write(person: Person, file: IO[bytes]) -> None:
    """Write the ZIP into an open file, which is at its end afterwards. Reads; side effects: none."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
        names = dict(_files(person, archive))
        with archive.open("dati.json", "w", force_zip64=True) as member:
            for piece in _json(person, names):
                member.write(piece.encode())
        with archive.open("leggimi.html", "w", force_zip64=True) as member:
            for piece in readable.page(person, names):
                member.write(piece.encode("utf-8", "replace"))
        for name, lines in readable.transcripts(person):
            with archive.open(f"conversazioni/{name}", "w", force_zip64=True) as member:
                for line in lines:
                    member.write(line.encode("utf-8", "replace"))


def _files(person: Person, archive: zipfile.ZipFile) -> Iterator[tuple[UUID, str]]:
    """Put the files in, one piece after the other; which row is under which name."""
    rows = Media.objects.filter(conversation__in=person.conversation_ids).exclude(file="")
    for number, media in enumerate(rows.order_by("created_at", "pk").iterator(AT_ONCE), 1):
        name = f"file/{number:04d}-{safe_name(media)}"
        try:
            with media.file.open("rb") as source, archive.open(name, "w", force_zip64=True) as member:
                shutil.copyfileobj(source, member, PIECE)
        except FileNotFoundError:
            log.warning("file of a copy is not there")
            continue
        yield media.pk, name


def safe_name(media: Media) -> str:
    """The name that the sender gave, as every system takes it; what kind of file it is when there was none."""
    stored = PurePosixPath(media.file.name or "").suffix
    said = unicodedata.normalize("NFC", media.filename.replace("\\", "/").rpartition("/")[2])
    clean = re.sub(r"[^\w.\-]+", "_", said).strip("._-")
    if RESERVED.match(clean):
        clean = f"_{clean}"
    stem, dot, suffix = clean.rpartition(".")
    if not dot or not stem:
        stem, suffix = clean, stored.lstrip(".")
    stem = stem[:60].strip("._-") or media.kind
    return f"{stem}.{suffix[:8]}" if suffix else stem


def _json(person: Person, files: dict[UUID, str]) -> Iterator[str]:
    """The text of dati.json in pieces."""
    head = {
        "versione": SCHEMA,
        "officina": current_shop().name,
        "creato": timezone.localtime(),
        "cliente": sorted(map(str, person.customer_ids)),
    }
    yield json.dumps(head, cls=DjangoJSONEncoder, ensure_ascii=False)[:-1]
    yield ', "tabelle": {'
    told = [kind for kind in PERSONAL if kind.fate is not Fate.NAMED]
    for number, kind in enumerate(told):
        title = json.dumps({"titolo": str(kind.title)}, ensure_ascii=False)[:-1]
        yield f'{"," if number else ""}\n"{kind.label}": {title}, "righe": ['
        for place, row in enumerate(kind.rows(person).order_by("pk").iterator(AT_ONCE)):
            comma = "," if place else ""
            yield f"{comma}\n{json.dumps(told_row(kind, row, files), cls=DjangoJSONEncoder, ensure_ascii=False)}"
        yield "]}"
    yield "}}\n"


def told_row(kind: Kind, row: Any, files: dict[UUID, str]) -> dict[str, Any]:
    """A row as the person gets it: without machinery, and without the shop's own people's addresses."""
    values: dict[str, Any] = {}
    for field in row._meta.concrete_fields:
        if field.name in kind.untold:
            continue
        value = getattr(row, field.attname)
        values[field.name] = files.get(row.pk, "") if isinstance(field, FileField) else value
    if values.get("purpose") in NOBODYS and "recipient" in values:
        values["recipient"] = str(_("personale dell'officina"))
    return values
