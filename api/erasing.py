"""Somebody is erased: kept answers that speak of them go, also those that know them by their id alone.

Answers with their number, plate or name go with every other row that names them (receptionist.rights.combing).
"""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.models import Q

from api.models import IdempotencyKey
from scheduling.models import Customer


def on_erased(sender: Any, *, customer_id: UUID, appointment_ids: Collection[UUID], **_values: Any) -> None:
    """Listener of receptionist.signals.customer_erased, in its transaction. Side effects: rows deleted."""
    merged = Customer.objects.filter(merged_into=customer_id).values_list("pk", flat=True)
    people = [str(customer_id), *map(str, merged)]
    about = [*people, *map(str, appointment_ids)]
    IdempotencyKey.objects.filter(Q(body__id__in=about) | Q(body__customer_id__in=people)).delete()
