"""A round in a shop: what is due now of what goes by the clock. One statement where nothing is."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import structlog
from django.db import connection
from django.utils import timezone

from receptionist.followups import day_before, due_dates, kinds, when
from receptionist.models import FollowUpConfig, FollowUpKind, FollowUpSetting
from shops.context import current_shop

log = structlog.get_logger(__name__)
_ASK = """
SELECT c.quiet_from, c.quiet_to, c.on_sundays, c.scanned_on,
       (SELECT json_agg(json_build_array(s.kind, s.enabled, s.text, s.send_at, s.days))
          FROM receptionist_followupsetting s),
       EXISTS (SELECT 1 FROM scheduling_appointment a
                WHERE a.status = 'confirmed' AND a.scheduled_at > %(now)s
                  AND a.scheduled_at < %(now)s + interval '9 days'
                  AND NOT EXISTS (SELECT 1 FROM receptionist_followup f
                                   WHERE f.key = 'day_before:' || a.id || ':'
                                              || to_char(a.scheduled_at AT TIME ZONE %(tz)s, 'YYYY-MM-DD')))
  FROM (SELECT 1) AS one LEFT JOIN receptionist_followupconfig c ON true
 LIMIT 1
"""


@dataclass(frozen=True)
class Asked:
    """What a shop wants, and whether there may be something to do. `ahead`: an appointment without a reminder."""

    config: FollowUpConfig
    wanted: dict[FollowUpKind, kinds.Wanted]
    scanned_on: date | None
    ahead: bool


def ask(now: datetime) -> Asked:
    """One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_ASK, {"now": now, "tz": str(current_shop().tz)})
        quiet_from, quiet_to, on_sundays, scanned_on, rows, ahead = cursor.fetchone()
    config = FollowUpConfig()
    if quiet_from is not None:
        config = FollowUpConfig(quiet_from=quiet_from, quiet_to=quiet_to, on_sundays=on_sundays)
    settings = {
        FollowUpKind(each[0]): _setting(each) for each in rows or () if each[0] in FollowUpKind.values
    }
    wanted = {kind: kinds.of_row(kind, settings.get(kind)) for kind in kinds.KINDS}
    return Asked(config, wanted, scanned_on, bool(ahead))


def _setting(kept: list[Any]) -> FollowUpSetting:
    kind, enabled, text, send_at, days = kept
    at = time.fromisoformat(send_at) if send_at else None
    return FollowUpSetting(kind=kind, enabled=enabled, text=text, send_at=at, days=days)


def run(now: datetime | None = None) -> None:
    """Decide in the current shop about what is due. Safe at any time, twice, and at once.

    Side effects: FollowUp and OutboundMessage rows, tasks; nothing in quiet hours and on days off.
    """
    now = now or timezone.now()
    asked = ask(now)
    if when.is_quiet(now, asked.config, current_shop().tz):
        return
    reminder = asked.wanted[FollowUpKind.DAY_BEFORE]
    reminded = day_before.run(now, reminder, asked.config) if asked.ahead and reminder.enabled else 0
    told = 0
    if due_dates.is_time(now, asked.wanted, asked.config, asked.scanned_on):
        told = due_dates.run(now)
    if reminded or told:
        log.info("follow-ups of the round", reminders=reminded, due_dates=told)
