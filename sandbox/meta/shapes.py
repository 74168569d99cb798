"""The parts of a webhook in Meta's shapes."""

from typing import Any

from sandbox.meta import rules
from sandbox.meta.errors import GraphError
from sandbox.meta.state import Bubble, Person, Sent, user_id_of
from sandbox.meta.templates import Template

Json = dict[str, Any]


def contact(person: Person) -> Json:
    """A person as webhooks describe them: without wa_id when they have no phone to show."""
    profile = {"name": person.name or person.username or "WhatsApp"}
    profile |= {"username": person.username} if person.username else {}
    phone = {"wa_id": person.phone} if person.phone else {}
    return {"profile": profile, **phone, "user_id": person.user_id}


def message(bubble: Bubble, person: Person, display: str) -> Json:
    """A person's message as it was, from what stands in the chat. `display`: the line's number, in digits."""
    wire: Json = {"from": person.phone} if person.phone else {}
    wire |= {"from_user_id": person.user_id, "id": bubble.id, "timestamp": str(int(bubble.at))}
    wire |= {"type": bubble.type, bubble.type: bubble.content.get("items", bubble.content)}
    return wire | ({"context": {"from": display, "id": bubble.context}} if bubble.context else {})


def recipient_of(sent: Sent) -> Person:
    """Whoever a message is for, when nobody knows them."""
    who = rules.person_of(sent.body)
    return Person(who, user_id_of(who)) if sent.to else Person("", who)


def status(sent: Sent, name: str, person: Person, at: float, error: GraphError | None) -> Json:
    """How far a message has come, with what was sent along to recognise it by."""
    wire: Json = {"id": sent.wamid, "status": name, "timestamp": str(int(at))}
    wire |= {"recipient_id": person.phone} if person.phone else {}
    wire["recipient_user_id"] = person.user_id
    if opaque := sent.body.get("biz_opaque_callback_data"):
        wire["biz_opaque_callback_data"] = opaque
    if error:
        wire["errors"] = [error.in_webhook()]
    elif name in ("sent", "delivered"):
        wire["pricing"] = _pricing(sent)
    return wire


def template_update(template: Template) -> Json:
    """The change that tells of a template's new status."""
    value = {
        "event": template["status"],
        "message_template_id": int(template["id"]),
        "message_template_name": template["name"],
        "message_template_language": template["language"],
        "reason": "NONE",
    }
    return {"field": "message_template_status_update", "value": value}


def _pricing(sent: Sent) -> Json:
    is_template = sent.type == "template"
    return {
        "billable": is_template,
        "pricing_model": "PMP",
        "category": "utility" if is_template else "service",
        "type": "regular" if is_template else "free_customer_service",
    }
