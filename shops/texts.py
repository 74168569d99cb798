"""What the program says, as its sources hand it to gettext: Python and templates. Works without GNU gettext."""

from collections.abc import Iterable, Iterator
from io import BytesIO, StringIO
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

KEYWORDS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop")),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
# Nothing in it that changes from day to day.
HEADER = b"""# The texts stand in the sources, in Italian: manage.py update_catalogues brings their list up to date.
msgid ""
msgstr ""
"Language: en\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

"""
NOT_OURS = {"migrations", "node_modules", "vendor"}


class Text(NamedTuple):
    """One text: what a catalogue names it by, with its plural where it has one."""

    one: str
    many: str | None
    context: str | None

    @property
    def id(self) -> str | tuple[str, str]:
        """As Babel's catalogues have it."""
        return self.one if self.many is None else (self.one, self.many)


def texts_of(path: Path) -> Iterator[Text]:
    """The texts of one source file."""
    source = path.read_text(encoding="utf-8")
    if path.suffix != ".py":  # a call of gettext for every tag; stripped, it passes as Python
        source = "\n".join(line.strip() for line in templatize(source).splitlines())
    found = extract("python", BytesIO(source.encode()), KEYWORDS, (), {"encoding": "utf-8"})
    for _line, said, _notes, context in found:
        one, many = (said, None) if isinstance(said, str) else (said[0], said[1])
        if one:
            yield Text(one, many, context)


def texts_in(folders: Iterable[Path]) -> dict[Text, str]:
    """Every text of the sources below these folders, and the file that says it first."""
    files = sorted(
        path
        for folder in folders
        for kind in ("*.py", "*.html", "*.txt")
        for path in folder.rglob(kind)
        if not NOT_OURS & set(path.parts)
    )
    found: dict[Text, str] = {}
    for path in files:
        for text in texts_of(path):
            found.setdefault(text, str(path))
    return found


def untranslated(source: Path, texts: Iterable[Text]) -> list[Text]:
    """Which of these the catalogue in the file `source` has no words for."""
    catalogue = _read(source)
    return [text for text in texts if not _has(catalogue, text)]


def update(source: Path, texts: dict[Text, str]) -> tuple[int, int]:
    """Give the catalogue an empty entry for each text it lacks, and drop what is said no more; how many of each."""
    catalogue = _read(source)
    wanted = {(text.one, text.context) for text in texts}
    dropped = [m for m in catalogue if m.id and (_first(m.id), m.context) not in wanted]
    for message in dropped:
        catalogue.delete(message.id, message.context)
    missing = [text for text in texts if catalogue.get(text.one, text.context) is None]
    for text in missing:
        catalogue.add(text.id, "" if text.many is None else ("", ""), context=text.context)
    with source.open("wb") as file:
        file.write(HEADER)
        write_po(file, catalogue, width=120, no_location=True, sort_output=True, omit_header=True)
    return len(missing), len(dropped)


def _read(source: Path) -> Catalog:
    text = source.read_text(encoding="utf-8") if source.exists() else ""
    return read_po(StringIO(text), locale=source.parent.parent.name)


def _first(message_id: str | tuple[str, ...] | list[str]) -> str:
    return message_id if isinstance(message_id, str) else message_id[0]


def _has(catalogue: Catalog, text: Text) -> bool:
    message = catalogue.get(text.one, text.context)
    if message is None:
        return False
    words = message.string or ""
    return all([words] if isinstance(words, str) else words) and (text.many is None) == isinstance(words, str)
