"""Putting a downloaded file into the shop's store, once."""

from django.core.files.base import File
from django.utils import timezone

from receptionist.models import Media, MediaState
from shops.downloads import Download


def keep(media: Media, download: Download, *, suffix: str, content_type: str = "") -> bool:
    """Save the file, then the row, if it still waits. True when this one is kept.

    Of two workers at once the first one's file stays; nothing stays of a file that was taken back meanwhile. Side
    effects: a file in the shop's store, the row's state.
    """
    file = media.file
    name = file.storage.save(file.field.generate_filename(media, f"file{suffix}"), File(download.file))
    won = Media.objects.filter(pk=media.pk, state=MediaState.PENDING).update(
        file=name,
        content_type=(content_type or download.content_type)[:100],
        sha256=download.sha256,
        size=download.size,
        state=MediaState.STORED,
        error="",
        stored_at=timezone.now(),
    )
    if not won:
        file.storage.delete(name)
    return bool(won)
