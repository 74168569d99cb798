"""What is due: revisioni and tagliandi by period, with whom to call and whether they may be sent an offer."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.pages import page
from scheduling import due
from scheduling.models import Appointment, ChannelIdentity, Consent, Vehicle
from scheduling.models.appointments import LIVE

ON_A_PAGE = 50
LAST_PAGE = 2000
KINDS = {"revisione": gettext_lazy("Revisione"), "tagliando": gettext_lazy("Tagliando")}
FIELDS = {"revisione": "next_revision_on", "tagliando": "next_service_on"}
PERIODS = {
    "scadute": gettext_lazy("Scadute"),
    "mese": gettext_lazy("Questo mese"),
    "prossimo": gettext_lazy("Mese prossimo"),
    "trimestre": gettext_lazy("Prossimi tre mesi"),
}
CONSENTS = {
    "": gettext_lazy("Tutti"),
    "si": gettext_lazy("Con consenso alle promozioni"),
    "no": gettext_lazy("Senza consenso"),
}


@dataclass(frozen=True)
class Asked:
    """What the page is asked for; what makes no sense is the usual."""

    kind: str
    period: str
    consent: str
    number: int

    @classmethod
    def of(cls, request: HttpRequest) -> "Asked":
        """From the address."""
        get = request.GET.get
        number = get("pagina", "1")
        return cls(
            kind=get("cosa", "") if get("cosa", "") in KINDS else "revisione",
            period=get("quando", "") if get("quando", "") in PERIODS else "mese",
            consent=get("consenso", "") if get("consenso", "") in CONSENTS else "",
            number=min(int(number), LAST_PAGE)
            if number.isdecimal() and len(number) < 6 and int(number)
            else 1,
        )


def span(period: str, today: date) -> tuple[date | None, date]:
    """First (None: any) and last day of a period."""
    month = today.replace(day=1)
    if period == "scadute":
        return None, today
    first = due.add_months(month, 1) if period == "prossimo" else month
    return first, due.end_of_month(due.add_months(first, 2 if period == "trimestre" else 0))


def due_rows(asked: Asked, today: date) -> QuerySet[Vehicle]:
    """The cars that are due, by the day, each with `allows` (the last word on promotion), `stopped` and `booked`."""
    name = FIELDS[asked.kind]
    first, last = span(asked.period, today)
    when = Q(**{f"{name}__lt": today}) if first is None else Q(**{f"{name}__range": (first, last)})
    if asked.kind == "tagliando" and asked.period in ("scadute", "mese"):
        over = Q(mileage_km__gte=F("next_service_km"))  # whichever is first
        when = when | over if asked.period == "scadute" else when & ~over
    rows = (
        Vehicle.objects.filter(when, archived_at__isnull=True)
        .filter(Q(customer=None) | Q(customer__archived_at__isnull=True))
        .select_related("customer")
        .order_by(F(name).asc(nulls_last=True), "license_plate")
    )
    return _with_consent(rows, asked.consent)


def _with_consent(rows: QuerySet[Vehicle], consent: str) -> QuerySet[Vehicle]:
    words = Consent.objects.filter(customer=OuterRef("customer"), purpose=Consent.Purpose.MARKETING)
    given = Q(granted=True, withdrawn_at__isnull=True)
    last = words.order_by("-given_at").annotate(holds=given).values("holds")[:1]
    stop = ChannelIdentity.objects.filter(customer=OuterRef("customer"), opted_out_at__isnull=False)
    booked = Appointment.objects.filter(vehicle=OuterRef("pk"), status__in=LIVE)
    found = rows.annotate(allows=Subquery(last), stopped=Exists(stop), booked=Exists(booked))
    if consent == "si":
        return found.filter(allows=True)
    return found.exclude(allows=True) if consent == "no" else found


def due_page(request: HttpRequest) -> HttpResponse:
    """The list. One query, however many cars the shop has."""
    asked, today = Asked.of(request), timezone.localdate()
    start = (asked.number - 1) * ON_A_PAGE
    rows = list(due_rows(asked, today)[start : start + ON_A_PAGE + 1])
    context: dict[str, Any] = {
        "asked": asked,
        "kinds": _links(request, "cosa", KINDS, asked.kind),
        "periods": _links(request, "quando", PERIODS, asked.period),
        "consents": _links(request, "consenso", CONSENTS, asked.consent),
        "rows": [_row(car, asked.kind, today) for car in rows[:ON_A_PAGE]],
        "before": _address(request, pagina=str(asked.number - 1)) if asked.number > 1 else "",
        "after": _address(request, pagina=str(asked.number + 1)) if len(rows) > ON_A_PAGE else "",
        "may_book": request.user.has_perm("scheduling.add_appointment"),
    }
    return page(request, "backoffice/people/due.html", context, title=_("Scadenze"))


def _row(car: Any, kind: str, today: date) -> dict[str, Any]:
    day = getattr(car, FIELDS[kind])
    over_km = kind == "tagliando" and due.service_is_due(
        due_on=None, due_km=car.next_service_km, mileage_km=car.mileage_km, today=today
    )
    last = car.last_revision_on if kind == "revisione" else car.last_service_on
    return {
        "car": car,
        "day": day,
        "over_km": over_km,
        "standing": "overdue" if over_km else due.standing(day, today),
        "last": last,
    }


def _address(request: HttpRequest, **values: str) -> str:
    query = request.GET.copy()
    for name, value in values.items():
        query[name] = value
    return f"?{query.urlencode()}"


def _links(request: HttpRequest, name: str, choices: dict[str, Any], chosen: str) -> list[dict[str, Any]]:
    return [
        {"text": text, "url": _address(request, **{name: value, "pagina": "1"}), "chosen": value == chosen}
        for value, text in choices.items()
    ]
