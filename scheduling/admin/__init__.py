"""The workshop in the shop's back office."""

from scheduling.admin import appointments, people, rules, workshop

__all__ = ["appointments", "people", "rules", "workshop"]
