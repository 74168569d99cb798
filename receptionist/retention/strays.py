"""Files that no row names: a worker was killed between saving a file and saying so. Nobody would ever delete them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import batched

import structlog
from django.core.files.storage import default_storage

from receptionist.models import Media, MediaKind, PersonExport

log = structlog.get_logger(__name__)
FOLDERS = (*MediaKind.values, "exports")
# A file is younger than its row for a moment; a restored database may be behind its files for some days.
OLD = timedelta(days=7)
AT_ONCE = 500


def sweep(*, now: datetime) -> int:
    """Delete the shop's recordings, pictures and copies that are older than OLD and in no row; how many.

    One query for every AT_ONCE files of a folder. Safe to repeat.
    """
    count = 0
    for folder in FOLDERS:
        for names in batched(_old(folder, now), AT_ONCE):
            for name in sorted(set(names) - _known(names)):
                count += _delete(name)
    if count:
        log.info("files without a row deleted", files=count)
    return count


def _old(folder: str, now: datetime) -> Iterator[str]:
    try:
        names = default_storage.listdir(folder)[1]
    except FileNotFoundError:
        return
    for name in names:
        path = f"{folder}/{name}"
        try:
            if default_storage.get_modified_time(path) < now - OLD:
                yield path
        except FileNotFoundError:
            continue  # deleted meanwhile


def _known(names: tuple[str, ...]) -> set[str]:
    rows = (Media.objects.filter(file__in=names), PersonExport.objects.filter(file__in=names))
    return {str(name) for found in rows for name in found.order_by().values_list("file", flat=True)}


def _delete(name: str) -> bool:
    try:
        default_storage.delete(name)
    except OSError as error:
        log.error("file cannot be deleted", error=type(error).__name__)
        return False
    return True
