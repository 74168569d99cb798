"""How often a stranger may book: by the address they come from and by the telephone they leave."""

from shops.limits import Limit

# A family or an office behind one address books a few; who is refused is told to call.
SENT = Limit("site-sent", 60, 3600)
BOOKED_FROM_ADDRESS = Limit("site-booked-address", 20, 3600)
BOOKED_FOR_PHONE = Limit("site-booked-phone", 6, 24 * 3600)
