"""Voices are kept as long as the shop says, and no longer; what was written down stays."""

from datetime import datetime, timedelta

import structlog
from django.utils import timezone

from receptionist.models import AIConfig, Media, MediaKind, MediaState

log = structlog.get_logger(__name__)
VOICES = (MediaKind.AUDIO, MediaKind.RECORDING)
AT_ONCE = 500


def purge_audio(*, now: datetime | None = None) -> int:
    """Delete voice notes and recordings that are older than the shop's AIConfig.audio_days; how many.

    The file goes first, then the row says so: killed in between, it is done again. Runs inside the shop. Side effects:
    files deleted, rows purged.
    """
    before = (now or timezone.now()) - timedelta(days=AIConfig.load().audio_days)
    old = Media.objects.filter(kind__in=VOICES, created_at__lt=before).exclude(state=MediaState.PURGED)
    purged = 0
    for media in old.order_by("created_at").iterator(AT_ONCE):
        try:
            if name := media.file.name:
                media.file.storage.delete(name)
        except OSError as error:
            log.error("file cannot be deleted", error=type(error).__name__)
            continue
        purged += Media.objects.filter(pk=media.pk).update(
            file="", source_url="", size=0, state=MediaState.PURGED, error=""
        )
    if purged:
        log.info("audio purged", files=purged)
    return purged
