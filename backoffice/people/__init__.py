"""Customers and cars: the page with everything about one, merging, due dates, reading files in."""
