"""`manage.py list_shops`: every shop, with its lines and addresses."""

import json
from typing import Any

from django.core.management.base import CommandParser
from django.db.models import Prefetch

from shops.management.operators import OperatorCommand
from shops.models import Domain, Shop

COLUMNS = {
    "slug": "officina",
    "name": "nome",
    "status": "stato",
    "tier": "piano",
    "domain": "dominio",
    "lines": "linee Vapi",
    "whatsapp": "WhatsApp",
}


class Command(OperatorCommand):
    """Prints the shops as a table, or as JSON."""

    help = "Elenca le officine con stato, piano, dominio, linee e numeri WhatsApp."

    def add_arguments(self, parser: CommandParser) -> None:
        """How to print them."""
        parser.add_argument("--json", action="store_true", help="per altri programmi")

    def handle(self, *args: Any, **options: Any) -> None:
        """Three queries, however many shops there are."""
        domains = Prefetch("domains", Domain.objects.order_by("-is_primary", "domain"))
        shops = Shop.objects.prefetch_related(domains, "phone_lines", "whatsapp_numbers").order_by("slug")
        rows = [_row(shop) for shop in shops]
        if options["json"]:
            self.say(json.dumps(rows, ensure_ascii=False, indent=2))
        elif rows:
            self._table([{key: _cell(row[key]) for key in COLUMNS} for row in rows])
        else:
            self.say("Nessuna officina: create_shop ne crea una.")

    def _table(self, rows: list[dict[str, str]]) -> None:
        widths = {key: max(len(title), *(len(row[key]) for row in rows)) for key, title in COLUMNS.items()}
        for row in [COLUMNS, {key: "─" * width for key, width in widths.items()}, *rows]:
            self.say("  ".join(row[key].ljust(width) for key, width in widths.items()).rstrip())


def _row(shop: Shop) -> dict[str, Any]:
    return {
        "id": str(shop.pk),
        "slug": shop.slug,
        "name": shop.name,
        "status": shop.status,
        "tier": shop.subscription_tier,
        "domain": next((each.domain for each in shop.domains.all()), ""),
        "domains": [each.domain for each in shop.domains.all()],
        "lines": [f"{line.number} ({line.phone_number_id})" for line in shop.phone_lines.all()],
        "whatsapp": [
            f"{each.number} ({each.phone_number_id})".strip() for each in shop.whatsapp_numbers.all()
        ],
        "created_at": shop.created_at.isoformat(),
    }


def _cell(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)
