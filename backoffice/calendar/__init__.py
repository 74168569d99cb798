"""Calendario: the shop's appointments by bay, day, week, month and as a list, and what one does with them there."""
