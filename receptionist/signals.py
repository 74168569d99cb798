"""What this room tells the rooms above it."""

from django.dispatch import Signal

# Sent by the sweep inside each shop where something may be left (sweeping.has_work): pick up what no worker did.
work_swept = Signal()
# Sent inside a shop when a night's deletion has been through (receptionist.retention); `plan` says what is over: rooms
# above delete what they hold.
retention_applied = Signal()
# Somebody is being erased (receptionist.rights.erase): rooms above delete what they hold of them. Sent in the transaction
# of the erasing, before any row is gone. Arguments: customer_id, appointment_ids, conversation_ids, phones (E.164, theirs
# alone), contacts (pairs of channel and the channel's own id).
customer_erased = Signal()
