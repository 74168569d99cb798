"""Believable data to look at: for demonstrations, screenshots and a first try. Never for a shop with real
customers."""

from scheduling.demo.fill import Filled, Kind, RealCustomers, fill, kind_of

__all__ = ["Filled", "Kind", "RealCustomers", "fill", "kind_of"]
