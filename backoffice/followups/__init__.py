"""Promemoria e messaggi: what the shop says of its own accord, how and when."""
