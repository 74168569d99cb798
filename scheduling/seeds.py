"""What a new officina starts with: services, bays and hours that the owner then adapts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from typing import Any

from django.db import transaction

from scheduling.models import Bay, OpeningHours, Service
from shops.models import Shop
from shops.signals import shop_created


@dataclass(frozen=True)
class ServiceSeed:
    """A service to begin with; `bays` are names, empty for all of them."""

    name: str
    minutes: int
    words: Sequence[str]
    price_from: Decimal | None = None
    preparation: str = ""
    description: str = ""
    bays: Sequence[str] = ()
    most_a_day: int | None = None
    confirmed_by: str = Service.ConfirmedBy.AI
    is_common: bool = False
    renews: str = Service.Renews.NOTHING


BAYS = ("Ponte 1", "Ponte 2", "Linea revisioni")

SERVICES = (
    ServiceSeed(
        name="Tagliando",
        minutes=90,
        words=("tagliando", "cambio olio", "cambio olio e filtri", "manutenzione programmata", "olio motore"),
        price_from=Decimal("149"),
        preparation="Il libretto di circolazione e il libretto dei tagliandi.",
        description="Cambio olio e filtri, controllo dei livelli e della sicurezza.",
        renews=Service.Renews.SERVICE,
        bays=("Ponte 1", "Ponte 2"),
        is_common=True,
    ),
    ServiceSeed(
        name="Revisione",
        minutes=30,
        words=("revisione", "revisione ministeriale", "collaudo", "bollino della revisione"),
        price_from=Decimal("79.02"),
        preparation="Il libretto di circolazione originale.",
        description="Revisione periodica di legge.",
        renews=Service.Renews.REVISION,
        bays=("Linea revisioni",),
        is_common=True,
    ),
    ServiceSeed(
        name="Cambio gomme",
        minutes=60,
        words=(
            *("cambio gomme", "gomme invernali", "gomme estive", "pneumatici", "montare le gomme", "gomme"),
            *("cambio stagionale", "gomma forata", "foratura", "ho bucato"),
        ),
        price_from=Decimal("50"),
        preparation="Le gomme da montare, se non sono in deposito da noi.",
        description="Montaggio, equilibratura e cambio stagionale.",
        bays=("Ponte 1", "Ponte 2"),
        is_common=True,
    ),
    ServiceSeed(
        name="Freni",
        minutes=120,
        words=(
            "freni",
            "pastiglie",
            "dischi",
            "pastiglie dei freni",
            "dischi dei freni",
            "impianto frenante",
        ),
        price_from=Decimal("120"),
        preparation="Il libretto di circolazione.",
        description="Controllo e sostituzione di pastiglie e dischi.",
        bays=("Ponte 1", "Ponte 2"),
    ),
    ServiceSeed(
        name="Diagnosi",
        minutes=60,
        words=(
            *(
                "diagnosi",
                "controllo",
                "spia accesa",
                "spia motore",
                "rumore strano",
                "non parte",
                "vibrazione",
            ),
            *("diagnosi elettronica", "centralina", "problema"),
        ),
        price_from=Decimal("40"),
        preparation="Il libretto di circolazione.",
        description="Ricerca del guasto con la diagnosi elettronica.",
        bays=("Ponte 1", "Ponte 2"),
    ),
    ServiceSeed(
        name="Ricarica clima",
        minutes=60,
        words=(
            "ricarica clima",
            "aria condizionata",
            "climatizzatore",
            "condizionatore",
            "clima",
            "gas del clima",
        ),
        price_from=Decimal("70"),
        description="Ricarica del gas e controllo delle perdite.",
        bays=("Ponte 1", "Ponte 2"),
    ),
)

_MORNING, _AFTERNOON, _SATURDAY = (time(8), time(12, 30)), (time(14), time(18, 30)), (time(8), time(12))
HOURS = (*((day, *span) for day in range(5) for span in (_MORNING, _AFTERNOON)), (5, *_SATURDAY))
"""Weekday, opening and closing time."""


def connect() -> None:
    """Seed every shop when it is created."""
    shop_created.connect(_on_shop_created, dispatch_uid="scheduling.seeds")


def _on_shop_created(*, shop: Shop, **_kwargs: Any) -> None:
    seed(shop)


def seed(shop: Shop) -> None:
    """Fill the tables of bays, services and hours where they are empty; touches nothing that has rows.

    To be called inside the shop.
    """
    with transaction.atomic():
        if not OpeningHours.objects.exists():
            write_hours(HOURS)
        if not Bay.objects.exists() and not Service.objects.exists():
            write_services(BAYS, SERVICES)


def write_hours(hours: Sequence[tuple[int, time, time]]) -> None:
    """Write opening hours."""
    OpeningHours.objects.bulk_create(
        OpeningHours(weekday=day, opens=opens, closes=closes) for day, opens, closes in hours
    )


def write_services(bay_names: Sequence[str], seeds: Sequence[ServiceSeed]) -> None:
    """Write bays and services in this order, and which service is done where."""
    bays = {name: Bay.objects.create(name=name, position=number) for number, name in enumerate(bay_names)}
    for position, given in enumerate(seeds):
        service = Service.objects.create(
            name=given.name,
            words=list(given.words),
            description=given.description,
            duration_minutes=given.minutes,
            price_from=given.price_from,
            most_a_day=given.most_a_day,
            confirmed_by=given.confirmed_by,
            renews=given.renews,
            preparation=given.preparation,
            is_common=given.is_common,
            position=position,
        )
        service.bays.set(bays[name] for name in given.bays or bay_names)
