"""`manage.py followups --shop officina-rossi --day 2026-11-24 --dry-run`"""

from argparse import ArgumentTypeError
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from receptionist import storable
from receptionist.followups import day_before, due_dates, due_query, kinds, rounds, when, whom
from receptionist.followups.reasons import words
from receptionist.models import FollowUp, FollowUpConfig, FollowUpKind
from shops.context import current_shop, in_public, in_shop
from shops.management.operators import Sentences
from shops.models import Shop

MOST = 500


class Command(Sentences):
    """What the shop's automatic messages have due on a day, and why what does not go out does not.

    With --dry-run nothing is written; without it the round of the day is run now, as the beat does.
    """

    help = "I promemoria e le scadenze di un'officina: che cosa c'è da mandare, e perché il resto no."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose, of which day."""
        parser.add_argument("--shop", required=True, help="l'officina, per esempio officina-rossi")
        parser.add_argument("--day", type=_day, help="il giorno, per esempio 2026-11-24; oggi se manca")
        parser.add_argument("--dry-run", action="store_true", help="fa vedere soltanto, senza mandare nulla")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError with a sentence for a shop that does not exist and a day that is not today."""
        with in_public():
            shop = Shop.objects.filter(slug=storable.text(options["shop"])).first()
        if shop is None:
            raise CommandError(
                _("Non c'è nessuna officina «%(shop)s»: list_shops le elenca.") % {"shop": options["shop"]}
            )
        with in_shop(shop):
            now = timezone.now()
            day = options["day"] or when.local_day(now, shop.tz)
            if options["dry_run"]:
                self._show(day, now)
            elif day != when.local_day(now, shop.tz):
                raise CommandError(
                    _("Si manda solo ciò che è di oggi: per un altro giorno aggiungere --dry-run.")
                )
            else:
                self._run(now)

    def _run(self, now: datetime) -> None:
        rounds.run(now)
        rows = FollowUp.objects.filter(created_at=now).order_by("kind", "key")
        self.stdout.write(_("Decisi ora: %(number)d.") % {"number": len(rows)})
        for row in rows:
            said = _("mandato") if row.message_id else _("non mandato: %(why)s") % {"why": words(row.reason)}
            self.stdout.write(f"  {row.get_kind_display()} · {row.key} · {said}")

    def _show(self, day: date, now: datetime) -> None:
        asked = rounds.ask(now)
        tz = current_shop().tz
        config = FollowUpConfig.objects.first() or FollowUpConfig()
        self._show_kinds(asked.wanted)
        if not when.is_working_day(day, config):
            self.stdout.write(
                _("%(day)s: di domenica e nei festivi non si manda nulla.") % {"day": day.isoformat()}
            )
        end = when.at(day + timedelta(days=1), time(0), tz) - timedelta(seconds=1)
        moment = max(now, end) if day >= when.local_day(now, tz) else end
        self._show_reminders(moment if day != when.local_day(now, tz) else end, now, asked.wanted, config)
        self._show_due(day, now, asked.wanted)

    def _show_kinds(self, wanted: dict[FollowUpKind, kinds.Wanted]) -> None:
        off = [str(kind.label) for kind, wish in wanted.items() if not wish.enabled]
        if off:
            self.stdout.write(_("Spenti: %(kinds)s.") % {"kinds": ", ".join(off)})

    def _show_reminders(
        self, until: datetime, now: datetime, wanted: dict[FollowUpKind, kinds.Wanted], config: FollowUpConfig
    ) -> None:
        wish = wanted[FollowUpKind.DAY_BEFORE]
        rows = day_before.due(until, wish, config, most=MOST) if wish.enabled else []
        self.stdout.write(_("Promemoria del giorno prima: %(number)d.") % {"number": len(rows)})
        for row in rows:
            at = timezone.localtime(row.scheduled_at, current_shop().tz)
            why = "" if whom.number_for(row) else _(" · non va: %(why)s") % {"why": words("no_number")}
            self.stdout.write(f"  {row.code} · {at:%Y-%m-%d %H:%M}{why}")

    def _show_due(self, day: date, now: datetime, wanted: dict[FollowUpKind, kinds.Wanted]) -> None:
        found = due_query.find(day, now, wanted, customers=MOST, listed=True)
        going = [each for each in found if not each.reason]
        self.stdout.write(_("Scadenze: %(number)d da mandare.") % {"number": len(going)})
        for each in found:
            why = _(" · non va: %(why)s") % {"why": words(each.reason)} if each.reason else ""
            self.stdout.write(f"  {due_dates.line(each, day)}{why}")


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(
            _("«%(text)s» non è un giorno: scriverlo come 2026-11-24.") % {"text": text[:40]}
        ) from error
    if not 2000 <= day.year <= 2200:
        raise ArgumentTypeError(_("%(day)s è troppo lontano.") % {"day": day.isoformat()})
    return day
