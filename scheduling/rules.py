"""The shop's rules for booking: section "scheduling" of its settings, with defaults."""

from datetime import time
from typing import Annotated, Any, Literal

import structlog
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from scheduling import public_holidays
from scheduling.availability import Limits
from shops import settings_store
from shops.models import Shop

log = structlog.get_logger(__name__)
SECTION = "scheduling"


def _known_holiday(key: Any) -> Any:
    if key not in {holiday.key for holiday in public_holidays.CHOICES}:
        raise ValueError("not a public holiday")
    return key


Cars = Annotated[int, Field(ge=1, le=500)]


class Rules(BaseModel):
    """How the shop takes bookings. Times of day are local."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    notice_minutes: int = Field(120, ge=0, le=60 * 24 * 30)
    """How long before the start a booking has to come, in real minutes."""
    horizon_days: int = Field(60, ge=1, le=365)
    """How many days ahead can be booked."""
    grid_minutes: Literal[5, 10, 15, 20, 30, 60] = 30
    """Starts are at these minutes, counted from the full hour."""
    buffer_minutes: int = Field(0, ge=0, le=240)
    """What a bay stays free between two cars."""
    drop_off_time: time | None = time(8, 30)
    """When cars that stay are brought; None: at the start of the work."""
    most_morning: Cars | None = None
    """The most cars that start in a morning."""
    most_afternoon: Cars | None = None
    afternoon_from: time = time(13, 0)
    works_on_holidays: list[Annotated[str, BeforeValidator(_known_holiday)]] = []
    """Keys of the public holidays on which the shop opens as usual."""

    @classmethod
    def of(cls, shop: Shop) -> "Rules":
        """The rules in force. A stored value that no longer passes falls back on its default, with a line in
        the log."""
        stored = settings_store.read(shop, SECTION)
        try:
            return cls.model_validate(stored)
        except ValidationError as error:
            bad = sorted({str(fault["loc"][0]) for fault in error.errors() if fault["loc"]})
            log.error("scheduling settings are not valid", fields=bad)
            return cls.model_validate({key: value for key, value in stored.items() if key not in bad})

    def save(self, shop: Shop) -> None:
        """Store the rules; in force from the next call."""
        defaults = Rules().model_dump(mode="json")
        settings_store.update(shop, SECTION, self.model_dump(mode="json"), defaults=defaults)

    @property
    def limits(self) -> Limits:
        """The rules as the search wants them."""
        return Limits(
            grid=self.grid_minutes,
            notice=self.notice_minutes,
            horizon_days=self.horizon_days,
            buffer=self.buffer_minutes,
            afternoon_from=minutes_of(self.afternoon_from),
            most_morning=self.most_morning,
            most_afternoon=self.most_afternoon,
        )


def minutes_of(moment: time) -> int:
    """Minutes since midnight."""
    return moment.hour * 60 + moment.minute
