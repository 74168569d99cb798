"""Finding a customer by what somebody at the counter types: a name, a number, a plate. And a new one."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Prefetch, Q
from django.utils.translation import gettext as _

from scheduling import plates
from scheduling.models import Customer, Vehicle

MOST = 8
SHORTEST = 2


def search(text: str) -> list[dict[str, Any]]:
    """At most eight customers with their cars. Two queries; none for less than two letters."""
    words = text.replace("\x00", "").split()[:4]
    if len("".join(words)) < SHORTEST:
        return []
    found = (
        Customer.objects.filter(_matches(words), archived_at__isnull=True)
        .prefetch_related(Prefetch("vehicles", Vehicle.objects.filter(archived_at__isnull=True)))
        .order_by("last_name", "first_name", "pk")[:MOST]
    )
    return [known(customer) for customer in found]


def known(customer: Customer) -> dict[str, Any]:
    """A customer as the page shows one."""
    return {
        "id": str(customer.pk),
        "name": str(customer),
        "phone": customer.phone or "",
        "cars": [{"id": str(car.pk), "label": str(car)} for car in customer.vehicles.all()],
    }


def _matches(words: list[str]) -> Q:
    named = Q()
    for word in words:
        named &= Q(first_name__icontains=word) | Q(last_name__icontains=word)
    joined = "".join(words)
    digits = "".join(char for char in joined if char.isdigit())
    if len(digits) >= 3 and len(digits) >= len(joined) - 2:
        named |= Q(phone__contains=digits.removeprefix("0039"))
    plate = plates.normalise_plate(joined)
    if len(plate) >= SHORTEST:
        named |= Q(pk__in=Vehicle.objects.filter(license_plate__startswith=plate).values("customer_id"))
    return named


def add_customer(*, name: str, phone: str) -> Customer:
    """Write a new customer; the last word is the surname. Raises ValidationError by field: name, phone."""
    first, _space, last = name.strip().rpartition(" ")
    customer = Customer(first_name=first[:80], last_name=last[:80], phone=phone.strip() or None)
    try:
        customer.full_clean()
    except ValidationError as error:
        raise ValidationError({"phone": error.messages}) from None
    customer.save()
    return customer


def car_of(customer: Customer, plate: str) -> Vehicle:
    """The customer's car with this plate: a new one, or one that was nobody's. Raises ValidationError: plate."""
    car = Vehicle.objects.filter(license_plate=plates.normalise_plate(plate)).first() or Vehicle(
        license_plate=plate
    )
    if car.customer_id not in (None, customer.pk):
        raise ValidationError(
            {"plate": _("Questa targa è già di un altro cliente: %(owner)s.") % {"owner": car.customer}}
        )
    car.customer = customer
    try:
        car.full_clean()
    except ValidationError as error:
        raise ValidationError({"plate": error.messages}) from None
    car.save()
    return car
