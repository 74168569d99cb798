"""Catalogues of translations: they compile, and leave nothing of unfold in English."""

import shutil
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import unfold
from babel.messages.pofile import read_po
from django.apps import apps
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import translation
from django.utils.translation import trans_real

from shops.admin_sites import shop_site
from shops.management.commands.update_catalogues import own_folders
from shops.models import Shop
from shops.staff.models import StaffUser
from shops.texts import texts_in, texts_of, untranslated

UNFOLD = Path(unfold.__file__).parent
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
        for text in texts_of(path):
            if not text.one.endswith("_FORMAT"):  # the names of date formats
                found[f"{text.context}\x04{text.one}" if text.context else text.one] = path.relative_to(
                    UNFOLD
                )
    return found


def test_all_of_unfold_is_in_italian() -> None:
    texts = unfold_texts()
    with translation.override("it"):
        keys = trans_real.catalog()._catalog.keys()  # type: ignore[attr-defined]
    known = {key[0] if isinstance(key, tuple) else key for key in keys}

    missing = {text: str(path) for text, path in texts.items() if text not in known}

    assert {"Type to search", "Return to site", "General", "Filters", "Apply Filters"} <= set(texts)
    assert missing == {}


# The kinds of page that the back office has.
PATHS = {
    "start": "/admin/",
    "filters": "/admin/scheduling/appointment/",
    "actions": "/admin/scheduling/service/",
    "nothing found": "/admin/scheduling/service/?q=zzz",
    "form": "/admin/scheduling/customer/add/",
    "tabs": "/admin/receptionist/aiconfig/",
    "person": "/admin/staff/staffuser/{pk}/change/",
    "history": "/admin/staff/staffuser/{pk}/history/",
    "password": "/admin/password_change/",
    **{page.name: f"/admin/{page.path}" for page in shop_site.pages if page.in_menu and "<" not in page.path},
}
Pages = Callable[[str], dict[str, str]]


@pytest.fixture
def pages(
    rossi: Shop, manager: StaffUser, rossi_client: Client, log_in: Callable[[Client, StaffUser, Shop], Client]
) -> Pages:
    """Each page as a browser of a language gets it."""

    def get(language: str) -> dict[str, str]:
        headers = {"Accept-Language": language}
        found = {"login": rossi_client.get("/admin/login/", headers=headers)}
        log_in(rossi_client, manager, rossi)
        for name, path in PATHS.items():
            found[name] = rossi_client.get(path.format(pk=manager.pk), headers=headers, follow=True)
        assert {name: answer.status_code for name, answer in found.items()} == dict.fromkeys(found, 200)
        return {name: answer.content.decode() for name, answer in found.items()}

    return get


def phrases_of(language: str) -> dict[str, str]:
    """What our catalogue of a language translates, and into what; texts of several words without fields."""
    source = Path(django_settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "django.po"
    messages = read_po(StringIO(source.read_text(encoding="utf-8")))
    return {
        message.id: message.string
        for message in messages
        if isinstance(message.id, str)
        and " " in message.id
        and "%" not in message.id
        and message.string != message.id
    }


def test_no_italian_page_has_english_texts(pages: Pages) -> None:
    phrases = [*phrases_of("it"), ">General<", "Show all", "Run the selected action"]
    phrases += ["Save and continue", "Date/time", "Home"]

    shown = {(name, phrase) for name, page in pages("it").items() for phrase in phrases if phrase in page}

    assert len(phrases) > 60
    assert shown == set()


def test_all_texts_are_in_english() -> None:
    source = Path(django_settings.LOCALE_PATHS[0]) / "en" / "LC_MESSAGES" / "django.po"

    missing = untranslated(source, texts_in(own_folders()))

    assert [text.one for text in missing] == []


def test_no_english_page_has_italian_texts(pages: Pages) -> None:
    """Sentences by our own catalogue, and Italian's most common words between tags."""
    phrases = [phrase for phrase in phrases_of("en") if len(phrase) > 12]

    shown = {
        (name, phrase)
        for name, page in pages("en").items()
        for phrase in phrases
        if f">{phrase}<" in page or f'"{phrase}"' in page
    }

    assert len(phrases) > 200
    assert shown == set()


def test_the_login_page_says_whose_it_is(pages: Pages) -> None:
    login = pages("it")["login"]

    assert "Officina Rossi" in login
    assert "Bentornati" in login
