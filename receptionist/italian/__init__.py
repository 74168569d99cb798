"""Italian for ear and eye: numbers, dates, times, prices, plates and telephone numbers, said, written and read.

Pure functions: whatever needs the present moment is given it, times are local to the shop. What is said is
one line without lists, since a voice has neither.
"""

from receptionist.italian.answers import read_yes_no
from receptionist.italian.cardinals import read_number
from receptionist.italian.clock import at_time, say_span, say_time
from receptionist.italian.dates import say_date, say_day, say_when
from receptionist.italian.numbers import (
    count,
    say_duration,
    say_it_takes,
    say_number,
    say_price,
    say_price_from,
)
from receptionist.italian.offers import say_moments
from receptionist.italian.plates import read_plate
from receptionist.italian.reading import Moment, read_day, read_moment, read_part_of_day, read_time
from receptionist.italian.spelling import say_digits, say_phone, spell, spell_plate
from receptionist.italian.text import join_and, join_or, one_line, sentence
from receptionist.italian.when import When, read_when
from receptionist.italian.writing import write_date, write_plate, write_when

__all__ = [
    "Moment",
    "When",
    "at_time",
    "count",
    "join_and",
    "join_or",
    "one_line",
    "read_day",
    "read_moment",
    "read_number",
    "read_part_of_day",
    "read_plate",
    "read_time",
    "read_when",
    "read_yes_no",
    "say_date",
    "say_day",
    "say_digits",
    "say_duration",
    "say_it_takes",
    "say_moments",
    "say_number",
    "say_phone",
    "say_price",
    "say_price_from",
    "say_span",
    "say_time",
    "say_when",
    "sentence",
    "spell",
    "spell_plate",
    "write_date",
    "write_plate",
    "write_when",
]
