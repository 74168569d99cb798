"""Dates as the language of the page writes them."""

from django.utils.translation import get_language


def in_a_sentence(written: str) -> str:
    """A date without capitals, as Italian writes days and months; English keeps them."""
    return written.lower() if (get_language() or "it").startswith("it") else written
