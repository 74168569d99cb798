"""The body of a request: small, JSON, an object, and nothing in it that the database cannot hold."""

import json
import math
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from api.problems import Problem
from shops import webhooks

MOST_BYTES = 256 * 1024
MOST_DEPTH = 20


def body_of(http: HttpRequest) -> bytes:
    """The bytes, read once. Raises Problem 413 and 400."""
    found: bytes | None = getattr(http, "_api_body", None)
    if found is None:
        try:
            found = webhooks.read_body(http, MOST_BYTES)
        except webhooks.TooLarge as error:
            raise Problem(413, _("Al massimo 256 kB.")) from error
        except webhooks.Unreadable as error:
            raise Problem(400, _("La richiesta è arrivata a metà.")) from error
        http._api_body = found  # type: ignore[attr-defined]  # read only once
    return found


def decoded(http: HttpRequest) -> dict[str, Any]:
    """The object in the body; an empty one for no body at all. Raises Problem 400, 413, 415."""
    body = body_of(http)
    given = http.headers.get("Content-Type", "")
    if (given or body) and not _is_json(given):
        raise Problem(415, _("Il corpo va mandato come application/json."))
    if not body:
        return {}
    try:
        value = json.loads(
            body.decode(), parse_constant=_refuse, parse_float=_finite, object_pairs_hook=_plain
        )
    except UnicodeDecodeError as error:
        raise Problem(400, _("Il corpo non è UTF-8.")) from error
    except (ValueError, RecursionError) as error:
        raise Problem(400, _("Il corpo non è JSON.")) from error
    if not isinstance(value, dict):
        raise Problem(400, _("Serve un oggetto JSON."))
    _require_storable(value)
    return value


def _is_json(content_type: str) -> bool:
    kind, _semicolon, rest = content_type.partition(";")
    charset = rest.strip().lower().replace('"', "")
    return kind.strip().lower() == "application/json" and charset in ("", "charset=utf-8")


def _refuse(name: str) -> float:
    raise ValueError(name)


def _plain(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a field twice")
    return found


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number without end")
    return number


def storable(text: str) -> bool:
    """Whether PostgreSQL and UTF-8 can hold it: no NUL, no half of a surrogate pair."""
    return "\x00" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def _require_storable(value: Any) -> None:
    """Level by level, so that no depth is too deep to look at."""
    level = [value]
    for _depth in range(MOST_DEPTH):
        for each in level:
            if isinstance(each, str) and not storable(each):
                raise Problem(400, _("Un testo contiene caratteri che non si possono conservare."))
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return
    raise Problem(400, _("Il corpo ha troppi livelli."))


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    return value if isinstance(value, list) else []
