"""The product as real processes, while what it stands on is killed, emptied, slow or away."""
