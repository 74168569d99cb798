"""The shop's periods, and the moment before which something is over."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from receptionist.models import AIConfig, PrivacyConfig
from shops.context import current_shop

# Decisions about messages hold no words and keep one from going out twice: never shorter than this, whatever is chosen.
LEDGER_DAYS = 30


class Kind(models.TextChoices):
    """What has a period of its own."""

    AUDIO = "audio", _("Registrazioni e messaggi vocali")
    IMAGES = "images", _("Foto, video e documenti")
    TRANSCRIPTS = "transcripts", _("Conversazioni e trascrizioni")
    VISITORS = "visitors", _("Chat di visitatori sconosciuti")
    APPOINTMENTS = "appointments", _("Appuntamenti con il nome")
    PEOPLE = "people", _("Persone che non hanno più nulla in officina")


@dataclass(frozen=True, slots=True)
class Periods:
    """How long each kind is kept: days, for appointments years."""

    audio_days: int
    image_days: int
    transcript_days: int
    visitor_days: int
    appointment_years: int

    @classmethod
    def load(cls) -> "Periods":
        """The shop's own. Two queries."""
        privacy = PrivacyConfig.load()
        return cls(
            audio_days=AIConfig.load().audio_days,
            image_days=privacy.image_days,
            transcript_days=privacy.transcript_days,
            visitor_days=privacy.visitor_days,
            appointment_years=privacy.appointment_years,
        )

    def changed(self, **values: Any) -> "Periods":
        """The same with other values."""
        return replace(self, **values)


@dataclass(frozen=True, slots=True)
class Plan:
    """What one night deletes: what is older than `before(kind)`, by the shop's day `day`."""

    periods: Periods
    day: date
    now: datetime

    @classmethod
    def at(cls, *, now: datetime | None = None, periods: Periods | None = None) -> "Plan":
        """The plan of the moment `now` (aware)."""
        now = now or timezone.now()
        return cls(periods or Periods.load(), now.astimezone(current_shop().tz).date(), now)

    def before(self, kind: Kind) -> datetime:
        """What is older than this is over: the first moment of a day in the shop's zone, aware."""
        days = {
            Kind.AUDIO: self.periods.audio_days,
            Kind.IMAGES: self.periods.image_days,
            Kind.TRANSCRIPTS: self.periods.transcript_days,
            Kind.VISITORS: self.periods.visitor_days,
        }
        if kind in days:
            return _midnight(self.day - timedelta(days=days[kind]))
        return _midnight(years_before(self.day, self.periods.appointment_years))

    @property
    def ledgers_before(self) -> datetime:
        """Decisions about messages that are over."""
        days = max(self.periods.transcript_days, LEDGER_DAYS)
        return _midnight(self.day - timedelta(days=days))


def years_before(day: date, years: int) -> date:
    """The same day so many years ago; of a 29 February the 28th."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=current_shop().tz).astimezone(UTC)


def next_night(now: datetime | None = None) -> datetime:
    """When the next night's deletion begins (aware, UTC): settings.RETENTION_AT, hour and minute of UTC."""
    now = (now or timezone.now()).astimezone(UTC)
    hour, minute = settings.RETENTION_AT
    tonight = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return tonight if tonight > now else tonight + timedelta(days=1)
