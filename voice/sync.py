"""A shop's number at Vapi, as it should be, and the way there. For `manage.py vapi_sync` and `vapi_check`.

What it should be: our webhook as its server, with what proves a request; no fixed assistant (so that Vapi
asks for one at every call); and a number of the shop that rings when we do not answer.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from receptionist.models import AIConfig
from shops.context import in_shop
from shops.http import OutboundError
from shops.lines import attach_line
from shops.models import PhoneLine, Shop
from shops.phones import normalise_phone
from shops.refusals import Refused
from voice.auth import SECRET_HEADER, accepted_ways, webhook_secrets
from voice.client import PhoneNumber, Vapi
from voice.server import credentials, server

MAX_NAME = 40
ANSWER_TIMEOUT = 20  # seconds; Vapi itself waits 7.5 for an assistant
FIXED = ("assistantId", "squadId", "workflowId")
PROVIDERS = ("twilio", "byo-phone-number")


@dataclass(frozen=True)
class Row:
    """One line of the table of vapi_check. `found` and `wanted` hold no secret."""

    shop: str
    number: str
    what: str
    found: str
    wanted: str
    ok: bool


@dataclass(frozen=True)
class Synced:
    """What vapi_sync did to one line, in the operator's words, and the fields that differed."""

    number: str
    number_id: str
    outcome: str
    changed: tuple[str, ...] = ()


def told(error: OutboundError) -> str:
    """What the operator is told when Vapi fails: Vapi's own words, and who said them."""
    if error.status is None:
        return f"Vapi non risponde come dovrebbe: {error.message}"
    return f"Vapi risponde con un errore: {error.message}"


def require_settings() -> None:
    """Refuse in one sentence what could not work, naming the setting."""
    if not settings.VAPI_API_KEY:
        raise Refused("Impostare VAPI_API_KEY: la chiave privata dell'organizzazione presso Vapi.")
    if not webhook_secrets():
        raise Refused("Impostare VAPI_WEBHOOK_SECRETS: senza un segreto ogni chiamata è rifiutata.")
    if not credentials():
        raise Refused(
            "Impostare VAPI_CREDENTIAL_ID, la credenziale presso Vapi: VAPI_AUTH accetta soltanto firme."
        )
    if not settings.PUBLIC_URL.startswith("https://"):
        raise Refused(
            f"Impostare PUBLIC_URL: un indirizzo https che Vapi raggiunge; ora è {settings.PUBLIC_URL}."
        )


def fallback_for(shop: Shop, given: str = "") -> str:
    """The number that rings when we do not answer (E.164): `given`, else the shop's transfer number.

    Raises Refused when there is none, or when it is a number that we answer ourselves: the call would go
    round.
    """
    with in_shop(shop):
        number = normalise_phone(given or str(AIConfig.load().transfer_number))
        if given and number is None:
            raise Refused(f"«{given}» non è un numero di telefono.")
        if number is None:
            raise Refused(
                f"{shop.slug} non ha un numero che squilli quando il server non risponde: indicarlo con --fallback, "
                "o nell'assistente dell'officina come numero di trasferimento."
            )
        own = {str(line.number) for line in lines_of(shop)} | {str(shop.phone_number)}
        if number in own:
            raise Refused(f"{number} è il numero deviato dell'officina: indicarne un altro con --fallback.")
    return number


def lines_of(shop: Shop) -> list[PhoneLine]:
    """The shop's lines, oldest first."""
    return list(PhoneLine.objects.filter(shop=shop).order_by("created_at"))


def wanted(shop: Shop, fallback: str) -> dict[str, Any]:
    """The fields of the number as they should be."""
    return {
        "name": shop.name[:MAX_NAME],
        "server": server(timeout_seconds=ANSWER_TIMEOUT),
        "fallbackDestination": {"type": "number", "number": fallback},
    }


def compare(found: PhoneNumber, should: dict[str, Any]) -> list[tuple[str, str, str, bool]]:
    """What is against what should be: (what, found, wanted, equal). Shows no secret."""
    at = _part(found, "server")
    fallback = _part(found, "fallbackDestination")
    rows = [
        ("server", str(at.get("url", "")), str(should["server"]["url"])),
        ("prova", _proof_found(at), _proof_wanted()),
        *((name, str(found.get(name) or ""), "") for name in FIXED),
        ("fallback", str(fallback.get("number", "")), str(should["fallbackDestination"]["number"])),
    ]
    return [(what, is_now or "–", to_be or "–", is_now == to_be) for what, is_now, to_be in rows]


def _part(number: PhoneNumber, name: str) -> dict[str, Any]:
    value = number.get(name)
    return value if isinstance(value, dict) else {}


def _proof_wanted() -> str:
    return (
        f"credenziale {settings.VAPI_CREDENTIAL_ID}" if settings.VAPI_CREDENTIAL_ID else "il nostro segreto"
    )


def _proof_found(at: dict[str, Any]) -> str:
    """How Vapi proves a request to this number, without the secret itself."""
    if at.get("credentialId"):
        return f"credenziale {at['credentialId']}"
    headers = {str(name).lower(): str(value) for name, value in _part(at, "headers").items()}
    given = [
        headers.get(SECRET_HEADER.lower(), "") if "secret" in accepted_ways() else "",
        headers.get("authorization", "").removeprefix("Bearer ") if "bearer" in accepted_ways() else "",
        str(at.get("secret") or ""),
    ]
    secret = next((each for each in given if each), "")
    if not secret:
        return "nessuna"
    current = webhook_secrets()[0]
    if secret == current or set(secret) <= {"*", "•"}:  # Vapi may hide what it was given
        return "il nostro segreto"
    return "un segreto da togliere" if secret in webhook_secrets() else "un altro segreto"


