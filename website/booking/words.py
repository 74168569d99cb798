"""How the public pages say days, durations and prices, in the page's language."""

from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format, number_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from scheduling.hours import Week

ROUND_HOURS = 60


def day(which: date, today: date | None = None) -> str:
    """ "giovedì 26 novembre", with "oggi" or "domani" before it when `today` is told; the year when it is another."""
    told = date_format(which, "l j F" if today is None or which.year == today.year else "l j F Y")
    if _italian():
        told = told.lower()
    if today is None or not 0 <= (which - today).days <= 1:
        return told
    return f"{_('oggi')}, {told}" if which == today else f"{_('domani')}, {told}"


def moment(when: datetime) -> str:
    """ "giovedì 26 novembre alle 9:30", local time."""
    local = timezone.localtime(when)
    return _("%(day)s alle %(time)s") % {"day": day(local.date()), "time": clock(local)}


def clock(local: datetime) -> str:
    """ "9:30"."""
    return f"{local.hour}:{local.minute:02d}"


def duration(minutes: int, week: Week) -> str:
    """How long the work takes: "30 minuti", "un'ora e mezza", and in working days where it takes more than one."""
    workday = max((sum(end - begin for begin, end in spans) for spans in week), default=0)
    if workday and minutes > workday:
        number = -(-minutes // workday)
        return ngettext("%(number)d giorno", "circa %(number)d giorni", number) % {"number": number}
    hours, rest = divmod(minutes, ROUND_HOURS)
    if not hours:
        return ngettext("%(number)d minuto", "%(number)d minuti", minutes) % {"number": minutes}
    told = ngettext("%(number)d ora", "%(number)d ore", hours) % {"number": hours}
    return _("%(hours)s e %(minutes)d minuti") % {"hours": told, "minutes": rest} if rest else told


def price(amount: Decimal | None) -> str:
    """ "a partire da 60 €"; empty when the shop tells none."""
    if amount is None:
        return ""
    decimals = 0 if amount == amount.to_integral_value() else 2
    return _("a partire da %(amount)s €") % {"amount": number_format(amount, decimals, use_l10n=True)}


def week(openings: Week) -> list[tuple[str, str]]:
    """The opening hours as on a door, days in a row with the same hours together: ("lun – ven", "08:00–12:30, …")."""
    names = [str(name)[:3].lower() if _italian() else str(name)[:3] for name in WEEKDAYS.values()]
    found: list[tuple[str, str]] = []
    start = 0
    for number in range(1, 8):
        if number == 7 or openings[number] != openings[start]:
            days = names[start] if start == number - 1 else f"{names[start]} – {names[number - 1]}"
            found.append(
                (days, ", ".join(f"{_hour(a)}–{_hour(b)}" for a, b in openings[start]) or _("chiuso"))
            )
            start = number
    return found


def _hour(minutes: int) -> str:
    return f"{minutes // 60 % 24}:{minutes % 60:02d}"


def _italian() -> bool:
    return (get_language() or "").startswith("it")
