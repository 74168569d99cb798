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


def _secrets() -> list[checks.CheckMessage]:
    secrets = webhook_secrets()
    if not secrets:
        return [
            checks.Warning(
                "VAPI_WEBHOOK_SECRETS is not set: every call is refused with 401.",
                hint="Set it to a long random text, and the same at Vapi (manage.py vapi_sync does that).",
                id="voice.W001",
            )
        ]
    if any(len(secret) < SHORTEST_SECRET for secret in secrets):
        return [
            checks.Warning(
                f"VAPI_WEBHOOK_SECRETS holds a secret of less than {SHORTEST_SECRET} characters.",
                id="voice.W003",
            )
        ]
    return []


def _ways() -> list[checks.CheckMessage]:
    found: list[checks.CheckMessage] = []
    ways, known = accepted_ways(), ", ".join(WAYS)
    if unknown := [way for way in ways if way not in WAYS]:
        found.append(
            checks.Error(f"VAPI_AUTH names {', '.join(unknown)}; it knows {known}.", id="voice.E001")
        )
    if not ways:
        found.append(checks.Error(f"VAPI_AUTH is empty; name at least one of {known}.", id="voice.E002"))
    if ways == ["hmac"] and not settings.VAPI_CREDENTIAL_ID:
        found.append(
            checks.Warning(
                "VAPI_AUTH accepts only hmac, and VAPI_CREDENTIAL_ID is not set: Vapi has no key to use.",
                hint="Make an HMAC credential in Vapi's dashboard and put its id into VAPI_CREDENTIAL_ID.",
                id="voice.W002",
            )
        )
    return found


def _signatures() -> list[checks.CheckMessage]:
    found: list[checks.CheckMessage] = []
    algorithm, known = settings.VAPI_HMAC_ALGORITHM, ", ".join(ALGORITHMS)
    if algorithm.lower() not in ALGORITHMS:
        found.append(checks.Error(f"VAPI_HMAC_ALGORITHM is {algorithm}; it can be {known}.", id="voice.E003"))
    if settings.VAPI_HMAC_MAX_AGE <= 0:
        found.append(checks.Error("VAPI_HMAC_MAX_AGE must be more than 0 seconds.", id="voice.E004"))
    return found
