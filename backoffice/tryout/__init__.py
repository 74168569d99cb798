"""Prova: write to one's own receptionist and see what it does, without touching anything real."""
