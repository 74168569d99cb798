"""The one way out: HTTP with a time-out and a single error that says whether trying again can help."""

from typing import Any

import requests

from shops.db.current import let_go

RETRYABLE_STATUSES = frozenset({408, 409, 425, 429})


class OutboundError(Exception):
    """A call to a service failed. `permanent`: the same call will fail again. Carries no body and no secret."""

    def __init__(
        self, service: str, message: str, *, status: int | None = None, permanent: bool = False
    ) -> None:
        super().__init__(f"{service}: {message}")
        self.service = service
        self.message = message
        self.status = status
        self.permanent = permanent


def call(service: str, method: str, url: str, *, timeout: float = 10, **kwargs: Any) -> requests.Response:
    """Send one request and return the response when it is a success.

    `timeout` in seconds, for the connection and between bytes. Raises OutboundError otherwise; statuses of 4xx are
    permanent but for the ones that ask to come again. No database connection is held meanwhile (`let_go`).
    """
    let_go()
    try:
        response = requests.request(method, url, timeout=timeout, **kwargs)
    except (
        requests.exceptions.InvalidURL,
        requests.exceptions.MissingSchema,
        requests.exceptions.InvalidSchema,
    ) as e:
        raise OutboundError(service, "the address is not valid", permanent=True) from e
    except requests.RequestException as e:
        raise OutboundError(service, f"no answer ({type(e).__name__})") from e
    if response.ok:
        return response
    status = response.status_code
    permanent = 400 <= status < 500 and status not in RETRYABLE_STATUSES
    raise OutboundError(service, f"{_reason(response)} (status {status})", status=status, permanent=permanent)


def _reason(response: requests.Response) -> str:
    """The service's own sentence, where it sends one as JSON: {"message": "…" | ["…"]} or {"error": {"message"}}."""
    try:
        body = response.json()
    except ValueError:
        return "refused"
    message = body.get("message") if isinstance(body, dict) else None
    if message is None and isinstance(body, dict) and isinstance(body.get("error"), dict):
        message = body["error"].get("message")
    if isinstance(message, list):
        message = "; ".join(str(part) for part in message)
    return str(message)[:300] if message else "refused"
