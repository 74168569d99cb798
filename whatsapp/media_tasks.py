"""Fetching files, left to the workers."""

from typing import Any

from shops.tasks import shop_task
from whatsapp import media


@shop_task("whatsapp.fetch_media")
def fetch_media(*, media_id: str) -> None:
    """Fetch one file; a voice note is also written down."""
    media.fetch(media_id=media_id)


def sweep(**_kwargs: Any) -> None:
    """On receptionist.signals.work_swept: fetch again what no worker did."""
    for media_id in media.forgotten():
        fetch_media.queue(media_id=str(media_id))
