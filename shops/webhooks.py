"""The base of every webhook: read, verify, parse, find the shop, enter it, hand off. In that order, in one
place.

Nothing is parsed before the signature on the raw bytes was found right, and nothing an event says can end
in a 500:

- too large, or cut short        413, 400
- not authentic                  401, nothing stored
- not understood                 the protocol's own answer, and a line in the log
- no shop on that line           counted (no words), and the protocol's own answer
- shop suspended                 acknowledged, politely
- the database is away           503: the sender comes again
- a mistake of ours              logged without the payload, answered in the protocol's shape
"""

import json
import math
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext as _
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shops import routing
from shops.context import in_shop
from shops.models import Shop

log = structlog.get_logger(__name__)

READ_AT_ONCE = 64 * 1024
MAX_DEPTH = 64
DATABASE_AWAY = (OperationalError, InterfaceError)


class WebhookProblem(Exception):
    """Something is wrong with a request. `reason` goes to the log and holds nothing of the payload."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TooLarge(WebhookProblem):
    """The body is longer than WEBHOOK_MAX_BYTES, whatever its Content-Length said."""


class Unreadable(WebhookProblem):
    """The connection broke, or the framing of the body is wrong."""


class NotAuthentic(WebhookProblem):
    """The request does not prove where it comes from."""


class Malformed(WebhookProblem):
    """The body is authentic, and not what the protocol says."""


class AlwaysJSON(BaseContentNegotiation):
    """Answer in JSON whatever the Accept header asks for."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        """There is no parser: the raw body is read before anything else."""
        return None

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        """The one renderer there is."""
        return renderers[0], renderers[0].media_type


class WebhookView[Event](APIView):
    """Subclass it and write `verify`, `parse`, `route`, `serve`, and the answers `refused`, `unrouted`,
    `suspended`.

    A protocol whose events hold the news of several shops overrides `answer` and calls `deliver` for each
    part.
    """

    http_method_names = ["post"]
    parser_classes = ()
    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()
    renderer_classes = (JSONRenderer,)
    content_negotiation_class = AlwaysJSON

    protocol = "webhook"

    # --- what a protocol says -------------------------------------------------------------------------------

    def verify(self, raw: bytes, headers: Mapping[str, str]) -> None:
        """Raise NotAuthentic unless the raw bytes and the headers prove where the request comes from."""
        raise NotImplementedError

    def parse(self, data: Any, raw: bytes) -> Event:
        """Make an event of decoded JSON. Raises Malformed."""
        raise NotImplementedError

    def kind(self, event: Event) -> str:
        """The event's type, for the log and the count of unrouted events."""
        raise NotImplementedError

    def route(self, event: Event) -> Shop | None:
        """The shop the event is for."""
        raise NotImplementedError

    def serve(self, event: Event, shop: Shop) -> Response:
        """Answer the event; runs inside the shop."""
        raise NotImplementedError

    def malformed(self, raw: bytes) -> Response:
        """The protocol's answer to an authentic body that is not understood."""
        raise NotImplementedError

    def unrouted(self, event: Event) -> Response:
        """The protocol's answer to an event for a line that belongs to no shop. Count it there."""
        raise NotImplementedError

    def suspended(self, event: Event, shop: Shop) -> Response:
        """The protocol's answer for a shop that is not served at present."""
        raise NotImplementedError

    def broken(self, event: Event) -> Response:
        """The protocol's answer when a mistake of ours kept the event from being served."""
        raise NotImplementedError

    def database_away(self, event: Event) -> Response:
        """The answer when the database cannot be reached: 503, so that the sender comes again."""
        return problem(_("Servizio momentaneamente non disponibile, riprovare."), status=503)

    # --- what they share ------------------------------------------------------------------------------------

    def post(self, request: Request) -> Response:
        """Serve one request, in the platform's language whatever the sender's headers prefer."""
        with translation.override(settings.LANGUAGE_CODE):
            return self._serve_request(request._request)

    def _serve_request(self, http: HttpRequest) -> Response:
        try:
            raw = read_body(http, settings.WEBHOOK_MAX_BYTES)
            self.verify(raw, http.headers)
        except TooLarge as error:
            return self._turned_away(error, problem(_("Richiesta troppo grande."), status=413))
        except Unreadable as error:
            return self._turned_away(error, problem(_("Richiesta incompleta."), status=400))
        except NotAuthentic as error:
            return self._turned_away(error, problem(_("Firma mancante o non valida."), status=401))
        try:
            event = self.parse(decode(raw), raw)
        except Malformed as error:
            return self._turned_away(error, self.malformed(raw))
        return self._guarded(event)

    def answer(self, event: Event) -> Response:
        """Answer a whole event; here it is for one shop."""
        return self.deliver(event)

    def deliver(self, event: Event) -> Response:
        """Find the shop, enter it and serve the event there."""
        shop = self.route(event)
        if shop is None:
            log.warning("webhook for a line that no shop has", protocol=self.protocol, kind=self.kind(event))
            return self.unrouted(event)
        with in_shop(shop):
            if shop.is_suspended:
                log.info("webhook for a suspended shop", protocol=self.protocol, kind=self.kind(event))
                return self.suspended(event, shop)
            return self.serve(event, shop)

    def _guarded(self, event: Event) -> Response:
        try:
            return self.answer(event)
        except DATABASE_AWAY as error:
            log.error(
                "database away", protocol=self.protocol, kind=self.kind(event), error=type(error).__name__
            )
            return self.database_away(event)
        except Exception as error:  # noqa: BLE001 - nothing an event says may end in a 500
            log.error(
                "webhook failed",
                protocol=self.protocol,
                kind=self.kind(event),
                error=type(error).__name__,
                at=where(error),
            )
            return self.broken(event)

    def _turned_away(self, error: WebhookProblem, response: Response) -> Response:
        log.warning(
            "webhook turned away",
            protocol=self.protocol,
            problem=type(error).__name__,
            reason=error.reason,
            status=response.status_code,
        )
        return response


