"""The frame of every public page: headers, language, the shop's name and colour.

A public page sets no cookie but the one that guards its forms, loads nothing from elsewhere and runs no script that is
written into it. The language travels in the address (`?lingua=en`), so that it needs no cookie either.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlencode, urlsplit

import phonenumbers
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render as django_render
from django.utils import translation

from shops.context import current_shop
from shops.models import Shop
from shops.phones import REGION
from website.colours import Palette, palette
from website.models import DEFAULT_COLOUR, Site

LANGUAGE = "lingua"
"""The word of the address that chooses the language."""
ATTRIBUTE = "_website_frame"
View = Callable[..., HttpResponseBase]


@dataclass(frozen=True)
class Frame:
    """What the templates know as `page`: the shop, its row of settings, the language, the nonce of the one style."""

    shop: Shop
    site: Site
    language: str
    """The language the page is written in."""
    chosen: str
    """The same when the address asked for it, otherwise empty: links carry it on."""
    nonce: str
    path: str
    query: Mapping[str, list[str]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name to show."""
        return self.site.name or self.shop.name

    @property
    def colours(self) -> Palette:
        """The shop's colour and what can be read on it."""
        return palette(self.site.colour, DEFAULT_COLOUR)

    @property
    def tail(self) -> str:
        """What every link to another public page ends in: "" or "?lingua=en"."""
        return f"?{LANGUAGE}={self.chosen}" if self.chosen else ""

    def link(self, path: str, **query: Any) -> str:
        """`path` with a query and the language. Values that are None or empty are left out."""
        words = {name: value for name, value in query.items() if value not in (None, "")}
        if self.chosen:
            words[LANGUAGE] = self.chosen
        return f"{path}?{urlencode(words, doseq=True)}" if words else path

    @property
    def languages(self) -> list[tuple[str, str, str]]:
        """The other languages: code, name, address of this page in it."""
        kept = {name: values for name, values in self.query.items() if name != LANGUAGE}
        return [
            (code, name, f"{self.path}?{urlencode({**kept, LANGUAGE: code}, doseq=True)}")
            for code, name in settings.LANGUAGES
            if code != self.language
        ]

    @property
    def logo(self) -> str:
        """The address of the logo; empty without one."""
        return f"/logo/{PurePosixPath(self.site.logo.name or '').name}" if self.site.logo else ""

    @property
    def phone(self) -> str:
        """The shop's telephone as people write it: "02 1234 5678"."""
        return shown(str(self.shop.phone_number))

    @property
    def phone_link(self) -> str:
        """The shop's telephone as an address to call."""
        return f"tel:{self.shop.phone_number}"


def shown(phone: str) -> str:
    """A number (E.164) as people write it: Italian ones without +39, others with their country."""
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return phone
    style = phonenumbers.PhoneNumberFormat
    at_home = phonenumbers.region_code_for_number(number) == REGION
    return phonenumbers.format_number(number, style.NATIONAL if at_home else style.INTERNATIONAL)


def of(request: HttpRequest) -> Frame:
    """The frame of a request inside a view wrapped by `public`."""
    frame: Frame = getattr(request, ATTRIBUTE)
    return frame


def render(
    request: HttpRequest, template: str, context: Mapping[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """The template with `page` (the Frame) besides the context."""
    return django_render(request, template, {"page": of(request), **(context or {})}, status=status)


def public(view: View, *, framable: bool = False) -> View:
    """A view for everybody: in the language asked for, with `of(request)` set and every header of a public page.

    `framable`: may stand in a frame on the shop's other sites (Site.widget_origins; none named: on any); all others
    only in the shop's own pages. A view may set Cache-Control itself; otherwise nothing is kept. One query (the Site).
    """

    @wraps(view)
    def framed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        frame = _frame(request)
        setattr(request, ATTRIBUTE, frame)
        response = view(request, *args, **kwargs)
        _head(response, frame, framable=framable)
        return response

    return framed


def _frame(request: HttpRequest) -> Frame:
    known = dict(settings.LANGUAGES)
    asked = request.GET.get(LANGUAGE, "")
    chosen = asked if asked in known else ""
    if chosen and chosen != translation.get_language():
        translation.activate(chosen)
        request.LANGUAGE_CODE = chosen
    spoken = translation.get_language() or settings.LANGUAGE_CODE
    return Frame(
        shop=current_shop(),
        site=Site.load(),
        language=spoken if spoken in known else settings.LANGUAGE_CODE,
        chosen=chosen,
        nonce=secrets.token_urlsafe(16),
        path=request.path,
        query=dict(request.GET.lists()),
    )


def _head(response: HttpResponseBase, frame: Frame, *, framable: bool) -> None:
    """The headers of a public page. What the view set itself stays."""
    ancestors = _ancestors(frame.site) if framable else "'self'"
    headers = {
        "Content-Security-Policy": "; ".join(
            [
                "default-src 'none'",
                "script-src 'self'",
                f"style-src 'self' 'nonce-{frame.nonce}'",
                "img-src 'self' data:",
                "connect-src 'self'",
                "frame-src 'self'",
                "form-action 'self'",
                "base-uri 'none'",
                f"frame-ancestors {ancestors}",
            ]
        ),
        # The origin is enough for the forms' guard; an address with a token is told to nobody else.
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
        "Cache-Control": "private, no-store",
    }
    for name, value in headers.items():
        response.headers.setdefault(name, value)
    if framable:
        # Older than frame-ancestors and unable to name more than one site: it would forbid what that one allows.
        response.xframe_options_exempt = True  # type: ignore[attr-defined]
    else:
        response.headers.setdefault("X-Frame-Options", "SAMEORIGIN")


def _ancestors(site: Site) -> str:
    """Where the page may stand in a frame: the shop's sites, each as scheme and host; none named: anywhere."""
    named = [origin for origin in map(origin, site.widget_origins or []) if origin]
    return " ".join(["'self'", *named]) if named else "*"


def origin(text: Any) -> str:
    """Scheme, host and port of a site's address; empty for what is none, so that nothing else gets into the header."""
    if (
        not isinstance(text, str)
        or len(text) > 300
        or not text.isascii()
        or any(c in text for c in " ;,\t\r\n'\"")
    ):
        return ""
    try:
        parts = urlsplit(text)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    return (
        f"{parts.scheme}://{parts.hostname}{port}"
        if parts.scheme in ("http", "https") and parts.hostname
        else ""
    )
