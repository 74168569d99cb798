"""Taking a consent back."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from scheduling.models import Consent
from shops import history


def withdraw(chosen: QuerySet[Consent], now: datetime) -> int:
    """Note on every given consent among the chosen that it was taken back, with its history; how many.

    The proof that it was given stays. Safe to repeat.
    """
    with transaction.atomic():
        rows = list(chosen.filter(granted=True, withdrawn_at=None).select_for_update(of=("self",)))
        Consent.objects.filter(pk__in=[row.pk for row in rows]).update(withdrawn_at=now)
        for row in rows:
            history.record(row, {"withdrawn_at": None}, {"withdrawn_at": now})
    return len(rows)
