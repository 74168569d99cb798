"""ETags of what is shown, and the conditions that callers put to them (RFC 9110)."""

import hashlib
import json
from typing import Any

from django.http import HttpRequest
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from rest_framework.renderers import JSONRenderer

from api.problems import Problem


def of(data: Any) -> str:
    """A strong ETag of a representation, the same whatever the order of its keys."""
    plain = json.dumps(plain_of(data), sort_keys=True, separators=(",", ":"))
    return f'"{hashlib.sha256(plain.encode()).hexdigest()[:32]}"'


def plain_of(data: Any) -> Any:
    """The representation as what JSON makes of it."""
    return json.loads(JSONRenderer().render(data))


def seen(http: HttpRequest, etag: str) -> bool:
    """Whether If-None-Match says that the caller has this one already."""
    given = http.headers.get("If-None-Match")
    if given is None:
        return False
    tags = [tag.removeprefix("W/") for tag in parse_etags(given)]
    return "*" in tags or etag in tags


def require_match(http: HttpRequest, data: Any, *, required: bool) -> None:
    """Raise Problem 412 when If-Match names another version, 428 when it is missing although it is `required`."""
    given = http.headers.get("If-Match")
    if given is None:
        if required:
            raise Problem(428, _("Mandare in If-Match l'ETag della versione che si vuole cambiare."))
        return
    tags = parse_etags(given)
    if "*" not in tags and of(data) not in tags:
        raise Problem(412, _("Nel frattempo qualcuno l'ha cambiato: rileggerlo e riprovare."))
