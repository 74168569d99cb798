"""What is missing in the phone's settings, in words."""

from typing import Any

from django.conf import settings
from django.core import checks

from voice.auth import ALGORITHMS, WAYS, accepted_ways, webhook_secrets

SHORTEST_SECRET = 16


@checks.register()
def vapi_settings(**_kwargs: Any) -> list[checks.CheckMessage]:
    """Whether calls can be authenticated as the environment says."""
    return [*_secrets(), *_ways(), *_signatures()]


@checks.register(deploy=True)
def vapi_key(**_kwargs: Any) -> list[checks.CheckMessage]:
    """Whether the operators' commands can reach Vapi; calls come in without it."""
    if settings.VAPI_API_KEY:
        return []
    return [
        checks.Warning(
            "VAPI_API_KEY non è impostato: vapi_sync e vapi_check non raggiungono Vapi.",
            hint="La chiave privata dell'organizzazione, dal pannello di Vapi.",
            id="voice.W004",
        )
    ]


def _secrets() -> list[checks.CheckMessage]:
    secrets = webhook_secrets()
    if not secrets:
        return [
            checks.Warning(
                "VAPI_WEBHOOK_SECRETS non è impostato: ogni chiamata è rifiutata con 401.",
                hint="Un testo lungo e casuale, lo stesso presso Vapi (lo scrive manage.py vapi_sync).",
                id="voice.W001",
            )
        ]
    if any(len(secret) < SHORTEST_SECRET for secret in secrets):
        return [
            checks.Warning(
                f"VAPI_WEBHOOK_SECRETS contiene un segreto di meno di {SHORTEST_SECRET} caratteri.",
                id="voice.W003",
            )
        ]
    return []


def _ways() -> list[checks.CheckMessage]:
    found: list[checks.CheckMessage] = []
    ways, known = accepted_ways(), ", ".join(WAYS)
    if unknown := [way for way in ways if way not in WAYS]:
        found.append(
            checks.Error(f"VAPI_AUTH nomina {', '.join(unknown)}; conosce {known}.", id="voice.E001")
        )
    if not ways:
        found.append(checks.Error(f"VAPI_AUTH è vuoto: indicare almeno uno di {known}.", id="voice.E002"))
    if ways == ["hmac"] and not settings.VAPI_CREDENTIAL_ID:
        found.append(
            checks.Warning(
                "VAPI_AUTH accetta soltanto hmac e VAPI_CREDENTIAL_ID non è impostato: Vapi non ha una chiave.",
                hint="Creare una credenziale HMAC nel pannello di Vapi e metterne l'id in VAPI_CREDENTIAL_ID.",
                id="voice.W002",
            )
        )
    return found


def _signatures() -> list[checks.CheckMessage]:
    found: list[checks.CheckMessage] = []
    algorithm, known = settings.VAPI_HMAC_ALGORITHM, ", ".join(ALGORITHMS)
    if algorithm.lower() not in ALGORITHMS:
        found.append(checks.Error(f"VAPI_HMAC_ALGORITHM è {algorithm}; può essere {known}.", id="voice.E003"))
    if settings.VAPI_HMAC_MAX_AGE <= 0:
        found.append(checks.Error("VAPI_HMAC_MAX_AGE deve essere più di 0 secondi.", id="voice.E004"))
    return found
