"""Message templates of an account: what Meta checks when one is made, and when a message names one."""

import re
import secrets
from typing import Any

from sandbox.meta.errors import GraphError, invalid, missing

NAME = re.compile(r"[a-z0-9_]{1,512}")
VARIABLE = re.compile(r"\{\{\s*(\d+)\s*\}\}")
CATEGORIES = ("UTILITY", "MARKETING", "AUTHENTICATION")
BODY, HYDRATED_BODY, HEADER, FOOTER, QUICK_REPLY, BUTTONS = 1024, 1024, 60, 60, 25, 10
Template = dict[str, Any]


def new(wanted: dict[str, Any], existing: list[Template], *, status: str) -> Template:
    """A template as it is kept. Raises GraphError for what Meta refuses."""
    name, language = wanted.get("name"), wanted.get("language")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise invalid("name has to be of small letters, digits and underscores.")
    if not isinstance(language, str) or not language:
        raise missing("language")
    if wanted.get("category") not in CATEGORIES:
        raise invalid(f"category has to be one of {', '.join(CATEGORIES)}.")
    if find(existing, name, language):
        raise invalid("There is already content in this language for this template.")
    components = checked_components(wanted.get("components"))
    number = str(secrets.randbelow(9 * 10**14) + 10**14)
    return {
        "id": number,
        "name": name,
        "language": language,
        "category": wanted["category"],
        "status": status,
        "components": components,
    }


def find(existing: list[Template], name: str, language: str) -> Template | None:
    """The template of this name in this language."""
    return next((each for each in existing if (each["name"], each["language"]) == (name, language)), None)


def checked_components(components: Any) -> list[dict[str, Any]]:
    """The parts of a template: at least a body, with examples for its variables. Raises GraphError."""
    if not isinstance(components, list) or not all(isinstance(each, dict) for each in components):
        raise missing("components")
    by_type = {str(each.get("type", "")).upper(): each for each in components}
    if unknown := by_type.keys() - {"HEADER", "BODY", "FOOTER", "BUTTONS"}:
        raise invalid(f"A component of type {', '.join(sorted(unknown))} does not exist.")
    if "BODY" not in by_type:
        raise missing("components BODY")
    _check_body(by_type["BODY"])
    if len(str(by_type.get("FOOTER", {}).get("text", ""))) > FOOTER:
        raise invalid(f"The footer has more than {FOOTER} characters.")
    if len(str(by_type.get("HEADER", {}).get("text", ""))) > HEADER:
        raise invalid(f"The header has more than {HEADER} characters.")
    _check_buttons(by_type.get("BUTTONS", {}).get("buttons", []))
    return [each | {"type": str(each["type"]).upper()} for each in components]


def _check_body(body: dict[str, Any]) -> None:
    text = body.get("text")
    if not isinstance(text, str) or not text.strip():
        raise missing("BODY text")
    if len(text) > BODY:
        raise invalid(f"The body has more than {BODY} characters.")
    numbers = variables(text)
    if numbers != list(range(1, len(numbers) + 1)):
        raise invalid("The variables of the body have to be {{1}}, {{2}}, … in order.")
    if not numbers:
        return
    if VARIABLE.match(text.strip()) or re.search(r"\}\}\s*$", text):
        raise invalid("Variables can't be at the start or end of the template.")
    rows = body.get("example", {}).get("body_text") if isinstance(body.get("example"), dict) else None
    if not rows or not isinstance(rows[0], list) or len(rows[0]) != len(numbers):
        raise invalid("Each variable of the body needs an example (example.body_text).")


def _check_buttons(buttons: Any) -> None:
    if not isinstance(buttons, list) or len(buttons) > BUTTONS:
        raise invalid(f"buttons has to be a list of at most {BUTTONS}.")
    for button in buttons:
        text = str(button.get("text", ""))
        if not 1 <= len(text) <= QUICK_REPLY:
            raise invalid(f"A button's text has 1 to {QUICK_REPLY} characters.")


def variables(text: str) -> list[int]:
    """The numbers of the variables in a text, without repeats."""
    return sorted({int(number) for number in VARIABLE.findall(text)})


def body_of(template: Template) -> str:
    """The body's text, with its variables."""
    return next(str(each["text"]) for each in template["components"] if each["type"] == "BODY")


def buttons_of(template: Template) -> list[dict[str, Any]]:
    """The buttons, in order."""
    return [
        button
        for each in template["components"]
        if each["type"] == "BUTTONS"
        for button in each.get("buttons", [])
    ]


def rendered(existing: list[Template], wanted: dict[str, Any]) -> dict[str, Any]:
    """What the customer sees of a template message: {"text", "footer", "buttons": [{"text", "payload"}]}.

    Raises GraphError 132001, 132015, 132016, 132000 or 132005.
    """
    template = find(existing, wanted["name"], wanted["language"]["code"])
    if template is None or template["status"] in ("PENDING", "REJECTED"):
        raise GraphError(
            132001, f"template name ({wanted['name']}) does not exist in {wanted['language']['code']}"
        )
    if template["status"] != "APPROVED":
        raise GraphError(132015 if template["status"] == "PAUSED" else 132016, "The template cannot be sent.")
    given = wanted.get("components", [])
    text = _hydrated(body_of(template), [each for each in given if each["type"] == "body"])
    footer = next((str(each["text"]) for each in template["components"] if each["type"] == "FOOTER"), "")
    return {"text": text, "footer": footer, "buttons": _with_payloads(buttons_of(template), given)}


def _hydrated(text: str, bodies: list[dict[str, Any]]) -> str:
    values = [str(each.get("text", "")) for body in bodies for each in body.get("parameters", [])]
    wanted = len(variables(text))
    if len(values) != wanted:
        raise GraphError(
            132000,
            f"body: number of localizable_params ({len(values)}) does not match the expected number of params ({wanted})",
        )
    hydrated = VARIABLE.sub(lambda found: values[int(found[1]) - 1], text)
    if len(hydrated) > HYDRATED_BODY:
        raise GraphError(132005, "The text is too long once its variables are filled in.")
    return hydrated


def _with_payloads(buttons: list[dict[str, Any]], components: list[dict[str, Any]]) -> list[dict[str, str]]:
    payloads: dict[int, str] = {}
    for component in components:
        if component["type"] != "button":
            continue
        index = int(component.get("index", 0))
        if index >= len(buttons):
            raise GraphError(132000, f"buttons: there is no button with index {index}")
        parameters = component.get("parameters", [])
        payloads[index] = next((str(each.get("payload", "")) for each in parameters), "")
    return [
        {"text": str(button["text"]), "payload": payloads.get(place, "") or str(button["text"])}
        for place, button in enumerate(buttons)
    ]
