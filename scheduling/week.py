"""The opening hours of the whole week, read and replaced together."""

import hashlib
from collections.abc import Sequence
from datetime import time
from itertools import pairwise

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from scheduling.models import OpeningHours
from scheduling.models.workshop import MIDNIGHT, Weekday
from shops import history
from shops.context import current_shop

Period = tuple[time, time]
Day = Sequence[Period]
Week = Sequence[Day]
"""Opening periods from Monday to Sunday, local; a period that ends at 00:00 ends with the day."""


class Outdated(Exception):
    """Somebody else changed the hours in the meantime. Nothing was written."""


def current() -> list[list[Period]]:
    """The hours in force, in order. One query."""
    week: list[list[Period]] = [[] for _day in Weekday]
    for weekday, opens, closes in OpeningHours.objects.order_by("weekday", "opens").values_list(
        "weekday", "opens", "closes"
    ):
        week[weekday].append((opens, closes))
    return week


def told(day: Day) -> str:
    """A day's hours as they are written on a door: "08:00–12:30, 14:00–18:30"; empty when closed."""
    return ", ".join(f"{opens:%H:%M}–{closes:%H:%M}" for opens, closes in day)


def mark(week: Week) -> str:
    """By which one tells whether the hours are still the ones that were seen."""
    return hashlib.sha256("|".join(map(told, week)).encode()).hexdigest()[:16]


def check(day: Day) -> list[Period]:
    """The day's periods in order. Raises ValidationError, in words, for reversed and for overlapping ones."""
    ordered = sorted(day)
    for opens, closes in ordered:
        if closes <= opens and closes != MIDNIGHT:
            raise ValidationError(
                _("L'orario %(hours)s finisce prima di cominciare."),
                params={"hours": told([(opens, closes)])},
            )
    for first, second in pairwise(ordered):
        if first[1] == MIDNIGHT or second[0] < first[1]:
            raise ValidationError(
                _("Gli orari %(first)s e %(second)s si sovrappongono."),
                params={"first": told([first]), "second": told([second])},
            )
    return ordered


def save(week: Week, *, seen: str | None = None) -> bool:
    """Replace the opening hours; whether anything changed. In force from the next call.

    `seen` is the mark of the hours that the person had before their eyes. One row of history, for all days. Raises
    ValidationError (see `check`) and Outdated.
    """
    wanted = [check(day) for day in week]
    with transaction.atomic():
        list(OpeningHours.objects.select_for_update())
        before = current()
        if seen is not None and seen != mark(before):
            raise Outdated
        changed = [number for number in range(7) if before[number] != wanted[number]]
        if not changed:
            return False
        with history.by_hand():
            OpeningHours.objects.filter(weekday__in=changed).delete()
            OpeningHours.objects.bulk_create(
                OpeningHours(weekday=number, opens=opens, closes=closes)
                for number in changed
                for opens, closes in wanted[number]
            )
        history.record(
            current_shop(),
            {f"hours.{number}": told(before[number]) for number in changed},
            {f"hours.{number}": told(wanted[number]) for number in changed},
        )
    return True
