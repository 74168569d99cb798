"""Putting right what is known of a person (GDPR, art. 16), by the same rules as the shop's own form."""

from collections.abc import Iterable, Mapping

import structlog
from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms.models import model_to_dict
from django.utils.translation import gettext_lazy as _

from receptionist import storable
from scheduling import plates
from scheduling.admin.people_forms import CustomerForm
from scheduling.errors import SchedulingError
from scheduling.models import Customer, Vehicle

log = structlog.get_logger(__name__)
FIELDS = ("first_name", "last_name", "phone", "email", "language", "notes")
CAR_FIELDS = ("license_plate", "vin")


class Wrong(SchedulingError):
    """What is to stand there cannot: the text says which and why."""

    code = "wrong"

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said

    @property
    def message(self) -> str:
        """Each field with what is wrong."""
        return self.said


class NoSuchCar(SchedulingError):
    code = "no_such_car"
    text = _("Nessun veicolo del cliente ha questa targa.")


def rectify(*, customer: Customer, changes: Mapping[str, str]) -> list[str]:
    """Correct the customer's own data; the fields that changed, by what they are called. "" takes a value away.

    Raises Wrong, with nothing changed, for what the form of the shop's admin refuses too. Side effects: the row, its
    history. Messages that still wait go out with what was put right.
    """
    with transaction.atomic():
        row = Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
        was = model_to_dict(row, fields=[*FIELDS, "gdpr_consent"])
        given = {name: storable.text(value).strip() for name, value in changes.items() if name in FIELDS}
        form = CustomerForm({**was, **given}, instance=row)
        if not form.is_valid():
            raise Wrong(_told(form.errors))
        changed = [name for name in given if (was[name] or "") != (form.cleaned_data[name] or "")]
        if changed:
            form.save()
    log.info("rectified", fields=changed)
    return [str(Customer._meta.get_field(name).verbose_name) for name in changed]  # type: ignore[union-attr]


def rectify_car(*, customer: Customer, plate: str, changes: Mapping[str, str]) -> list[str]:
    """Correct plate or VIN of the customer's car with this plate, as `rectify` does. Raises NoSuchCar, Wrong."""
    with transaction.atomic():
        cars = Vehicle.objects.select_for_update(of=("self",), no_key=True).filter(customer=customer)
        row = cars.filter(license_plate=plates.normalise_plate(plate)).first()
        if row is None:
            raise NoSuchCar
        was = {name: getattr(row, name) for name in CAR_FIELDS}
        for name, value in changes.items():
            if name in CAR_FIELDS:
                setattr(row, name, storable.text(value).strip())
        try:
            row.full_clean()
        except ValidationError as error:
            raise Wrong(_told(error.message_dict)) from error
        changed = [name for name in CAR_FIELDS if getattr(row, name) != was[name]]
        if changed:
            row.save()
    log.info("car rectified", fields=changed)
    return [str(Vehicle._meta.get_field(name).verbose_name) for name in changed]  # type: ignore[union-attr]


def _told(errors: Mapping[str, Iterable[object]]) -> str:
    """Each field with what is wrong with it, on one line."""
    parts = []
    for name, said in errors.items():
        known = {
            field.name: str(field.verbose_name) for field in (*Customer._meta.fields, *Vehicle._meta.fields)
        }
        words = " ".join(map(str, said))
        parts.append(f"{known[name]}: {words}" if name in known else words)
    return " ".join(parts)
