"""What the phone leaves to the workers."""

from shops import routing
from shops.context import in_shop
from shops.tasks import platform_task, shop_task
from voice import recordings


@shop_task("voice.fetch_recording", max_retries=8)
def fetch_recording(*, media_id: str) -> None:
    """Fetch one recording. Tried again after 2, 4, 8 … seconds, within the hour that a link lives."""
    recordings.fetch(media_id=media_id)


@shop_task("voice.pick_up_recordings")
def pick_up_recordings() -> None:
    """Queue the shop's recordings that nobody fetched (a lost task, a broker that was away)."""
    for media_id in recordings.forgotten():
        fetch_recording.queue(media_id=str(media_id))


@platform_task("voice.sweep_recordings")
def sweep_recordings() -> None:
    """Beat: ask every shop to look for recordings that nobody fetched."""
    for shop_id in routing.active_shop_ids():
        shop = routing.shop_by_id(shop_id)
        if shop is not None and not shop.is_suspended:
            with in_shop(shop):
                pick_up_recordings.queue()
