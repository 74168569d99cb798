"""What is missing in WhatsApp's settings, in words."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks

SHORTEST_SECRET = 16


@checks.register()
def whatsapp_settings(**_kwargs: Any) -> list[checks.CheckMessage]:
    """Whether Meta's webhooks can be authenticated and its API be reached as the environment says."""
    return [*_secrets(), *_api()]


@checks.register(deploy=True)
def whatsapp_verify_token(**_kwargs: Any) -> list[checks.CheckMessage]:
    """Whether Meta can verify the webhook's address; needed once, when it is entered in the app's panel."""
    if settings.WHATSAPP_VERIFY_TOKEN:
        return []
    return [
        checks.Warning(
            "WHATSAPP_VERIFY_TOKEN non è impostato: Meta non può verificare l'indirizzo del webhook.",
            hint="Un testo casuale, lo stesso nel pannello dell'app di Meta.",
            id="whatsapp.W003",
        )
    ]


def _secrets() -> list[checks.CheckMessage]:
    secrets = [each for each in settings.WHATSAPP_APP_SECRETS if each]
    if not secrets:
        return [
            checks.Warning(
                "WHATSAPP_APP_SECRETS non è impostato: ogni messaggio WhatsApp è rifiutato con 401.",
                hint="La chiave segreta dell'app di Meta (Impostazioni dell'app → Di base).",
                id="whatsapp.W001",
            )
        ]
    if any(len(secret) < SHORTEST_SECRET for secret in secrets):
        return [
            checks.Warning(
                f"WHATSAPP_APP_SECRETS contiene un segreto di meno di {SHORTEST_SECRET} caratteri.",
                id="whatsapp.W002",
            )
        ]
    return []


def _api() -> list[checks.CheckMessage]:
    found: list[checks.CheckMessage] = []
    address = urlsplit(settings.WHATSAPP_API_URL)
    if address.scheme not in ("http", "https") or not address.hostname:
        found.append(
            checks.Error(
                f"WHATSAPP_API_URL è «{settings.WHATSAPP_API_URL}»; di solito https://graph.facebook.com.",
                id="whatsapp.E001",
            )
        )
    elif address.scheme == "http" and settings.PRODUCTION:
        found.append(
            checks.Error("WHATSAPP_API_URL non è https: i token viaggerebbero in chiaro.", id="whatsapp.E002")
        )
    for name in ("WHATSAPP_TIMEOUT", "WHATSAPP_LOST_RESPONSE_SECONDS", "WHATSAPP_MEDIA_MAX_BYTES"):
        if getattr(settings, name) <= 0:
            found.append(checks.Error(f"{name} deve essere più di 0.", id="whatsapp.E003"))
    return found