def _find(vapi: Vapi, number: str, number_id: str = "") -> PhoneNumber | None:
    if number_id and (found := vapi.number(number_id)):
        return found
    return next((each for each in vapi.numbers() if each.get("number") == number), None)


def sync_shop(
    shop: Shop, *, vapi: Vapi, fallback: str = "", number: str = "", provider: str = ""
) -> list[Synced]:
    """Bring the shop's numbers at Vapi to what they should be; create one that is missing there.

    Side effects: PATCH or POST at Vapi, the PhoneLine with Vapi's id. `number` (as people write it) names a
    number that is not a line yet; `provider` is needed only to create. Safe to run again. Raises Refused or
    OutboundError.
    """
    should = wanted(shop, fallback_for(shop, fallback))
    lines = lines_of(shop)
    if number or not lines:
        wish = normalise_phone(number or str(shop.phone_number))
        if wish is None:
            raise Refused(f"«{number}» non è un numero di telefono.")
        known = next((line for line in lines if line.number == wish), None)
        return [_sync_number(shop, vapi, wish, known, should, provider)]
    return [_sync_number(shop, vapi, str(line.number), line, should, provider) for line in lines]


def _sync_number(
    shop: Shop, vapi: Vapi, number: str, line: PhoneLine | None, should: dict[str, Any], provider: str
) -> Synced:
    found = _find(vapi, number, line.phone_number_id if line else "")
    if found is None:
        created = vapi.create_number({**_origin(number, provider), **should})
        _attach(shop, line, str(created.get("id", "")), number)
        return Synced(number, str(created.get("id", "")), "creato")
    changed = tuple(what for what, _is, _should, equal in compare(found, should) if not equal)
    if changed:
        unset = {name: None for name in FIXED if found.get(name)}
        vapi.update_number(str(found["id"]), {**should, **unset})
    _attach(shop, line, str(found["id"]), number)
    return Synced(number, str(found["id"]), "aggiornato" if changed else "era già a posto", changed)


def _origin(number: str, provider: str) -> dict[str, Any]:
    """Where a new number comes from. Vapi's own numbers are American, so an Italian one is imported or
    brought.
    """
    if provider == "twilio":
        if not settings.TWILIO_ACCOUNT_SID or not settings.TWILIO_AUTH_TOKEN:
            raise Refused(
                "Impostare TWILIO_ACCOUNT_SID e TWILIO_AUTH_TOKEN per prendere un numero da Twilio."
            )
        return {
            "provider": "twilio",
            "number": number,
            "twilioAccountSid": settings.TWILIO_ACCOUNT_SID,
            "twilioAuthToken": settings.TWILIO_AUTH_TOKEN,
        }
    if provider == "byo-phone-number":
        if not settings.VAPI_SIP_CREDENTIAL_ID:
            raise Refused(
                "Impostare VAPI_SIP_CREDENTIAL_ID, la credenziale del trunk SIP presso Vapi, per portare un numero."
            )
        return {"provider": provider, "number": number, "credentialId": settings.VAPI_SIP_CREDENTIAL_ID}
    raise Refused(f"Vapi non ha {number}: per crearlo indicare --provider {' o '.join(PROVIDERS)}.")


def _attach(shop: Shop, line: PhoneLine | None, number_id: str, number: str) -> None:
    """Remember Vapi's id of the number, so that calls find the shop by it."""
    if not number_id:
        raise Refused("Vapi ha risposto senza l'id del numero: ripetere vapi_sync.")
    if line is None:
        attach_line(shop, phone_number_id=number_id, number=number)
    elif line.phone_number_id != number_id:
        line.phone_number_id = number_id
        line.save(update_fields=["phone_number_id"])


def check_shops(shops: Iterable[Shop], *, vapi: Vapi) -> list[Row]:
    """What is at Vapi against what should be, for every line of the shops. Changes nothing."""
    rows: list[Row] = []
    for shop in shops:
        lines = lines_of(shop)
        if not lines:
            rows.append(
                Row(shop.slug, str(shop.phone_number), "linea", "nessuna", "una linea (vapi_sync)", ok=False)
            )
        for line in lines:
            rows += _check_line(shop, line, vapi)
    return rows


def _check_line(shop: Shop, line: PhoneLine, vapi: Vapi) -> list[Row]:
    number = str(line.number)
    found = vapi.number(line.phone_number_id)
    if found is None:
        return [Row(shop.slug, number, "numero", "non c'è", line.phone_number_id, ok=False)]
    try:
        fallback = fallback_for(shop)
    except Refused:
        # The operator may have passed one to vapi_sync: any number but the shop's own will do.
        fallback = str(_part(found, "fallbackDestination").get("number", "")) or "un numero dell'officina"
    rows = [("numero", str(found.get("number", "")), number, found.get("number") == number)]
    rows += compare(found, wanted(shop, fallback))
    return [Row(shop.slug, number, what, is_now, to_be, ok) for what, is_now, to_be, ok in rows]
