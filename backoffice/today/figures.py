"""Today's and this week's figures. Each is a link to the list behind it, which shows exactly what was counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from backoffice.today import links, occupancy
from receptionist import lost, outofhours
from receptionist.models import Channel, Conversation, Handover
from scheduling import selections
from scheduling.catalogue import Catalogue
from scheduling.models import Appointment
from scheduling.models.appointments import Source, Status
from scheduling.periods import Period, Stretch

PERIODS = (Period.TODAY, Period.WEEK)
SOURCES: dict[Source, Promise] = {
    Source.AI_VOICE: gettext_lazy("dall'assistente al telefono"),
    Source.AI_WHATSAPP: gettext_lazy("dall'assistente su WhatsApp"),
    Source.WEB: gettext_lazy("dal sito"),
    Source.MANUAL: gettext_lazy("dall'officina"),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """A number and the list behind it; `rows` is how many rows that list has."""

    text: str
    link: str
    rows: int
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One figure, of today and of this week. `part`: it is part of the figure above."""

    label: str
    cells: tuple[Cell, Cell]
    part: bool = False


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures; conversations' are left out for who may not see conversations."""

    lines: list[Line]
    lost_by_reason: list[tuple[lost.Reason, int, str]]


def load(cat: Catalogue, *, now: datetime, with_talks: bool) -> Figures:
    """Nine queries at most, whatever the data."""
    stretches = (selections.stretch(Period.TODAY), selections.stretch(Period.WEEK))
    lines = _talks(cat, stretches) if with_talks else []
    lines += [*_booked(stretches), _no_shows(stretches), _bays(cat, stretches)]
    if not with_talks:
        return Figures(lines, [])
    missed = lost.requests(stretches[1], now=now)
    today = [each for each in missed if stretches[0].holds(each.started_at)]
    lines.append(_lost((len(today), len(missed))))
    reasons = [
        (reason, count, links.page("lost_requests", periodo=Period.WEEK, motivo=reason))
        for reason, count in lost.by_reason(missed)
    ]
    return Figures(lines, reasons)


def _cells(numbers: Sequence[int], model: str, period: str, **filters: object) -> tuple[Cell, Cell]:
    """Two numbers whose list is a changelist with the period in the parameter `period`."""
    today, week = (
        Cell(str(number), links.changelist(model, **{period: each, **filters}), number)
        for each, number in zip(PERIODS, numbers, strict=True)
    )
    return today, week


def _in(stretch: Stretch, field: str) -> Q:
    return Q(**{f"{field}__gte": stretch.begins, f"{field}__lt": stretch.ends})


def _talks(cat: Catalogue, stretches: tuple[Stretch, Stretch]) -> list[Line]:
    """Conversations answered, by channel; begun out of hours; passed to a person. Two queries."""
    today, week = (_in(each, "started_at") for each in stretches)
    answered, closed = Q(disclosed_at__isnull=False), Q(begun_open=False)
    rows = (
        Conversation.objects.filter(week)
        .alias(begun_open=outofhours.while_open(cat.calendar, stretches[1]))
        .order_by()
        .values("channel")
        .annotate(
            answered_today=Count("pk", filter=today & answered),
            answered_week=Count("pk", filter=answered),
            closed_today=Count("pk", filter=today & closed),
            closed_week=Count("pk", filter=closed),
            all_today=Count("pk", filter=today),
            all_week=Count("pk"),
        )
    )
    found: dict[str, dict[str, Any]] = {row["channel"]: dict(row) for row in rows}
    model, period = "receptionist_conversation", "periodo"

    def of(channel: Channel, name: str) -> int:
        return int(found.get(channel, {}).get(name, 0))

    def summed(name: str) -> list[int]:
        return [sum(of(channel, f"{name}_{span}") for channel in Channel) for span in ("today", "week")]

    lines = [Line(_("Conversazioni con risposta"), _cells(summed("answered"), model, period, risposta="si"))]
    for channel in Channel:
        numbers = of(channel, "answered_today"), of(channel, "answered_week")
        cells = _cells(numbers, model, period, risposta="si", channel__exact=channel)
        lines.append(Line(str(channel.label), cells, part=True))
    cells = _shares(summed("closed"), summed("all"), _cells(summed("closed"), model, period, orario="chiuso"))
    lines.append(Line(_("Arrivate a officina chiusa"), cells))
    passed = Handover.objects.filter(_in(stretches[1], "created_at")).aggregate(
        today=Count("pk", filter=_in(stretches[0], "created_at")), week=Count("pk")
    )
    handed = _cells((passed["today"], passed["week"]), "receptionist_handover", "periodo")
    return [*lines, Line(_("Passate a una persona"), handed)]


def _shares(parts: Sequence[int], wholes: Sequence[int], cells: tuple[Cell, Cell]) -> tuple[Cell, Cell]:
    """The cells with the share in place of the number, and both numbers beneath."""
    today, week = (
        Cell(
            _percent(part / whole) if whole else "–",
            cell.link,
            part,
            _("%(part)d di %(whole)d") % {"part": part, "whole": whole},
        )
        for part, whole, cell in zip(parts, wholes, cells, strict=True)
    )
    return today, week


def _percent(share: float) -> str:
    return f"{share * 100:.0f}\N{NO-BREAK SPACE}%"


def _booked(stretches: tuple[Stretch, Stretch]) -> list[Line]:
    """Appointments taken, by where they came from. One query."""
    counted = (
        Appointment.objects.filter(_in(stretches[1], "created_at"))
        .order_by()
        .values("source")
        .annotate(today=Count("pk", filter=_in(stretches[0], "created_at")), week=Count("pk"))
    )
    found: dict[str, dict[str, Any]] = {row["source"]: dict(row) for row in counted}
    none = {"today": 0, "week": 0}
    sums = [sum(row[span] for row in found.values()) for span in ("today", "week")]
    lines = [Line(_("Appuntamenti presi"), _cells(sums, "scheduling_appointment", "preso"))]
    for source, label in SOURCES.items():
        row = found.get(source, none)
        cells = _cells((row["today"], row["week"]), "scheduling_appointment", "preso", source__exact=source)
        lines.append(Line(str(label), cells, part=True))
    return lines


def _no_shows(stretches: tuple[Stretch, Stretch]) -> Line:
    """Who did not come. One query."""
    missed = Appointment.objects.filter(_in(stretches[1], "scheduled_at"), status=Status.NO_SHOW).aggregate(
        today=Count("pk", filter=_in(stretches[0], "scheduled_at")), week=Count("pk")
    )
    numbers = missed["today"], missed["week"]
    cells = _cells(numbers, "scheduling_appointment", "inizio", status__exact=Status.NO_SHOW)
    return Line(_("Non presentati"), cells)


def _bays(cat: Catalogue, stretches: tuple[Stretch, Stretch]) -> Line:
    """How much of the opening hours of the bays in use is taken. One query."""
    uses = occupancy.of(cat, stretches)
    today, week = (
        Cell(
            _percent(use.share) if use.share is not None else "–",
            links.changelist("scheduling_appointment", occupa=period),
            use.works,
            ngettext("%(count)d lavoro", "%(count)d lavori", use.works) % {"count": use.works},
        )
        for period, use in zip(PERIODS, uses, strict=True)
    )
    return Line(_("Postazioni occupate"), (today, week))


def _lost(numbers: Sequence[int]) -> Line:
    today, week = (
        Cell(str(number), links.page("lost_requests", periodo=period), number)
        for period, number in zip(PERIODS, numbers, strict=True)
    )
    return Line(_("Richieste perse"), (today, week))
