"""Recordings: fetched before their link expires, kept in the shop's own store.

Media rows are made with the call's report (receptionist). Here they are filled: at most one file a row,
safe to run twice, tried again with growing pauses by the task, and once more by a beat task when the task
itself was lost.
"""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db.models import F
from django.utils import timezone

from receptionist import filekeeping, recording
from receptionist.models import Conversation, Media, MediaKind, MediaState
from shops import downloads
from shops.db.current import let_go
from shops.http import OutboundError
from voice import cutting

log = structlog.get_logger(__name__)
SERVICE = "recordings"
MAX_SECONDS = 300.0
MAX_ATTEMPTS = 12
# The clocks of a call and of its recording differ: so much before a transfer goes too.
MARGIN = timedelta(seconds=2)
# What recordings come as. Stores that know no better say octet-stream.
SUFFIXES = {
    "audio/wav": ".wav",
    "audio/x-wav": ".wav",
    "audio/wave": ".wav",
    "audio/vnd.wave": ".wav",
    "audio/mpeg": ".mp3",
    "audio/mp3": ".mp3",
    "audio/ogg": ".ogg",
    "audio/mp4": ".m4a",
    "audio/webm": ".webm",
    "application/octet-stream": "",
    "binary/octet-stream": "",
    "": "",
}
# How files begin, for those.
BEGINNINGS = (
    (b"RIFF", ".wav"),
    (b"ID3", ".mp3"),
    (b"\xff\xfb", ".mp3"),
    (b"\xff\xf3", ".mp3"),
    (b"OggS", ".ogg"),
)
LOST_AFTER = timedelta(minutes=3)


def fetch(*, media_id: UUID | str) -> bool:
    """Download the recording of a Media row and keep it. True when it is there afterwards.

    Side effects: the file in the store, the row's state; every try counts in `attempts`. No transaction and
    no database connection is held while downloading. Raises OutboundError, which says whether trying again
    can help; one that is permanent, or the last try, leaves the row as failed with the reason.
    """
    media = _claim(media_id)
    if media is None:
        return Media.objects.filter(pk=media_id, state=MediaState.STORED).exists()
    with structlog.contextvars.bound_contextvars(conversationId=str(media.conversation_id)):
        try:
            return _download(media)
        except OutboundError as error:
            _note(media, error)
            raise


def _download(media: Media) -> bool:
    if media.link_expires_at and media.link_expires_at < timezone.now():
        log.warning("recording's link has expired, trying all the same")
    seconds = _seconds_to_keep(media)
    if seconds == 0:  # passed on before there was anything to record
        recording.drop(conversation=media.conversation)
        return False
    let_go()
    with downloads.fetch(
        SERVICE, media.source_url, max_bytes=settings.RECORDING_MAX_BYTES, max_seconds=MAX_SECONDS
    ) as download:
        suffix = _suffix(download)
        if seconds is None:
            return _keep_if_still_right(media, download, suffix, seconds)
        try:
            with cutting.shortened(download, seconds) as short:
                kept = _keep_if_still_right(media, short, suffix, seconds)
        except cutting.NotCuttable:
            recording.drop(conversation=media.conversation)
            raise
    # What Vapi keeps may hold what was said after the call was passed on.
    recording.delete_copy(conversation=media.conversation)
    return kept


def _seconds_to_keep(media: Media) -> float | None:
    """Of a call that was passed on, how long it was recorded before that; None: all of it."""
    call = media.conversation
    if call.recorded_until is None:
        return None
    return max((call.recorded_until - call.started_at - MARGIN).total_seconds(), 0.0)


def _claim(media_id: UUID | str) -> Media | None:
    """Count the try. None when there is nothing left to do: stored already, or given up."""
    waiting = Media.objects.filter(
        pk=media_id,
        kind=MediaKind.RECORDING,
        state=MediaState.PENDING,
        conversation__recording_refused_at__isnull=True,
    )
    if not waiting.exclude(source_url="").update(attempts=F("attempts") + 1):
        return None
    return Media.objects.select_related("conversation").get(pk=media_id)


def _suffix(download: downloads.Download) -> str:
    kind = download.content_type
    if kind not in SUFFIXES:
        raise OutboundError(SERVICE, f"not a recording ({kind[:60]})", permanent=True)
    if not download.size:
        raise OutboundError(SERVICE, "empty so far")
    if SUFFIXES[kind]:
        return SUFFIXES[kind]
    start = download.file.read(4)
    download.file.seek(0)
    for beginning, suffix in BEGINNINGS:
        if start.startswith(beginning):
            return suffix
    raise OutboundError(SERVICE, "not a recording (unknown beginning)", permanent=True)


def _keep_if_still_right(
    media: Media, download: downloads.Download, suffix: str, seconds: float | None
) -> bool:
    """Keep it, unless a transfer was told meanwhile that leaves less of it. True when it is there afterwards.

    Looked at after it was kept: whoever tells later finds it kept, and deletes it.
    """
    _keep(media, download, suffix)
    try:
        media.conversation.refresh_from_db(fields=["recorded_until", "started_at"])
    except Conversation.DoesNotExist:  # its person was erased meanwhile: the file went with the row
        return False
    now = _seconds_to_keep(media)
    if now is not None and (seconds is None or now < seconds):
        recording.drop(conversation=media.conversation)
        return False
    return True


def _keep(media: Media, download: downloads.Download, suffix: str) -> bool:
    """Save the file, then the row. Of two workers at once the first one's file stays."""
    won = filekeeping.keep(media, download, suffix=suffix)
    log.info("recording stored" if won else "recording was stored already, or is gone", size=download.size)
    return True


def _note(media: Media, error: OutboundError) -> None:
    """Write down why it failed; the row is given up when trying again cannot help."""
    over = error.permanent or media.attempts >= MAX_ATTEMPTS
    Media.objects.filter(pk=media.pk, state=MediaState.PENDING).update(
        error=error.message[:300], state=MediaState.FAILED if over else MediaState.PENDING
    )


def forgotten(*, now: datetime | None = None) -> list[UUID]:
    """Recordings of the current shop that should have been fetched by now and were not: at most 100, oldest
    first.
    """
    before = (now or timezone.now()) - LOST_AFTER
    waiting = Media.objects.filter(
        kind=MediaKind.RECORDING, state=MediaState.PENDING, created_at__lt=before
    ).exclude(source_url="")
    return list(waiting.order_by("created_at").values_list("pk", flat=True)[:100])
