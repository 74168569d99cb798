"""What one WhatsApp message says: its kind, its words, what else it holds, and its file. Nothing here asks the database.

Every type of the Cloud API has a function; a type that has none is kept as not readable, and answered as such.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from receptionist.models import MediaKind, MessageKind
from shops.webhooks import Malformed, decode
from whatsapp.payloads import MAX_ID, Json, error_codes, number_of, object_of, objects_of, text

MAX_BODY = 8000
MAX_OPTION_ID = 256
MAX_CONTACTS = 10


@dataclass(frozen=True, slots=True)
class File:
    """A file that came with a message: Meta's id of it, and what Meta says it is. Lives seven days at Meta."""

    external_id: str
    kind: MediaKind
    content_type: str
    sha256: str
    caption: str
    filename: str


@dataclass(frozen=True, slots=True)
class Reading:
    """One message, understood."""

    kind: MessageKind
    text: str = ""
    payload: Json = field(default_factory=dict)
    file: File | None = None
    wants_answer: bool = True


def read(item: Json, value: Json) -> Reading:
    """Read a message of any type. `value` is the change it came in, which may hold the errors. Never raises."""
    kind = text(item.get("type"), 60)
    reader = _READERS.get(kind)
    found = reader(item) if reader and isinstance(item.get(kind), dict | list) else None
    if found is None:
        return unsupported(item, value)
    extra = _surroundings(item)
    return replace(found, payload={**found.payload, **extra}) if extra else found


def unsupported(item: Json, value: Json | None = None) -> Reading:
    """What cannot be read is kept with its type and Meta's codes, and answered: nobody waits in vain."""
    payload: Json = {"type": text(item.get("type"), 60)}
    if codes := error_codes(item, value):
        payload["errors"] = codes[:10]
    return Reading(MessageKind.UNSUPPORTED, payload=payload | _surroundings(item))


def _surroundings(item: Json) -> Json:
    """What the message refers to: another message, an advertisement, or that it was passed on."""
    context, referral, found = object_of(item.get("context")), object_of(item.get("referral")), Json()
    if refers_to := text(context.get("id"), MAX_ID):
        found["context"] = {"id": refers_to}
    for name in ("forwarded", "frequently_forwarded"):
        if context.get(name) is True:
            found[name] = True
    if referral:
        names = ("source_url", "source_type", "headline", "body")
        found["referral"] = {name: kept for name in names if (kept := text(referral.get(name), 500))}
    return found


def _text(item: Json) -> Reading | None:
    body = object_of(item["text"]).get("body")
    return Reading(MessageKind.TEXT, body[:MAX_BODY]) if isinstance(body, str) else None


def _file(kind: MediaKind) -> Callable[[Json], Reading | None]:
    def read_file(item: Json) -> Reading | None:
        part = object_of(item[kind.value])
        external_id, caption = text(part.get("id"), 200), text(part.get("caption"))
        if not external_id:
            return None
        payload: Json = {"voice": True} if part.get("voice") is True else {}
        if kind == MediaKind.STICKER and part.get("animated") is True:
            payload["animated"] = True
        if filename := text(part.get("filename"), 255):
            payload["filename"] = filename
        file = File(
            external_id=external_id,
            kind=kind,
            content_type=text(part.get("mime_type"), 100).partition(";")[0].strip().lower(),
            sha256=text(part.get("sha256"), 100),
            caption=caption,
            filename=filename,
        )
        return Reading(MessageKind(kind.value), caption, payload, file)

    return read_file


def _location(item: Json) -> Reading | None:
    part = object_of(item["location"])
    latitude, longitude = number_of(part.get("latitude")), number_of(part.get("longitude"))
    name, address = text(part.get("name"), 300), text(part.get("address"), 300)
    payload: Json = {"name": name, "address": address}
    words = [each for each in (name, address) if each]
    if latitude is not None and longitude is not None and abs(latitude) <= 90 and abs(longitude) <= 180:
        payload |= {"latitude": latitude, "longitude": longitude}
        words.append(f"{latitude:.5f}, {longitude:.5f}")
    if not words:
        return None
    return Reading(MessageKind.LOCATION, _("Posizione: %(place)s") % {"place": ", ".join(words)}, payload)


