"""Vapi's REST API, as far as numbers and the deletion of calls go. Source: api.vapi.ai, OpenAPI description 2026-08."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings

from shops.http import OutboundError, call

SERVICE = "vapi"
PAGE = 100
MOST_PAGES = 100

PhoneNumber = dict[str, Any]


class Vapi:
    """A client for one organisation. Every method raises OutboundError, whose text holds no key."""

    def __init__(self, *, api_key: str, url: str = "https://api.vapi.ai", timeout: float = 15) -> None:
        self._headers = {"Authorization": f"Bearer {api_key}"}
        self._url = url.rstrip("/")
        self._timeout = timeout

    @classmethod
    def from_settings(cls) -> "Vapi":
        """The organisation of VAPI_API_KEY at VAPI_API_URL."""
        return cls(api_key=settings.VAPI_API_KEY, url=settings.VAPI_API_URL)

    def number(self, number_id: str) -> PhoneNumber | None:
        """One number by its id, or None when there is none."""
        try:
            return self._object("GET", f"/phone-number/{number_id}")
        except OutboundError as error:
            # An id that is no UUID is answered with 400.
            if error.status in (400, 404):
                return None
            raise

    def numbers(self) -> Iterator[PhoneNumber]:
        """All numbers of the organisation, newest first, page by page."""
        before: str | None = None
        for _page in range(MOST_PAGES):
            query = {"limit": str(PAGE), **({"createdAtLt": before} if before else {})}
            page = self._call("GET", "/phone-number", params=query)
            if not isinstance(page, list):
                raise OutboundError(SERVICE, "answered something that is no list of numbers", permanent=True)
            found = [each for each in page if isinstance(each, dict)]
            yield from found
            oldest = min((str(each.get("createdAt", "")) for each in found), default="")
            if len(page) < PAGE or not oldest or oldest == before:
                return
            before = oldest

    def create_number(self, body: Mapping[str, Any]) -> PhoneNumber:
        """Import or bring a number; returns it with its id."""
        return self._object("POST", "/phone-number", json=dict(body))

    def update_number(self, number_id: str, body: Mapping[str, Any]) -> PhoneNumber:
        """Change the named fields of a number."""
        return self._object("PATCH", f"/phone-number/{number_id}", json=dict(body))

    def delete_call(self, call_id: str) -> None:
        """Delete what is kept of a call. Whatever a success is answered with, it is one."""
        call(SERVICE, "DELETE", f"{self._url}/call/{call_id}", timeout=self._timeout, headers=self._headers)

    def _object(self, method: str, path: str, **kwargs: Any) -> PhoneNumber:
        found = self._call(method, path, **kwargs)
        if not isinstance(found, dict):
            raise OutboundError(SERVICE, "answered something that is no number", permanent=True)
        return found

    def _call(self, method: str, path: str, **kwargs: Any) -> Any:
        response = call(
            SERVICE, method, f"{self._url}{path}", timeout=self._timeout, headers=self._headers, **kwargs
        )
        try:
            return response.json()
        except ValueError as error:
            raise OutboundError(SERVICE, "answered something that is no JSON") from error
