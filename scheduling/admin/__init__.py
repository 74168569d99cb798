"""The workshop in the shop's back office."""

from scheduling.admin import appointments, feeds, people, rules, workshop

__all__ = ["appointments", "feeds", "people", "rules", "workshop"]
