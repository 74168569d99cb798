"""The mechanic's board: the day's work on a phone."""
