"""What fills the places of a message: the customer, the shop, the car."""

from receptionist.models import AIConfig
from scheduling.models import Customer, Vehicle
from shops.context import current_shop


def base_places(customer: Customer | None, vehicle: Vehicle | None) -> dict[str, str]:
    """The places that every message has; empty where nothing is known. One query."""
    shop = current_shop()
    return {
        "nome": customer.first_name if customer else "",
        "officina": shop.name,
        "telefono": str(shop.phone_number or ""),
        "indirizzo": AIConfig.load().address,
        "auto": (vehicle.label or vehicle.license_plate) if vehicle else "",
        "targa": vehicle.license_plate if vehicle else "",
    }
