"""`manage.py whatsapp_templates [--shop officina-rossi | --all] [--dry-run]`"""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from shops.crypto import Undecryptable
from shops.management.operators import OperatorCommand, shop_named
from shops.models import Shop
from whatsapp.checking import told
from whatsapp.client import GraphError
from whatsapp.templates import NoAccount, Outcome, synchronise

HEADINGS = ("modello", "stato presso Meta", "che cosa è stato fatto")


class Command(OperatorCommand):
    """Create or update the shop's message templates at Meta."""

    help = (
        "Crea o aggiorna presso Meta i modelli di messaggio di un'officina (conferma, promemoria, auto pronta, avvisi) "
        "e ne legge lo stato. Quelli già uguali non si rimandano. Esce con 1 se uno non si può usare."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """One shop, or all that have WhatsApp."""
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--shop", default="", help="identificativo dell'officina, come officina-rossi")
        which.add_argument("--all", action="store_true", help="tutte le officine attive che hanno WhatsApp")
        parser.add_argument("--dry-run", action="store_true", help="dice che cosa farebbe e non cambia nulla")

    def handle(self, *args: Any, **options: Any) -> None:
        """A table for each shop; exit code 1 when something of one cannot be used."""
        if options["shop"]:
            shops = [shop_named(options["shop"])]
        else:
            active = Shop.objects.filter(status=Shop.Status.ACTIVE, whatsapp_numbers__isnull=False)
            shops = list(active.distinct().order_by("slug"))
        problems = [problem for shop in shops if (problem := self._one(shop, options["dry_run"]))]
        if problems:
            raise CommandError("\n".join(problems))

    def _one(self, shop: Shop, dry_run: bool) -> str:
        """Work on one shop; what is wrong, in one sentence, or nothing."""
        try:
            outcomes = synchronise(shop, dry_run=dry_run)
        except (NoAccount, Undecryptable) as error:
            return str(error)
        except GraphError as error:
            return f"{shop.slug}: {told(error)}. Che cosa fare: manage.py whatsapp_check --shop {shop.slug}"
        self._print(shop, outcomes)
        bad = [each.name for each in outcomes if not each.ok]
        if dry_run:
            return ""
        return f"{shop.slug}: da rivedere {', '.join(bad)}." if bad else ""

    def _print(self, shop: Shop, outcomes: list[Outcome]) -> None:
        self.say(f"{shop.name}")
        lines = [HEADINGS, *((each.name, each.status, each.done) for each in outcomes)]
        widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
        for line in lines:
            padded = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
            self.say("  " + "  ".join(padded).rstrip())
