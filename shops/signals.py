"""What the platform tells the rooms above it, which it may not import."""

from django.dispatch import Signal

# Sent by shops.provisioning inside the new shop's schema, with the owner's login. Receivers fill in what an officina
# starts with and must be safe to run twice. Arguments: shop.
shop_created = Signal()
