"""The day by bay: who comes when, who waits and who left the car, who is late, which cars are still in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice.today import links
from scheduling import periods, selections
from scheduling.catalogue import Catalogue
from scheduling.lifecycle import TRANSITIONS
from scheduling.models import Appointment
from scheduling.models.appointments import COUNTED, Status
from scheduling.periods import Period
from shops.dates import in_a_sentence

MOST_STILL_IN = 20
# Work that goes on over several days began at most so long ago.
LONGEST_WORK = timedelta(days=60)
LABELS: dict[str, Promise] = {
    "confirm": _("Conferma"),
    "mark_arrived": _("Arrivato"),
    "start": _("Inizia"),
    "complete": _("È pronta"),
    "mark_collected": _("Ritirata"),
    "mark_no_show": _("Non presentato"),
    "reopen": _("Non è ancora pronta"),
}
_FIELDS = (
    *("pk", "code", "bay_id", "bay__name", "service__name", "scheduled_at", "ends_at", "drop_off_at"),
    *("arrived_at", "promised_at", "collected_at", "status", "source", "customer_note", "customer_id"),
    *("customer__first_name", "customer__last_name", "customer__phone", "contact_phone"),
    *("vehicle__license_plate", "vehicle__make", "vehicle__model"),
)


@dataclass(frozen=True, slots=True)
class Work:
    """One appointment, ready to be shown. Times in words, local."""

    pk: UUID
    bay: int
    bay_name: str
    time: str
    """"08:30–09:30", with the day when it is not the page's."""
    who: str
    phone: str
    car: str
    plate: str
    service: str
    status: str
    status_label: str
    leaves: bool
    """Leaves the car; otherwise the customer waits."""
    late: bool
    """The start has passed, and nobody has come."""
    arrived: str
    collected: str
    promised: str
    overdue: bool
    """What was promised has passed, and the car is not ready."""
    note: str
    link: str
    verbs: tuple[str, ...]
    """What can be pressed, the likeliest first: names of LABELS."""


@dataclass(slots=True)
class BayDay:
    """One bay, and what is done there on the day."""

    name: str
    works: list[Work] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Day:
    """The day as the page shows it."""

    bays: list[BayDay]
    still_in: list[Work]
    more_still_in: bool
    late: int
    works: int
    cancelled: int


def load(cat: Catalogue, day: date, *, now: datetime, may_act: bool) -> Day:
    """The appointments that begin on the day, and the cars that are in since before. Two queries."""
    tz, link = cat.shop.tz, links.appointment(links.ANY)  # worked out once, and not for every row
    shown = periods.of_days(day, day, tz)
    rows = _rows(Q(scheduled_at__gte=shown.begins, scheduled_at__lt=shown.ends))
    kept = [row for row in rows if row["status"] != Status.CANCELLED]
    works = [_work(row, day, now, tz, may_act, link) for row in kept]
    today = selections.stretch(Period.TODAY)
    earlier = selections.still_in() if today.first == day else _going_on(shown)
    held = _rows(earlier, MOST_STILL_IN + 1)
    return Day(
        bays=_by_bay(cat, works),
        still_in=[_work(row, day, now, tz, may_act, link) for row in held[:MOST_STILL_IN]],
        more_still_in=len(held) > MOST_STILL_IN,
        late=sum(work.late for work in works),
        works=len(works),
        cancelled=len(rows) - len(kept),
    )


def _going_on(shown: periods.Stretch) -> Q:
    """Work of another day than today that began before it and goes on."""
    begun = Q(scheduled_at__lt=shown.begins, scheduled_at__gte=shown.begins - LONGEST_WORK)
    return begun & Q(ends_at__gt=shown.begins, status__in=COUNTED)


def _rows(chosen: Q, most: int | None = None) -> Sequence[dict[str, Any]]:
    """As dictionaries: a busy day has a hundred, and objects of four models cost more than the query."""
    found = Appointment.objects.filter(chosen).order_by("scheduled_at", "bay_id").values(*_FIELDS)
    return list(found[:most] if most else found)


