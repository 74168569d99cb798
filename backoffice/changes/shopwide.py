"""What the history notes of the shop itself: its hours, as "hours.0" to "hours.6", and its settings."""

import ast
from collections.abc import Callable
from datetime import time
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.changes import values
from scheduling import public_holidays
from scheduling.admin.rules import RulesForm
from scheduling.models.workshop import Weekday

HOURS, RULES = "hours", "scheduling"


def kind(changes: dict[str, Any]) -> str:
    """What part of the shop was changed."""
    sections = {name.partition(".")[0] for name in changes}
    if sections == {HOURS}:
        return _("orari di apertura")
    if sections == {RULES}:
        return _("regole di prenotazione")
    return _("impostazioni")


def label(name: str) -> str:
    """The name of a key as the page that changes it has it."""
    section, _dot, key = name.partition(".")
    if section == HOURS and key.isdigit() and int(key) in Weekday.values:
        return str(Weekday(int(key)).label)
    if section == RULES and key in RulesForm.base_fields:
        return str(RulesForm.base_fields[key].label)
    return str(OTHERS.get(name, key.replace("_", " ")))


def shown(name: str, stored: str) -> str:
    """The value of a key in words."""
    section, _dot, key = name.partition(".")
    if section == HOURS:
        return stored if stored not in values.EMPTY else _("chiuso")
    told = WORDS.get(key) if section == RULES else None
    return told(stored) if told and stored not in values.EMPTY else values.plain(stored)


def _time(stored: str) -> str:
    try:
        return f"{time.fromisoformat(stored):%H:%M}"
    except ValueError:
        return stored


def _holidays(stored: str) -> str:
    names = {holiday.key: str(holiday.name) for holiday in public_holidays.CHOICES}
    try:
        keys = ast.literal_eval(stored)
    except (ValueError, SyntaxError):
        return stored
    return ", ".join(names.get(key, key) for key in keys)


WORDS: dict[str, Callable[[str], str]] = {
    "drop_off_time": _time,
    "afternoon_from": _time,
    "works_on_holidays": _holidays,
}
OTHERS: dict[str, Any] = {
    "access.admins_need_second_factor": gettext_lazy("secondo fattore obbligatorio"),
    "support.allowed": gettext_lazy("accesso dell'assistenza permesso"),
    "support.visit": gettext_lazy("accesso dell'assistenza"),
}
