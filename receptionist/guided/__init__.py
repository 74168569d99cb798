"""The guided mode: without a model, through lists and buttons, and by understanding what is written."""

from receptionist.guided.machine import reply

__all__ = ["reply"]
