"""How appointments, cars and due dates are named in what a customer reads. Times are the shop's local ones."""

from datetime import date

from django.utils import timezone
from django.utils.formats import date_format

from receptionist.italian import one_line
from receptionist.models import AIConfig
from scheduling.models import Appointment, Customer, Vehicle
from shops.context import current_shop
from shops.models import Shop

MAX_LINE = 200
NO_ADDRESS = "in officina"


def day_and_time(row: Appointment, shop: Shop) -> tuple[str, str]:
    """ "giovedì 26 novembre" and "09:30", with when the car is brought if that is another time."""
    at = timezone.localtime(row.scheduled_at, shop.tz)
    day, clock = date_format(at, "l j F").lower(), f"{at:%H:%M}"
    if row.drop_off_at and row.drop_off_at != row.scheduled_at:
        drop_off = timezone.localtime(row.drop_off_at, shop.tz)
        before = "" if drop_off.date() == at.date() else f"{date_format(drop_off, 'l j F').lower()} "
        clock = f"{clock} (consegna dell'auto: {before}{drop_off:%H:%M})"
    return day, clock


def car(vehicle: Vehicle | None) -> str:
    """ "Fiat Panda AB123CD"; "" when there is none."""
    return one_line(str(vehicle), MAX_LINE) if vehicle else ""


def full_date(day: date) -> str:
    """ "31 marzo 2027"."""
    return date_format(day, "j F Y").lower()


def general_places(customer: Customer | None, config: AIConfig) -> dict[str, str]:
    """The places that every message has: the shop's, and what the customer is called ("tu": the first name alone)."""
    shop = current_shop()
    first = customer.first_name if customer and config.formality == "tu" else ""
    return {
        "nome": first or (customer.full_name if customer else ""),
        "officina": shop.name,
        "telefono": str(shop.phone_number or ""),
        "indirizzo": config.address or NO_ADDRESS,
    }


def appointment_places(row: Appointment, config: AIConfig) -> dict[str, str]:
    """The places of a message about an appointment (with its customer, service and vehicle)."""
    day, clock = day_and_time(row, current_shop())
    return general_places(row.customer, config) | {
        "giorno": day,
        "ora": clock,
        "lavoro": row.service.name,
        "auto": car(row.vehicle),
        "targa": row.vehicle.license_plate if row.vehicle else "",
        "preparazione": row.service.preparation,
    }
