"""The chat on the shop's site: what a visitor writes, and what their page is shown of it.

A visitor is an id that nobody can guess and that names nobody. The turn engine answers as on any other channel; nothing
is sent, the page asks for what is new.
"""

from receptionist.webchat.leaving import leave
from receptionist.webchat.reading import Seen, look, messages_after
from receptionist.webchat.visitors import LEFT, contact_of, has_left
from receptionist.webchat.writing import MOST_TEXT, Received, receive, tap

__all__ = [
    "LEFT",
    "MOST_TEXT",
    "Received",
    "Seen",
    "contact_of",
    "has_left",
    "leave",
    "look",
    "messages_after",
    "receive",
    "tap",
]
