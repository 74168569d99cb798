"""How long the shop keeps what: what is over is deleted every night, and can be seen before it is.

Periods are days of the shop's own calendar: what happened on a day goes in the night that follows so many whole days.
Nothing goes that belongs to an open conversation, to an appointment ahead or to a car that is still in the shop.
Files go before their rows say so, copies at providers are asked for in the same transaction, and every step is done
again when it was killed in between.
"""

from receptionist.retention.applying import apply, purge_audio
from receptionist.retention.periods import Kind, Periods, Plan
from receptionist.retention.preview import Coming, shortened, upcoming

__all__ = ["Coming", "Kind", "Periods", "Plan", "apply", "purge_audio", "shortened", "upcoming"]
