"""What happens in the workshop and on the telephone, and which follow-up it brings about."""

from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from receptionist.followups import missed_call, offers, ready, thanks
from scheduling.signals import appointment_completed, appointment_moved, appointment_settled

# Asked first, since most shops have nothing to do at most times: one statement over small indexes, written out. It may
# say yes for nothing, never no for something.
_HAS_WORK = """
SELECT EXISTS (SELECT 1 FROM receptionist_slotoffer WHERE status = 'held')
    OR EXISTS (SELECT 1 FROM scheduling_waitinglist WHERE status = 'waiting')
    OR EXISTS (SELECT 1 FROM receptionist_conversation
                WHERE started_at > %(calls)s AND channel = 'voice' AND ended_at IS NOT NULL)
    OR EXISTS (SELECT 1 FROM receptionist_followupconfig WHERE review_link <> '')
"""


def connect() -> None:
    """Listen to the workshop; called once, when the apps are ready."""
    from receptionist import tasks_offers  # noqa: F401 - registers them

    appointment_moved.connect(offers.on_moved, dispatch_uid="receptionist.offers.moved")
    appointment_settled.connect(offers.on_settled, dispatch_uid="receptionist.offers.settled")
    appointment_completed.connect(ready.on_completed, dispatch_uid="receptionist.ready")


def has_work(now: datetime | None = None) -> bool:
    """Whether there may be something to do in the current shop. One statement."""
    now = now or timezone.now()
    calls = now - missed_call.A_NIGHT - timedelta(hours=1)
    with connection.cursor() as cursor:
        cursor.execute(_HAS_WORK, {"calls": calls})
        return bool(cursor.fetchone()[0])


def sweep(now: datetime | None = None) -> None:
    """All that no signal brings about, and what no worker saw to, in the current shop. Safe at any time."""
    now = now or timezone.now()
    if not has_work(now):
        return
    offers.sweep(now)
    missed_call.scan(now)
    thanks.scan(now)
