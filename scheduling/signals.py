"""What the workshop tells the rooms above it."""

from django.dispatch import Signal

# An appointment stands now as it did not before: moved, or confirmed by the shop. Sent by the verbs, in their caller's
# transaction where there is one. Arguments: appointment.
appointment_settled = Signal()
# It was moved to another start, so that its old place is free. Sent by the verb, in its caller's transaction where there
# is one. Arguments: appointment, left (scheduling.waiting.Place).
appointment_moved = Signal()
# The work is done and the car is ready; not sent when it was ready already. Sent in the transaction of the verb.
# Arguments: appointment.
appointment_completed = Signal()
# An appointment was cancelled, so that its place is free again; not sent when it was cancelled before. Sent in the
# transaction of the cancelling. Arguments: appointment.
appointment_cancelled = Signal()
# Two customers are one: what points at `other` is to point at `keep` from now on. Sent in the transaction of the merging,
# and once more later for what was written meanwhile: receivers do nothing when there is nothing. Arguments: keep, other.
customers_merged = Signal()
# A shop was filled with demonstration data. Sent in the transaction of the filling, so that rooms above add their own.
# Arguments: shop, kind (scheduling.demo.Kind).
demo_filled = Signal()
