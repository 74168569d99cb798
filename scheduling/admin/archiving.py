"""Customers and cars are put away, not deleted: the mixin of their lists, and how they are found."""

import re
from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from scheduling import people, plates
from scheduling.errors import SchedulingError
from scheduling.models import ChannelIdentity, Customer, Vehicle
from shops.back_office import button
from shops.phones import normalise_phone

NUMBER = re.compile(r"[+0-9 ()./\-]{3,40}\Z")


class ArchivedFilter(admin.SimpleListFilter):
    """Those in use; the others are asked for."""

    title = _("archivio")
    parameter_name = "archivio"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, Any]]:
        """Beside those in use."""
        return [("archiviati", _("archiviati")), ("tutti", _("tutti"))]

    def choices(self, changelist: Any) -> Any:
        """Django says «all» for no choice, which means those in use here."""
        for number, choice in enumerate(super().choices(changelist)):
            yield {**choice, "display": _("in uso")} if number == 0 else choice

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """What was chosen."""
        if self.value() == "tutti":
            return queryset
        return queryset.filter(archived_at__isnull=self.value() != "archiviati")


class Archived:
    """Mixed into an admin: nothing is deleted; the archive is left out where something is chosen."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: appointments, consents and the books point here."""
        return False

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """As usual; what can be chosen in a form are those in use."""
        match = request.resolver_match
        if match is not None and match.url_name == "autocomplete":
            queryset = queryset.filter(archived_at__isnull=True)
        return super().get_search_results(request, queryset, search_term)  # type: ignore[misc]  # a mixin

    @button(_("Archivia"), permissions=["change"])
    def archive(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        """Out of the lists; who calls again is still known."""
        try:
            count = people.archive(rows=chosen)
        except SchedulingError as refusal:
            messages.error(request, refusal.message)
            return
        text = ngettext("%(count)d archiviato.", "%(count)d archiviati.", count)
        messages.success(request, text % {"count": count})

    @button(_("Ripristina dall'archivio"), permissions=["change"])
    def restore(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        """Back into the lists."""
        count = people.restore(rows=chosen)
        text = ngettext("%(count)d ripristinato.", "%(count)d ripristinati.", count)
        messages.success(request, text % {"count": count})


def customers_spelled(text: str) -> Q | None:
    """Customers by a telephone or a plate in any spelling ("333 12 34 567", "ab 123 cd"); None for other words."""
    if NUMBER.match(text.strip()):
        digits = "".join(char for char in text if char.isdigit())
        if len(digits) < 3:
            return None
        number = normalise_phone(text) or digits
        known = ChannelIdentity.objects.filter(external_id=number)
        return Q(phone__contains=digits) | Q(phone=number) | Q(pk__in=known.values("customer_id"))
    plate = plates.normalise_plate(text)
    if len(plate) < 3 or not any(char.isdigit() for char in plate):
        return None
    cars = Vehicle.objects.filter(license_plate__startswith=plate)
    return Q(pk__in=cars.values("customer_id"))


def appointments_spelled(text: str) -> Q | None:
    """Appointments by a telephone or a plate in any spelling; None for other words."""
    if NUMBER.match(text.strip()):
        owners = customers_spelled(text)
        return None if owners is None else Q(customer__in=Customer.objects.filter(owners).values("pk"))
    plate = plates.normalise_plate(text)
    if len(plate) < 3 or not any(char.isdigit() for char in plate):
        return None
    return Q(vehicle__in=Vehicle.objects.filter(license_plate__startswith=plate).values("pk"))


def widened(queryset: QuerySet[Any], found: QuerySet[Any], also: Q | None) -> QuerySet[Any]:
    """What was found, and what is spelled another way."""
    if also is None:
        return found
    return queryset.filter(Q(pk__in=found.order_by().values("pk")) | also)
