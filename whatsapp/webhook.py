"""`GET` and `POST /api/whatsapp/webhook`: everything Meta says. The order of things is shops.webhooks'.

One POST may hold a thousand updates of many shops. They are sorted by shop, each shop is entered once, and every
update is stored in a transaction of its own; only then Meta gets its 200. Anything else makes Meta come again for days,
which is right when something could not be stored: what was stored is recognised.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from shops import routing
from shops.models import Shop, UnroutedEvent
from shops.webhooks import DATABASE_AWAY, NotAuthentic, WebhookView, count_unrouted, problem
from whatsapp import account, echoes, inbound, statuses
from whatsapp.payloads import Change, parse
from whatsapp.work import Work

log = structlog.get_logger(__name__)
SIGNATURE = "X-Hub-Signature-256"
PREFIX = "sha256="


def _messages(change: Change, work: Work) -> None:
    """What became of our messages, and what people write."""
    statuses.take(change)
    inbound.take(change, work)


HANDLERS: Mapping[str, Callable[[Change, Work], None]] = {
    "messages": _messages,
    "smb_message_echoes": echoes.take,
    "message_template_status_update": account.note_template,
    "account_update": account.note_update,
}
# Of these the number's id is missing: they belong to the WhatsApp Business account.
OF_ACCOUNT = frozenset({"message_template_status_update", "account_update"})
# Known, and of no use here.
IGNORED = frozenset({"calls", "history", "standby"})


@dataclass(frozen=True)
class Batch:
    """Changes for one shop; before they are sorted, for all. `line`: what they name when they belong to no shop."""

    changes: Sequence[Change]
    shop: Shop | None = None
    line: str = ""


class WhatsAppWebhook(WebhookView[Batch]):
    """Answers 200 once everything is stored, and 503 when it is not."""

    http_method_names = ["get", "post"]
    protocol = "whatsapp"

    def get(self, request: Request) -> HttpResponseBase:
        """Prove to Meta that the address is ours: the raw challenge when the token is the one we agreed on."""
        query, token = request.query_params, settings.WHATSAPP_VERIFY_TOKEN
        given = query.get("hub.verify_token", "")
        is_known = bool(token) and hmac.compare_digest(given.encode("utf-8", "replace"), token.encode())
        challenge = query.get("hub.challenge", "")
        if query.get("hub.mode") != "subscribe" or not is_known or not challenge:
            log.warning("webhook verification refused", protocol=self.protocol)
            return problem(_("Verifica non riuscita."), status=403)
        return HttpResponse(challenge[:1000], content_type="text/plain; charset=utf-8")

    def verify(self, raw: bytes, headers: Mapping[str, str]) -> None:
        """The signature over the raw bytes, with any of the app's secrets."""
        given = headers.get(SIGNATURE, "").strip()
        if not given.startswith(PREFIX):
            raise NotAuthentic("no signature")
        found = False
        for secret in filter(None, settings.WHATSAPP_APP_SECRETS):
            expected = hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
            found |= hmac.compare_digest(expected.encode(), given.removeprefix(PREFIX).lower().encode())
        if not found:
            raise NotAuthentic("wrong signature")

    def parse(self, data: Any, raw: bytes) -> Batch:
        """All changes."""
        return Batch(parse(data))

    def kind(self, event: Batch) -> str:
        """The fields that are told, if they are Meta's."""
        known = {change.name if change.name in FIELDS else "other" for change in event.changes}
        return ",".join(sorted(known))[:60]

    def answer(self, event: Batch) -> Response:
        """Deliver each shop's changes. One shop's trouble does not keep the others' from being stored."""
        failed: Exception | None = None
        for batch in _sorted(event.changes):
            try:
                self.deliver(batch)
            except DATABASE_AWAY:
                raise
            except Exception as error:  # noqa: BLE001 - raised again below
                failed = error
        if failed is not None:
            raise failed
        return Response({})

    def route(self, event: Batch) -> Shop | None:
        """Found when the batch was sorted."""
        return event.shop

    def serve(self, event: Batch, shop: Shop) -> Response:
        """Store every change, then queue what is to be done; also when something could not be stored."""
        work, failed = Work(), None
        try:
            for change in event.changes:
                try:
                    HANDLERS[change.name](change, work)
                except DATABASE_AWAY:
                    raise
                except Exception as error:  # noqa: BLE001 - raised again below
                    failed = error
        finally:
            work.queue()
        if failed is not None:
            raise failed
        return Response({})

    def malformed(self, raw: bytes) -> Response:
        """Nothing in it can be understood, now or later."""
        return Response({})

    def unrouted(self, event: Batch) -> Response:
        """Counted without the words."""
        count_unrouted(channel=UnroutedEvent.Channel.WHATSAPP, external_id=event.line, kind=self.kind(event))
        return Response({})

    def suspended(self, event: Batch, shop: Shop) -> Response:
        """Acknowledged; nothing is kept for a shop that is not served."""
        return Response({})

    def broken(self, event: Batch) -> Response:
        """Something was not stored, by a mistake of ours: Meta keeps it and comes again."""
        return self.database_away(event)


FIELDS = frozenset({*HANDLERS, *IGNORED})


def _sorted(changes: Sequence[Change]) -> list[Batch]:
    """A batch for each shop, and one for each line that no shop has. Asks for each line once."""
    lines: dict[str, list[Change]] = {}
    accounts: dict[str, list[Change]] = {}
    for change in changes:
        if change.name in OF_ACCOUNT:
            accounts.setdefault(change.account, []).append(change)
        elif change.name in HANDLERS:
            lines.setdefault(change.line, []).append(change)
        else:
            log.info("webhook of no use", field=change.name if change.name in IGNORED else "other")
    routed = [
        (line, [shop] if shop else [], found) for line, found in lines.items() for shop in [_shop(line)]
    ]
    routed += [(each, routing.shops_for_waba(each), found) for each, found in accounts.items()]
    shops: dict[UUID, tuple[Shop, list[Change]]] = {}
    strangers = []
    for line, owners, found in routed:
        for shop in owners:
            shops.setdefault(shop.pk, (shop, []))[1].extend(found)
        if not owners:
            strangers.append(Batch(found, None, line))
    return [*(Batch(found, shop) for shop, found in shops.values()), *strangers]


def _shop(line: str) -> Shop | None:
    return routing.shop_for_whatsapp(line) if line else None
