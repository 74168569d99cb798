"""What the shop offers and when: services, bays, hours and closures, read together in one query."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from scheduling import matching
from scheduling.availability import Need, PartOfDay, Search
from scheduling.hours import END_OF_DAY, Calendar, Closing, Span, make_week
from scheduling.models import Service
from scheduling.rules import Rules, minutes_of
from shops.context import current_shop
from shops.models import Shop

# Written out, because putting it together anew for every call costs more than the database takes to answer.
EVERYTHING = """
SELECT json_build_object(
    'service', (SELECT coalesce(json_agg(service), '[]') FROM (
        SELECT id, name, words, description, duration_minutes, price_from::text, most_a_day, confirmed_by,
               preparation, is_active, is_common, position, ARRAY(SELECT bay_id FROM scheduling_service_bays
               WHERE service_id = scheduling_service.id) AS bays
        FROM scheduling_service WHERE is_active) AS service),
    'bay', (SELECT coalesce(json_agg(bay), '[]') FROM (
        SELECT id, name, position FROM scheduling_bay WHERE is_active) AS bay),
    'hours', (SELECT coalesce(json_agg(hours), '[]') FROM (
        SELECT weekday, opens, closes FROM scheduling_openinghours) AS hours),
    'closure', (SELECT coalesce(json_agg(closure), '[]') FROM (
        SELECT starts_on, ends_on, from_time, to_time, bay_id, every_year, reason
        FROM scheduling_closure) AS closure))
"""


@dataclass(frozen=True)
class Match:
    """Which service was meant: `service` when it is clear, otherwise `candidates`, likeliest first (may be
    empty)."""

    service: Service | None
    candidates: tuple[Service, ...] = ()


@dataclass(frozen=True)
class Catalogue:
    """The bookable services in their order, the bays in use that can do them, the calendar and the rules."""

    shop: Shop
    rules: Rules
    services: tuple[Service, ...]
    bay_names: dict[int, str]
    """Bays in use, in the shop's order."""
    service_bays: dict[UUID, tuple[int, ...]]
    calendar: Calendar

    def match(self, text: str) -> Match:
        """The service that people mean by "il tagliando"."""
        found = matching.rank(text, self._named)
        sure = self.services[found.sure] if found.sure is not None else None
        return Match(sure, tuple(self.services[index] for index in found.candidates))

    @cached_property
    def _named(self) -> Sequence[matching.Named]:
        return [matching.Named(service.name, service.words) for service in self.services]

    @property
    def common(self) -> tuple[Service, ...]:
        """The services people ask for most."""
        return tuple(service for service in self.services if service.is_common)

    def bays_for(self, service: Service) -> tuple[int, ...]:
        """Bays in use that can do it, the ones that can do the least else first: so the versatile ones stay
        free."""
        own = self.service_bays.get(service.pk, ())
        order = {bay: number for number, bay in enumerate(self.bay_names)}
        return tuple(sorted((b for b in own if b in order), key=lambda b: (self._uses.get(b, 0), order[b])))

    @cached_property
    def _uses(self) -> dict[int, int]:
        uses: dict[int, int] = {}
        for bays in self.service_bays.values():
            for bay in bays:
                uses[bay] = uses.get(bay, 0) + 1
        return uses

    def search(
        self,
        service: Service,
        now: int,
        *,
        part_of_day: PartOfDay | None = None,
        minutes: int | None = None,
        bay_ids: Sequence[int] | None = None,
        by_staff: bool = False,
    ) -> Search:
        """A search for this service at the moment `now` (seconds since 1970)."""
        need = Need(
            minutes=minutes or service.duration_minutes,
            bay_ids=self.bays_for(service) if bay_ids is None else bay_ids,
            most_a_day=None if by_staff else service.most_a_day,
            part_of_day=part_of_day,
        )
        limits = self.rules.limits
        return Search(self.calendar, limits.for_staff() if by_staff else limits, need, now)


def load(shop: Shop | None = None) -> Catalogue:
    """The catalogue of the current shop. One query; the rules come with the shop."""
    shop = shop or current_shop()
    with connection.cursor() as cursor:
        cursor.execute(EVERYTHING)
        (rows,) = cursor.fetchone()
    return build(shop, json.loads(rows) if isinstance(rows, str) else rows)


def build(shop: Shop, rows: dict[str, list[dict[str, Any]]]) -> Catalogue:
    """The catalogue from the rows of the four tables, as the query gives them."""
    rules = Rules.of(shop)
    bays = sorted(rows["bay"], key=lambda row: (row["position"], row["id"]))
    services = sorted(rows["service"], key=lambda row: (row["position"], row["name"]))
    return Catalogue(
        shop=shop,
        rules=rules,
        services=tuple(_service(row) for row in services),
        bay_names={row["id"]: row["name"] for row in bays},
        service_bays={UUID(row["id"]): tuple(row["bays"]) for row in services},
        calendar=_calendar(shop.tz, rules, rows["hours"], rows["closure"]),
    )


def _service(row: dict[str, Any]) -> Service:
    """A Service as if it had been fetched."""
    values = {name: value for name, value in row.items() if name != "bays"}
    values["id"] = UUID(values["id"])
    values["price_from"] = None if values["price_from"] is None else Decimal(values["price_from"])
    service = Service(**values)
    service._state.adding, service._state.db = False, "default"
    return service


def _calendar(
    tz: ZoneInfo, rules: Rules, hours: Sequence[dict[str, Any]], closures: Sequence[dict[str, Any]]
) -> Calendar:
    week = make_week([(row["weekday"], *_span(row["opens"], row["closes"])) for row in hours])
    return Calendar(tz, week, tuple(_closing(row) for row in closures), frozenset(rules.works_on_holidays))


def _closing(row: dict[str, Any]) -> Closing:
    return Closing(
        starts_on=date.fromisoformat(row["starts_on"]),
        ends_on=date.fromisoformat(row["ends_on"]),
        hours=_span(row["from_time"], row["to_time"]) if row["from_time"] else None,
        bay_id=row["bay_id"],
        every_year=row["every_year"],
        reason=row["reason"],
    )


def _span(opens: str, closes: str) -> Span:
    """Minutes from two ISO times; 00:00 as the end is midnight at the end of the day."""
    return minutes_of(time.fromisoformat(opens)), minutes_of(time.fromisoformat(closes)) or END_OF_DAY
