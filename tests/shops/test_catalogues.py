"""Catalogues of translations: they compile, and leave nothing of unfold in English."""

import shutil
from collections.abc import Callable, Iterator
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
import unfold
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.apps import apps
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import translation
from django.utils.translation import trans_real
from django.utils.translation.template import templatize

from shops.models import Shop
from shops.staff.models import StaffUser

UNFOLD = Path(unfold.__file__).parent
KEYWORDS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy")),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
PO = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"

#, python-format
msgid "%(number)s cars"
msgstr "%(number)s auto"
"""


def catalogue(folder: Path, text: str) -> Path:
    """A folder of catalogues with one in it."""
    (folder / "it" / "LC_MESSAGES").mkdir(parents=True)
    (folder / "it" / "LC_MESSAGES" / "django.po").write_text(text, encoding="utf-8")
    return folder


def compiled() -> str:
    said = StringIO()
    call_command("compile_catalogues", stdout=said)
    return said.getvalue()


def test_every_catalogue_compiles_and_once_only(tmp_path: Path, settings: Any) -> None:
    sources = list(Path(django_settings.LOCALE_PATHS[0]).glob("*/LC_MESSAGES/*.po"))
    for source in sources:
        target = tmp_path / source.relative_to(django_settings.LOCALE_PATHS[0])
        target.parent.mkdir(parents=True)
        shutil.copy(source, target)
    settings.LOCALE_PATHS = [tmp_path]

    first, second = compiled(), compiled()

    assert first.count("django.po: compilato\n") == len(first.splitlines()) == len(sources) >= 1
    assert second.count("django.po: già aggiornato\n") == len(second.splitlines()) == len(sources)
    assert {path.suffix for path in tmp_path.rglob("*.*")} == {".po", ".mo"}


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("%(number)s auto", "%(numero)s auto", "numero"),
        ('"%(number)s auto"', '"%(number)s auto', ":8: unterminated string"),
        ("msgstr", "msgtsr", "misformatted keyword"),
    ],
)
def test_a_broken_catalogue_is_one_sentence(
    tmp_path: Path, settings: Any, right: str, wrong: str, said: str
) -> None:
    settings.LOCALE_PATHS = [catalogue(tmp_path, PO.replace(right, wrong))]

    with pytest.raises(CommandError) as refused:
        compiled()

    assert said in str(refused.value)
    assert str(refused.value).startswith(f"Catalogo da correggere: {tmp_path}")
    assert "\n" not in str(refused.value)
    assert not list(tmp_path.rglob("*.mo"))


def unfold_files() -> Iterator[Path]:
    """Those of unfold itself and of its parts that are installed."""
    installed = {Path(app.path) for app in apps.get_app_configs()}
    for path in [*UNFOLD.rglob("*.py"), *UNFOLD.rglob("*.html")]:
        parts = path.relative_to(UNFOLD).parts
        if parts[0] != "contrib" or UNFOLD / "contrib" / parts[1] in installed:
            yield path


def unfold_texts() -> dict[str, Path]:
    """What unfold hands to gettext, as a catalogue names it, and where."""
    found = {}
    for path in unfold_files():
        source = path.read_text(encoding="utf-8")
        if path.suffix == ".html":  # a call of gettext for every tag; stripped, it passes as Python
            source = "\n".join(line.strip() for line in templatize(source).splitlines())
        options = {"encoding": "utf-8"}
        for _line, texts, _notes, context in extract(
            "python", BytesIO(source.encode()), KEYWORDS, (), options
        ):
            text = texts if isinstance(texts, str) else texts[0]
            if not text.endswith("_FORMAT"):  # the names of date formats
                found[f"{context}\x04{text}" if context else text] = path.relative_to(UNFOLD)
    return found


def test_all_of_unfold_is_in_italian() -> None:
    texts = unfold_texts()
    with translation.override("it"):
        keys = trans_real.catalog()._catalog.keys()  # type: ignore[attr-defined]
    known = {key[0] if isinstance(key, tuple) else key for key in keys}

    missing = {text: str(path) for text, path in texts.items() if text not in known}

    assert {"Type to search", "Return to site", "General", "Filters", "Apply Filters"} <= set(texts)
    assert missing == {}


@pytest.fixture
def pages(
    rossi: Shop, manager: StaffUser, rossi_client: Client, log_in: Callable[[Client, StaffUser, Shop], Client]
) -> dict[str, str]:
    """The kinds of page that the back office has."""
    person = f"/admin/staff/staffuser/{manager.pk}"
    paths = {
        "start": "/admin/",
        "filters": "/admin/scheduling/appointment/",
        "actions": "/admin/scheduling/service/",
        "nothing found": "/admin/scheduling/service/?q=zzz",
        "form": "/admin/scheduling/customer/add/",
        "tabs": "/admin/receptionist/aiconfig/",
        "person": f"{person}/change/",
        "history": f"{person}/history/",
        "password": "/admin/password_change/",
    }
    found = {"login": rossi_client.get("/admin/login/")}
    log_in(rossi_client, manager, rossi)
    # A browser's own language changes nothing.
    english = {"Accept-Language": "en"}
    found |= {name: rossi_client.get(path, headers=english, follow=True) for name, path in paths.items()}
    assert {name: answer.status_code for name, answer in found.items()} == dict.fromkeys(found, 200)
    return {name: answer.content.decode() for name, answer in found.items()}


def test_no_page_has_english_texts(pages: dict[str, str]) -> None:
    source = Path(django_settings.LOCALE_PATHS[0]) / "it" / "LC_MESSAGES" / "django.po"
    ours = [message.id for message in read_po(StringIO(source.read_text(encoding="utf-8")))]
    phrases = [text for text in ours if isinstance(text, str) and " " in text]
    phrases += [">General<", "Show all", "Run the selected action", "Save and continue", "Date/time", "Home"]

    shown = {(name, phrase) for name, page in pages.items() for phrase in phrases if phrase in page}

    assert len(phrases) > 60
    assert shown == set()


def test_the_login_page_says_whose_it_is(pages: dict[str, str]) -> None:
    assert "Officina Rossi" in pages["login"]
    assert "Bentornati" in pages["login"]
