"""Due dates bring cars in: revisione, tagliando by months or kilometres, the season of tyres.

Once a day a shop's cars are looked through by one statement, which only brings back what a message may be sent about:
the customer agreed to promotional messages, did not write STOP, can be reached, has nothing booked for it, and was
not told before. What one customer has coming goes into one message; what is more than the shop wants in a day comes
on the next, or came before (receptionist.followups.pace). So neither memory nor queries grow with the cars.
"""

from collections.abc import Mapping
from datetime import date, datetime, time
from itertools import groupby

import structlog
from django.db import transaction
from django.db.models import Q

from receptionist.content import Content
from receptionist.followups import deciding, kinds, pace, telling, when, whom
from receptionist.followups.due_query import Due, find
from receptionist.followups.reasons import Reason
from receptionist.models import AIConfig, FollowUp, FollowUpConfig, FollowUpKind, FollowUpOutcome
from scheduling.hours import Closing
from scheduling.models import Customer
from shops.context import current_shop

log = structlog.get_logger(__name__)
# The days before that a shop can ask for, and what comes on top.
LONGEST = 120 + pace.EARLIER
KINDS = (
    FollowUpKind.REVISION,
    FollowUpKind.SERVICE,
    FollowUpKind.TYRES_WINTER,
    FollowUpKind.TYRES_SUMMER,
)
WHAT = {
    FollowUpKind.REVISION: "revisione",
    FollowUpKind.SERVICE: "tagliando",
    FollowUpKind.TYRES_WINTER: "gomme invernali",
    FollowUpKind.TYRES_SUMMER: "gomme estive",
}


def _on(wanted: Mapping[FollowUpKind, kinds.Wanted]) -> list[kinds.Wanted]:
    return [wanted[kind] for kind in KINDS if wanted[kind].enabled]


def is_time(
    now: datetime,
    wanted: Mapping[FollowUpKind, kinds.Wanted],
    config: FollowUpConfig,
    scanned_on: date | None,
) -> bool:
    """Whether the shop's cars are to be looked through now: not yet today, and the first kind's hour has come."""
    tz = current_shop().tz
    today = when.local_day(now, tz)
    on = _on(wanted)
    if not on or scanned_on == today or when.is_quiet(now, config, tz):
        return False
    return now >= when.in_the_day(today, min(each.send_at or time(10) for each in on), config, tz)


def run(now: datetime) -> int:
    """Look the shop's cars through and decide; how many messages. Once a day; of two at once, one does it.

    One transaction: one that was broken off did nothing, and the next round does it. Side effects: as deciding;
    FollowUpConfig.scanned_on.
    """
    today = when.local_day(now, current_shop().tz)
    FollowUpConfig.load()
    with transaction.atomic():
        rows = FollowUpConfig.objects.select_for_update(no_key=True, skip_locked=True)
        config = rows.filter(~Q(scanned_on=today) | Q(scanned_on=None)).first()
        if config is None:
            return 0
        closed = pace.closings()
        is_closed = any(each.covers(today) for each in closed)
        told = 0 if is_closed else _tell(now, today, config, closed)
        FollowUpConfig.objects.filter(pk=config.pk).update(scanned_on=today)
    return told


def _tell(now: datetime, today: date, config: FollowUpConfig, closed: list[Closing]) -> int:
    wanted = kinds.all_wanted()
    left = max(0, config.most_promotions_a_day - deciding.promotions_of_day(now)[1])
    found = find(today, now, wanted, customers=left, pace=pace.from_today(today, config, closed, LONGEST))
    _give_up([due for due in found if not due.fits], today)
    wishes = _wishes([due for due in found if due.fits], wanted, today)
    return len(deciding.send_many(wishes, now=now))


def _give_up(over: list[Due], today: date) -> None:
    """The messages of the day did not suffice for these, and they are over before there are others: it is said so."""
    rows = [
        FollowUp(
            kind=due.kind,
            key=due.key,
            customer_id=due.customer_id,
            vehicle_id=due.vehicle_id,
            day=today,
            outcome=FollowUpOutcome.SKIPPED,
            reason=Reason.MOST_A_DAY,
        )
        for due in over
    ]
    if rows:
        FollowUp.objects.bulk_create(rows, ignore_conflicts=True)
        log.warning("due dates that no message was left for", given_up=len(rows))


def _wishes(
    found: list[Due], wanted: Mapping[FollowUpKind, kinds.Wanted], today: date
) -> list[deciding.Wish]:
    if not found:
        return []
    people = {each.pk: each for each in Customer.objects.filter(pk__in={due.customer_id for due in found})}
    numbers = whom.numbers_of(people.values())
    ai = AIConfig.load()
    return [
        _wish(list(group), people[pk], numbers.get(pk, ""), wanted, ai, today)
        for pk, group in groupby(found, key=lambda due: due.customer_id)
        if pk in people
    ]


def _wish(
    found: list[Due],
    customer: Customer,
    number: str,
    wanted: Mapping[FollowUpKind, kinds.Wanted],
    ai: AIConfig,
    today: date,
) -> deciding.Wish:
    first, *others = found
    tz = current_shop().tz
    return deciding.Wish(
        kind=first.kind,
        key=first.key,
        customer=customer,
        recipient=number,
        content=content(found, customer, wanted[first.kind], ai, today),
        day=today,
        vehicle_id=first.vehicle_id,
        not_before=when.at(today, wanted[first.kind].send_at or time(10), tz),
        also=tuple(deciding.Also(each.kind, each.key, each.vehicle_id) for each in others),
    )


def content(found: list[Due], customer: Customer, wish: kinds.Wanted, ai: AIConfig, today: date) -> Content:
    """One message about all that a customer has coming: the first in its kind's words, the others in a line each."""
    first, *others = found
    places = telling.general_places(customer, ai) | {
        "auto": first.car,
        "targa": first.plate,
        "scadenza": by_when(first, today),
        "cosa": "; ".join(line(each, today) for each in found),
    }
    made = kinds.content_for(first.kind, places, wish=wish, manner=ai.formality)
    if not others:
        return made
    more = "\n".join(f"– {line(each, today)}" for each in others)
    return Content(f"{made.text}\n\nE inoltre:\n{more}", template=made.template)


def line(due: Due, today: date) -> str:
    """ "revisione di Fiat Panda AB123CD entro il 31 marzo 2027"."""
    return f"{WHAT[due.kind]} di {due.car} {by_when(due, today)}"


def by_when(due: Due, today: date) -> str:
    """ "entro il 31 marzo 2027"; what is over is said so."""
    if due.due_on is None:
        thousands = f"{due.due_km or 0:,}".replace(",", ".")
        return f"al più presto (i {thousands} km sono raggiunti)"
    if due.due_on < today:
        return f"al più presto (era per il {telling.full_date(due.due_on)})"
    return f"entro il {telling.full_date(due.due_on)}"
