"""Meta's Graph API, as far as WhatsApp goes. Source: developers.facebook.com, WhatsApp Cloud API, v25.0.

Connections are kept alive, one for each thread: a message goes out in a few milliseconds. No database connection is
held meanwhile.
"""

import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any, cast

import requests
import urllib3
from django.conf import settings
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies

from shops.db.current import let_go
from shops.http import RETRYABLE_STATUSES, OutboundError

SERVICE = "whatsapp"
Json = dict[str, Any]
# A connection that nobody used for so long (seconds) may be half closed, and a request on it be lost.
IDLE_SECONDS = 25.0
PAGE = 100
MOST_PAGES = 20
_threads = threading.local()


class GraphError(OutboundError):
    """A call to Meta failed. `code` and `subcode` are Meta's, None when it said nothing that can be read.

    `lost`: the request was sent and what became of it is not known; it may have been carried out.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: int | None = None,
        subcode: int | None = None,
        lost: bool = False,
        permanent: bool = False,
    ) -> None:
        super().__init__(SERVICE, message, status=status, permanent=permanent)
        self.code = code
        self.subcode = subcode
        self.lost = lost


class Graph:
    """The Graph API with one shop's token. Every method raises GraphError, whose text holds no token."""

    def __init__(self, token: str, *, timeout: float | None = None) -> None:
        self._headers = {"Authorization": f"Bearer {token}"}
        self._timeout = timeout or settings.WHATSAPP_TIMEOUT

    # --- messages -------------------------------------------------------------------------------------------

    def send(self, phone_number_id: str, body: Mapping[str, Any]) -> str:
        """Post a message; the id that Meta gave it, "" when it accepted the message without one."""
        answer = self.request("POST", f"{phone_number_id}/messages", json=body)
        sent = answer.get("messages")
        first = sent[0] if isinstance(sent, list) and sent else None
        return str(first.get("id") or "") if isinstance(first, dict) else ""

    def mark_read(self, phone_number_id: str, body: Mapping[str, Any]) -> None:
        """Post a read receipt, with or without the typing indicator."""
        self.request("POST", f"{phone_number_id}/messages", json=body)

    # --- the account ----------------------------------------------------------------------------------------

    def number(self, phone_number_id: str) -> Json:
        """What Meta says of a number: display number, quality, status."""
        wanted = "id,display_phone_number,verified_name,quality_rating,status,messaging_limit_tier"
        return self.request("GET", phone_number_id, params={"fields": wanted})

    def subscribed_apps(self, waba_id: str) -> list[Json]:
        """The apps that get the account's webhooks."""
        return list(self._all(f"{waba_id}/subscribed_apps"))

    def token_info(self, token: str) -> Json:
        """What Meta says of a token: `is_valid`, `scopes`, `expires_at` (seconds since 1970; 0: never)."""
        found = self.request("GET", "debug_token", params={"input_token": token}).get("data")
        return found if isinstance(found, dict) else {}

    def templates(self, waba_id: str) -> list[Json]:
        """The account's message templates, all pages."""
        wanted = "id,name,language,status,category,components,rejected_reason"
        return list(self._all(f"{waba_id}/message_templates", fields=wanted))

    def create_template(self, waba_id: str, body: Mapping[str, Any]) -> Json:
        """Hand a template in; its id, status and category."""
        return self.request("POST", f"{waba_id}/message_templates", json=body)

    def update_template(self, template_id: str, body: Mapping[str, Any]) -> Json:
        """Change what a template says; Meta examines it again."""
        return self.request("POST", template_id, json=body)

    # --- files ----------------------------------------------------------------------------------------------

    def media(self, media_id: str) -> Json:
        """Where a file is for the next five minutes: `url`, `mime_type`, `sha256`, `file_size`."""
        return self.request("GET", media_id)

    def delete_media(self, media_id: str) -> None:
        """Delete a file; Meta answers {"success": true}."""
        self.request("DELETE", media_id)

    # --- the wire -------------------------------------------------------------------------------------------

    def _all(self, path: str, **query: str) -> Iterator[Json]:
        after = ""
        for _page in range(MOST_PAGES):
            page = self.request(
                "GET", path, params={**query, "limit": str(PAGE), **({"after": after} if after else {})}
            )
            found = page.get("data")
            yield from (each for each in found or [] if isinstance(each, dict))
            paging = page.get("paging") if isinstance(page.get("paging"), dict) else {}
            after = str(((paging or {}).get("cursors") or {}).get("after") or "")
            if not after or not (paging or {}).get("next"):
                return

    def request(self, method: str, path: str, **kwargs: Any) -> Json:
        """One request and its answer, a JSON object. Raises GraphError."""
        url = f"{settings.WHATSAPP_API_URL}/{settings.WHATSAPP_API_VERSION}/{path}"
        let_go()
        try:
            response = _session().request(method, url, headers=self._headers, timeout=self._timeout, **kwargs)
        except requests.RequestException as error:
            raise _unanswered(error) from error
        body = _json(response)
        if response.ok and body is not None and "error" not in body:
            return body
        raise _refused(response.status_code, body)


def _session() -> requests.Session:
    """This thread's session. Proxies and certificates of the environment are read once, not at every request."""
    now = time.monotonic()
    kept = cast("requests.Session | None", getattr(_threads, "session", None))
    if kept is None:
        kept = requests.Session()
        kept.trust_env = False
        kept.proxies.update(get_environ_proxies(settings.WHATSAPP_API_URL))
        kept.verify = requests.Session().merge_environment_settings(
            settings.WHATSAPP_API_URL, {}, None, None, None
        )["verify"]
        for scheme in ("https://", "http://"):
            kept.mount(scheme, HTTPAdapter(pool_connections=2, pool_maxsize=2, max_retries=0))
        _threads.session = kept
    elif now - cast(float, _threads.used) > IDLE_SECONDS:
        kept.close()
    _threads.used = now
    return kept


def _unanswered(error: requests.RequestException) -> GraphError:
    """No answer: was the request sent at all?"""
    invalid = (
        requests.exceptions.InvalidURL,
        requests.exceptions.MissingSchema,
        requests.exceptions.InvalidSchema,
    )
    if isinstance(error, invalid):
        return GraphError("the address is not valid", permanent=True)
    return GraphError(f"no answer ({type(error).__name__})", lost=not _never_left(error))


def _never_left(error: requests.RequestException) -> bool:
    """Whether the connection was never made, so that nothing can have been accepted."""
    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.ProxyError):
        return True
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", cause)
    return isinstance(
        reason,
        urllib3.exceptions.NewConnectionError
        | urllib3.exceptions.NameResolutionError
        | urllib3.exceptions.ConnectTimeoutError,
    )


def _json(response: requests.Response) -> Json | None:
    try:
        body = response.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _refused(status: int, body: Json | None) -> GraphError:
    """Meta's own error. A failure without one comes from something in between: nobody knows what Meta did."""
    error = body.get("error") if body else None
    if not isinstance(error, dict):
        return GraphError(
            f"answered with status {status} and nothing that can be read",
            status=status,
            lost=status < 400 or status >= 500,
            permanent=400 <= status < 500 and status not in RETRYABLE_STATUSES,
        )
    data = error.get("error_data")
    details = data.get("details") if isinstance(data, dict) else None
    said = details or error.get("error_user_msg") or error.get("message") or "refused"
    return GraphError(
        f"{str(said)[:300]} (code {error.get('code')}, status {status})",
        status=status,
        code=_number(error.get("code")),
        subcode=_number(error.get("error_subcode")),
        permanent=400 <= status < 500 and status not in RETRYABLE_STATUSES,
    )


def _number(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None
