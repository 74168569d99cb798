"""How Vapi reaches us: the `server` objects that numbers, assistants and tools carry."""

from typing import Any

from django.conf import settings

from voice.auth import SECRET_HEADER, accepted_ways, webhook_secrets

WEBHOOK_PATH = "/api/vapi/webhook"
# A report that meets a restart of ours is sent again; tool calls are not, silence costs more than an apology.
COME_AGAIN = {"type": "exponential", "maxRetries": 3, "baseDelaySeconds": 1}


def webhook_url() -> str:
    """The webhook's address as seen from outside."""
    return f"{settings.PUBLIC_URL}{WEBHOOK_PATH}"


def server(*, timeout_seconds: int, come_again: bool = False) -> dict[str, Any]:
    """A `server` object with our address and what proves a request: a credential at Vapi, else the first
    secret.
    """
    found: dict[str, Any] = {"url": webhook_url(), "timeoutSeconds": timeout_seconds, **credentials()}
    if come_again:
        found["backoffPlan"] = dict(COME_AGAIN)
    return found


def credentials() -> dict[str, Any]:
    """`credentialId` when VAPI_CREDENTIAL_ID names one, else a header in the first way that VAPI_AUTH
    accepts.
    """
    if settings.VAPI_CREDENTIAL_ID:
        return {"credentialId": settings.VAPI_CREDENTIAL_ID}
    secrets, ways = webhook_secrets(), accepted_ways()
    if secrets and "secret" in ways:
        return {"headers": {SECRET_HEADER: secrets[0]}}
    if secrets and "bearer" in ways:
        return {"headers": {"Authorization": f"Bearer {secrets[0]}"}}
    return {}
