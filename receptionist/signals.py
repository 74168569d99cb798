"""What this room tells the rooms above it."""

from django.dispatch import Signal

# Sent by the sweep inside each shop where something may be left (sweeping.has_work): pick up what no worker did.
work_swept = Signal()
