"""Which bay can do which service, and who usually works there."""

from collections.abc import Sequence

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice import pages
from scheduling.models import Bay, Service
from shops.staff.models import StaffUser


def matrix_page(request: HttpRequest) -> HttpResponse:
    """Show who can do what, or save it; in force from the next call."""
    services = list(
        Service.objects.filter(is_active=True).prefetch_related("bays").order_by("position", "name")
    )
    bays = list(Bay.objects.filter(is_active=True).order_by("position", "id"))
    people = list(StaffUser.objects.filter(is_active=True, is_support=False))
    if request.method == "POST":
        _save(request, services, bays, people)
        messages.success(request, _("Salvato: vale dalla prossima telefonata."))
        _warn_of_idle(request)
        return HttpResponseRedirect(reverse("admin:who_does_what"))
    rows = [
        {
            "service": service,
            "cells": [(bay, bay.pk in {each.pk for each in service.bays.all()}) for bay in bays],
            "nowhere": not ({each.pk for each in service.bays.all()} & {bay.pk for bay in bays}),
        }
        for service in services
    ]
    context = {"rows": rows, "bays": bays, "people": people}
    return pages.page(request, "backoffice/myshop/matrix.html", context, title=_("Chi può fare che cosa"))


def _save(
    request: HttpRequest, services: Sequence[Service], bays: Sequence[Bay], people: Sequence[StaffUser]
) -> None:
    """Write what differs; links to bays that are out of use stay as they are."""
    in_use = {bay.pk for bay in bays}
    known = {str(person.pk): person for person in people}
    with transaction.atomic():
        for service in services:
            before = {bay.pk for bay in service.bays.all()}
            ticked = {bay.pk for bay in bays if f"can-{service.pk}-{bay.pk}" in request.POST}
            if before & in_use != ticked:
                service.bays.set(sorted((before - in_use) | ticked))
        for bay in bays:
            sent = request.POST.get(f"mechanic-{bay.pk}")
            if sent is None:
                continue
            person = known.get(sent)
            if bay.mechanic_id != (person.pk if person else None):
                bay.mechanic = person
                bay.save(update_fields=["mechanic"])


def _warn_of_idle(request: HttpRequest) -> None:
    """Say which services nobody can book, since no bay does them."""
    names = list(
        Service.objects.filter(is_active=True).exclude(bays__is_active=True).values_list("name", flat=True)
    )
    if names:
        text = _("Senza una postazione non si possono prenotare: %(names)s.") % {"names": ", ".join(names)}
        messages.warning(request, text)
