"""How dates are written: short, and by the 24 hours of a workshop's clock, whatever the language."""
