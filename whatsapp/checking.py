"""Is a shop reachable on WhatsApp? Every question with its answer and what to do. For `manage.py whatsapp_check`."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from shops.crypto import Undecryptable
from shops.models import Shop, WhatsAppNumber
from shops.phones import normalise_phone
from whatsapp import codes, templates
from whatsapp.client import Graph, GraphError
from whatsapp.models import TemplateStatus

NEEDED_SCOPES = frozenset({"whatsapp_business_management", "whatsapp_business_messaging"})
WEBHOOK_PATH = "/api/whatsapp/webhook"
SOON_DAYS = 14


@dataclass(frozen=True)
class Check:
    """One line. `todo` says what to do when it is not `ok`."""

    where: str
    what: str
    found: str
    ok: bool
    todo: str = ""


def told(error: GraphError) -> str:
    """What the operator is told when Meta fails: its own words, and what the code asks for."""
    if error.status is None:
        return f"Meta non risponde ({error.message}): controllare la rete e WHATSAPP_API_URL"
    action = codes.fault(error.code, error.status).action
    if action == codes.Action.TOKEN:
        return f"il token non vale ({error.message})"
    return f"Meta risponde con un errore: {error.message}"


def check_settings() -> list[Check]:
    """What holds for all shops."""
    public = settings.PUBLIC_URL
    return [
        Check(
            "impostazioni",
            "PUBLIC_URL",
            public,
            public.startswith("https://"),
            "Meta chiama soltanto indirizzi https: impostare PUBLIC_URL",
        ),
        Check(
            "impostazioni",
            "segreto dell'app",
            "impostato" if settings.WHATSAPP_APP_SECRETS else "manca",
            bool(settings.WHATSAPP_APP_SECRETS),
            "impostare WHATSAPP_APP_SECRET: senza, ogni webhook è rifiutato",
        ),
        Check(
            "impostazioni",
            "token di verifica",
            "impostato" if settings.WHATSAPP_VERIFY_TOKEN else "manca",
            bool(settings.WHATSAPP_VERIFY_TOKEN),
            f"impostare WHATSAPP_VERIFY_TOKEN e, presso Meta, il webhook {public}{WEBHOOK_PATH}",
        ),
    ]


def check_shop(shop: Shop) -> list[Check]:
    """Every number of the shop. Changes nothing anywhere."""
    numbers = list(WhatsAppNumber.objects.filter(shop=shop).defer("access_token").order_by("created_at"))
    if not numbers:
        todo = f"manage.py set_line --shop {shop.slug} --whatsapp … --waba … --number …"
        return [Check(shop.slug, "numero", "nessuno", False, todo)]
    return [check for number in numbers for check in _number(shop, number)]


def _number(shop: Shop, number: WhatsAppNumber) -> Iterator[Check]:
    where = f"{shop.slug} {number.phone_number_id}"
    set_line = f"WHATSAPP_TOKEN=… manage.py set_line --shop {shop.slug} --whatsapp {number.phone_number_id}"
    if number.stopped_at is not None:
        found = f"fermo dal {number.stopped_at:%d/%m/%Y %H:%M} UTC: {number.stopped_reason} ({number.stopped_code})"
        yield Check(where, "invio", found, False, f"rimediare, poi {set_line}")
    else:
        yield Check(where, "invio", "attivo", True)
    try:
        token = number.access_token
    except Undecryptable:
        yield Check(
            where,
            "token",
            "non si legge",
            False,
            f"{set_line} (o rimettere la chiave in FIELD_ENCRYPTION_KEYS)",
        )
        return
    if not token:
        yield Check(where, "token", "manca", False, set_line)
        return
    graph = Graph(token)
    try:
        described = graph.number(number.phone_number_id)
    except GraphError as error:
        yield Check(where, "numero", told(error), False, set_line)
        return
    yield from _described(where, number, described)
    yield _token(where, graph, token, set_line)
    if not number.waba_id:
        yield Check(where, "account", "manca", False, f"{set_line} --waba …")
        return
    yield from _account(where, shop, graph, number.waba_id)


def _described(where: str, number: WhatsAppNumber, described: dict[str, Any]) -> Iterator[Check]:
    display = str(described.get("display_phone_number", ""))
    same = normalise_phone(display) == str(number.number)
    yield Check(
        where, "numero", display or "?", same, f"da noi è {number.number or 'vuoto'}: set_line --number"
    )
    status = str(described.get("status") or "CONNECTED")
    yield Check(where, "stato", status, status == "CONNECTED", "registrare il numero presso Meta")
    quality = str(described.get("quality_rating") or "UNKNOWN")
    yield Check(where, "qualità", quality, quality != "RED", "molti clienti bloccano o segnalano il numero")


def _token(where: str, graph: Graph, token: str, set_line: str) -> Check:
    """Whether the token is good, and for how long. Meta may not say it to every token."""
    try:
        info = graph.token_info(token)
    except GraphError as error:
        # It has just read the number, so it is good.
        return Check(where, "token", f"vale; scadenza ignota ({error.message})", ok=True)
    if not info.get("is_valid", True):
        return Check(where, "token", "non vale", False, set_line)
    scopes = info.get("scopes")
    missing = sorted(NEEDED_SCOPES - set(scopes)) if isinstance(scopes, list) else []
    if missing:
        return Check(where, "token", f"gli mancano {', '.join(missing)}", False, set_line)
    expires = info.get("expires_at") or 0
    if not expires:
        return Check(where, "token", "vale, senza scadenza", True)
    until = datetime.fromtimestamp(int(expires), UTC)
    left = (until - datetime.now(UTC)).days
    return Check(
        where, "token", f"vale fino al {until:%d/%m/%Y}", left > SOON_DAYS, f"sta per scadere: {set_line}"
    )


def _account(where: str, shop: Shop, graph: Graph, waba: str) -> Iterator[Check]:
    try:
        apps = graph.subscribed_apps(waba)
        found = templates.usable(graph.templates(waba))
    except GraphError as error:
        yield Check(where, "account", told(error), False, "il token deve poter leggere l'account")
        return
    names = [str((each.get("whatsapp_business_api_data") or {}).get("name", "?")) for each in apps]
    todo = f"POST /{waba}/subscribed_apps con il token dell'officina: senza, i messaggi non arrivano"
    yield Check(
        where, "webhook", f"iscritta {', '.join(names)}" if apps else "nessuna app iscritta", bool(apps), todo
    )
    for name, status in found.items():
        todo = f"manage.py whatsapp_templates --shop {shop.slug}"
        yield Check(where, f"modello {name}", str(status.label), status == TemplateStatus.APPROVED, todo)