def _contacts(item: Json) -> Reading | None:
    people = [_contact(each) for each in objects_of(item["contacts"])[:MAX_CONTACTS]]
    people = [each for each in people if each["name"] or each["phones"]]
    if not people:
        return None
    lines = [" ".join([each["name"], *each["phones"]]).strip() for each in people]
    words = _("Contatto: %(people)s") % {"people": "; ".join(lines)}
    return Reading(MessageKind.CONTACTS, words, {"contacts": people})


def _contact(part: Json) -> Json:
    name = object_of(part.get("name"))
    words = (text(name.get(key), 100) for key in ("first_name", "last_name"))
    phones = (
        text(each.get("phone"), 40) or text(each.get("wa_id"), 40) for each in objects_of(part.get("phones"))
    )
    return {
        "name": text(name.get("formatted_name"), 200) or " ".join(each for each in words if each),
        "phones": [each for each in phones if each][:5],
    }


def _button(item: Json) -> Reading | None:
    part = object_of(item["button"])
    title = text(part.get("text"), 300)
    chosen = text(part.get("payload"), MAX_OPTION_ID) or title
    return Reading(MessageKind.BUTTON, title or chosen, {"id": chosen, "title": title}) if chosen else None


def _interactive(item: Json) -> Reading | None:
    part = object_of(item["interactive"])
    for name in ("button_reply", "list_reply"):
        reply = object_of(part.get(name))
        chosen, title = text(reply.get("id"), MAX_OPTION_ID), text(reply.get("title"), 300)
        if chosen or title:
            return Reading(
                MessageKind.INTERACTIVE, title or chosen, {"id": chosen or title, "title": title or chosen}
            )
    return _form(object_of(part.get("nfm_reply")))


def _form(reply: Json) -> Reading | None:
    """The answers to a form (flow): kept as they are, the words are the form's own."""
    if not reply:
        return None
    answers: Any = reply.get("response_json")
    if isinstance(answers, str):
        try:
            answers = decode(answers.encode("utf-8", "replace"))
        except Malformed:
            answers = {"response": answers}
    name = text(reply.get("name"), 100)
    payload = {"id": f"nfm:{name}", "title": text(reply.get("body"), 300), "response": object_of(answers)}
    return Reading(MessageKind.INTERACTIVE, text(reply.get("body")) or name, payload)


def _order(item: Json) -> Reading | None:
    part = object_of(item["order"])
    items = [
        {
            "id": text(each.get("product_retailer_id"), 100),
            "quantity": text(each.get("quantity"), 10) or "1",
            "price": number_of(each.get("item_price")),
            "currency": text(each.get("currency"), 3),
        }
        for each in objects_of(part.get("product_items"))[:30]
    ]
    listed = ", ".join(f"{each['quantity']} × {each['id'] or '?'}" for each in items)
    note = text(part.get("text"), 1000)
    words = ". ".join(each for each in (_("Ordine: %(items)s") % {"items": listed or "?"}, note) if each)
    return Reading(
        MessageKind.ORDER, words, {"catalog_id": text(part.get("catalog_id"), 100), "items": items}
    )


_READERS: Mapping[str, Callable[[Json], Reading | None]] = {
    "text": _text,
    "audio": _file(MediaKind.AUDIO),
    "voice": lambda item: _file(MediaKind.AUDIO)({"audio": {"voice": True, **object_of(item["voice"])}}),
    "image": _file(MediaKind.IMAGE),
    "video": _file(MediaKind.VIDEO),
    "document": _file(MediaKind.DOCUMENT),
    "sticker": _file(MediaKind.STICKER),
    "location": _location,
    "contacts": _contacts,
    "button": _button,
    "interactive": _interactive,
    "order": _order,
}
