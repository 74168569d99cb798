"""The opening hours of the week on one page."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice import pages
from scheduling import week
from scheduling.models.workshop import Weekday
from scheduling.outside import outside

MOST_PERIODS = 4


@dataclass
class DayRow:
    """A day as it is on the page: what was typed, and what is wrong with it."""

    number: int
    periods: list[tuple[str, str]]
    closed: bool = False
    error: str = ""
    read: list[week.Period] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The weekday."""
        return str(Weekday(self.number).label)

    @property
    def shown(self) -> list[tuple[str, str]]:
        """What is typed in, with room for a morning and an afternoon."""
        return [*self.periods, *[("", "")] * (2 - len(self.periods))]


def hours_page(request: HttpRequest) -> HttpResponse:
    """Show the week, or save it; in force from the next call."""
    if request.method == "POST":
        rows = [_typed(request.POST, number) for number in range(7)]
        if not any(row.error for row in rows) and _saved(request, rows):
            return HttpResponseRedirect(reverse("admin:hours"))
        seen, status = request.POST.get("seen", ""), 200
    else:
        now = week.current()
        rows = [_row(number, day) for number, day in enumerate(now)]
        seen, status = week.mark(now), 200
    context = {
        "rows": rows,
        "seen": seen,
        "wrong": any(row.error for row in rows),
        "outside": 0 if request.method == "POST" else len(outside()),
        "days": [(day.value, day.label) for day in Weekday],
    }
    return pages.page(
        request, "backoffice/myshop/hours.html", context, title=_("Orari di apertura"), status=status
    )


def _row(number: int, day: week.Day) -> DayRow:
    return DayRow(number, [(f"{opens:%H:%M}", f"{closes:%H:%M}") for opens, closes in day], closed=not day)


def _typed(sent: Mapping[str, str], number: int) -> DayRow:
    """The day as it was typed in, with what is wrong in words."""
    row = DayRow(number, [], closed=f"closed-{number}" in sent)
    for index in range(MOST_PERIODS):
        pair = tuple(sent.get(f"{edge}-{number}-{index}", "")[:8].strip() for edge in ("opens", "closes"))
        if any(pair):
            row.periods.append((pair[0], pair[1]))
    if row.closed:
        return row
    try:
        row.read = week.check([_period(*pair) for pair in row.periods])
        if not row.read:
            row.error = _("Scriva un orario, o metta la spunta su «chiuso».")
    except ValidationError as fault:
        row.error = " ".join(fault.messages)
    return row


def _period(opens: str, closes: str) -> week.Period:
    if not opens or not closes:
        raise ValidationError(_("Servono sia l'ora di apertura sia quella di chiusura."))
    return _time(opens), _time(closes)


def _time(text: str) -> time:
    try:
        found = time.fromisoformat(text)
    except ValueError as error:
        raise ValidationError(
            _("«%(text)s» non è un'ora: scriva per esempio 08:30."), params={"text": text}
        ) from error
    return found.replace(second=0, microsecond=0, tzinfo=None)


def _saved(request: HttpRequest, rows: list[DayRow]) -> bool:
    """Save the week and say what it means for who has booked already."""
    before = set(outside())
    try:
        changed = week.save([row.read for row in rows], seen=request.POST.get("seen", ""))
    except week.Outdated:
        text = _("Intanto qualcun altro ha cambiato gli orari: ricarichi la pagina e ricontrolli i suoi.")
        messages.error(request, text)
        return False
    if not changed:
        messages.info(request, _("Gli orari erano già questi."))
        return True
    messages.success(request, _("Gli orari sono salvati: valgono dalla prossima telefonata."))
    warn(request, len(set(outside()) - before))
    return True


def warn(request: HttpRequest, number: int) -> None:
    """Say how many booked appointments no longer fit, with the way to them."""
    if not number:
        return
    text = ngettext(
        "Attenzione: %(number)d appuntamento già preso ora è fuori orario. Nessuno ha avvisato il cliente.",
        "Attenzione: %(number)d appuntamenti già presi ora sono fuori orario. Nessuno ha avvisato i clienti.",
        number,
    ) % {"number": number}
    link = format_html(
        '<a class="underline" href="{}">{}</a>', reverse("admin:out_of_hours"), _("Quali sono")
    )
    messages.warning(request, format_html("{} {}", text, link))
