"""Whether EventCalendar lies where staticfiles find it: it comes from npm, with backoffice/make_assets.sh."""

from typing import Any

from django.contrib.staticfiles import finders
from django.core import checks

SCRIPT = "vendor/event-calendar/event-calendar.min.js"
STYLE = "vendor/event-calendar/event-calendar.min.css"


def are_there() -> bool:
    """Whether both files were put in their place."""
    return all(finders.find(name) for name in (SCRIPT, STYLE))


@checks.register(checks.Tags.staticfiles)
def check(**_kwargs: Any) -> list[checks.CheckMessage]:
    """Said by every command that checks, and by collectstatic: otherwise only the page itself would say it."""
    if are_there():
        return []
    return [
        checks.Warning(
            "The calendar's package is not there: the page Calendario cannot be drawn.",
            hint="Run `make assets` (the image's build does).",
            id="backoffice.W001",
        )
    ]
