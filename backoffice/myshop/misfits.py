"""The appointments that the hours and closures no longer have room for."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from backoffice import pages
from scheduling.models import Appointment
from scheduling.outside import outside

MOST = 200


def out_of_hours(request: HttpRequest) -> HttpResponse:
    """Which they are, the earliest first: to be moved, or kept knowingly. Three queries."""
    found = outside()
    rows = (
        Appointment.objects.filter(pk__in=found[:MOST])
        .select_related("customer", "vehicle", "service", "bay")
        .order_by("scheduled_at")
    )
    context = {"rows": rows, "more": max(0, len(found) - MOST)}
    return pages.page(
        request, "backoffice/myshop/out_of_hours.html", context, title=_("Appuntamenti fuori orario")
    )
