"""A place that came free: the shop's people are told who waits for one like it, whoever cancelled and wherever."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from receptionist import notices
from receptionist.models import NoticeKind, OutboundMessage
from scheduling import waiting
from scheduling.models import Appointment, WaitingList
from scheduling.models.appointments import Status
from shops.context import current_shop


def on_cancelled(sender: Any, appointment: Appointment, **_kwargs: Any) -> None:
    """Receiver of scheduling.signals.appointment_cancelled: a task looks who waits. No query."""
    from receptionist.tasks import tell_of_freed_place

    if appointment.scheduled_at > timezone.now():
        tell_of_freed_place.queue(appointment_id=str(appointment.pk))


def tell(*, appointment_id: UUID | str) -> list[OutboundMessage]:
    """Tell those on duty of a cancelled appointment's place and who is on the waiting list for it.

    Nothing for a place that nobody waits for, or that is past by now. Runs inside the shop. Side effects: one notice a
    person and medium, of all who wait. Safe to repeat.
    """
    rows = Appointment.objects.select_related("service").filter(pk=appointment_id, status=Status.CANCELLED)
    row = rows.filter(scheduled_at__gt=timezone.now()).first()
    people = waiting.who_fits(row) if row else []
    if row is None or not people:
        return []
    at = date_format(timezone.localtime(row.scheduled_at, current_shop().tz), "l j F, H:i").lower()
    headline = _("Si è liberato un posto: %(at)s, %(service)s") % {"at": at, "service": row.service.name}
    return notices.tell(
        kind=NoticeKind.CALLBACK,
        subject=f"freed:{row.pk}",
        text="\n".join([f"{headline}.", _("In lista d'attesa:"), *map(_who, people)]),
        short=headline,
        link=notices.page("scheduling_waitinglist_changelist"),
    )


def _who(row: WaitingList) -> str:
    phone = f", {row.customer.phone}" if row.customer.phone else ""
    return f"– {row.customer}{phone}: {row.service.name}"
