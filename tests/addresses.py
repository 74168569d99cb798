"""Every address of a host, with something in the place of its arguments."""

import re
from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

PIECES = {"uuid": "00000000-0000-4000-8000-000000000000", "int": "1", "str": "x", "slug": "x", "path": "x"}
# Around the login: they say themselves whom they serve.
OPEN = {
    *("admin:login", "admin:logout", "admin:second_factor_code", "admin:second_factor", "admin:login_leave"),
    *("admin:admin_password_reset", "admin:reset_password", "admin:invitation"),
    "support_enter",  # an operator's, with a ticket of the platform
}


def addresses(urlconf: str) -> Iterator[tuple[str, str]]:
    """Name and address of everything below /admin/."""
    for name, address in everything(urlconf):
        if address.startswith("/admin/"):
            yield name, address


def everything(urlconf: str, word: str = "x") -> Iterator[tuple[str, str]]:
    """Name and address of every page, with `word` where any text fits."""
    pieces = PIECES | dict.fromkeys(("str", "slug", "path"), word)
    yield from _walk(get_resolver(urlconf).url_patterns, "", "", pieces)


def _walk(patterns: Any, prefix: str, names: str, pieces: dict[str, str]) -> Iterator[tuple[str, str]]:
    for each in patterns:
        route = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _walk(
                each.url_patterns, route, f"{each.namespace}:" if each.namespace else names, pieces
            )
        elif isinstance(each, URLPattern):
            filled = re.sub(r"<(?:(\w+):)?\w+>", lambda found: pieces[found[1] or "str"], route)
            plain = re.sub(r"\(\?P.*", "x", filled).replace("$", "").replace("^", "")
            yield f"{names}{each.name}", f"/{plain}"
