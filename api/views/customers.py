"""Customers: listed, made, changed, put away. Nothing is deleted here: that is a person's right, with its own proof."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_filters import ChoiceFilter
from rest_framework.response import Response

import api.docs.customers as words
from api import writing
from api.asked import ARCHIVED, Asked, MomentFilter, PhoneFilter, PlateFilter, in_archive
from api.models import Scope
from api.pagination import Order
from api.problems import Problem
from api.serializers.appointments import NothingIn
from api.serializers.customers import FOUND_BY, CustomerIn, CustomerOut
from api.views.base import Acts, ApiView
from scheduling import people
from scheduling.models import Customer


class AskedCustomers(Asked):
    """Which customers."""

    phone = PhoneFilter(field_name="phone")
    plate = PlateFilter(method="with_plate")
    created_since = MomentFilter(field_name="created_at", lookup_expr="gte")
    updated_since = MomentFilter(method="changed")
    archived = ChoiceFilter(choices=ARCHIVED, method="away")

    class Meta:
        model = Customer
        fields: list[str] = []

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Without the archive, unless it was asked for."""
        rows = super().filter_queryset(queryset)
        return rows if self.form.cleaned_data.get("archived") else in_archive(rows, "false")

    def with_plate(self, rows: QuerySet[Any], _name: str, plate: str) -> QuerySet[Any]:
        """Whose car has the plate; one has it at most."""
        return rows.filter(vehicles__license_plate=plate)

    def changed(self, rows: QuerySet[Any], _name: str, since: datetime) -> QuerySet[Any]:
        """Made or changed since."""
        return writing.changed_since(rows, Customer, since)

    def away(self, rows: QuerySet[Any], _name: str, given: str) -> QuerySet[Any]:
        """In use, put away, or both."""
        return in_archive(rows, given)


class Customers(Acts):
    """The list, and new ones."""

    scopes = {"get": Scope.CUSTOMERS_READ, "post": Scope.CUSTOMERS_WRITE}
    operations = {"get": words.LIST, "post": words.CREATE}
    asked = AskedCustomers
    pages = True

    def get(self, _request: Any) -> Response:
        """A page of customers."""
        return self.listed(CustomerOut, writing.customers(), Order("created_at"))

    def act(self, **_kwargs: Any) -> Response:
        """A new customer."""
        customer = writing.saved(Customer(), self.sent(CustomerIn))
        return self.shown(CustomerOut, customer, status=201, location=f"/api/v1/customers/{customer.pk}")


class OneCustomer(ApiView):
    """One customer."""

    scopes = {"get": Scope.CUSTOMERS_READ, "patch": Scope.CUSTOMERS_WRITE}
    operations = {"get": words.SHOW, "patch": words.CHANGE}

    def get(self, _request: Any, pk: UUID) -> Response:
        """The customer."""
        return self.shown(CustomerOut, self.find(writing.customers(), pk))

    def patch(self, _request: Any, pk: UUID) -> Response:
        """Some values of the customer."""
        with transaction.atomic():
            customer = self.find(writing.customers().select_for_update(no_key=True), pk)
            values = self.sent(CustomerIn, partial=True)
            self.require_match(CustomerOut, customer, required=True)
            if not any(values.get(name, getattr(customer, name)) for name in FOUND_BY):
                raise Problem(400, _("Serve almeno un nome, un telefono o un'e-mail."))
            return self.shown(CustomerOut, writing.saved(customer, values))


class ArchiveCustomer(Acts):
    """Out of the lists."""

    scopes = {"post": Scope.CUSTOMERS_WRITE}
    operations = {"post": words.ARCHIVE}

    def act(self, *, pk: UUID, **_kwargs: Any) -> Response:
        """Put away; again changes nothing."""
        self.sent(NothingIn)
        customer = self.find(writing.customers().select_for_update(no_key=True), pk)
        self.require_match(CustomerOut, customer, required=False)
        people.archive(rows=[customer])
        return self.shown(CustomerOut, customer)


class RestoreCustomer(Acts):
    """Back into the lists."""

    scopes = {"post": Scope.CUSTOMERS_WRITE}
    operations = {"post": words.RESTORE}

    def act(self, *, pk: UUID, **_kwargs: Any) -> Response:
        """Taken out again."""
        self.sent(NothingIn)
        customer = self.find(writing.customers().select_for_update(no_key=True), pk)
        self.require_match(CustomerOut, customer, required=False)
        people.restore(rows=[customer])
        return self.shown(CustomerOut, customer)