def problem(sentence: str, *, status: int) -> Response:
    """An answer that is nothing but a sentence."""
    return Response({"error": sentence}, status=status)


def count_unrouted(*, channel: str, external_id: str, kind: str) -> None:
    """Count an event that no shop gets. The count is worth less than the answer: a database away only loses
    it.
    """
    try:
        routing.count_unrouted(channel=channel, external_id=external_id, kind=kind)
    except DATABASE_AWAY as error:
        log.warning("unrouted event not counted", error=type(error).__name__)


# --- reading and decoding -----------------------------------------------------------------------------------


def read_body(request: HttpRequest, limit: int) -> bytes:
    """The raw body, of at most `limit` bytes. Raises TooLarge or Unreadable.

    The announced length is only believed when it is too large; what is read is counted. A chunked body,
    which has no length and which Django takes for empty, is read from the server where that delimits it.
    """
    if _is_chunked(request):
        return _read(request.META["wsgi.input"], limit)
    try:
        announced = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError as error:
        raise Unreadable("Content-Length is not a number") from error
    if announced > limit:
        raise TooLarge(f"announces {announced} bytes")
    raw = _read(request, limit)
    if len(raw) < announced:
        raise Unreadable("shorter than its Content-Length")
    return raw


def _is_chunked(request: HttpRequest) -> bool:
    encoding = request.META.get("HTTP_TRANSFER_ENCODING", "")
    return "chunked" in encoding.lower() and bool(request.META.get("wsgi.input_terminated"))


def _read(stream: Any, limit: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    try:
        while piece := stream.read(min(READ_AT_ONCE, limit + 1 - size)):
            pieces.append(piece)
            size += len(piece)
            if size > limit:
                raise TooLarge(f"more than {limit} bytes")
    except (OSError, ValueError, EOFError) as error:
        raise Unreadable(type(error).__name__) from error
    return b"".join(pieces)


def decode(raw: bytes) -> Any:
    """Decoded JSON that can be stored and sent on: no NUL, no half of a surrogate pair, no infinity, not
    too deep.

    Raises Malformed. What PostgreSQL and UTF-8 cannot hold is replaced rather than refused: a transcript is
    not lost for one broken character.
    """
    try:
        value = json.loads(raw.decode(), parse_constant=_refuse_constant, parse_float=_finite)
    except UnicodeDecodeError as error:
        raise Malformed("not UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise Malformed("not JSON, or too deep to read") from error
    if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH and _too_deep(value):
        raise Malformed(f"nested deeper than {MAX_DEPTH}")
    lowered = raw.lower()
    return _clean(value) if b"\\u0000" in lowered or b"\\ud" in lowered else value


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number without end")
    return number


def _children(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []


def _too_deep(value: Any) -> bool:
    level = [value]
    for _depth in range(MAX_DEPTH):
        level = [child for each in level for child in _children(each)]
        if not level:
            return False
    return True


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_clean(each) for each in value]
    if isinstance(value, dict):
        return {_clean(key): _clean(each) for key, each in value.items()}
    return value


def where(error: BaseException) -> str:
    """The last place of ours that raised, as file:line; an exception's own text may quote what somebody
    said.
    """
    place = "?"
    for frame in traceback.extract_tb(error.__traceback__):
        path = Path(frame.filename)
        if path.is_relative_to(settings.BASE_DIR) and "site-packages" not in path.parts:
            place = f"{path.relative_to(settings.BASE_DIR)}:{frame.lineno}"
    return place
