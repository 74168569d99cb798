"""The booking page's views: four steps that are plain forms and links; what was chosen stands in the address.

No personal word is ever in an address: names and numbers travel by POST, and the last step is reached by a redirect.
"""

import uuid
from datetime import datetime

import structlog
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from scheduling import catalogue
from scheduling.catalogue import Catalogue
from scheduling.errors import NotBookable, SlotTaken
from scheduling.models import Service
from shops.staff.throttle import address
from website import frame
from website.booking import choosing, limits, pages, placing, words
from website.booking.forms import HONEYPOT, LEAVES, WAITS, ContactForm
from website.frame import public

log = structlog.get_logger(__name__)
# Minutes: who brings the car for less usually waits for it.
A_WAIT = 90


@public
@require_safe
def home(request: HttpRequest) -> HttpResponseBase:
    """Where the shop's host begins: the services to choose from. A shop without a site leads to its people's door."""
    site = frame.of(request).site
    if not site.booking_enabled and not site.chat_enabled:
        return HttpResponseRedirect("/admin/")
    return pages.services(request, catalogue.load())


@public
@require_safe
def times(request: HttpRequest) -> HttpResponseBase:
    """The second step: days and free starts of a service. Three queries, more only when the first week is full."""
    page = frame.of(request)
    if not page.site.booking_enabled:
        return HttpResponseRedirect(page.link("/"))
    cat = catalogue.load()
    service = choosing.service(cat, request.GET.get(pages.SERVICE, ""))
    if service is None:
        return pages.services(request, cat, note=pages.not_offered(), status=404)
    first = choosing.day(request.GET.get(pages.FROM, ""))
    return pages.times(request, cat, service, choosing.days(service, first, cat, timezone.now()))


@public
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def details(request: HttpRequest) -> HttpResponseBase:
    """The third step: car and contact. A GET shows the form, a POST books and leads to the last step."""
    page = frame.of(request)
    if not page.site.booking_enabled:
        return HttpResponseRedirect(page.link("/"))
    cat, now = catalogue.load(), timezone.now()
    service = choosing.service(cat, request.GET.get(pages.SERVICE, ""))
    if service is None:
        return pages.services(request, cat, note=pages.not_offered(), status=404)
    given = request.POST if request.method == "POST" else request.GET
    start = choosing.start(given.get(pages.START, ""), cat, now)
    if request.method == "POST":
        return _sent(request, cat, service, start, now)
    if start is None or not choosing.is_free(service, start, cat, now):
        return pages.pick_again(request, cat, service, now)
    initial = {"auto": WAITS if service.duration_minutes <= A_WAIT else LEAVES}
    form = ContactForm(initial=initial, must_leave=pages.must_leave(cat, service))
    return pages.details(request, cat, service, start, form)


@public
@require_safe
def done(request: HttpRequest, form_id: uuid.UUID) -> HttpResponseBase:
    """The fourth step: what was booked. Its address is known to who booked alone, and tells nothing after a day."""
    from website.booking.confirmed import shown

    found = shown(form_id, timezone.now(), frame.of(request).site)
    if found is None:
        return frame.render(request, "website/booking/gone.html", status=404)
    return frame.render(request, "website/booking/done.html", {**found, "steps": pages.steps(request, 4)})


def _sent(
    request: HttpRequest, cat: Catalogue, service: Service, start: datetime | None, now: datetime
) -> HttpResponseBase:
    if request.POST.get(HONEYPOT):
        log.info("a robot filled the trap")
        return frame.render(request, "website/booking/thanks.html", {"steps": pages.steps(request, 4)})
    if not limits.SENT.take(address(request)):
        return pages.too_many(request)
    form = ContactForm(request.POST, must_leave=pages.must_leave(cat, service))
    form_id = placing.read(request.POST.get("modulo", ""))
    if form_id is not None and placing.booked_by(form_id):  # sent twice: what is wrong now does not matter
        return _to_done(request, form_id)
    if start is None:
        return pages.pick_again(request, cat, service, now)
    if not form.is_valid():
        return pages.details(request, cat, service, start, form, form_id=form_id, status=422)
    if form_id is None:
        note = _(
            "La pagina era rimasta aperta a lungo. Controlli i dati e prenoti di nuovo: non è ancora prenotato."
        )
        return pages.details(request, cat, service, start, form, note=note, status=422)
    wish = _wish(request, service, start, form)
    try:
        placing.book(
            form_id,
            wish,
            catalogue=cat,
            now=now,
            allowed=lambda: limits.may_book(address(request), wish.contact_phone),
        )
    except placing.TooMany:
        return pages.too_many(request)
    except NotBookable as refusal:
        return _refused(request, cat, service, start, form, form_id, refusal)
    return _to_done(request, form_id)


def _wish(request: HttpRequest, service: Service, start: datetime, form: ContactForm) -> placing.Wish:
    data, asked = form.cleaned_data, pages.consents(request)
    return placing.Wish(
        service=service,
        starts_at=start,
        leaves_car=form.leaves_car,
        plate=data["targa"],
        make=data["marca"],
        model=data["modello"],
        first_name=data["nome"],
        last_name=data["cognome"],
        contact_phone=data["telefono"],
        email=data["email"],
        note=data["nota"],
        language=frame.of(request).language,
        confirmation_wording=asked["conferma"] if data["conferma"] else "",
        promotion_wording=asked["promozioni"] if data["promozioni"] else "",
    )


def _refused(
    request: HttpRequest,
    cat: Catalogue,
    service: Service,
    start: datetime,
    form: ContactForm,
    form_id: uuid.UUID,
    refusal: NotBookable,
) -> HttpResponse:
    """The same page with everything typed, and the nearest free starts to choose from."""
    taken = isinstance(refusal, SlotTaken)
    note = _("Quell'orario è appena stato preso.") if taken else _("A quell'ora non si può prenotare.")
    others = [
        (choosing.key(slot.starts_at, cat), words.moment(slot.starts_at)) for slot in refusal.alternatives
    ]
    return pages.details(
        request, cat, service, start, form, form_id=form_id, note=note, others=others, lost=True, status=409
    )


def _to_done(request: HttpRequest, form_id: uuid.UUID) -> HttpResponseRedirect:
    return HttpResponseRedirect(frame.of(request).link(reverse("booking_done", args=[form_id])))
