"""Calendar feeds: secret addresses at which somebody of the shop follows the appointments with their own calendar.

Of the token only a digest is kept, so that neither a copy of the database nor the back office opens a feed.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from scheduling.errors import SchedulingError
from scheduling.lifecycle import clean_text
from scheduling.models import Appointment, CalendarFeed
from scheduling.models.appointments import Status
from shops.staff.models import StaffUser

log = structlog.get_logger(__name__)
TOKEN_BYTES = 24
"""32 characters of the alphabet of addresses."""
LONGEST_TOKEN = 64
MOST = 10
"""Feeds in use that one person may have."""
BEFORE, AHEAD = timedelta(days=30), timedelta(days=180)
MOST_SHOWN = 5000
USED_AGAIN_AFTER = timedelta(hours=1)
"""Calendars ask every few minutes; that they did is written once in this time."""
MAY_USE = "scheduling.work_appointment"


class TooMany(SchedulingError):
    """The person has as many feeds in use as one may have."""

    code = "too_many"


def make(
    *, staff: StaffUser, name: str = "", only_mine: bool = False, now: datetime | None = None
) -> tuple[CalendarFeed, str]:
    """A new feed of the person and its token, which is told now and never again.

    Side effects: one row. Raises TooMany.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with transaction.atomic():
        StaffUser.objects.select_for_update(no_key=True).get(pk=staff.pk)  # two at once count each other
        if CalendarFeed.objects.filter(staff=staff, revoked_at=None).count() >= MOST:
            raise TooMany
        feed = CalendarFeed.objects.create(
            staff=staff,
            name=" ".join(clean_text(name).split())[:80],
            digest=digest(token),
            only_mine=only_mine,
            created_at=now or timezone.now(),
        )
    log.info("calendar feed made", feed=str(feed.pk))
    return feed, token


def revoke(*, feed: CalendarFeed, now: datetime | None = None) -> CalendarFeed:
    """From now on the address opens nothing. The first time stays when it is said again."""
    with transaction.atomic():
        feed = CalendarFeed.objects.select_for_update(no_key=True).get(pk=feed.pk)
        if feed.revoked_at is None:
            feed.revoked_at = now or timezone.now()
            feed.save(update_fields=["revoked_at"])
            log.info("calendar feed revoked", feed=str(feed.pk))
    return feed


def find(token: str) -> CalendarFeed | None:
    """The feed of a token, with its person; None for one that is unknown or revoked, and when the person does not work
    here any more. One query, by the digest: how long it takes says nothing about the token.
    """
    if not token or len(token) > LONGEST_TOKEN or not token.isascii():
        return None
    found = CalendarFeed.objects.select_related("staff").filter(digest=digest(token), revoked_at=None)
    feed = found.filter(staff__is_active=True, staff__is_support=False).first()
    return feed if feed is not None and feed.staff.has_perm(MAY_USE) else None


def digest(token: str) -> str:
    """What is kept of a token. Tokens are long and random: a plain digest is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def used(feed: CalendarFeed, now: datetime) -> None:
    """Note that a calendar asked. A write at most once in USED_AGAIN_AFTER."""
    if feed.last_used_at is not None and now - feed.last_used_at < USED_AGAIN_AFTER:
        return
    stale = Q(last_used_at=None) | Q(last_used_at__lte=now - USED_AGAIN_AFTER)
    CalendarFeed.objects.filter(stale, pk=feed.pk).update(last_used_at=now)
    feed.last_used_at = now


def appointments(feed: CalendarFeed, now: datetime) -> QuerySet[Appointment]:
    """What the feed shows, in order: the last 30 days and the next 180, without what was cancelled. One query.

    `only_mine`: what is given to the person, or to nobody in a bay of theirs.
    """
    rows = Appointment.objects.filter(scheduled_at__gte=now - BEFORE, scheduled_at__lt=now + AHEAD)
    if feed.only_mine:
        rows = rows.filter(Q(mechanic=feed.staff) | Q(mechanic=None, bay__mechanic=feed.staff))
    rows = rows.exclude(status=Status.CANCELLED).select_related("customer", "vehicle", "service", "bay")
    return rows.order_by("scheduled_at", "pk")[:MOST_SHOWN]
