"""What the Cloud API accepts as a message: pure checks, each refusing with the code that Meta answers."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.meta.errors import GraphError, bad_value, invalid, missing

BODY_ALONE, BODY_WITH_BUTTONS, BODY_WITH_LIST, CAPTION = 4096, 1024, 4096, 1024
ROWS, ROW_TITLE, ROW_TEXT, ROW_ID, SECTION_TITLE, LIST_BUTTON = 10, 24, 72, 200, 24, 20
BUTTONS, BUTTON_TITLE, BUTTON_ID = 3, 20, 256
HEADER_FOOTER, OPAQUE, TEMPLATE_PARAMETER, BUTTON_PAYLOAD = 60, 512, 1024, 128
PHONE = re.compile(r"\+?[1-9][0-9]{6,14}")
BUSINESS_SCOPED = re.compile(r"[A-Z]{2}\.[A-Za-z0-9]{1,128}")
UNTIDY_PARAMETER = re.compile(r"[\n\t]| {5,}")
MEDIA = ("image", "audio", "document", "video", "sticker")


def check_message(body: Any) -> None:
    """Refuse a message that breaks a rule or a limit, whoever it is for. Raises GraphError."""
    if not isinstance(body, dict):
        raise invalid("The body has to be a JSON object.")
    if body.get("messaging_product") != "whatsapp":
        raise invalid('The parameter messaging_product is required and has to be "whatsapp".')
    if body.get("status") is not None:
        return _check_read(body)
    _check_person(body)
    _length(body, "biz_opaque_callback_data", OPAQUE)
    if "context" in body:
        _text(_object(body, "context"), "message_id", "context.message_id")
    kind = body.get("type", "text")
    check = CHECKS.get(kind)
    if check is None:
        raise invalid(f"Param type must be one of {{{', '.join(sorted(CHECKS)).upper()}}} - got {kind!r}.")
    check(_object(body, kind))


def person_of(body: Mapping[str, Any]) -> str:
    """Who a message is for: digits of the phone, or the business-scoped id in `recipient`."""
    to = str(body.get("to") or "")
    return to.lstrip("+") if to else str(body.get("recipient", ""))


def is_template(body: Mapping[str, Any]) -> bool:
    """Whether the message may be sent although the 24-hour window is closed."""
    return body.get("type") == "template"


def is_read(body: Mapping[str, Any]) -> bool:
    """Whether this is no message but a read receipt (with or without typing)."""
    return body.get("status") == "read"


def _check_read(body: dict[str, Any]) -> None:
    if body["status"] != "read":
        raise invalid('The parameter status has to be "read".')
    _text(body, "message_id")
    if "typing_indicator" in body and body["typing_indicator"] != {"type": "text"}:
        raise bad_value('typing_indicator has to be {"type": "text"}.')


def _check_person(body: dict[str, Any]) -> None:
    if body.get("recipient_type", "individual") != "individual":
        raise bad_value("recipient_type has to be individual.")
    to, recipient = body.get("to"), body.get("recipient")
    if not to and not recipient:
        raise missing("to")
    if not isinstance(to or "", str) or not isinstance(recipient or "", str):
        raise invalid("to and recipient have to be texts.")
    # Something else than a phone in `to` is accepted and then dropped: only a business-scoped id is taken for one.
    if to and not PHONE.fullmatch(re.sub(r"[ ()-]", "", to)) and not BUSINESS_SCOPED.fullmatch(to):
        raise invalid(f"The parameter to is no phone number: {to!r}.")
    if not to and not BUSINESS_SCOPED.fullmatch(str(recipient)):
        raise invalid(f"The parameter recipient is no business-scoped user id: {recipient!r}.")


def _check_text(text: dict[str, Any]) -> None:
    _text(text, "body", "text.body", BODY_ALONE)
    if not isinstance(text.get("preview_url", False), bool):
        raise invalid("text.preview_url has to be true or false.")


def _check_interactive(interactive: dict[str, Any]) -> None:
    kind = interactive.get("type")
    limits = {"list": BODY_WITH_LIST, "button": BODY_WITH_BUTTONS}
    if kind not in limits:
        raise invalid(f"interactive.type has to be list or button here, not {kind!r}.")
    _text(_object(interactive, "body"), "text", "interactive.body.text", limits[kind])
    if "footer" in interactive:
        _text(_object(interactive, "footer"), "text", "interactive.footer.text", HEADER_FOOTER)
    if "header" in interactive and _object(interactive, "header").get("type") == "text":
        _text(interactive["header"], "text", "interactive.header.text", HEADER_FOOTER)
    action = _object(interactive, "action")
    (_check_list if kind == "list" else _check_buttons)(action)


def _check_list(action: dict[str, Any]) -> None:
    _text(action, "button", "action.button", LIST_BUTTON)
    sections = _items(action, "sections", "action.sections")
    rows = [row for section in sections for row in _items(section, "rows", "section.rows")]
    for section in sections:
        if len(sections) > 1 or "title" in section:
            _text(section, "title", "section.title", SECTION_TITLE)
    if len(rows) > ROWS:
        raise bad_value(f"Total row count exceed max allowed count: {ROWS}.")
    for row in rows:
        _text(row, "id", "row.id", ROW_ID)
        _text(row, "title", "row.title", ROW_TITLE)
        if "description" in row:
            _text(row, "description", "row.description", ROW_TEXT)
    _unlike([row["id"] for row in rows], "row ids")


def _check_buttons(action: dict[str, Any]) -> None:
    buttons = _items(action, "buttons", "action.buttons")
    if len(buttons) > BUTTONS:
        raise bad_value(f"Invalid buttons count. Min allowed buttons: 1, max allowed buttons: {BUTTONS}.")
    replies = [_object(button, "reply") for button in buttons]
    if any(button.get("type") != "reply" for button in buttons):
        raise bad_value("The type of a button has to be reply.")
    for reply in replies:
        _text(reply, "id", "button.reply.id", BUTTON_ID)
        _text(reply, "title", "button.reply.title", BUTTON_TITLE)
    _unlike([reply["id"] for reply in replies], "button ids")
    _unlike([reply["title"] for reply in replies], "button titles")


def _check_template(template: dict[str, Any]) -> None:
    _text(template, "name", "template.name", 512)
    _text(_object(template, "language"), "code", "template.language.code")
    components = template.get("components", [])
    if not isinstance(components, list) or not all(isinstance(each, dict) for each in components):
        raise invalid("template.components has to be a list of objects.")
    for component in components:
        if component.get("type") not in ("header", "body", "button"):
            raise invalid(f"A template component of type {component.get('type')!r} does not exist.")
        for parameter in component.get("parameters", []):
            _check_parameter(parameter)


def _check_parameter(parameter: Any) -> None:
    if not isinstance(parameter, dict):
        raise invalid("A template parameter has to be an object.")
    kind = parameter.get("type")
    if kind == "payload":
        _text(parameter, "payload", "parameter.payload", BUTTON_PAYLOAD)
    elif kind == "text":
        _text(parameter, "text", "parameter.text", TEMPLATE_PARAMETER)
        if UNTIDY_PARAMETER.search(parameter["text"]):
            raise invalid("Param text cannot have new-line/tab characters or more than 4 consecutive spaces.")
    elif not isinstance(kind, str) or not isinstance(parameter.get(kind), dict):
        raise GraphError(132012, f"A parameter of type {kind!r} is badly formed.")


def _check_reaction(reaction: dict[str, Any]) -> None:
    _text(reaction, "message_id", "reaction.message_id")
    emoji = reaction.get("emoji")
    if not isinstance(emoji, str) or len(emoji) > 16 or (emoji and emoji.isascii()):
        raise bad_value("reaction.emoji has to be one emoji, or empty to take it back.")


def _check_media(media: dict[str, Any]) -> None:
    if ("id" in media) == ("link" in media):
        raise invalid("Exactly one of id and link is required.")
    _text(media, "id" if "id" in media else "link")
    _length(media, "caption", CAPTION)
    _length(media, "filename", 240)


def _check_location(location: dict[str, Any]) -> None:
    for name, most in (("latitude", 90.0), ("longitude", 180.0)):
        try:
            number = float(location[name])
        except KeyError:
            raise missing(f"location.{name}") from None
        except (TypeError, ValueError):
            raise bad_value(f"location.{name} has to be a number.") from None
        if not -most <= number <= most:
            raise bad_value(f"location.{name} is out of range.")


CHECKS: dict[str, Callable[[dict[str, Any]], None]] = {
    "text": _check_text,
    "interactive": _check_interactive,
    "template": _check_template,
    "reaction": _check_reaction,
    "location": _check_location,
    **dict.fromkeys(MEDIA, _check_media),
}


def _object(parent: dict[str, Any], name: str) -> dict[str, Any]:
    value = parent.get(name)
    if value is None:
        raise missing(name)
    if not isinstance(value, dict):
        raise invalid(f"The parameter {name} has to be an object.")
    return value


def _items(parent: dict[str, Any], name: str, path: str) -> list[dict[str, Any]]:
    value = parent.get(name)
    if not value:
        raise missing(path)
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise invalid(f"The parameter {path} has to be a list of objects.")
    return value


def _text(parent: dict[str, Any], name: str, path: str = "", most: int = 10_000) -> str:
    path, value = path or name, parent.get(name)
    if value is None:
        raise missing(path)
    if not isinstance(value, str):
        raise invalid(f"The parameter {path} has to be a text.")
    if not value.strip():
        raise missing(path)
    if len(value) > most:
        raise bad_value(f"{path}: invalid length. Min length: 1, max length: {most} (it has {len(value)}).")
    return value


def _length(parent: dict[str, Any], name: str, most: int) -> None:
    if parent.get(name) is not None:
        _text(parent, name, most=most)


def _unlike(values: list[str], what: str) -> None:
    if len(set(values)) != len(values):
        raise bad_value(f"Duplicated {what}.")
