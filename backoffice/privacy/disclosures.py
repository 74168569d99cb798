"""That an AI answers: which sentence was said in each conversation, and when (AI Act, art. 50)."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from tempfile import TemporaryFile
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from backoffice import pages
from receptionist.models import Channel, Conversation
from scheduling.exporting import neutral
from shops.context import current_shop

ON_A_PAGE = 50
LAST_PAGE = 1000
CHUNK = 1000
MOST_ROWS = 50_000
MISSING = "manca"
FIELDS = ("id", "channel", "started_at", "disclosed_at", "disclosure")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page is asked for; what makes no sense is left out."""

    channel: str
    first: date | None
    last: date | None
    missing: bool
    number: int

    @classmethod
    def of(cls, request: HttpRequest) -> "Asked":
        """From the address."""
        get = request.GET.get
        number = get("pagina", "1")
        return cls(
            channel=get("canale", "") if get("canale", "") in Channel.values else "",
            first=_day(get("dal", "")),
            last=_day(get("al", "")),
            missing=get("solo", "") == MISSING,
            number=min(int(number), LAST_PAGE)
            if number.isascii() and number.isdigit() and len(number) < 6
            else 1,
        )

    def query(self, **more: Any) -> str:
        """The same as an address."""
        values = {
            "canale": self.channel,
            "dal": self.first.isoformat() if self.first else "",
            "al": self.last.isoformat() if self.last else "",
            "solo": MISSING if self.missing else "",
            **more,
        }
        return urlencode({name: value for name, value in values.items() if value})


def _day(text: str) -> date | None:
    try:
        found = parse_date(text)
    except ValueError:
        return None
    return found if found and 2000 <= found.year < 2200 else None


def rows(asked: Asked) -> QuerySet[Conversation]:
    """The conversations that are asked for, the latest first. Days are the shop's."""
    found = Conversation.objects.order_by("-started_at", "-pk").only(*FIELDS)
    if asked.channel:
        found = found.filter(channel=asked.channel)
    if asked.first:
        found = found.filter(started_at__gte=_begins(asked.first))
    if asked.last:
        found = found.filter(started_at__lt=_begins(asked.last + timedelta(days=1)))
    if asked.missing:
        found = found.filter(disclosed_at__isnull=True)
    return found


def _begins(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=current_shop().tz)


def disclosures_page(request: HttpRequest) -> HttpResponse:
    """A page of them. Two queries."""
    asked = Asked.of(request)
    number = max(asked.number, 1)
    begin = (number - 1) * ON_A_PAGE
    found = list(rows(asked)[begin : begin + ON_A_PAGE + 1])
    here = reverse("admin:privacy_disclosures")
    context = {
        "asked": asked,
        "rows": found[:ON_A_PAGE],
        "channels": Channel.choices,
        "before": f"{here}?{asked.query(pagina=number - 1)}" if number > 1 else "",
        "after": f"{here}?{asked.query(pagina=number + 1)}" if len(found) > ON_A_PAGE else "",
        "file": f"{reverse('admin:privacy_disclosures_csv')}?{asked.query()}",
    }
    return pages.page(
        request, "backoffice/privacy/disclosures.html", context, title=_("Dichiarazioni dell'IA")
    )


def export(request: HttpRequest) -> FileResponse:
    """All that are asked for as CSV, up to MOST_ROWS, the latest first. Not streamed: a stream would outlive the shop."""
    file = TemporaryFile()  # noqa: SIM115 - the response closes it
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    heads = (_("Conversazione"), _("Canale"), _("Inizio"), _("IA dichiarata il"), _("Frase detta"))
    writer.writerow([str(each) for each in heads])
    zone = current_shop().tz
    for row in islice(_all(Asked.of(request)), MOST_ROWS):
        cells = (
            str(row.pk),
            str(row.get_channel_display()),
            row.started_at.astimezone(zone).isoformat(" ", "seconds"),
            row.disclosed_at.astimezone(zone).isoformat(" ", "seconds") if row.disclosed_at else _("mai"),
            row.disclosure,
        )
        writer.writerow([neutral(cell) for cell in cells])
    text.flush()
    text.detach()
    file.seek(0)
    name = f"dichiarazioni-ia-{timezone.localdate():%Y-%m-%d}.csv"
    return FileResponse(
        file,
        as_attachment=True,
        filename=name,
        content_type="text/csv; charset=utf-8",
        headers={"Cache-Control": "private, no-store"},
    )


def _all(asked: Asked) -> Iterator[Conversation]:
    last: Conversation | None = None
    while True:
        chunk = rows(asked)
        if last is not None:
            chunk = chunk.filter(started_at__lte=last.started_at).exclude(
                started_at=last.started_at, pk__gte=last.pk
            )
        found = list(chunk[:CHUNK])
        yield from found
        if len(found) < CHUNK:
            return
        last = found[-1]
