"""Files that came with messages: fetched from Meta at once, since a link lives five minutes and an id seven days.

At most one file a row, safe to run twice and to be killed anywhere; what no task fetched is found by the sweep. What is
too large, of a kind nobody needs, or not what it says it is, is refused: it never reaches the store.
"""

import base64
import binascii
import re
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from receptionist import asides, filekeeping, transcription
from receptionist.models import ConversationMessage, Media, MediaKind, MediaState, MessageRole
from receptionist.tasks import answer
from shops import downloads
from shops.context import current_shop
from shops.crypto import Undecryptable
from shops.db.current import let_go
from shops.http import OutboundError
from shops.models import WhatsAppNumber
from whatsapp.client import Graph, GraphError
from whatsapp.filetypes import suffix_of
from whatsapp.payloads import Json, number_of, text

log = structlog.get_logger(__name__)
SERVICE = "whatsapp media"
MAX_SECONDS = 120.0
# The pauses between tries grow, so that the last one is near the end of the seven days.
MAX_ATTEMPTS = 14
FIRST_PAUSE = timedelta(seconds=30)
MOST = 200
# Of a link: it has expired, or never was.
EXPIRED = frozenset({401, 403, 404, 410})
# Of a file's id: there is no such file (any more).
GONE = frozenset({100, 131052, 131053})
LOST = "Il file che ha mandato non mi è arrivato. Me lo può rimandare, o scrivermi che cosa si vede?"
LOST_IN_ENGLISH = "The file you sent did not reach me. Could you send it again, or write what it shows?"
_HEX = re.compile(r"[0-9a-fA-F]{64}\Z")


class Refused(OutboundError):
    """The file is not kept. `words` are for the shop's people, `reason` for the log and the message's payload.

    `italian` and `english` are for the customer.
    """

    def __init__(self, reason: str, words: str, italian: str, english: str) -> None:
        super().__init__(SERVICE, reason, permanent=True)
        self.reason, self.words, self.italian, self.english = reason, words, italian, english


def fetch(*, media_id: UUID | str) -> None:
    """Fetch a file and keep it; a voice note is then written down, and the chat answered.

    Side effects: the file, the row, the message; every try counts. No transaction and no database connection is held
    while waiting for Meta or the model. Raises OutboundError, which says whether trying again can help; one that is
    permanent, or the last try, leaves the row as failed with the reason.
    """
    media = _claim(media_id)
    if media is not None:
        with structlog.contextvars.bound_contextvars(conversationId=str(media.conversation_id)):
            try:
                _download(media)
            except OutboundError as error:
                if _note(media, error):
                    listen(media_id=media_id)
                raise
    listen(media_id=media_id)


def listen(*, media_id: UUID | str) -> None:
    """Write down a voice note that waits for it, and have its chat answered. Safe to repeat.

    A file that is not there, or in which nothing can be understood, leaves the text empty: the customer is then asked
    to write.
    """
    waiting = Media.objects.filter(
        pk=media_id, kind=MediaKind.AUDIO, message__is_ready=False, message__role=MessageRole.CUSTOMER
    )
    media = waiting.exclude(state=MediaState.PENDING).first()
    if media is None or media.message_id is None:
        return
    words = transcription.transcribe(media) if media.state == MediaState.STORED else ""
    written = ConversationMessage.objects.filter(pk=media.message_id, is_ready=False)
    if written.update(text=words, is_ready=True):
        answer.queue(conversation_id=str(media.conversation_id))


def _claim(media_id: UUID | str) -> Media | None:
    """Count the try. None when there is nothing left to fetch."""
    waiting = Media.objects.filter(pk=media_id, state=MediaState.PENDING).exclude(external_id="")
    if not waiting.update(attempts=F("attempts") + 1):
        return None
    return Media.objects.select_related("conversation").get(pk=media_id)


def _download(media: Media) -> None:
    token = _token(media.conversation.line)
    try:
        _fetch_once(media, token)
    except OutboundError as error:
        if error.status not in EXPIRED or isinstance(error, GraphError):
            raise
        log.info("link expired, asking for another")
        _fetch_once(media, token)


def _token(line: str) -> str:
    """The token of the number that got the file. One query."""
    numbers = WhatsAppNumber.objects.filter(shop=current_shop()).order_by("created_at")
    try:
        found = list(numbers)
    except Undecryptable as error:
        raise OutboundError(SERVICE, "the token cannot be decrypted") from error
    token = next((each.access_token for each in found if each.phone_number_id == line), "")
    token = token or next((each.access_token for each in found if each.access_token), "")
    if not token:
        raise OutboundError(SERVICE, "the number has no token")
    return token


def _fetch_once(media: Media, token: str) -> None:
    found = _ask(media, token)
    announced = text(found.get("mime_type"), 100) or media.content_type
    announced = announced.partition(";")[0].strip().lower()
    size = number_of(found.get("file_size"))
    if size is not None and size > settings.WHATSAPP_MEDIA_MAX_BYTES:
        raise _too_large()
    let_go()
    try:
        with downloads.fetch(
            SERVICE,
            text(found.get("url"), 4000),
            max_bytes=settings.WHATSAPP_MEDIA_MAX_BYTES,
            max_seconds=MAX_SECONDS,
            headers={"Authorization": f"Bearer {token}"},
        ) as download:
            _keep(media, download, announced, digest_of(found.get("sha256")) or digest_of(media.sha256))
    except downloads.TooLarge as error:
        raise _too_large() from error


