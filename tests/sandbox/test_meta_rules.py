"""What the stand-in refuses, as Meta would, by code; and what it takes at the very edge."""

from typing import Any

import pytest

from sandbox.meta import rules, templates
from sandbox.meta.errors import GraphError

TO = {"messaging_product": "whatsapp", "to": "+393331234567"}


def text(body: Any, **more: Any) -> dict[str, Any]:
    return {**TO, "type": "text", "text": {"body": body, **more}}


def rows(count: int, sections: int = 1, **row: str) -> dict[str, Any]:
    every = [{"id": f"r{n}", "title": f"Riga {n}", **row} for n in range(count)]
    size = -(-count // sections)
    parts = [
        {"title": f"Parte {n}", "rows": every[n * size : (n + 1) * size]} for n in range(sections) if every
    ]
    return the_list(parts)


def the_list(sections: Any, button: str = "Scegli", body: str = "Quando?", **more: Any) -> dict[str, Any]:
    action = {"button": button, "sections": sections}
    interactive = {"type": "list", "body": {"text": body}, "action": action, **more}
    return {**TO, "type": "interactive", "interactive": interactive}


def buttons(*replies: tuple[str, str], body: str = "Va bene?") -> dict[str, Any]:
    action = {"buttons": [{"type": "reply", "reply": {"id": key, "title": title}} for key, title in replies]}
    interactive = {"type": "button", "body": {"text": body}, "action": action}
    return {**TO, "type": "interactive", "interactive": interactive}


def template(*parameters: Any, **more: Any) -> dict[str, Any]:
    components = [{"type": "body", "parameters": list(parameters)}]
    wanted = {"name": "promemoria", "language": {"code": "it"}, "components": components, **more}
    return {**TO, "type": "template", "template": wanted}


def parameter(words: Any) -> dict[str, Any]:
    return {"type": "text", "text": words}


def payload(words: str) -> dict[str, Any]:
    return {"type": "payload", "payload": words}


def reaction(emoji: Any) -> dict[str, Any]:
    return {**TO, "type": "reaction", "reaction": {"message_id": "wamid.X", "emoji": emoji}}


READ = {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.X"}

TAKEN = {
    "a text of 4096": text("x" * 4096),
    "a reply": text("ok") | {"context": {"message_id": "wamid.X"}},
    "an opaque text of 512": text("ok") | {"biz_opaque_callback_data": "x" * 512},
    "without +": text("ok") | {"to": "393331234567"},
    "to a user id": {
        "messaging_product": "whatsapp",
        "recipient": "IT.1349",
        "type": "text",
        "text": {"body": "x"},
    },
    "ten rows in two sections": rows(10, 2),
    "a row at its limits": the_list(
        [{"rows": [{"id": "i" * 200, "title": "t" * 24, "description": "d" * 72}]}]
    ),
    "a list of long words": the_list(rows(1)["interactive"]["action"]["sections"], "b" * 20, "x" * 4096),
    "three buttons": buttons(("a", "t" * 20), ("b", "2"), ("i" * 256, "3"), body="x" * 1024),
    "a template without parameters": {
        **TO,
        "type": "template",
        "template": {"name": "a", "language": {"code": "it"}},
    },
    "a template with buttons": template(
        parameter("x" * 1024),
        components=[
            {"type": "button", "sub_type": "quick_reply", "index": "0", "parameters": [payload("sposta")]}
        ],
    ),
    "a reaction": reaction("👍🏽"),
    "a reaction taken back": reaction(""),
    "a picture by its address": {
        **TO,
        "type": "image",
        "image": {"link": "https://a.example/b.jpg", "caption": "c"},
    },
    "a document by its id": {**TO, "type": "document", "document": {"id": "1", "filename": "libretto.pdf"}},
    "a place": {**TO, "type": "location", "location": {"latitude": 45.4, "longitude": "9.2"}},
    "read": READ,
    "typing": READ | {"typing_indicator": {"type": "text"}},
}

REFUSED: dict[str, tuple[Any, int]] = {
    "no object": ([], 100),
    "no product": ({"to": "+393331234567", "type": "text", "text": {"body": "x"}}, 100),
    "nobody": ({"messaging_product": "whatsapp", "type": "text", "text": {"body": "x"}}, 131008),
    "no number": (text("x") | {"to": "Anna"}, 100),
    "a phone as recipient": (
        {"messaging_product": "whatsapp", "recipient": "+393331234567", "text": {"body": "x"}},
        100,
    ),
    "to a group": (text("x") | {"recipient_type": "group"}, 131009),
    "a type that does not exist": ({**TO, "type": "hologram"}, 100),
    "no content": ({**TO, "type": "text"}, 131008),
    "no words": (text(""), 131008),
    "blank words": (text(" \n "), 131008),
    "words as a number": (text(7), 100),
    "4097 characters": (text("x" * 4097), 131009),
    "preview as a word": (text("x", preview_url="yes"), 100),
    "an opaque text too long": (text("x") | {"biz_opaque_callback_data": "x" * 513}, 131009),
    "a quote of nothing": (text("x") | {"context": {}}, 131008),
    "eleven rows": (rows(11), 131009),
    "eleven rows in two sections": (rows(11, 2), 131009),
    "no rows": (the_list([{"title": "Vuota", "rows": []}]), 131008),
    "no sections": (the_list([]), 131008),
    "two sections, one without title": (the_list([{"title": "A", "rows": [{"id": "1", "title": "a"}]},
                                                   {"rows": [{"id": "2", "title": "b"}]}]), 131008),
    "a section's title of 25": (the_list([{"title": "x" * 25, "rows": [{"id": "1", "title": "a"}]}]), 131009),
    "a row's title of 25": (the_list([{"rows": [{"id": "1", "title": "giovedì 26 novembre 09:30"}]}]), 131009),
    "a row's description of 73": (rows(1, description="x" * 73), 131009),
    "a row's id of 201": (the_list([{"rows": [{"id": "i" * 201, "title": "a"}]}]), 131009),
    "a row without id": (the_list([{"rows": [{"title": "a"}]}]), 131008),
    "the same id twice": (the_list([{"rows": [{"id": "1", "title": "a"}, {"id": "1", "title": "b"}]}]), 131009),
    "a list's button of 21": (the_list(rows(1)["interactive"]["action"]["sections"], "x" * 21), 131009),
    "a list's body of 4097": (the_list(rows(1)["interactive"]["action"]["sections"], body="x" * 4097), 131009),
    "a footer of 61": (the_list(rows(1)["interactive"]["action"]["sections"], footer={"text": "x" * 61}), 131009),
    "a header of 61": (
        the_list(rows(1)["interactive"]["action"]["sections"], header={"type": "text", "text": "x" * 61}), 131009
    ),
    "four buttons": (buttons(("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")), 131009),
    "no buttons": (buttons(), 131008),
    "a button's title of 21": (buttons(("a", "x" * 21)), 131009),
    "a button's id of 257": (buttons(("x" * 257, "a")), 131009),
    "two buttons with one title": (buttons(("a", "Sì"), ("b", "Sì")), 131009),
    "a body of 1025 over buttons": (buttons(("a", "Sì"), body="x" * 1025), 131009),
    "a flow": ({**TO, "type": "interactive", "interactive": {"type": "flow"}}, 100),
    "a template without language": ({**TO, "type": "template", "template": {"name": "a"}}, 131008),
    "a parameter with a line break": (template(parameter("due\nrighe")), 100),
    "a parameter with five spaces": (template(parameter("a     b")), 100),
    "an empty parameter": (template(parameter("")), 131008),
    "a parameter of 1025": (template(parameter("x" * 1025)), 131009),
    "a parameter of an odd type": (template({"type": "currency"}), 132012),
    "a payload of 129": (template(payload("x" * 129)), 131009),
    "a reaction in words": (reaction("ok"), 131009),
    "a reaction to nothing": ({**TO, "type": "reaction", "reaction": {"emoji": "👍"}}, 131008),
    "media with id and link": ({**TO, "type": "image", "image": {"id": "1", "link": "https://a"}}, 100),
    "media with neither": ({**TO, "type": "audio", "audio": {}}, 100),
    "a caption of 1025": ({**TO, "type": "image", "image": {"id": "1", "caption": "x" * 1025}}, 131009),
    "a place off the map": ({**TO, "type": "location", "location": {"latitude": 91, "longitude": 0}}, 131009),
    "a place without longitude": ({**TO, "type": "location", "location": {"latitude": 91}}, 131009),
    "a place without latitude": ({**TO, "type": "location", "location": {"longitude": 1}}, 131008),
    "unread": (READ | {"status": "delivered"}, 100),
    "read of nothing": ({"messaging_product": "whatsapp", "status": "read"}, 131008),
    "typing pictures": (READ | {"typing_indicator": {"type": "image"}}, 131009),
}  # fmt: skip


@pytest.mark.parametrize("body", TAKEN.values(), ids=TAKEN)
def test_taken(body: dict[str, Any]) -> None:
    rules.check_message(body)


@pytest.mark.parametrize(("body", "code"), REFUSED.values(), ids=REFUSED)
def test_refused(body: Any, code: int) -> None:
    with pytest.raises(GraphError) as caught:
        rules.check_message(body)

    assert caught.value.code == code
    assert caught.value.details


BODY = {
    "type": "BODY",
    "text": "Buongiorno {{1}}, la aspettiamo {{2}}.",
    "example": {"body_text": [["Anna", "giovedì"]]},
}
WANTED = {"name": "promemoria", "language": "it", "category": "UTILITY", "components": [BODY]}

BAD_TEMPLATES = {
    "capital letters": WANTED | {"name": "Promemoria"},
    "no language": {key: value for key, value in WANTED.items() if key != "language"},
    "no category": WANTED | {"category": "SERVICE"},
    "no components": WANTED | {"components": []},
    "no examples": WANTED | {"components": [{"type": "BODY", "text": BODY["text"]}]},
    "one example for two": WANTED | {"components": [BODY | {"example": {"body_text": [["Anna"]]}}]},
    "begins with a variable": WANTED
    | {"components": [{"type": "BODY", "text": "{{1}} ciao", "example": {"body_text": [["a"]]}}]},
    "ends with a variable": WANTED
    | {"components": [{"type": "BODY", "text": "ciao {{1}}", "example": {"body_text": [["a"]]}}]},
    "variables with a gap": WANTED
    | {"components": [{"type": "BODY", "text": "a {{1}} e {{3}}.", "example": {"body_text": [["a", "b"]]}}]},
    "a long button": WANTED
    | {
        "components": [
            BODY,
            {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Sposta l’appuntamento mio!"}]},
        ]
    },
    "a long footer": WANTED | {"components": [BODY, {"type": "FOOTER", "text": "x" * 61}]},
    "an odd part": WANTED | {"components": [BODY, {"type": "CAROUSEL"}]},
}


@pytest.mark.parametrize("wanted", BAD_TEMPLATES.values(), ids=BAD_TEMPLATES)
def test_templates_that_meta_refuses(wanted: dict[str, Any]) -> None:
    with pytest.raises(GraphError):
        templates.new(wanted, [], status="APPROVED")


def test_a_template_is_made_once_and_filled_in() -> None:
    buttons = {
        "type": "BUTTONS",
        "buttons": [{"type": "QUICK_REPLY", "text": "Sposta"}, {"type": "QUICK_REPLY", "text": "Annulla"}],
    }
    footer = {"type": "FOOTER", "text": "Rispondi STOP"}
    made = templates.new(WANTED | {"components": [BODY, footer, buttons]}, [], status="APPROVED")
    message = template(
        components=[
            {"type": "body", "parameters": [parameter("Anna"), parameter("giovedì alle 9:30")]},
            {"type": "button", "sub_type": "quick_reply", "index": "1", "parameters": [payload("annulla:7")]},
        ]
    )["template"]

    shown = templates.rendered([made], message)

    assert shown["text"] == "Buongiorno Anna, la aspettiamo giovedì alle 9:30."
    assert shown["footer"] == "Rispondi STOP"
    assert shown["buttons"] == [
        {"text": "Sposta", "payload": "Sposta"},
        {"text": "Annulla", "payload": "annulla:7"},
    ]
    with pytest.raises(GraphError, match="already"):
        templates.new(WANTED, [made], status="APPROVED")


@pytest.mark.parametrize(
    ("change", "parameters", "code"),
    [
        ({}, ["Anna"], 132000),
        ({}, ["Anna", "giovedì", "alle 9"], 132000),
        ({"name": "altro"}, ["Anna", "giovedì"], 132001),
        ({"language": "en"}, ["Anna", "giovedì"], 132001),
        ({"status": "PENDING"}, ["Anna", "giovedì"], 132001),
        ({"status": "PAUSED"}, ["Anna", "giovedì"], 132015),
        ({"status": "DISABLED"}, ["Anna", "giovedì"], 132016),
        ({}, ["A" * 1000, "giovedì"], 132005),
    ],
)
def test_templates_that_cannot_be_sent(change: dict[str, str], parameters: list[str], code: int) -> None:
    made = templates.new(WANTED, [], status="APPROVED") | change

    with pytest.raises(GraphError) as caught:
        templates.rendered([made], template(*map(parameter, parameters))["template"])

    assert caught.value.code == code
