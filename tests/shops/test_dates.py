"""Dates as the language of the page writes them."""

from datetime import date

import pytest
from django.template import Context, Template
from django.utils import formats, translation

DAY = date(2026, 11, 23)
SAYING = '{{ day|date:"D j M Y" }} {{ day|date:"l j F"|in_a_sentence }}'


@pytest.mark.parametrize(
    ("language", "listed", "said"),
    [
        ("it", "23 nov 2026", "Lun 23 Nov 2026 lunedì 23 novembre"),
        ("en", "23 Nov 2026", "Mon 23 Nov 2026 Monday 23 November"),
    ],
)
def test_italian_writes_days_and_months_small_and_english_does_not(
    language: str, listed: str, said: str
) -> None:
    with translation.override(language):
        assert formats.date_format(DAY, "DATE_FORMAT") == listed
        assert Template(SAYING).render(Context({"day": DAY})) == said
