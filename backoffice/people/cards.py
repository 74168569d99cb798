"""Everything about a customer, and about a car, on one page. A constant number of queries, however long the history."""

from typing import Any
from uuid import UUID

from auditlog.models import LogEntry
from django.contrib import messages
from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.changes.reading import Change, read
from backoffice.pages import page
from backoffice.people import rights
from receptionist.models import Conversation
from scheduling import due, people
from scheduling.errors import SchedulingError
from scheduling.models import Appointment, Customer, Vehicle
from scheduling.models.appointments import LIVE

PAST, TALKS, CHANGES = 15, 12, 12


def customer_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Who they are, their cars with what is due, appointments, conversations on every channel, consents, changes."""
    customer = get_object_or_404(Customer, pk=pk)
    if customer.merged_into_id:
        return HttpResponseRedirect(reverse("admin:customer_page", args=[customer.merged_into_id]))
    sees = _sees(request)
    cars = list(customer.vehicles.filter(archived_at=None).order_by("-created_at"))
    coming, past, more = _appointments(Q(customer=customer)) if sees["appointment"] else ([], [], False)
    identities = list(customer.identities.all())
    return page(
        request,
        "backoffice/people/customer.html",
        {
            "customer": customer,
            "cars": [_car(car) for car in cars],
            "coming": coming,
            "past": past,
            "more_past": more,
            "talks": _talks(customer) if sees["conversation"] else None,
            "consents": list(customer.consents.all()[:20]) if sees["consent"] else None,
            "identities": identities,
            "stopped": sorted({str(each.get_channel_display()) for each in identities if each.opted_out_at}),
            "waiting": list(customer.waiting.filter(status="waiting").select_related("service")),
            "changes": _changes(request, [customer, *cars]) if sees["changes"] else None,
            "may": {
                "change": request.user.has_perm("scheduling.change_customer"),
                "book": request.user.has_perm("scheduling.add_appointment"),
                "add_car": request.user.has_perm("scheduling.add_vehicle"),
                "consent": request.user.has_perm("scheduling.add_consent"),
                "rights": request.user.has_perm("receptionist.add_erasure"),
            },
            **rights.consent_form(),
        },
        title=str(customer),
    )


def vehicle_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The car, its owner, what is due, what was done to it, changes."""
    car = get_object_or_404(Vehicle.objects.select_related("customer"), pk=pk)
    sees = _sees(request)
    coming, past, more = _appointments(Q(vehicle=car)) if sees["appointment"] else ([], [], False)
    return page(
        request,
        "backoffice/people/vehicle.html",
        {
            "car": _car(car),
            "vehicle": car,
            "coming": coming,
            "past": past,
            "more_past": more,
            "changes": _changes(request, [car]) if sees["changes"] else None,
            "default_months": due.SERVICE_MONTHS,
            "default_km": due.SERVICE_KM,
            "may": {
                "change": request.user.has_perm("scheduling.change_vehicle"),
                "book": request.user.has_perm("scheduling.add_appointment"),
            },
        },
        title=str(car),
    )


def customer_archive(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Put the customer away, or take them out again. By POST."""
    return _archive(request, Customer, pk, "admin:customer_page")


def vehicle_archive(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Put the car away, or take it out again. By POST."""
    return _archive(request, Vehicle, pk, "admin:vehicle_page")


def _archive(request: HttpRequest, model: Any, pk: UUID, name: str) -> HttpResponse:
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    row = get_object_or_404(model, pk=pk)
    verb = {"archive": people.archive, "restore": people.restore}.get(request.POST.get("do", ""))
    if verb is None:
        raise Http404
    try:
        verb(rows=[row])
    except SchedulingError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(
            request, _("Archiviato.") if verb is people.archive else _("Ripristinato dall'archivio.")
        )
    return HttpResponseRedirect(reverse(name, args=[pk]))


def _sees(request: HttpRequest) -> dict[str, bool]:
    wanted = {
        "appointment": "scheduling.view_appointment",
        "conversation": "receptionist.view_conversation",
        "consent": "scheduling.view_consent",
        "changes": "auditlog.view_logentry",
    }
    return {name: request.user.has_perm(permission) for name, permission in wanted.items()}


def _appointments(whose: Q) -> tuple[list[Appointment], list[Appointment], bool]:
    """What is to come, what was (the latest), and whether there is more of that. Two queries."""
    rows = Appointment.objects.filter(whose).select_related("service", "bay", "vehicle", "customer")
    ahead = Q(ends_at__gte=timezone.now(), status__in=LIVE)
    coming = list(rows.filter(ahead).order_by("scheduled_at")[:30])
    past = list(rows.exclude(ahead).order_by("-scheduled_at")[: PAST + 1])
    return coming, past[:PAST], len(past) > PAST


def _talks(customer: Customer) -> list[Conversation]:
    """The latest conversations on every channel, with how many messages. One query."""
    rows = Conversation.objects.filter(customer=customer).annotate(said=Count("messages"))
    return list(rows.order_by("-started_at")[:TALKS])


def _changes(request: HttpRequest, rows: list[Any]) -> list[Change]:
    kinds = {model: ContentType.objects.get_for_model(model) for model in {type(row) for row in rows}}
    about = Q()
    for model, kind in kinds.items():
        about |= Q(content_type=kind, object_pk__in=[str(row.pk) for row in rows if type(row) is model])
    entries = (
        LogEntry.objects.filter(about)
        .exclude(action=LogEntry.Action.ACCESS)
        .select_related("content_type", "actor")
        .defer("serialized_data", "changes_text")
        .order_by("-timestamp")
    )
    return read(request, entries[:CHANGES])


def _car(car: Vehicle) -> dict[str, Any]:
    """A car with how near its due dates are."""
    today = timezone.localdate()
    over_km = due.service_is_due(
        due_on=None, due_km=car.next_service_km, mileage_km=car.mileage_km, today=today
    )
    return {
        "row": car,
        "revision": due.standing(car.next_revision_on, today),
        "service": "overdue" if over_km else due.standing(car.next_service_on, today),
        "over_km": over_km,
    }
