"""The list of lost requests: who asked for an appointment and got none, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice import pages
from backoffice.today import links
from receptionist import lost
from receptionist.lost import LostRequest, Reason
from scheduling import selections
from scheduling.admin.filters import PERIODS
from scheduling.periods import Period
from shops.back_office import short_when
from shops.dates import in_a_sentence

A_PAGE = 25
COLOURS = {
    Reason.FAILURE: "bad",
    Reason.FULL: "warn",
    Reason.WAITING: "warn",
    Reason.PERSON: "info",
    Reason.PRICE: "work",
}
TITLE = gettext_lazy("Richieste perse")


@dataclass(frozen=True, slots=True)
class Row:
    """One request, in words."""

    when: str
    who: str
    channel: str
    work: str
    wanted: str
    reason: str
    colour: str
    detail: str
    link: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A link of the filters, with how many it leaves."""

    label: str
    link: str
    chosen: bool
    count: int | None = None


def lost_requests(request: HttpRequest) -> HttpResponse:
    """The requests of a period, all or of one reason, by pages. The same queries whatever the data."""
    period = _one_of(Period, request.GET.get("periodo"), Period.WEEK)
    reason = _one_of(Reason, request.GET.get("motivo"), None)
    found = lost.requests(selections.stretch(period), now=timezone.now())
    kept = [each for each in found if reason in (None, each.reason)]
    shown = Paginator(kept, A_PAGE).get_page(request.GET.get("p"))
    context = {
        "periods": [Choice(str(label), _link(each, reason), each == period) for each, label in PERIODS],
        "reasons": _reasons(found, period, reason),
        "rows": [_row(each) for each in shown],
        "count": len(kept),
        "cut": len(found) == lost.MOST,
        "most": lost.MOST,
        "pages": _pages(shown, period, reason),
    }
    return pages.page(request, "backoffice/today_lost.html", context, title=TITLE)


def _one_of(kind: Any, said: str | None, otherwise: Any) -> Any:
    return kind(said) if said in {str(each.value) for each in kind} else otherwise


def _link(period: Period, reason: Reason | None, page: int | None = None) -> str:
    return links.page("lost_requests", periodo=period, motivo=reason and reason.value, p=page)


def _reasons(found: Sequence[LostRequest], period: Period, chosen: Reason | None) -> list[Choice]:
    every = Choice(_("Tutti i motivi"), _link(period, None), chosen is None, len(found))
    return [
        every,
        *(
            Choice(str(reason.label), _link(period, reason), reason == chosen, count)
            for reason, count in lost.by_reason(found)
        ),
    ]


def _pages(shown: Any, period: Period, reason: Reason | None) -> dict[str, Any]:
    return {
        "number": shown.number,
        "last": shown.paginator.num_pages,
        "before": _link(period, reason, shown.number - 1) if shown.has_previous() else "",
        "after": _link(period, reason, shown.number + 1) if shown.has_next() else "",
    }


def _row(each: LostRequest) -> Row:
    return Row(
        when=short_when(each.started_at),
        who=each.who or _("Numero nascosto"),
        channel=str(each.channel.label),
        work=each.work,
        wanted=in_words(each.wanted),
        reason=str(each.reason.label),
        colour=COLOURS.get(each.reason, ""),
        detail=each.detail,
        link=links.conversation(each.pk),
    )


def in_words(wanted: str) -> str:
    """An ISO date or start as people read it; what the customer said stays as it is."""
    try:
        if len(wanted) == len("2026-11-26"):
            return in_a_sentence(date_format(date.fromisoformat(wanted), "D j M"))
        return in_a_sentence(date_format(datetime.fromisoformat(wanted), "D j M H:i"))
    except ValueError:
        return wanted
