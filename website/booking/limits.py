"""How often a stranger may book: by the address they come from and by the telephone they leave."""

from shops.limits import Limit

# A family or an office behind one address books a few; who is refused is told to call.
SENT = Limit("site-sent", 60, 3600)
BOOKED_FROM_ADDRESS = Limit("site-booked-address", 20, 3600)
# A calendar that somebody fills with nobody's cars is empty on the day.
BOOKED_FROM_ADDRESS_TODAY = Limit("site-booked-address-today", 40, 24 * 3600)
BOOKED_FOR_PHONE = Limit("site-booked-phone", 6, 24 * 3600)


def may_book(address: str, phone: str) -> bool:
    """Count one more booking from an address and for a number (E.164); False when that is too many."""
    few = BOOKED_FROM_ADDRESS.take(address) and BOOKED_FROM_ADDRESS_TODAY.take(address)
    return few and BOOKED_FOR_PHONE.take(phone)
