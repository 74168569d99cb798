"""What this room tells the rooms above it."""

from django.dispatch import Signal

# Sent inside every shop by the sweep: pick up what no worker did.
work_swept = Signal()
