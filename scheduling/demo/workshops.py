"""The two workshops of a demonstration: an officina, and a smaller body shop."""

from datetime import time
from decimal import Decimal

from scheduling.models import Service
from scheduling.seeds import ServiceSeed

BODY_SHOP_BAYS = ("Banco", "Forno")
BODY_SHOP_SERVICES = (
    ServiceSeed(
        name="Preventivo carrozzeria",
        minutes=30,
        words=("preventivo", "danno", "incidente", "sinistro", "stima del danno", "perizia"),
        preparation="Il libretto di circolazione e, dopo un incidente, la constatazione amichevole.",
        description="Guardiamo il danno insieme e scriviamo il preventivo.",
        bays=("Banco",),
        is_common=True,
    ),
    ServiceSeed(
        name="Riparazione ammaccatura",
        minutes=240,
        words=("ammaccatura", "bozza", "bollo", "grandine", "sportello ammaccato", "paraurti"),
        price_from=Decimal("180"),
        preparation="Il libretto di circolazione.",
        description="Raddrizzatura e ritocco della vernice.",
        bays=("Banco",),
        confirmed_by=Service.ConfirmedBy.SHOP,
        is_common=True,
    ),
    ServiceSeed(
        name="Verniciatura",
        minutes=960,
        words=("verniciatura", "verniciare", "riverniciare", "graffio", "riga sulla portiera", "carrozzeria"),
        price_from=Decimal("350"),
        preparation="Il libretto di circolazione. L'auto resta da noi un paio di giorni.",
        description="Preparazione, verniciatura a forno e lucidatura.",
        bays=("Forno",),
        most_a_day=1,
        confirmed_by=Service.ConfirmedBy.SHOP,
    ),
    ServiceSeed(
        name="Lucidatura fari",
        minutes=60,
        words=("fari", "fari opachi", "lucidatura", "fari ingialliti"),
        price_from=Decimal("60"),
        description="Lucidatura e protezione dei fari opachi.",
        bays=("Banco",),
    ),
)
_MORNING, _AFTERNOON = (time(8, 30), time(12, 30)), (time(14), time(18))
BODY_SHOP_HOURS = tuple((day, *span) for day in range(5) for span in (_MORNING, _AFTERNOON))
