"""Compiles catalogues of translations, with Babel: GNU gettext need not be installed. Works without Django."""

import os
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po


class BrokenCatalogue(Exception):
    """A .po that cannot be used. The text says which, where and why."""


def compile_catalogues(folder: Path) -> Iterator[tuple[Path, bool]]:
    """Write the .mo beside every <language>/LC_MESSAGES/*.po of `folder`. Yields each .po and whether it was compiled,
    which it is not when its .mo is up to date. Raises BrokenCatalogue at the first that cannot be used."""
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        stale = not target.exists() or target.stat().st_mtime < source.stat().st_mtime
        if stale:
            _write(_read(source), target)
        yield source, stale


def _read(source: Path) -> Catalog:
    try:
        text = source.read_text(encoding="utf-8")
        catalogue = read_po(StringIO(text), locale=source.parent.parent.name, abort_invalid=True)
    except (PoFileError, ValueError) as error:  # ValueError: not UTF-8
        raise BrokenCatalogue(f"{source}: {error}.") from error
    for number, line in enumerate(text.splitlines(), start=1):  # Babel takes it and drops the last letter
        if not line.startswith("#") and line.strip() and not line.rstrip().endswith('"'):
            raise BrokenCatalogue(f"{source}:{number}: unterminated string.")
    for message, faults in catalogue.check():
        raise BrokenCatalogue(f"{source}:{message.lineno}: {faults[0]}.")
    return catalogue


def _write(catalogue: Catalog, target: Path) -> None:
    """Replace the file in one go: other processes may be reading it."""
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with unfinished.open("wb") as file:
            write_mo(file, catalogue)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
