"""Which conversations began while the shop was closed: by its opening hours, closures and holidays as they are now."""

from django.db.models import BooleanField, F, Func, Q, TextField, Value

from scheduling import clock
from scheduling.hours import Calendar
from scheduling.periods import Stretch


class _During(Func):
    """Whether a moment lies in one of many spans, given as one multirange."""

    template = "(%(expressions)s::tstzmultirange)"
    arg_joiner = " <@ "
    output_field = BooleanField()


def while_open(calendar: Calendar, chosen: Stretch) -> _During:
    """Whether a conversation of the stretch began while the shop was open; for filters and counts. No query.

    One parameter, however long the stretch; a clock change moves the hours as it moves the shop's day.
    """
    periods = calendar.periods(chosen.first, chosen.last)
    spans = ",".join(
        f"[{clock.to_datetime(begin).isoformat()},{clock.to_datetime(end).isoformat()})"
        for begin, end in periods
    )
    return _During(F("started_at"), Value(f"{{{spans}}}", output_field=TextField()))


def begun_in(chosen: Stretch) -> Q:
    """Conversations that began in the stretch."""
    return Q(started_at__gte=chosen.begins, started_at__lt=chosen.ends)
