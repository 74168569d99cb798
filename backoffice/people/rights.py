"""What a customer may ask of their own data: a copy, a correction, no more promotion, the end of it; and consents."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.pages import page, person
from receptionist import consenting
from receptionist.models import ExportState, PersonExport
from receptionist.rights import erase, export, objecting
from scheduling.errors import SchedulingError
from scheduling.models import Consent, Customer
from shops import history

WORD = "cancella"
MAX_WORDING = 2000
COPIES = 5
GONE_AFTER = timedelta(days=30)


def rights_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Everything that can be done for the person, with what an erasure would take and leave."""
    customer = get_object_or_404(Customer, pk=pk)
    if customer.merged_into_id:
        return HttpResponseRedirect(reverse("admin:person_rights", args=[customer.merged_into_id]))
    copies = PersonExport.objects.filter(customer=customer, created_at__gt=timezone.now() - GONE_AFTER)
    agreed = consenting.agreed([customer.pk], Consent.Purpose.MARKETING)
    return page(
        request,
        "backoffice/people/rights.html",
        {
            "customer": customer,
            "copies": list(copies.select_related("asked_by")[:COPIES]),
            "being_made": copies.filter(state=ExportState.PENDING).exists(),
            "plan": None if customer.erased_at else erase.preview(customer),
            "agreed": bool(agreed),
            "answered": consenting.standing(customer, Consent.Purpose.MARKETING),
            "word": WORD,
            "kept_hours": int(export.KEPT.total_seconds() // 3600),
            **consent_form(),
        },
        title=_("Diritti della persona"),
    )


def consent_form() -> dict[str, Any]:
    """What the form that records a consent offers, with the words for each purpose."""
    channel = "shop"
    return {
        "purposes": [
            {"value": value, "label": label, "wording": consenting.wording(value, channel=channel)}
            for value, label in Consent.Purpose.choices
        ]
    }


def copy_ask(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Have a copy made. By POST."""
    customer = _posted(request, pk)
    if isinstance(customer, HttpResponse):
        return customer
    export.ask(customer=customer, by=person(request))
    messages.success(request, _("La copia è in preparazione: tra poco si può scaricare da qui."))
    return _back(customer)


def copy_file(request: HttpRequest, pk: UUID, copy: UUID) -> HttpResponseBase:
    """The ZIP itself, for as long as it is kept."""
    row = get_object_or_404(
        PersonExport, pk=copy, customer=pk, state=ExportState.READY, expires_at__gt=timezone.now()
    )
    try:
        file = row.file.open("rb")
    except (OSError, ValueError) as error:
        raise Http404 from error
    if row.taken_at is None:
        PersonExport.objects.filter(pk=row.pk, taken_at=None).update(taken_at=timezone.now())
        name = str(_("copia dei dati"))
        history.record(row.customer, {name: ""}, {name: _("scaricata")})
    response = FileResponse(file, as_attachment=True, filename="dati.zip", content_type="application/zip")
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def consent_record(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Note what the customer answered in the shop, in which words. By POST."""
    customer = _posted(request, pk)
    if isinstance(customer, HttpResponse):
        return customer
    purpose, said = request.POST.get("purpose", ""), request.POST.get("answer", "")
    wording = request.POST.get("wording", "").replace("\x00", "").strip()[:MAX_WORDING]
    if purpose not in Consent.Purpose.values or said not in ("yes", "no") or not wording:
        messages.error(request, _("Scegliere lo scopo e la risposta, e scrivere il testo proposto."))
        return _back(customer, request)
    row = consenting.record(
        customer=customer, purpose=purpose, granted=said == "yes", wording=wording, channel="shop"
    )
    if row is None:
        messages.info(request, _("Era già registrato così."))
        return _back(customer, request)
    name = str(_("consenso"))
    told = f"{row.get_purpose_display()}: {_('sì') if row.granted else _('no')}"
    history.record(customer, {name: ""}, {name: told})
    messages.success(request, _("Registrato."))
    return _back(customer, request)


def objection(request: HttpRequest, pk: UUID) -> HttpResponse:
    """No more promotion for this customer. By POST."""
    customer = _posted(request, pk)
    if isinstance(customer, HttpResponse):
        return customer
    if objecting.object_to_promotion(customer=customer):
        history.record(customer, {str(_("opposizione")): ""}, {str(_("opposizione")): _("promozioni")})
    messages.success(request, _("Annotato: niente più comunicazioni promozionali."))
    return _back(customer)


def erasure(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Erase the person. By POST, with the word that says it is meant."""
    customer = _posted(request, pk)
    if isinstance(customer, HttpResponse):
        return customer
    typed = request.POST.get("word", "").strip().casefold()
    if typed not in {WORD, customer.last_name.strip().casefold()} - {""}:
        messages.error(
            request, _("Non è stato cancellato nulla: scrivere «%(word)s» o il cognome.") % {"word": WORD}
        )
        return _back(customer)
    try:
        erase.erase(
            customer=customer, by=person(request), cancel_coming=request.POST.get("appointments") == "yes"
        )
    except SchedulingError as refusal:
        messages.error(request, refusal.message)
        return _back(customer)
    messages.success(request, _("Cancellato. I lavori fatti restano, senza il nome."))
    return HttpResponseRedirect(reverse("admin:scheduling_customer_changelist"))


def _posted(request: HttpRequest, pk: UUID) -> Customer | HttpResponse:
    """The customer, for a POST about somebody who is still known; else the answer to give."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    customer = get_object_or_404(Customer.objects.select_related("merged_into"), pk=pk)
    if customer.erased_at:
        raise PermissionDenied
    return customer.merged_into or customer


def _back(customer: Customer, request: HttpRequest | None = None) -> HttpResponse:
    """To the page the form stood on."""
    from_card = request is not None and request.POST.get("from") == "card"
    name = "admin:customer_page" if from_card else "admin:person_rights"
    return HttpResponseRedirect(reverse(name, args=[customer.pk]))
