"""`POST /api/vapi/webhook`: everything Vapi says. The order of things is shops.webhooks', the shapes are
Vapi's.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.response import Response

from receptionist.conversations import CallIsGone
from shops import routing
from shops.models import Shop, UnroutedEvent
from shops.webhooks import NotAuthentic, WebhookView, count_unrouted
from voice import calls
from voice.auth import Verifier
from voice.payloads import Message, parse

log = structlog.get_logger(__name__)

HANDLERS: Mapping[str, Callable[[Message, str], calls.Answer]] = {
    "tool-calls": calls.run_tools,
    "function-call": calls.run_function,
    "transfer-destination-request": calls.find_destination,
    "status-update": calls.note_status,
    "end-of-call-report": calls.store_report,
    "hang": calls.note_hang,
}
# Known, and of no use here: the report at the end holds all of it.
IGNORED = frozenset(
    {
        "assistant.speechStarted",
        "assistant.started",
        "call.delete.failed",
        "call.deleted",
        "chat.created",
        "chat.deleted",
        "conversation-update",
        "handoff-destination-request",
        "language-change-detected",
        "language-changed",
        "model-output",
        "phone-call-control",
        "session.created",
        "session.deleted",
        "session.updated",
        "speech-update",
        "tool.completed",
        "transcript",
        'transcript[transcriptType="final"]',
        "transfer-update",
        "user-interrupted",
        "voice-input",
    }
)


@dataclass(frozen=True)
class Event:
    """A message and the digest of the bytes it came in, which is its id where Vapi gives none."""

    message: Message
    digest: str


class VapiWebhook(WebhookView[Event]):
    """Answers are always 200 once a request is authentic: with anything else the model goes on as if deaf."""

    protocol = "vapi"

    def verify(self, raw: bytes, headers: Mapping[str, str]) -> None:
        """One of the ways that VAPI_AUTH accepts."""
        if reason := Verifier.from_settings().problem(raw, headers):
            raise NotAuthentic(reason)

    def parse(self, data: Any, raw: bytes) -> Event:
        """The message."""
        return Event(parse(data), hashlib.sha256(raw).hexdigest())

    def kind(self, event: Event) -> str:
        """The message's type, if it is one of Vapi's: a stranger's text stays out of the log."""
        kind = event.message.type
        return kind if kind == "assistant-request" or kind in HANDLERS or kind in IGNORED else "unknown"

    def answer(self, event: Event) -> Response:
        """Messages of no use, or never heard of, need no shop."""
        kind = self.kind(event)
        if kind == "unknown":
            log.warning("unknown message of vapi", length=len(event.message.type))
        if kind in IGNORED or kind == "unknown":
            return Response({})
        return self.deliver(event)

    def route(self, event: Event) -> Shop | None:
        """By the line's id, else by the number called; only calls of our own organisation."""
        message = event.message
        if settings.VAPI_ORG_ID and message.call.org_id not in ("", settings.VAPI_ORG_ID):
            log.warning("call of another vapi organisation")
            return None
        return routing.shop_for_line(message.line_id or None, message.line_number or None)

    def serve(self, event: Event, shop: Shop) -> Response:
        """One function for each type of message. Of a call that was erased nothing is stored, whatever comes late."""
        try:
            if event.message.type == "assistant-request":
                return Response(calls.present_assistant(event.message, shop, event.digest))
            return Response(HANDLERS[event.message.type](event.message, event.digest))
        except CallIsGone:
            log.info("message of a call that was erased", kind=self.kind(event))
            return self._sorry(event, _("Questa chiamata non può continuare. La preghiamo di richiamare."))

    def malformed(self, raw: bytes) -> Response:
        """Nothing is known of it: the general shape of an error."""
        return Response({"error": _("La richiesta non è nel formato previsto.")})

    def unrouted(self, event: Event) -> Response:
        """Count the line; say so politely to a caller, in the protocol's shape to a model."""
        line = event.message.line_id or event.message.line_number
        count_unrouted(channel=UnroutedEvent.Channel.VOICE, external_id=line, kind=self.kind(event))
        return self._sorry(event, _("Il numero chiamato non è attivo. Ci scusiamo, arrivederci."))

    def suspended(self, event: Event, shop: Shop) -> Response:
        """A polite sentence."""
        sentence = _("%(shop)s in questo momento non può rispondere. La preghiamo di richiamare più tardi.")
        return self._sorry(event, sentence % {"shop": shop.name})

    def broken(self, event: Event) -> Response:
        """What can be said without knowing what went wrong."""
        return self._sorry(
            event, _("Mi scusi, c'è un problema tecnico. La preghiamo di richiamare tra poco.")
        )

    def database_away(self, event: Event) -> Response:
        """503, so that Vapi takes the fallback or comes again; but a model in a call is told what to say."""
        if event.message.type in ("tool-calls", "function-call", "transfer-destination-request"):
            return self.broken(event)
        return super().database_away(event)

    def _sorry(self, event: Event, sentence: str) -> Response:
        """The sentence in the shape that the message expects as an answer."""
        message = event.message
        if message.type == "tool-calls":
            return Response(calls.tool_errors(message, sentence))
        if message.type == "function-call":
            return Response({"result": sentence})
        if message.type in ("assistant-request", "transfer-destination-request"):
            return Response({"error": sentence})
        return Response({})
