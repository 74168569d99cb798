"""What people may ask of what is known about them: a copy, the end of it, no more promotion, and the proof of each."""
