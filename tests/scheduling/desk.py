"""A person at the back office, and the forms they fill in."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

from django.db import connection
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from scheduling import catalogue
from scheduling.models import (
    Appointment,
    Bay,
    Customer,
    Service,
)
from shops.context import in_shop
from shops.models import Shop
from shops.staff.models import StaffUser
from tests import factories

Login = Callable[[Client, StaffUser, Shop], Client]


def url(model: type[Model], page: str, *args: Any) -> str:
    return reverse(f"admin:scheduling_{model._meta.model_name}_{page}", args=args, urlconf="aros.urls_shop")


class Desk(Client):
    """A browser on the first shop's host. A request ends in public: the test goes on inside the shop."""

    shop: Shop

    def request(self, **request: Any) -> Any:
        try:
            return super().request(**request)
        finally:
            connection.set_tenant(self.shop)


def worker(shop: Shop, role: str, client: Client, log_in: Login) -> Client:
    with in_shop(shop):
        person = StaffUser.objects.create_user(f"{role}@rossi.example", "una password lunga", role=role)
    return log_in(client, person, shop)


def next_opening(days: int = 2) -> datetime:
    """A whole hour in which the shop is open, some days ahead."""
    cat = catalogue.load()
    day = timezone.localdate() + timedelta(days=days)
    while not cat.calendar.spans(day) or day.weekday() > 4:
        day += timedelta(days=1)
    return datetime.combine(day, time(10), cat.calendar.tz)


def form_data(starts_at: datetime, **values: Any) -> dict[str, Any]:
    customer = values.pop("customer", None) or Customer.objects.all()[0]
    service = values.pop("service", None) or Service.objects.get(name="Diagnosi").pk
    return {
        "customer": str(customer.pk),
        "vehicle": "",
        "service": str(getattr(service, "pk", service)),
        "scheduled_at_0": f"{starts_at:%d/%m/%Y}",
        "scheduled_at_1": f"{starts_at:%H:%M}",
        "bay": "",
        "duration_minutes": "",
        "drop_off_at_0": "",
        "drop_off_at_1": "",
        "promised_at_0": "",
        "promised_at_1": "",
        "customer_note": "",
        "contact_phone": "",
        "notes": "",
    } | values


def errors(response: Any) -> str:
    form = response.context["adminform"].form
    return str(form.errors.as_text())


def existing(**values: Any) -> Appointment:
    Appointment.objects.all().delete()
    service = Service.objects.get(name="Diagnosi")
    return factories.appointment(
        next_opening(), service=service, bay=Bay.objects.get(name="Ponte 1"), **{"vehicle": None} | values
    )
