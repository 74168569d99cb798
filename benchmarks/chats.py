"""WhatsApp's webhook under load: single messages 16 at once against the bare view, and one batch for ten shops."""

import hashlib
import hmac
import itertools
import json
import time
from typing import Any

from benchmarks.calls import shop_customer
from benchmarks.load import Request, Timing, run
from benchmarks.report import Row
from benchmarks.stack import SECRET
from receptionist.models import ConversationMessage
from shops import provisioning
from shops.context import in_shop
from shops.models import Shop

MESSAGES = 600
TURNS = 6
WARM_UP = 48
BATCH = 1000
SHOPS = 10
_ids = itertools.count()


def line(number: int) -> str:
    """The number of the n-th shop at Meta."""
    return f"wa-bench-{number}"


def change(line_id: str, *people: int) -> dict[str, Any]:
    """One change of a webhook: a text from each of these people."""
    phones = [f"39347{person:07}" for person in people]
    return {
        "field": "messages",
        "value": {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "390212345678", "phone_number_id": line_id},
            "contacts": [{"profile": {"name": "Anna"}, "wa_id": phone} for phone in phones],
            "messages": [
                {
                    "from": phone,
                    "id": f"wamid.bench{next(_ids)}",
                    "timestamp": str(int(time.time())),
                    "type": "text",
                    "text": {"body": "Buongiorno, vorrei fare un tagliando alla Panda"},
                }
                for phone in phones
            ],
        },
    }


def signed(*changes: dict[str, Any]) -> Request:
    """A webhook as Meta posts it."""
    body = json.dumps(
        {"object": "whatsapp_business_account", "entry": [{"id": "waba", "changes": list(changes)}]}
    ).encode()
    proof = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    return Request("localhost", "/api/whatsapp/webhook", body, (("X-Hub-Signature-256", f"sha256={proof}"),))


def measure(shop: Shop, port: int) -> list[Row]:
    """Rows of the webhook. Raises RuntimeError when something was not acknowledged or not stored."""
    provisioning.attach_whatsapp(shop, phone_number_id=line(0), waba_id="waba-0", access_token="t")
    shops = [shop, *(_another(number) for number in range(1, SHOPS))]
    with in_shop(shop):
        bare = Request("prova.example", f"/bare/{shop_customer()}")
    run(port, [signed(change(line(0), 10**6 + n)) for n in range(WARM_UP)])
    run(port, [bare] * WARM_UP)
    bares, acks = Timing([], [], 0), Timing([], [], 0)
    singles = [signed(change(line(0), n)) for n in range(MESSAGES)]
    for turn in range(TURNS):
        bares += run(port, [bare] * (MESSAGES // TURNS))
        acks += run(port, singles[turn::TURNS])
    batch = signed(
        *(change(line(n % SHOPS), 2 * 10**6 + n) for n in range(BATCH))  # in any order, as Meta sends them
    )
    before = sum(_stored(each) for each in shops)
    whole = run(port, [batch], at_once=1)
    stored = sum(_stored(each) for each in shops) - before
    if bares.failures or acks.failures or whole.failures or stored != BATCH:
        raise RuntimeError(f"Not all was acknowledged and stored ({stored} of {BATCH} of the batch).")
    if before != MESSAGES + WARM_UP:
        raise RuntimeError(f"{before} of {MESSAGES + WARM_UP} single messages were stored.")
    return [
        *(Row(f"WhatsApp acknowledgement, p{p}, 16 at once", acks.percentile(p), "ms") for p in (50, 99)),
        Row("WhatsApp acknowledgement ÷ bare view, p50", acks.p50 / bares.p50, "×", 3),
        Row("one batch of 1,000 messages for ten shops, all stored", whole.milliseconds[0] / 1000, "s", 3),
    ]


def _another(number: int) -> Shop:
    shop = provisioning.create_shop(
        provisioning.NewShop(
            name=f"Officina {number}",
            domain=f"prova{number}.example",
            phone_number=f"+39021234{number:04}",
            manager_email=f"prova@prova{number}.example",
            manager_password="una password di prova",
        )
    )
    provisioning.attach_whatsapp(
        shop, phone_number_id=line(number), waba_id=f"waba-{number}", access_token="t"
    )
    return shop


def _stored(shop: Shop) -> int:
    with in_shop(shop):
        return ConversationMessage.objects.filter(wire_id__startswith="wamid.bench").count()
