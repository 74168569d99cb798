"""Thanks after the work, with where to leave a review: only for who agreed to promotional messages, and seldom.

Not for who waits for a person, or complained since they brought the car: they are owed another answer first.
"""

from datetime import datetime, time, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from receptionist.content import Content
from receptionist.followups import deciding, kinds, telling, when, whom
from receptionist.models import (
    AIConfig,
    FollowUp,
    FollowUpConfig,
    FollowUpKind,
    FollowUpOutcome,
    Handover,
    HandoverStatus,
    Urgency,
)
from scheduling.models import Appointment
from scheduling.models.appointments import Status
from shops.context import current_shop

KIND = FollowUpKind.THANKS
# Nobody is thanked more often, however often they come.
SELDOM = timedelta(days=180)
# A worker that was down makes up for so many days; older visits are not written about any more.
CATCH_UP = timedelta(days=2)
MOST = 200


def scan(now: datetime | None = None) -> list[FollowUp]:
    """Thank whose visit is so many days ago, from the shop's time of day on. What was decided.

    A visit ended when the car was collected, else when the work was due to end. Runs inside the shop. Safe to repeat.
    One query where no review link is set. Side effects: receptionist.followups.deciding.send_many.
    """
    now = now or timezone.now()
    config = FollowUpConfig.objects.exclude(review_link="").first()
    wish = kinds.wanted(KIND) if config else None
    if config is None or wish is None or not wish.enabled:
        return []
    tz = current_shop().tz
    today = when.local_day(now, tz)
    if wish.send_at and now < when.at(today, wish.send_at, tz):
        return []
    rows = _visits(now, timedelta(days=wish.days or 0))
    people = set()
    wishes = []
    reached = whom.numbers_of([row.customer for row in rows])
    settings = AIConfig.load()
    for row in rows:
        if row.customer_id in people:
            continue
        people.add(row.customer_id)
        wishes.append(
            deciding.Wish(
                kind=KIND,
                key=f"thanks:{row.pk}",
                customer=row.customer,
                recipient=reached.get(row.customer_id, ""),
                content=content(row, config=config, wish=wish, ai=settings),
                day=today,
                appointment_id=row.pk,
                vehicle_id=row.vehicle_id,
            )
        )
    return deciding.send_many(wishes, now=now)


def content(
    row: Appointment,
    *,
    config: FollowUpConfig | None = None,
    wish: kinds.Wanted | None = None,
    ai: AIConfig | None = None,
) -> Content:
    """The words of thanks for a visit."""
    ai = ai or AIConfig.load()
    places = telling.appointment_places(row, ai) | {"link": (config or FollowUpConfig.load()).review_link}
    return kinds.content_for(KIND, places, wish=wish, manner=ai.formality)


def _visits(now: datetime, after: timedelta) -> list[Appointment]:
    """Visits that ended so long ago, of customers who were not thanked lately, each not yet decided about."""
    tz = current_shop().tz
    last_day = when.local_day(now, tz) - after
    until = when.at(last_day + timedelta(days=1), time(0), tz)
    decided = FollowUp.objects.filter(kind=KIND, appointment_id=OuterRef("pk"))
    thanked = FollowUp.objects.filter(
        kind=KIND, customer=OuterRef("customer"), outcome=FollowUpOutcome.SENT, created_at__gt=now - SELDOM
    )
    ahead = Appointment.objects.filter(
        Q(status__in=(Status.PENDING, Status.CONFIRMED, Status.IN_PROGRESS)),
        customer=OuterRef("customer"),
        ends_at__gte=now - CATCH_UP - after,
        scheduled_at__lt=now,
    )
    unhappy = Handover.objects.filter(
        _unhappy(OuterRef("scheduled_at")), conversation__customer=OuterRef("customer")
    )
    rows = Appointment.objects.select_related("customer", "service", "vehicle").filter(
        status=Status.COMPLETED, scheduled_at__gte=now - after - CATCH_UP - timedelta(days=60)
    )
    ended = rows.annotate(ended=Coalesce("collected_at", "ends_at"))
    due = ended.filter(ended__lt=until, ended__gte=until - CATCH_UP - timedelta(days=1))
    return list(
        due.exclude(Exists(decided) | Exists(thanked) | Exists(ahead) | Exists(unhappy)).order_by("-ended")[
            :MOST
        ]
    )


def still_due(appointment_id: UUID) -> bool:
    """Whether the visit still is one to be thanked for: it was done, and nothing was complained of. Two queries at most."""
    row = Appointment.objects.filter(pk=appointment_id, status=Status.COMPLETED).first()
    if row is None:
        return False
    of_theirs = Handover.objects.filter(conversation__customer=row.customer_id)
    return not of_theirs.filter(_unhappy(row.scheduled_at)).exists()


def _unhappy(since: datetime | OuterRef) -> Q:
    """What somebody of the shop still has to see to, and what was pressing since then (complaints are)."""
    return ~Q(status=HandoverStatus.DONE) | ~Q(urgency=Urgency.NORMAL) & Q(created_at__gte=since)
