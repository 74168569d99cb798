"""A place that came free: the shop's people are told who waits for one like it, and who was asked, however it came."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from receptionist import notices
from receptionist.models import NoticeKind, OutboundMessage, SlotOffer
from scheduling.models import Appointment, Service, WaitingList
from scheduling.waiting import Place
from shops.context import current_shop


def on_cancelled(sender: Any, appointment: Appointment, **_kwargs: Any) -> None:
    """Receiver of scheduling.signals.appointment_cancelled: a task looks who waits. No query."""
    from receptionist.tasks import tell_of_freed_place

    if appointment.scheduled_at > timezone.now():
        tell_of_freed_place.queue(appointment_id=str(appointment.pk))


def tell(*, appointment_id: UUID | str) -> SlotOffer | None:
    """A cancelled appointment's place is free: it is offered to the next in line, and the shop's people are told.

    Nothing for a place that nobody waits for, or that is past by now. Runs inside the shop. Safe to repeat.
    """
    from receptionist.followups import offers

    return offers.place_freed(appointment_id=appointment_id)


def tell_of(
    *, freed_by: UUID, place: Place, people: Sequence[WaitingList], offer: SlotOffer | None
) -> list[OutboundMessage]:
    """Tell those on duty of a free place, who is on the waiting list for it, and who of them was asked.

    Nothing where nobody waits. Side effects: one notice a person and medium for each person who is asked, and one when
    nobody can be.
    """
    if not people and offer is None:
        return []
    tz = current_shop().tz
    at = date_format(timezone.localtime(place.starts_at, tz), "l j F, H:i").lower()
    headline = _("Si è liberato un posto: %(at)s, %(service)s") % {
        "at": at,
        "service": _work(freed_by, people, offer),
    }
    lines = [f"{headline}.", _("In lista d'attesa:"), *map(_who, people)]
    if offer is not None:
        until = date_format(timezone.localtime(offer.held_until, tz), "l j F, H:i").lower()
        lines.append(
            _(
                "Proposto su WhatsApp a %(who)s: il posto è tenuto fino a %(until)s, poi si chiede al prossimo."
            )
            % {"who": offer.waiting.customer, "until": until}
        )
    return notices.tell(
        kind=NoticeKind.CALLBACK,
        subject=f"freed:{offer.pk if offer else freed_by}",
        text="\n".join(lines),
        short=headline,
        link=notices.page("scheduling_waitinglist_changelist"),
    )


def _work(freed_by: UUID, people: Sequence[WaitingList], offer: SlotOffer | None) -> str:
    """The work that the place was for, else what the first in line wants."""
    name = Service.objects.filter(appointments__pk=freed_by).values_list("name", flat=True).first()
    first = offer.waiting if offer else people[0]
    return name or first.service.name


def _who(row: WaitingList) -> str:
    phone = f", {row.customer.phone}" if row.customer.phone else ""
    return f"– {row.customer}{phone}: {row.service.name}"
