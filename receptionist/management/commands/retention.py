"""`manage.py retention --shop officina-rossi [--dry-run]`"""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from receptionist import retention
from receptionist.retention import Kind
from shops.context import in_public, in_shop
from shops.management.operators import Sentences
from shops.models import Shop


class Command(Sentences):
    """Delete now what a shop has kept long enough, as the night does; or only say what the next night deletes."""

    help = "Cancella ciò che l'officina ha conservato abbastanza, come ogni notte."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose."""
        parser.add_argument("--shop", required=True, help="l'officina, per esempio officina-rossi")
        parser.add_argument("--dry-run", action="store_true", help="fa vedere soltanto, senza cancellare")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError with a sentence for a shop that does not exist."""
        with in_public():
            shop = Shop.objects.filter(slug=options["shop"]).first()
        if shop is None:
            raise CommandError(
                _("Non c'è nessuna officina «%(shop)s»: list_shops le elenca.") % {"shop": options["shop"]}
            )
        with in_shop(shop):
            self._show() if options["dry_run"] else self._apply()

    def _show(self) -> None:
        for each in retention.upcoming():
            line = _("%(kind)s: la prossima notte %(tonight)s, in sette giorni %(soon)s") % {
                "kind": each.kind.label,
                "tonight": _number(each.tonight),
                "soon": _number(each.soon),
            }
            since = (
                _(", a partire dal %(day)s") % {"day": date_format(each.oldest, "j F Y").lower()}
                if each.oldest
                else ""
            )
            self.stdout.write(f"{line}{since}")

    def _apply(self) -> None:
        names = {str(kind): str(kind.label) for kind in Kind}
        total: dict[str, int] = {}
        while True:
            done = retention.apply()
            for name, number in done.items():
                total[name] = total.get(name, 0) + number
            if "left" not in done:
                break
        for kind in names:
            self.stdout.write(f"{names[kind]}: {total.get(kind, 0)}")
        others = sum(number for name, number in total.items() if name not in names and name != "left")
        self.stdout.write(_("Altre righe che ne parlavano: %(number)d") % {"number": others})


def _number(count: Any) -> str:
    return _("oltre %(number)d") % {"number": count.number} if count.more else str(count.number)
