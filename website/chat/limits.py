"""How often a stranger may use the chat: by the address they come from and by their token."""

from shops.limits import Limit

STARTED = Limit("chat-started", 60, 3600)
WRITTEN_FROM_ADDRESS = Limit("chat-written-address", 120, 60)
# A new token is got by asking: what counts for a day is the address. An office behind one writes this much, a robot more.
WRITTEN_FROM_ADDRESS_TODAY = Limit("chat-written-address-today", 600, 24 * 3600)
WRITTEN = Limit("chat-written", 20, 60)
WRITTEN_TODAY = Limit("chat-written-today", 300, 24 * 3600)
# A page asks twice in a second while an answer is written; some tabs of one chat, a whole office behind one address.
POLLED = Limit("chat-polled", 100, 10)
POLLED_FROM_ADDRESS = Limit("chat-polled-address", 600, 10)
PROVED = Limit("chat-proof", 10, 3600)
PROVED_FROM_ADDRESS = Limit("chat-proof-address", 40, 3600)
