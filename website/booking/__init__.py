"""The booking page."""
