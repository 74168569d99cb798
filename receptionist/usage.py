"""What the models cost the shop, counted as it is used."""

import re
import uuid
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db import connection
from django.utils import timezone

from shops.context import current_shop
from shops.db import rehearsal

MILLION = 1_000_000
MAX_MODEL = 80
_DATED = re.compile(r"-\d{4}-\d\d-\d\d$")
_ADD = """
    INSERT INTO receptionist_modelusage AS counted
        (id, day, model, requests, prompt_tokens, completion_tokens, audio_seconds, cost)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (day, model) DO UPDATE
       SET requests = counted.requests + excluded.requests,
           prompt_tokens = counted.prompt_tokens + excluded.prompt_tokens,
           completion_tokens = counted.completion_tokens + excluded.completion_tokens,
           audio_seconds = counted.audio_seconds + excluded.audio_seconds,
           cost = counted.cost + excluded.cost
"""


def count(
    *,
    model: str,
    requests: int = 1,
    prompt_tokens: int = 0,
    completion_tokens: int = 0,
    audio_seconds: int = 0,
    now: datetime | None = None,
) -> None:
    """Add requests to the shop's count of the day, in the shop's time zone (`now` aware).

    One statement, so that any number of threads may count at once. What a rehearsal uses is counted too: it costs as
    much. Side effects: one row made or changed.
    """
    day = (now or timezone.now()).astimezone(current_shop().tz).date()
    cost = price(model=model, prompt_tokens=prompt_tokens, completion_tokens=completion_tokens)
    used = (requests, prompt_tokens, completion_tokens, audio_seconds, cost)
    with rehearsal.aside(), connection.cursor() as cursor:
        cursor.execute(_ADD, [uuid.uuid4(), day, model[:MAX_MODEL], *used])


def price(*, model: str, prompt_tokens: int, completion_tokens: int) -> Decimal:
    """US dollars by AI_PRICES; 0 for a model that is not named there. A dated model costs what its family does."""
    known = settings.AI_PRICES.get(model) or settings.AI_PRICES.get(_DATED.sub("", model))
    if not known:
        return Decimal(0)
    read, written = (Decimal(str(each)) for each in known)
    return (read * prompt_tokens + written * completion_tokens) / MILLION
