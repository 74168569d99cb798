"""What is to be said, in the shape that the Cloud API takes. Source: WhatsApp Cloud API, messages, v25.0.

Every limit of Meta's is kept here: words are cut at a word's end with "…", ids never are. Options that fit neither
buttons nor a list are written down with numbers.
"""

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from receptionist.content import Content, Option, Template

TEXT, BUTTONS_TEXT, LIST_TEXT = 4096, 1024, 4096
BUTTONS, BUTTON_TITLE, BUTTON_ID = 3, 20, 256
ROWS, ROW_TITLE, ROW_DESCRIPTION, ROW_ID, LIST_BUTTON = 10, 24, 72, 200, 20
PARAMETER, PAYLOAD = 1024, 128
ELLIPSIS = "…"
CHOOSE = "Scegli"
BUSINESS_SCOPED = re.compile(r"[A-Z]{2}\.[A-Za-z0-9]{1,128}\Z")
# What no message may hold: control characters but for the line break, halves of surrogate pairs.
_UNPRINTABLE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\ud800-\udfff]+")
_SPACES = re.compile(r"\s+")
Body = dict[str, Any]


class Unsendable(Exception):
    """There is nothing in it that could be sent. One sentence."""


def message(
    content: Content, *, recipient: str, message_id: UUID | str, reply_to: str = "", as_template: bool = False
) -> Body:
    """The body of POST /messages. `as_template`: the window is closed, so the content's template.

    Raises Unsendable.
    """
    if as_template:
        if content.template is None:
            raise Unsendable("There is no template for it.")
        said = template(content.template)
    else:
        said = _free(content)
    context = {"context": {"message_id": reply_to}} if reply_to and not as_template else {}
    return {**_envelope(recipient), **context, **said, "biz_opaque_callback_data": str(message_id)}


def reaction(*, recipient: str, wire_id: str, emoji: str) -> Body:
    """React to a person's message; "" takes the reaction back."""
    return {**_envelope(recipient), "type": "reaction", "reaction": {"message_id": wire_id, "emoji": emoji}}


def read(*, wire_id: str, typing: bool = True) -> Body:
    """The read receipt for a person's message, with "is typing" (25 seconds, or until the answer)."""
    body: Body = {"messaging_product": "whatsapp", "status": "read", "message_id": wire_id}
    return {**body, "typing_indicator": {"type": "text"}} if typing else body


def clip(text: str, limit: int) -> str:
    """The text, cut at the end of a word with "…" when it is longer than `limit` characters."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    if not text[limit - 1].isspace():
        head = cut.rsplit(None, 1)[0] if len(cut.split()) > 1 else cut
        cut = head if len(head) >= limit // 2 else cut
    return f"{cut.rstrip(' ,;:.\n')}{ELLIPSIS}"


def clean(text: str) -> str:
    """Without what cannot be shown, and without empty lines around it."""
    return _UNPRINTABLE.sub(" ", text).strip()


def line(text: str) -> str:
    """On one line."""
    return _SPACES.sub(" ", clean(text)).strip()


def _envelope(recipient: str) -> Body:
    """Who gets it. A business-scoped id in `to` would be accepted and silently dropped."""
    if not recipient:
        raise Unsendable("There is nobody to send it to.")
    who = {"recipient": recipient} if BUSINESS_SCOPED.match(recipient) else {"to": recipient}
    return {"messaging_product": "whatsapp", "recipient_type": "individual", **who}


def _free(content: Content) -> Body:
    text = clean(content.text)
    if content.link:
        text = f"{text}\n{content.link}".strip()
    options = [Option(each.id, line(each.title), line(each.description)) for each in content.options]
    if not options:
        if not text:
            raise Unsendable("It says nothing.")
        return _text(text)
    text = text or line(content.button) or CHOOSE
    if not _can_be_tapped(options):
        return _text(_numbered(text, options))
    return _buttons(text, options) if _fit_buttons(text, options) else _list(text, options, content.button)


def _text(text: str) -> Body:
    return {"type": "text", "text": {"body": clip(text, TEXT), "preview_url": False}}


def _can_be_tapped(options: Sequence[Option]) -> bool:
    ids = [each.id for each in options]
    return (
        len(options) <= ROWS
        and len(set(ids)) == len(ids)
        and all(each.title and clean(each.id) == each.id and 1 <= len(each.id) <= ROW_ID for each in options)
    )


def _fit_buttons(text: str, options: Sequence[Option]) -> bool:
    titles = [each.title for each in options]
    return (
        len(options) <= BUTTONS
        and len(text) <= BUTTONS_TEXT
        and len(set(titles)) == len(titles)
        and all(len(each.title) <= BUTTON_TITLE and not each.description for each in options)
    )


def _buttons(text: str, options: Sequence[Option]) -> Body:
    buttons = [{"type": "reply", "reply": {"id": each.id, "title": each.title}} for each in options]
    return _interactive("button", text, {"buttons": buttons})


def _list(text: str, options: Sequence[Option], button: str) -> Body:
    rows = [_row(each) for each in options]
    action = {"button": clip(line(button) or CHOOSE, LIST_BUTTON), "sections": [{"rows": rows}]}
    return _interactive("list", clip(text, LIST_TEXT), action)


def _row(option: Option) -> dict[str, str]:
    """A row; the part of a title that does not fit goes into an empty description."""
    row = {"id": option.id, "title": clip(option.title, ROW_TITLE)}
    below = option.description or (option.title if row["title"] != option.title else "")
    return {**row, "description": clip(below, ROW_DESCRIPTION)} if below else row


def _interactive(kind: str, text: str, action: Body) -> Body:
    return {"type": "interactive", "interactive": {"type": kind, "body": {"text": text}, "action": action}}


def _numbered(text: str, options: Sequence[Option]) -> str:
    """The options written down. They stay whole; the text above them gives way."""
    told = [f"{each.title} – {each.description}" if each.description else each.title for each in options]
    below = clip("\n".join(f"{number}. {each}" for number, each in enumerate(told, 1)), TEXT - BUTTON_ID)
    return f"{clip(text, TEXT - len(below) - 2)}\n\n{below}"


def template(wanted: Template) -> Body:
    """A template with what fills its places; a parameter is one line and never empty."""
    components: list[Body] = []
    if wanted.parameters:
        filled = [clip(line(each), PARAMETER) or "–" for each in wanted.parameters]
        components.append({"type": "body", "parameters": [{"type": "text", "text": each} for each in filled]})
    for index, payload in enumerate(wanted.buttons):
        if len(payload) > PAYLOAD:
            raise Unsendable("The payload of a template's button is too long.")
        parameters = [{"type": "payload", "payload": payload}]
        components.append(
            {"type": "button", "sub_type": "quick_reply", "index": str(index), "parameters": parameters}
        )
    named: Body = {"name": wanted.name, "language": {"code": wanted.language}}
    return {"type": "template", "template": {**named, **({"components": components} if components else {})}}
