"""Vehicles: listed, made, changed, put away."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django_filters import ChoiceFilter
from rest_framework.response import Response

import api.docs.vehicles as words
from api import writing
from api.asked import ARCHIVED, Asked, KeyFilter, MomentFilter, PlateFilter, in_archive
from api.models import Scope
from api.pagination import Order
from api.serializers.appointments import NothingIn
from api.serializers.vehicles import VehicleIn, VehicleOut
from api.views.base import Acts, ApiView
from scheduling import people
from scheduling.models import Vehicle


class AskedVehicles(Asked):
    """Which vehicles."""

    plate = PlateFilter(field_name="license_plate")
    customer = KeyFilter(field_name="customer_id")
    created_since = MomentFilter(field_name="created_at", lookup_expr="gte")
    updated_since = MomentFilter(method="changed")
    archived = ChoiceFilter(choices=ARCHIVED, method="away")

    class Meta:
        model = Vehicle
        fields: list[str] = []

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Without the archive, unless it was asked for."""
        rows = super().filter_queryset(queryset)
        return rows if self.form.cleaned_data.get("archived") else in_archive(rows, "false")

    def changed(self, rows: QuerySet[Any], _name: str, since: datetime) -> QuerySet[Any]:
        """Made or changed since."""
        return writing.changed_since(rows, Vehicle, since)

    def away(self, rows: QuerySet[Any], _name: str, given: str) -> QuerySet[Any]:
        """In use, put away, or both."""
        return in_archive(rows, given)


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    """The owner, if one is named, is a customer of the shop's. Raises Problem 404."""
    if values.get("customer_id") is not None:
        writing.named(writing.customers(), values["customer_id"], "customer_id")
    return values


class Vehicles(Acts):
    """The list, and new ones."""

    scopes = {"get": Scope.CUSTOMERS_READ, "post": Scope.CUSTOMERS_WRITE}
    operations = {"get": words.LIST, "post": words.CREATE}
    asked = AskedVehicles
    pages = True

    def get(self, _request: Any) -> Response:
        """A page of vehicles."""
        return self.listed(VehicleOut, Vehicle.objects.all(), Order("created_at"))

    def act(self, **_kwargs: Any) -> Response:
        """A new vehicle."""
        vehicle = writing.saved(Vehicle(), _checked(self.sent(VehicleIn)))
        return self.shown(VehicleOut, vehicle, status=201, location=f"/api/v1/vehicles/{vehicle.pk}")


class OneVehicle(ApiView):
    """One vehicle."""

    scopes = {"get": Scope.CUSTOMERS_READ, "patch": Scope.CUSTOMERS_WRITE}
    operations = {"get": words.SHOW, "patch": words.CHANGE}

    def get(self, _request: Any, pk: UUID) -> Response:
        """The vehicle."""
        return self.shown(VehicleOut, self.find(Vehicle.objects.all(), pk))

    def patch(self, _request: Any, pk: UUID) -> Response:
        """Some values of the vehicle."""
        with transaction.atomic():
            vehicle = self.find(Vehicle.objects.select_for_update(no_key=True), pk)
            values = _checked(self.sent(VehicleIn, partial=True))
            self.require_match(VehicleOut, vehicle, required=True)
            return self.shown(VehicleOut, writing.saved(vehicle, values))


class ArchiveVehicle(Acts):
    """Out of the lists."""

    scopes = {"post": Scope.CUSTOMERS_WRITE}
    operations = {"post": words.ARCHIVE}

    def act(self, *, pk: UUID, **_kwargs: Any) -> Response:
        """Put away; again changes nothing."""
        self.sent(NothingIn)
        vehicle = self.find(Vehicle.objects.select_for_update(no_key=True), pk)
        self.require_match(VehicleOut, vehicle, required=False)
        people.archive(rows=[vehicle])
        return self.shown(VehicleOut, vehicle)


class RestoreVehicle(Acts):
    """Back into the lists."""

    scopes = {"post": Scope.CUSTOMERS_WRITE}
    operations = {"post": words.RESTORE}

    def act(self, *, pk: UUID, **_kwargs: Any) -> Response:
        """Taken out again."""
        self.sent(NothingIn)
        vehicle = self.find(Vehicle.objects.select_for_update(no_key=True), pk)
        self.require_match(VehicleOut, vehicle, required=False)
        people.restore(rows=[vehicle])
        return self.shown(VehicleOut, vehicle)
