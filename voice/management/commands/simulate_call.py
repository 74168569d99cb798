"""`manage.py simulate_call --shop officina-rossi [--scenario book|move|cancel|ready|human]`"""

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from sandbox.caller import Line, Person, Trouble, flushed
from sandbox.dialogues import SCENARIOS, play, report, stranger
from scheduling.models import Appointment
from scheduling.models.appointments import Status
from shops.context import in_shop
from shops.management.operators import OperatorCommand, shop_named
from shops.models import Shop
from shops.phones import normalise_phone
from shops.refusals import Refused
from voice.auth import accepted_ways, webhook_secrets
from voice.server import WEBHOOK_PATH
from voice.sync import lines_of

WITHHELD = ("withheld", "nascosto")


class Command(OperatorCommand):
    """Plays a call over HTTP against a running server, and prints it."""

    help = (
        "Fa la parte di Vapi, via HTTP, contro un server acceso: una telefonata intera e firmata, con i millisecondi "
        "di ogni passo. Prenota davvero: è per un'officina di prova."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Which shop, which scenario, who calls and where the server is."""
        parser.add_argument("--shop", default="officina-rossi", help="identificativo dell'officina")
        parser.add_argument(
            "--scenario", default="book", choices=sorted(SCENARIOS), help="che cosa vuole chi chiama"
        )
        parser.add_argument("--url", default="", help="l'indirizzo della piattaforma; se manca, PUBLIC_URL")
        parser.add_argument(
            "--caller", default="", help="il numero di chi chiama, o nascosto; se manca, uno nuovo"
        )
        parser.add_argument(
            "--service", default="tagliando", help="che cosa prenotare, con le parole dell'officina"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """The dialogue, or one sentence and exit code 1."""
        shop = shop_named(options["shop"])
        line = _line(shop, options["url"] or settings.PUBLIC_URL)
        person = _person(shop, options["caller"], options["scenario"])
        flushed(f"{shop.name} ({line.number}): chiama {person.number or 'un numero nascosto'}\n")
        try:
            calls = play(
                options["scenario"],
                line,
                person,
                out=flushed,
                wish=options["service"],
                is_new=not options["caller"],
            )
        except Trouble as error:
            raise CommandError(str(error)) from error
        report(calls, flushed, shop.url("/admin/"))


def _line(shop: Shop, url: str) -> Line:
    """The shop's line, and how Vapi would prove itself. Raises Refused."""
    lines, secrets = lines_of(shop), webhook_secrets()
    if not lines:
        raise Refused(
            f"{shop.slug} non ha linee: assegnarne una con set_line --shop {shop.slug} --vapi … --number …"
        )
    if not secrets:
        raise Refused(
            "Impostare VAPI_WEBHOOK_SECRETS: il segreto del server (make run lo tiene in demo.env)."
        )
    plain = settings.VAPI_HMAC_ALGORITHM.lower() == "sha256" and not settings.VAPI_HMAC_PREFIX
    ways = [
        way for way in ("hmac", "secret", "bearer") if way in accepted_ways() and (way != "hmac" or plain)
    ]
    if not ways:
        raise Refused(
            f"VAPI_AUTH accetta {', '.join(accepted_ways())}, in una forma che simulate_call non conosce."
        )
    path = "" if url.rstrip("/").endswith(WEBHOOK_PATH) else WEBHOOK_PATH
    return Line(
        url=f"{url.rstrip('/')}{path}",
        secret=secrets[0],
        phone_number_id=lines[0].phone_number_id,
        number=str(lines[0].number),
        way=ways[0],
        org_id=settings.VAPI_ORG_ID,
    )


def _person(shop: Shop, caller: str, scenario: str) -> Person:
    """Who calls: the number given, else a customer whose car is at the shop (ready), else somebody new."""
    if caller.lower() in WITHHELD:
        return replace(stranger(), number="")
    if caller:
        number = normalise_phone(caller)
        if number is None:
            raise Refused(f"«{caller}» non è un numero di telefono.")
        return replace(stranger(), number=number)
    if scenario == "ready" and (number := _somebody_who_waits(shop)):
        return replace(stranger(), number=number)
    return stranger()


def _somebody_who_waits(shop: Shop) -> str | None:
    """The number of a customer whose car is at the shop, finished ones first."""
    with in_shop(shop):
        here = Appointment.objects.filter(
            status__in=(Status.IN_PROGRESS, Status.COMPLETED),
            collected_at=None,
            scheduled_at__lte=timezone.now(),
            customer__phone__isnull=False,
        )
        row = here.select_related("customer").order_by("status", "-scheduled_at").first()
        return str(row.customer.phone) if row else None
