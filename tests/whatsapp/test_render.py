"""What is said takes Meta's shape and never breaks its limits, whatever was to be said."""

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receptionist.content import Content, Option, Template
from sandbox.meta.rules import check_message
from whatsapp import render

OURS = UUID("11111111-2222-3333-4444-555555555555")
ANNA = "+393331234567"


def rendered(content: Content, **values: Any) -> dict[str, Any]:
    body = render.message(content, **{"recipient": ANNA, "message_id": OURS} | values)
    check_message(json.loads(json.dumps(body)))
    return body


def options(*titles: str, description: str = "") -> tuple[Option, ...]:
    return tuple(Option(f"id-{n}", title, description) for n, title in enumerate(titles))


def test_three_short_choices_are_buttons() -> None:
    body = rendered(Content("Quale?", options("Tagliando", "Gomme", "x" * 20)))
    assert body["interactive"] == {
        "type": "button",
        "body": {"text": "Quale?"},
        "action": {
            "buttons": [
                {"type": "reply", "reply": {"id": "id-0", "title": "Tagliando"}},
                {"type": "reply", "reply": {"id": "id-1", "title": "Gomme"}},
                {"type": "reply", "reply": {"id": "id-2", "title": "x" * 20}},
            ]
        },
    }


@pytest.mark.parametrize(
    "content",
    [
        Content("Quale?", options("a", "b", "c", "d")),
        Content("Quale?", options("Sostituzione freni ant")),
        Content("Quale?", options("Tagliando", description="da 120 €")),
        Content("Quale?", options("Sì", "Sì")),
        Content("parola " * 200, options("Sì", "No")),
    ],
    ids=["four", "long title", "description", "alike", "long text"],
)
def test_other_choices_are_a_list(content: Content) -> None:
    body = rendered(content)
    assert body["interactive"]["type"] == "list"
    assert body["interactive"]["action"]["button"] == "Scegli"
    rows = body["interactive"]["action"]["sections"][0]["rows"]
    assert [row["id"] for row in rows] == [each.id for each in content.options]
    assert body["interactive"]["body"]["text"] == content.text.strip()


def test_a_long_title_is_cut_at_a_word_and_told_below() -> None:
    title = "Sostituzione dischi e pastiglie anteriori"
    [row] = rendered(Content("Quale?", options(title)))["interactive"]["action"]["sections"][0]["rows"]
    assert row == {"id": "id-0", "title": "Sostituzione dischi e…", "description": title}


@pytest.mark.parametrize(
    "content",
    [
        Content("Quale?", options(*"abcdefghijk")),
        Content("Quale?", (Option("x" * 201, "Tagliando"), Option("b", "Gomme"))),
        Content("Quale?", (Option("a", "Tagliando"), Option("a", "Gomme"))),
        Content("Quale?", (Option("", "Tagliando"), Option("b", "Gomme"))),
    ],
    ids=["eleven", "long id", "ids alike", "no id"],
)
def test_what_cannot_be_tapped_is_written_with_numbers(content: Content) -> None:
    body = rendered(content)
    assert body["type"] == "text"
    text = body["text"]["body"]
    assert text.startswith("Quale?\n\n1. ")
    assert all(f"{n}. {each.title}" in text for n, each in enumerate(content.options, 1))


def test_an_endless_text_is_cut_at_a_word() -> None:
    text = rendered(Content("parola " * 1000))["text"]["body"]
    assert len(text) <= 4096
    assert text.endswith("parola…")


def test_numbered_choices_stay_whole_below_an_endless_text() -> None:
    titles = [f"Lavoro numero {n}" for n in range(12)]
    text = rendered(Content("parola " * 1000, options(*titles)))["text"]["body"]
    assert text.endswith("12. Lavoro numero 11")
    assert len(text) <= 4096


def test_a_link_is_written_below() -> None:
    assert (
        rendered(Content("Ecco", link="https://x.example/1"))["text"]["body"] == "Ecco\nhttps://x.example/1"
    )


def test_a_business_scoped_id_never_stands_in_to() -> None:
    body = rendered(Content("Ciao"), recipient="IT.1349")
    assert body["recipient"] == "IT.1349"
    assert "to" not in body
    assert rendered(Content("Ciao"))["to"] == ANNA


def test_a_template_has_its_parameters_and_payloads() -> None:
    wanted = Template("aros_conferma", ("Officina\nRossi", "", "x" * 2000), ("move:ABC", "cancel:ABC"))
    body = rendered(Content("x", template=wanted), as_template=True, reply_to="wamid.X")
    template = body["template"]
    assert (template["name"], template["language"]) == ("aros_conferma", {"code": "it"})
    texts = [each["text"] for each in template["components"][0]["parameters"]]
    assert texts[:2] == ["Officina Rossi", "–"]
    assert len(texts[2]) == 1024
    assert template["components"][2] == {
        "type": "button",
        "sub_type": "quick_reply",
        "index": "1",
        "parameters": [{"type": "payload", "payload": "cancel:ABC"}],
    }
    assert "context" not in body
    assert body["biz_opaque_callback_data"] == str(OURS)


def test_a_template_without_places_has_no_components() -> None:
    body = rendered(Content("x", template=Template("aros_ciao")), as_template=True)
    assert body["template"] == {"name": "aros_ciao", "language": {"code": "it"}}


def test_reactions_and_receipts() -> None:
    for body in (
        render.reaction(recipient=ANNA, wire_id="wamid.X", emoji="👍"),
        render.reaction(recipient="IT.1", wire_id="wamid.X", emoji=""),
        render.read(wire_id="wamid.X"),
        render.read(wire_id="wamid.X", typing=False),
    ):
        check_message(body)
    assert render.read(wire_id="w")["typing_indicator"] == {"type": "text"}
    assert "typing_indicator" not in render.read(wire_id="w", typing=False)


@pytest.mark.parametrize(
    ("content", "more"),
    [
        (Content(""), {}),
        (Content(" \x00\x07 "), {}),
        (Content("Ciao"), {"as_template": True}),
        (Content("x", template=Template("t", buttons=("p" * 129,))), {"as_template": True}),
        (Content("Ciao"), {"recipient": ""}),
    ],
    ids=["empty", "invisible", "no template", "long payload", "nobody"],
)
def test_what_says_nothing_is_refused(content: Content, more: dict[str, Any]) -> None:
    with pytest.raises(render.Unsendable):
        rendered(content, **more)


WORDS = st.text(st.characters(exclude_categories=[]), max_size=300) | st.text("ab \n\t\x00…é", max_size=6000)
OPTIONS = st.lists(st.builds(Option, st.text(max_size=210), WORDS, WORDS), max_size=12)


@given(text=WORDS, choices=OPTIONS, button=WORDS, template=st.none() | st.lists(WORDS, max_size=5))
def test_meta_takes_whatever_is_rendered(
    text: str, choices: list[Option], button: str, template: list[str] | None
) -> None:
    wanted = None if template is None else Template("aros_x", tuple(template))
    content = Content(text, tuple(choices), button, wanted)
    try:
        rendered(content, as_template=template is not None)
    except render.Unsendable:
        assert not choices
        assert not render.clean(text)