def _ask(media: Media, token: str) -> Json:
    """Where the file is. What Meta says of a token or of itself passes; of an id that it does not know, it does not."""
    try:
        return Graph(token).media(media.external_id)
    except GraphError as error:
        gone = error.code in GONE or (error.code is None and error.status == 404)
        raise OutboundError(SERVICE, error.message, permanent=gone) from error


def _too_large() -> Refused:
    limit = settings.WHATSAPP_MEDIA_MAX_BYTES // (1024 * 1024)
    return Refused(
        "too large",
        _("File rifiutato: supera %(limit)s MB.") % {"limit": limit},
        f"Il file che ha mandato è troppo grande: posso ricevere fino a {limit} MB. Può mandarne uno più piccolo, "
        "o scrivermi che cosa si vede?",
        f"The file you sent is too large: I can take up to {limit} MB. Could you send a smaller one, or write what it "
        "shows?",
    )


def _keep(media: Media, download: downloads.Download, announced: str, digest: str) -> None:
    if digest and download.sha256 != digest:
        raise OutboundError(SERVICE, "the file is not the one that was announced (sha256)")
    if not download.size:
        raise OutboundError(SERVICE, "empty")
    suffix = suffix_of(media.kind, announced, download.file)
    if suffix is None:
        raise Refused(
            "not what it says",
            _("File rifiutato: non è del tipo dichiarato o non è ammesso."),
            "Non riesco ad aprire il file che ha mandato. Può rimandarlo come foto o PDF, o scrivermi che cosa contiene?",
            "I cannot open the file you sent. Could you send it as a photo or a PDF, or write what it contains?",
        )
    if filekeeping.keep(media, download, suffix=suffix, content_type=announced):
        log.info("file stored", kind=media.kind, size=download.size)


def digest_of(value: object) -> str:
    """A SHA-256 as hex, from hex or base64; empty when it is neither."""
    given = text(value, 100).strip()
    if _HEX.match(given):
        return given.lower()
    try:
        raw = base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError):
        return ""
    return raw.hex() if len(raw) == 32 else ""


def _note(media: Media, error: OutboundError) -> bool:
    """Write down why it failed; whether it is given up, since trying again cannot help."""
    over = error.permanent or media.attempts >= MAX_ATTEMPTS
    words = error.words if isinstance(error, Refused) else error.message
    Media.objects.filter(pk=media.pk, state=MediaState.PENDING).update(
        error=words[:300], state=MediaState.FAILED if over else MediaState.PENDING
    )
    if over:
        reason = error.reason if isinstance(error, Refused) else "failed"
        log.warning("file given up", kind=media.kind, reason=reason)
        _tell_message(media, reason)
        _tell_customer(media, error)
    return over


def _tell_customer(media: Media, error: OutboundError) -> None:
    """Nobody waits for an answer about a file that we do not have. A voice note is asked for in writing by the turn."""
    if media.kind == MediaKind.AUDIO or (media.kind == MediaKind.STICKER and not isinstance(error, Refused)):
        return
    theirs = ConversationMessage.objects.filter(pk=str(media.message_id), role=MessageRole.CUSTOMER)
    if theirs.exists():
        asides.say(
            conversation_id=media.conversation_id,
            italian=error.italian if isinstance(error, Refused) else LOST,
            english=error.english if isinstance(error, Refused) else LOST_IN_ENGLISH,
            key=f"file:{media.pk}",
        )


def _tell_message(media: Media, reason: str) -> None:
    """Whoever answers the message knows that its file is not there."""
    if media.message_id is None:
        return
    message = ConversationMessage.objects.filter(pk=media.message_id).only("payload").first()
    if message is not None:
        ConversationMessage.objects.filter(pk=message.pk).update(payload={**message.payload, "file": reason})


def forgotten(*, now: datetime | None = None) -> list[UUID]:
    """Files of the current shop that should be there by now, and voice notes nobody wrote down. Two queries."""
    now = now or timezone.now()
    rows = Media.objects.filter(state=MediaState.PENDING, created_at__lt=now - FIRST_PAUSE).exclude(
        external_id=""
    )
    pending = rows.order_by("created_at").values_list("pk", "created_at", "attempts")[:MOST]
    due = [
        pk for pk, made, attempts in pending if now - made > FIRST_PAUSE * 2 ** min(attempts, MAX_ATTEMPTS)
    ]
    unheard = Media.objects.filter(
        kind=MediaKind.AUDIO,
        message__is_ready=False,
        message__role=MessageRole.CUSTOMER,
        created_at__lt=now - FIRST_PAUSE,
    ).exclude(state=MediaState.PENDING)
    return [*due, *unheard.values_list("pk", flat=True)[:MOST]]
