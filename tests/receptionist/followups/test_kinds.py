"""The words of every kind: places, the shop's own text, and what customers are called."""

import re
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from receptionist.followups import day_before, kinds
from receptionist.models import PROMOTIONAL, FollowUpKind
from shops.models import Shop
from tests.receptionist.followups.conftest import turn
from whatsapp import render

HOSTILE = [
    "{nome}",
    "{0}",
    "{",
    "}",
    "%s",
    "{{",
    "%(nome)s",
    "\\1",
    "{officina!r}",
    "\x00a\nb",
    "<b>x</b>",
    "",
]


@pytest.mark.parametrize("kind", FollowUpKind.values)
@pytest.mark.parametrize("manner", ["lei", "tu"])
def test_standard_words_pass_what_a_shops_own_words_have_to(kind: str, manner: str) -> None:
    data = kinds.KINDS[FollowUpKind(kind)]

    assert kinds.problem_of(data, data.standard_text(manner)) == ""
    assert set(data.parameters) <= set(data.places) | {"cosa"}
    assert data.on is (data.kind not in PROMOTIONAL)


@pytest.mark.parametrize("kind", FollowUpKind.values)
@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_nothing_a_customer_is_called_breaks_the_words(kind: str, name: str) -> None:
    data = kinds.KINDS[FollowUpKind(kind)]
    text = kinds.fill(data.standard_text("lei"), dict.fromkeys(data.places, name))

    assert text
    assert "\x00" not in text


@given(st.text(max_size=60))
def test_a_value_stands_as_it_is(value: str) -> None:
    shown = kinds.one_line(value, kinds.MAX_VALUE)
    assert kinds.fill("a{nome}z", {"nome": value, "auto": "X"}) == f"a{shown}z".strip()


def test_what_is_not_known_is_left_out() -> None:
    text = kinds.fill(
        "Buongiorno {nome}, ecco.\n*Auto:* {auto}\n*Dove:* {indirizzo}", {"indirizzo": "Via Roma 1"}
    )

    assert text == "Buongiorno, ecco.\n*Dove:* Via Roma 1"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Ciao {cognome}, {giorno} alle {ora}", "{cognome}"),
        ("Ciao {nome", "parentesi"),
        ("Ci vediamo {giorno}", "{ora}"),
        ("{giorno} {ora} {}", "{}"),
        ("{giorno} {ora} {nome.__class__}", "{nome.__class__}"),
        ("{giorno} {ora} " + "x" * 900, "900"),
    ],
)
def test_words_that_cannot_be_used_are_refused_with_what_to_do(text: str, said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        kinds.check_text(FollowUpKind.DAY_BEFORE, text)

    assert said in refused.value.messages[0]


def test_the_shops_own_words_and_its_manner(in_rossi: Shop) -> None:
    assert kinds.text_for(FollowUpKind.MISSED_CALL, {"officina": "Rossi"}, manner="tu").startswith("Ciao")
    turn(FollowUpKind.MISSED_CALL, text="Qui {officina}: ci ha chiamato?")

    assert kinds.text_for(FollowUpKind.MISSED_CALL, {"officina": "Rossi"}) == "Qui Rossi: ci ha chiamato?"


def test_a_stored_text_that_no_longer_passes_falls_back_on_the_standard_one(in_rossi: Shop) -> None:
    turn(FollowUpKind.MISSED_CALL, text="Qui {vecchio}")

    assert "Rossi" in kinds.text_for(FollowUpKind.MISSED_CALL, {"officina": "Rossi"})


def test_promotional_words_always_say_how_to_end_them(in_rossi: Shop) -> None:
    turn(FollowUpKind.REVISION, text="Revisione di {auto} {scadenza}!")

    assert kinds.text_for(FollowUpKind.REVISION, {"auto": "Panda", "scadenza": "presto"}).endswith(
        "scriva STOP."
    )


def test_the_template_is_filled_from_the_same_places(in_rossi: Shop) -> None:
    content = kinds.content_for(FollowUpKind.THANKS, {"officina": "Rossi", "link": ""})

    assert content.template is not None
    assert content.template.parameters == ("Rossi", "–")


@pytest.mark.parametrize(
    ("words", "says_it"),
    [
        ("{auto} {scadenza}. Officina Pit Stop", False),
        ("{officina}: aperti non-stop", False),
        ("{auto}. Per smettere scrivi stop", True),
        ("{auto}. Rispondi con la parola «Stop» per non ricevere altro", True),
        ("{auto}. STOP per uscire", True),
    ],
)
def test_a_shop_with_stop_in_its_name_still_says_how_to_end_them(
    in_rossi: Shop, words: str, says_it: bool
) -> None:
    turn(FollowUpKind.REVISION, text=words)
    places = {"auto": "Panda", "scadenza": "presto", "officina": "Pit STOP"}

    text = kinds.text_for(FollowUpKind.REVISION, places, manner="lei")

    assert text.endswith(kinds.STOP_HINT["lei"]) != says_it


def test_words_of_nothing_but_what_is_not_known_are_the_standard_ones(in_rossi: Shop) -> None:
    turn(FollowUpKind.READY, text="{nota}")

    assert kinds.text_for(FollowUpKind.READY, {"nota": "fatto"}, manner="tu") == "fatto"
    assert "pronta" in kinds.text_for(FollowUpKind.READY, {"nota": "", "nome": "Anna"}, manner="tu")


@pytest.mark.parametrize("kind", FollowUpKind.values)
@pytest.mark.parametrize(
    "value", ["", "a\nb", "a\tb", "a      b", "\u2028x\r\n", "🚗" * 2000, "<b>&amp;</b>" * 300], ids=range(7)
)
def test_meta_takes_whatever_fills_a_template(in_rossi: Shop, kind: str, value: str) -> None:
    places = dict.fromkeys((*kinds.KINDS[FollowUpKind(kind)].places, "cosa"), value)

    content = kinds.content_for(FollowUpKind(kind), places, options=day_before.buttons("ABCDE"))

    body = render.message(content, recipient="+393331112223", message_id="m", as_template=True)
    filled = body["template"]["components"][0]["parameters"]
    assert filled
    for each in filled:
        assert 1 <= len(each["text"]) <= 1024
        assert not re.search(r"[\n\r\t\u2028]| {4}", each["text"])
    free = render.message(content, recipient="+393331112223", message_id="m")["interactive"]
    assert len(free["body"]["text"]) <= (1024 if free["type"] == "button" else 4096)
    assert [each["id"] for each in _taps(free)] == ["confirm:ABCDE", "move:ABCDE", "cancel:ABCDE"]


def _taps(interactive: dict[str, Any]) -> list[dict[str, str]]:
    action = interactive["action"]
    if interactive["type"] == "button":
        return [each["reply"] for each in action["buttons"]]
    rows: list[dict[str, str]] = action["sections"][0]["rows"]
    return rows
