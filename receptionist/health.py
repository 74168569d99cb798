"""How the shop is doing, for the operators of the platform: times and counts, nothing of who called or what was said.

The shop writes it into its own row of the public schema (shops.models.ShopHealth), which operators read; they see
nothing of the shop itself.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from shops import support
from shops.context import current_shop
from shops.models import ShopHealth

DAY = timedelta(days=1)
# What is younger than this is most likely in a worker's hands.
GRACE = timedelta(seconds=30)
# Whoever reports every few minutes need not look further back for the last call; the first report looks everywhere.
RECENT = timedelta(days=2)
EVER = timedelta(days=3650)
_NAMES = (
    *("waiting_in", "oldest_in", "waiting_out", "oldest_out", "failed_messages", "failed_conversations"),
    *("calls", "call_minutes", "chats", "last_call_at", "last_message_at", "ai_cost"),
)
# Each part reads an index from the month's or the day's beginning, or only what waits: how many conversations the shop
# ever had does not matter.
_ASK = """
SELECT i.waiting, i.oldest, o.waiting, o.oldest,
       (SELECT count(*) FROM receptionist_outboundmessage WHERE status = 'failed' AND failed_at >= %(day)s),
       (SELECT count(*) FROM receptionist_conversation WHERE status = 'failed' AND started_at >= %(day)s),
       c.calls, c.minutes, c.chats, r.last_call, r.last_message,
       (SELECT coalesce(sum(cost), 0) FROM receptionist_modelusage WHERE day >= %(first)s)
  FROM (SELECT count(*) AS waiting, min(m.received_at) AS oldest
          FROM receptionist_conversationmessage m
          JOIN receptionist_conversation k ON k.id = m.conversation_id
         WHERE m.role = 'customer' AND m.answered_at IS NULL AND m.wire_id IS NOT NULL
           AND m.received_at < %(young)s AND k.ended_at IS NULL AND k.status <> 'transferred') i,
       (SELECT count(*) AS waiting, min(created_at) AS oldest
          FROM receptionist_outboundmessage
         WHERE status IN ('queued', 'sending') AND next_attempt_at < %(young)s) o,
       (SELECT count(*) FILTER (WHERE channel = 'voice') AS calls,
               coalesce(ceil(sum(extract(epoch FROM ended_at - started_at))
                             FILTER (WHERE channel = 'voice' AND ended_at > started_at) / 60), 0) AS minutes,
               count(*) FILTER (WHERE channel <> 'voice') AS chats
          FROM receptionist_conversation WHERE started_at >= %(month)s) c,
       (SELECT max(started_at) FILTER (WHERE channel = 'voice') AS last_call,
               max(last_customer_at) AS last_message
          FROM receptionist_conversation WHERE active_at >= %(recent)s) r
"""


def report(now: datetime | None = None) -> None:
    """Write how the current shop is doing into its row of shops_shophealth, and note visits of the support that are over.
    Two statements; three the first time.

    `now` aware. What was called or written long ago stays as it was reported then.
    """
    now = now or timezone.now()
    support.tidy(now)
    found = _ask(now, RECENT)
    lasts = {name: found.pop(name) for name in ("last_call_at", "last_message_at")}
    news = {name: value for name, value in lasts.items() if value is not None}
    mine = ShopHealth.objects.filter(shop_id=current_shop().pk)
    if not mine.update(**found, **news):
        ShopHealth.objects.bulk_create(
            [ShopHealth(shop_id=current_shop().pk, **_ask(now, EVER))], ignore_conflicts=True
        )


def _ask(now: datetime, recent: timedelta) -> dict[str, Any]:
    local = now.astimezone(current_shop().tz)
    month = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    moments = {"day": now - DAY, "young": now - GRACE, "month": month, "recent": now - recent}
    with connection.cursor() as cursor:
        cursor.execute(_ASK, {**moments, "first": month.date()})
        row = dict(zip(_NAMES, cursor.fetchone(), strict=True))
    oldest = [each for each in (row.pop("oldest_in"), row.pop("oldest_out")) if each is not None]
    return {
        **row,
        "reported_at": now,
        "month": month.date(),
        "waiting_since": min(oldest, default=None),
        "call_minutes": int(row["call_minutes"]),
    }
