"""Lists page by page, by where the last page ended: new rows move nothing, and no page costs more than another."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from api import problems
from api.moments import parse

USUAL, MOST = 50, 200


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows and the address of the next ones, if any are left."""

    rows: list[Any]
    next: str | None


@dataclass(frozen=True, slots=True)
class Order:
    """By a moment that every row has, then by the key."""

    field: str
    newest_first: bool = False

    def by(self) -> list[str]:
        """For `order_by`."""
        sign = "-" if self.newest_first else ""
        return [f"{sign}{self.field}", f"{sign}pk"]

    def after(self, moment: datetime, pk: UUID) -> Q:
        """The rows behind this place."""
        way = "lt" if self.newest_first else "gt"
        later = Q(**{f"{self.field}__{way}": moment})
        return later | Q(**{self.field: moment, f"pk__{way}": pk})


def page(http: HttpRequest, rows: QuerySet[Any], order: Order) -> Page:
    """One page of `rows` as `limit` and `cursor` of the address ask. One query. Raises Problem 400."""
    limit = limit_of(http)
    cursor = http.GET.get("cursor")
    if cursor is not None:
        rows = rows.filter(order.after(*_read(cursor)))
    found = list(rows.order_by(*order.by())[: limit + 1])
    if len(found) <= limit:
        return Page(found, None)
    last = found[limit - 1]
    query = {
        **{name: http.GET[name] for name in http.GET},
        "cursor": _write(getattr(last, order.field), last.pk),
    }
    return Page(found[:limit], http.build_absolute_uri(f"{http.path}?{urlencode(query)}"))


def limit_of(http: HttpRequest) -> int:
    """How many are asked for."""
    given = http.GET.get("limit")
    if given is None:
        return USUAL
    if not (given.isascii() and given.isdigit() and len(given) <= 3 and 1 <= int(given) <= MOST):
        raise problems.field("limit", _("Un numero da 1 a %(most)d.") % {"most": MOST})
    return int(given)


def _write(moment: datetime, pk: UUID) -> str:
    text = json.dumps([moment.isoformat(), str(pk)])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(cursor: str) -> tuple[datetime, UUID]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        moment, pk = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        return parse(moment), UUID(pk)
    except (ValueError, TypeError, AttributeError, RecursionError, binascii.Error) as error:
        raise problems.field("cursor", _("Usare l'indirizzo in «next», così com'è.")) from error
