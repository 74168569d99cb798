"""Calendar feeds of the shop's people."""
