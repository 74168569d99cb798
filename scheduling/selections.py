"""Which appointments a figure speaks of, written once: the day's page counts them, and the lists show them."""

from django.db.models import Q
from django.utils import timezone

from scheduling import periods
from scheduling.models.appointments import COUNTED, IN_SHOP, Status
from scheduling.periods import Period, Stretch
from shops.context import current_shop


def stretch(period: Period) -> Stretch:
    """The period as of now, in the current shop's time zone."""
    tz = current_shop().tz
    return periods.named(period, timezone.localdate(timezone=tz), tz)


def bay_use(chosen: Stretch) -> Q:
    """Appointments that overlap the stretch, in bays in use."""
    return Q(ends_at__gt=chosen.begins, scheduled_at__lt=chosen.ends, status__in=COUNTED, bay__is_active=True)


def to_confirm() -> Q:
    """Appointments that wait for the shop's yes and are not over."""
    return Q(status=Status.PENDING, scheduled_at__gte=stretch(Period.TODAY).begins)


def still_in() -> Q:
    """Cars in the shop since before today: in work for however long, or ready in the last thirty days.

    Where nobody notes that cars are collected, what was ready long ago is surely gone.
    """
    today, month = stretch(Period.TODAY), stretch(Period.MONTH)
    return Q(
        Q(status=Status.IN_PROGRESS) | Q(status=Status.COMPLETED, scheduled_at__gte=month.begins),
        status__in=IN_SHOP,
        collected_at__isnull=True,
        scheduled_at__lt=today.begins,
    )