def _by_bay(cat: Catalogue, works: Iterable[Work]) -> list[BayDay]:
    """The bays in use in their order, then those out of use that have work nevertheless."""
    found = {pk: BayDay(name) for pk, name in cat.bay_names.items()}
    for work in works:
        found.setdefault(work.bay, BayDay(work.bay_name)).works.append(work)
    return list(found.values())


def _work(row: dict[str, Any], day: date, now: datetime, tz: ZoneInfo, may_act: bool, link: str) -> Work:
    name = f"{row['customer__first_name']} {row['customer__last_name']}".strip()
    phone = str(row["customer__phone"] or row["contact_phone"] or "")
    ready = row["status"] == Status.COMPLETED
    return Work(
        pk=row["pk"],
        bay=row["bay_id"],
        bay_name=row["bay__name"],
        time=_span(row, day, tz),
        who=name or phone or str(_("Cliente senza nome")),
        phone=phone,
        car=f"{row['vehicle__make'] or ''} {row['vehicle__model'] or ''}".strip(),
        plate=row["vehicle__license_plate"] or "",
        service=row["service__name"],
        status=row["status"],
        status_label=str(Status(row["status"]).label),
        leaves=row["drop_off_at"] is not None,
        late=is_late(row, now),
        arrived="" if row["collected_at"] else _at(row["arrived_at"], day, tz),
        collected=_at(row["collected_at"], day, tz),
        promised="" if row["collected_at"] else _at(row["promised_at"], day, tz),
        overdue=bool(row["promised_at"]) and row["promised_at"] < now and not ready and _is_in_hand(row),
        note=row["customer_note"],
        link=link.replace(links.ANY, str(row["pk"])),
        verbs=verbs_for(row, now) if may_act else (),
    )


def _is_in_hand(row: dict[str, Any]) -> bool:
    return row["status"] in (Status.PENDING, Status.CONFIRMED, Status.IN_PROGRESS)


def is_late(row: dict[str, Any], now: datetime) -> bool:
    """Whether it should have begun, and the customer has not come."""
    waiting = row["status"] in (Status.PENDING, Status.CONFIRMED)
    return waiting and row["arrived_at"] is None and row["scheduled_at"] <= now


def verbs_for(row: dict[str, Any], now: datetime) -> tuple[str, ...]:
    """What can be done with it, the likeliest first: the whole table is in scheduling.lifecycle."""
    status, begun = row["status"], row["scheduled_at"] <= now
    come = row["arrived_at"] is not None
    likely = {
        Status.PENDING: ("confirm", "mark_arrived"),
        Status.CONFIRMED: ("start", "complete") if come else ("mark_arrived", "start"),
        Status.IN_PROGRESS: ("complete",),
        Status.COMPLETED: () if row["collected_at"] else ("mark_collected", "reopen"),
        Status.NO_SHOW: ("start",),
    }.get(status, ())
    names = [each for each in likely if each not in ("complete",) or begun or status == Status.IN_PROGRESS]
    if begun and not come and status in (Status.PENDING, Status.CONFIRMED):
        names.append("mark_no_show")
    return tuple(name for name in names if status in TRANSITIONS[name].sources)


def _span(row: dict[str, Any], day: date, tz: ZoneInfo) -> str:
    begins, ends = row["scheduled_at"].astimezone(tz), row["ends_at"].astimezone(tz)
    if begins.date() == day == ends.date():
        return f"{begins:%H:%M}–{ends:%H:%M}"
    return f"{_at(begins, day, tz)} – {_at(ends, day, tz)}"


def _at(moment: datetime | None, day: date, tz: ZoneInfo) -> str:
    """The local time, with the day when it is another one."""
    if moment is None:
        return ""
    local = moment.astimezone(tz)
    return f"{local:%H:%M}" if local.date() == day else in_a_sentence(date_format(local, "D j M H:i"))
