"""The catalogue: everything the search needs, in one query."""

from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from scheduling import catalogue, seeds
from scheduling.hours import Why
from scheduling.models import Bay, OpeningHours, Service
from scheduling.rules import SECTION, Rules
from shops import settings_store
from shops.context import in_shop
from shops.models import Shop
from tests import factories
from tests.scheduling.conftest import Workshop
from tests.scheduling.queries import counted


def test_one_query_brings_it_all(workshop: Workshop) -> None:
    factories.closure(date(2026, 12, 7), reason="ponte dell'Immacolata")
    factories.closure(
        date(2026, 12, 9), date(2026, 12, 10), from_time=time(14), to_time=time(0), reason="corso"
    )
    with counted() as queries:
        cat = catalogue.load()
    assert len(queries) == 1
    (service,) = cat.services
    assert (service, service.name, service.duration_minutes) == (workshop.service, "Controllo", 60)
    assert cat.bays_for(service) == tuple(bay.pk for bay in workshop.bays)
    assert cat.calendar.spans(date(2026, 11, 28)) == ((480, 720),)
    closed = cat.calendar.closed(date(2026, 12, 7))
    assert closed is not None
    assert (closed.why, closed.reason) == (Why.CLOSURE, "ponte dell'Immacolata")
    assert cat.calendar.spans(date(2026, 12, 10)) == ((480, 750),)


def test_services_come_as_if_fetched(workshop: Workshop) -> None:
    stored = factories.service(
        "Tagliando",
        words=["tagliando"],
        price_from=Decimal("149.50"),
        most_a_day=2,
        preparation="Il libretto.",
        position=0,
    )
    (service, _other) = catalogue.load().services
    for field in Service._meta.concrete_fields:
        assert getattr(service, field.attname) == getattr(stored, field.attname), field.name
    assert not service._state.adding


def test_what_is_switched_off_is_not_offered(workshop: Workshop) -> None:
    Bay.objects.filter(pk=workshop.bays[0].pk).update(is_active=False)
    factories.service("Vecchio", is_active=False)
    cat = catalogue.load()
    assert [service.name for service in cat.services] == ["Controllo"]
    assert cat.bays_for(workshop.service) == (workshop.bays[1].pk,)


def test_bays_that_can_do_little_come_first(workshop: Workshop) -> None:
    factories.service("Revisione", bays=[workshop.bays[0]])
    assert catalogue.load().bays_for(workshop.service) == (workshop.bays[1].pk, workshop.bays[0].pk)


@pytest.mark.parametrize(("said", "name"), [("la revisione", "Revisione"), ("cambio gomme", "Cambio gomme")])
def test_match(in_rossi: Shop, said: str, name: str) -> None:
    service = catalogue.load().match(said).service
    assert service is not None
    assert service.name == name


def test_unsure_matches_name_the_candidates(in_rossi: Shop) -> None:
    match = catalogue.load().match("cambio")
    assert match.service is None
    assert {service.name for service in match.candidates} == {"Tagliando", "Cambio gomme"}


def test_a_new_shop_has_what_an_officina_starts_with(in_rossi: Shop) -> None:
    cat = catalogue.load()
    assert [service.name for service in cat.services] == [seed.name for seed in seeds.SERVICES]
    assert list(cat.bay_names.values()) == list(seeds.BAYS)
    assert all(cat.bays_for(service) for service in cat.services)
    assert len(cat.common) == 3
    assert cat.calendar.longest == 270 * 60


def test_seeding_again_changes_nothing(in_rossi: Shop) -> None:
    Service.objects.filter(name="Freni").delete()
    seeds.seed(in_rossi)
    assert (Service.objects.count(), Bay.objects.count(), OpeningHours.objects.count()) == (5, 3, 11)


# what is stored, the rules that come of it
@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ({}, Rules()),
        ({"notice_minutes": 30, "drop_off_time": None}, Rules(notice_minutes=30, drop_off_time=None)),
        ({"notice_minutes": -5, "horizon_days": 30}, Rules(horizon_days=30)),
        ({"grid_minutes": 7, "most_morning": "tante", "buffer_minutes": 10}, Rules(buffer_minutes=10)),
        ({"works_on_holidays": ["san_francesco", "carnevale"]}, Rules()),
        ({"works_on_holidays": ["san_francesco"]}, Rules(works_on_holidays=["san_francesco"])),
        ({"unknown": 1}, Rules()),
    ],
)
def test_rules_fall_back_on_defaults(in_rossi: Shop, stored: dict[str, Any], expected: Rules) -> None:
    in_rossi.settings = {SECTION: stored}
    assert Rules.of(in_rossi) == expected


def test_rules_are_in_force_from_the_next_call(workshop: Workshop) -> None:
    rules = Rules(
        notice_minutes=0, grid_minutes=15, drop_off_time=time(7, 45), works_on_holidays=["immacolata"]
    )
    rules.save(workshop.shop)
    assert catalogue.load().rules == rules
    assert settings_store.read(Shop.objects.get(pk=workshop.shop.pk), SECTION)["grid_minutes"] == 15
    assert catalogue.load().calendar.closed(date(2026, 12, 8)) is None


def test_the_other_shop_has_its_own(bianchi: Shop, workshop: Workshop) -> None:
    with in_shop(bianchi):
        assert len(catalogue.load().services) == len(seeds.SERVICES)
    assert connection.schema_name == workshop.shop.schema_name
