"""Appointments: listed, booked, moved, and what becomes of them. The workshop's verbs decide, and their refusals are 409.

What is booked here has the source `manual`: the shop's own tools speak for the shop. The rules are those of customers
(notice, grid, caps), so that a program cannot crowd the day by mistake.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import transaction
from django_filters import ChoiceFilter
from rest_framework.response import Response

import api.docs.appointments as words
from api import writing
from api.asked import Asked, KeyFilter, MomentFilter
from api.models import Scope
from api.pagination import Order
from api.serializers.appointments import AppointmentIn, AppointmentOut, CancelIn, MoveIn, NothingIn
from api.views.base import Acts, ApiView
from scheduling import booking
from scheduling.models import Appointment, Customer, Service, Vehicle
from scheduling.models.appointments import Source, Status
from shops import history

VERBS: dict[str, Callable[..., Any]] = {
    "confirm": booking.confirm,
    "start": booking.start,
    "complete": booking.complete,
    "reopen": booking.reopen,
    "cancel": booking.cancel,
    "no-show": booking.mark_no_show,
    "arrived": booking.mark_arrived,
    "collected": booking.mark_collected,
    "acknowledge": booking.acknowledge,
}


class AskedAppointments(Asked):
    """Which appointments; `from` and `to` are about their beginning."""

    status = ChoiceFilter(choices=[(value, value) for value in Status.values])
    service = KeyFilter(field_name="service_id")
    customer = KeyFilter(field_name="customer_id")
    vehicle = KeyFilter(field_name="vehicle_id")
    updated_since = MomentFilter(field_name="updated_at", lookup_expr="gte")

    class Meta:
        model = Appointment
        fields: list[str] = []


# Words that Python keeps for itself.
AskedAppointments.base_filters["from"] = MomentFilter(field_name="scheduled_at", lookup_expr="gte")
AskedAppointments.base_filters["to"] = MomentFilter(field_name="scheduled_at", lookup_expr="lt")


def _rows() -> Any:
    return Appointment.objects.select_related("service", "bay")


class Appointments(Acts):
    """The list, and new ones."""

    scopes = {"get": Scope.APPOINTMENTS_READ, "post": Scope.APPOINTMENTS_WRITE}
    operations = {"get": words.LIST, "post": words.BOOK}
    asked = AskedAppointments
    pages = True

    def get(self, _request: Any) -> Response:
        """A page of appointments, by their beginning."""
        return self.listed(AppointmentOut, _rows(), Order("scheduled_at"))

    def act(self, **_kwargs: Any) -> Response:
        """A new appointment; 200 when the same one was there already."""
        sent = self.sent(AppointmentIn)
        service = writing.named(Service.objects.all(), sent["service_id"], "service_id")
        customer = self._customer(sent)
        made = booking.book(
            customer=customer,
            vehicle=self._vehicle(sent, customer),
            service=service,
            starts_at=sent["starts_at"],
            source=Source.MANUAL,
            drop_off_at=sent.get("drop_off_at"),
            leaves_car=sent.get("leaves_car", False),
            notes=sent.get("notes", ""),
        )
        row = made.appointment
        if made.created:
            named = {"customer": row.customer_id, "service": row.service_id, "scheduled_at": row.scheduled_at}
            history.record(row, {}, named, created=True)
        return self.shown(
            AppointmentOut,
            row,
            status=201 if made.created else 200,
            location=f"/api/v1/appointments/{row.pk}",
        )

    def _customer(self, sent: dict[str, Any]) -> Customer:
        """Who is named; or, by their number, who is known; or a new one."""
        if "customer_id" in sent:
            found: Customer = writing.named(writing.customers(), sent["customer_id"], "customer_id")
            return found
        self.allowed(Scope.CUSTOMERS_WRITE)
        values = sent["customer"]
        known = writing.customers().filter(phone=values["phone"]).first() if values.get("phone") else None
        return known or writing.saved(Customer(), values)

    def _vehicle(self, sent: dict[str, Any], customer: Customer) -> Vehicle | None:
        """The car that is named; by its plate also a new one, which is then the customer's."""
        if "vehicle_id" in sent:
            found: Vehicle = writing.named(Vehicle.objects.all(), sent["vehicle_id"], "vehicle_id")
            return found
        if "plate" not in sent:
            return None
        known = Vehicle.objects.filter(license_plate=sent["plate"]).first()
        if known is not None:
            return known
        self.allowed(Scope.CUSTOMERS_WRITE)
        return writing.saved(Vehicle(), {"license_plate": sent["plate"], "customer_id": customer.pk})


class OneAppointment(ApiView):
    """One appointment."""

    scopes = {"get": Scope.APPOINTMENTS_READ, "patch": Scope.APPOINTMENTS_WRITE}
    operations = {"get": words.SHOW, "patch": words.MOVE}

    def get(self, _request: Any, pk: UUID) -> Response:
        """The appointment."""
        return self.shown(AppointmentOut, self.find(_rows(), pk))

    def patch(self, _request: Any, pk: UUID) -> Response:
        """To another start. The verb looks again, with the row locked, whether it is as it was seen."""
        row = self.find(_rows(), pk)
        sent = self.sent(MoveIn)
        self.require_match(AppointmentOut, row, required=True)
        with transaction.atomic():
            booking.reschedule(appointment=row, starts_at=sent["starts_at"], unchanged_since=row.updated_at)
            return self.shown(AppointmentOut, self.find(_rows(), pk))


class Act(Acts):
    """One verb on an appointment; the address says which."""

    scopes = {"post": Scope.APPOINTMENTS_WRITE}
    verb = ""

    @property
    def operations(self) -> Any:  # type: ignore[override]  # of one verb alone
        """The verb's."""
        return {"post": words.act(self.verb)}

    def act(self, *, pk: UUID, **_kwargs: Any) -> Response:
        """The verb; again changes nothing where that can be."""
        sent = self.sent(CancelIn if self.verb == "cancel" else NothingIn)
        row = self.find(_rows(), pk)
        self.require_match(AppointmentOut, row, required=False)
        if self.verb == "cancel":
            sent["by"] = self.token.name
        VERBS[self.verb](appointment=row, **sent)
        return self.shown(AppointmentOut, self.find(_rows(), pk))
