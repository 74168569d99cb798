"""The recorded-style payloads of tests/payloads/whatsapp, named type__condition; and payloads made for a test."""

import hashlib
import hmac
import itertools
import json
import time
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "payloads" / "whatsapp"
ROSSI, BIANCHI = "wa-rossi", "wa-bianchi"
WABA = {ROSSI: "waba-rossi", BIANCHI: "waba-bianchi"}
ANNA = "393331234567"
Json = dict[str, Any]
_numbers = itertools.count(1)


def names(prefix: str = "") -> list[str]:
    """The payloads there are."""
    return sorted(path.stem for path in FOLDER.glob(f"{prefix}*.json"))


def load(name: str) -> Any:
    """One of them, decoded; a copy of its own."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def raw(payload: Any) -> bytes:
    """As it comes over the wire."""
    return json.dumps(payload).encode()


def signed(body: bytes, secret: str) -> dict[str, str]:
    """The header that proves the body."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"X-Hub-Signature-256": f"sha256={digest}"}


def message(said: str | None = "Ciao", *, sender: str = ANNA, **fields: Any) -> Json:
    """A message with an id of its own; a text unless the fields say another type."""
    number = next(_numbers)
    made: Json = {
        "from": sender,
        "id": f"wamid.test.{number}",
        "timestamp": str(int(time.time()) - 100_000 + number),
        "type": "text",
    }
    if "type" not in fields and said is not None:
        made["text"] = {"body": said}
    return made | fields


def value(*messages: Json, line: str = ROSSI, **fields: Any) -> Json:
    """A change's value."""
    people = {each["from"] for each in messages if isinstance(each.get("from"), str)}
    made: Json = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "390212345678", "phone_number_id": line},
    }
    if messages:
        made["contacts"] = [{"profile": {"name": "Anna"}, "wa_id": each} for each in sorted(people)]
        made["messages"] = list(messages)
    return made | fields


def body(*values: Json, field: str = "messages") -> Json:
    """A whole body, an entry for each value."""
    return {
        "object": "whatsapp_business_account",
        "entry": [
            {
                "id": WABA.get(each.get("metadata", {}).get("phone_number_id"), "waba-unknown"),
                "changes": [{"field": field, "value": each}],
            }
            for each in values
        ],
    }


def status(wire_id: str, state: str, **fields: Any) -> Json:
    """A status."""
    made = {"id": wire_id, "status": state, "timestamp": str(int(time.time()) - 50), "recipient_id": ANNA}
    return made | fields
