"""The customer's own appointment as an entry of their calendar."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from scheduling.models import Appointment
from scheduling.models.appointments import Status
from shops.models import Shop
from website import ics
from website.booking import words

BRINGING = timedelta(minutes=30)
"""How long a calendar is taken up by bringing a car that stays."""


def for_customer(
    row: Appointment, *, shop: Shop, name: str, address: str, link: str, phone: str
) -> ics.Entry:
    """The entry: when the car is brought, or the whole visit where it is over on the same day."""
    begins, ends = _span(row)
    stays = begins != row.scheduled_at
    lines = [
        _("Da confermare: l'officina si farà sentire.") if row.status == Status.PENDING else "",
        _("Il lavoro comincia %(moment)s.") % {"moment": words.moment(row.scheduled_at)} if stays else "",
        f"{_('Auto')}: {row.vehicle.license_plate}" if row.vehicle else "",
        f"{_('Da portare')}: {row.service.preparation}" if row.service.preparation else "",
        f"{_('Telefono')}: {phone}" if phone else "",
        f"{_('Vedere, spostare o annullare')}: {link}",
    ]
    return ics.entry(
        row,
        shop_id=shop.pk,
        summary=f"{row.service.name} - {name}",
        location=", ".join(part for part in (name, address) if part),
        description="\n".join(line for line in lines if line),
        url=link,
        alarm=_("Domani in officina: %(service)s") % {"service": row.service.name},
        begins=begins,
        ends=ends,
    )


def _span(row: Appointment) -> tuple[datetime, datetime]:
    if row.drop_off_at and row.drop_off_at != row.scheduled_at:
        return row.drop_off_at, row.drop_off_at + BRINGING
    same_day = timezone.localdate(row.scheduled_at) == timezone.localdate(row.ends_at)
    return row.scheduled_at, row.ends_at if same_day else row.scheduled_at + BRINGING
