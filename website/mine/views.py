"""My appointment, behind a signed address: what it is, moving it, cancelling it, adding it to a calendar."""

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_GET

from receptionist import links
from scheduling.models import Appointment
from shops.context import current_shop
from website import frame
from website.frame import public


@public
@require_GET
def see(request: HttpRequest, token: str) -> HttpResponseBase:
    """The appointment. 404 for whatever is no valid link, without telling why."""
    pk = links.read(token, shop=current_shop(), now=timezone.now())
    row = Appointment.objects.select_related("service", "vehicle").filter(pk=pk).first() if pk else None
    if row is None:
        return frame.render(request, "website/mine/gone.html", status=404)
    return frame.render(request, "website/mine/see.html", {"row": row})
