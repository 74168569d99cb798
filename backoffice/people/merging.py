"""Two customers who are one: who might be, and the two side by side before it is done."""

from uuid import UUID

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice.pages import page
from receptionist.models import Conversation
from scheduling import people
from scheduling.admin.archiving import customers_spelled
from scheduling.errors import SchedulingError
from scheduling.models import Customer

FOUND = 12


def likely_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Who might be the same person, and a search for whoever else it is."""
    customer = get_object_or_404(Customer.objects.filter(merged_into=None), pk=pk)
    text = request.GET.get("q", "").replace("\x00", "").strip()[:80]
    found = _search(text, customer) if text else []
    return page(
        request,
        "backoffice/people/likely.html",
        {"customer": customer, "likely": people.likely_same(customer=customer), "q": text, "found": found},
        title=_("Unisci con…"),
    )


def _search(text: str, customer: Customer) -> list[Customer]:
    rows = Customer.objects.filter(merged_into=None).exclude(pk=customer.pk)
    also = customers_spelled(text)
    if also is not None:
        return list(rows.filter(also)[:FOUND])
    for word in text.split()[:5]:
        rows = rows.filter(last_name__icontains=word) | rows.filter(first_name__icontains=word)
    return list(rows[:FOUND])


def merge_page(request: HttpRequest) -> HttpResponse:
    """The two side by side; by POST they become one."""
    asked = request.POST if request.method == "POST" else request.GET
    keep, other = _one(asked, "tenere"), _one(asked, "unire")
    if request.method == "POST":
        take = [name for name in people.CHOICES if request.POST.get(name) == "other"]
        try:
            kept = people.merge(keep=keep, other=other, take=take)
        except SchedulingError as refusal:
            messages.error(request, refusal.message)
            target = keep.merged_into_id or keep.pk
            return HttpResponseRedirect(reverse("admin:customer_page", args=[target]))
        messages.success(request, _("Uniti: da ora è un cliente solo."))
        return HttpResponseRedirect(reverse("admin:customer_page", args=[kept.pk]))
    if keep.pk == other.pk or keep.merged_into_id or other.merged_into_id:
        messages.error(request, people.AlreadyMerged().message)
        return HttpResponseRedirect(reverse("admin:customer_page", args=[keep.merged_into_id or keep.pk]))
    counts = _counts(keep, other)
    sides = [{"row": row, "counts": counts[row.pk]} for row in (keep, other)]
    return page(
        request,
        "backoffice/people/merge.html",
        {"keep": keep, "other": other, "sides": sides, "choices": _choices(keep, other)},
        title=_("Unisci clienti"),
    )


def _one(asked: QueryDict, name: str) -> Customer:
    try:
        return get_object_or_404(Customer, pk=UUID(asked.get(name, "")))
    except ValueError as error:
        raise Http404 from error


def _choices(keep: Customer, other: Customer) -> list[dict[str, str]]:
    """What both have and differs: which of the two stays."""
    pairs = (
        ("name", _("Nome"), keep.full_name, other.full_name),
        ("phone", _("Telefono"), str(keep.phone or ""), str(other.phone or "")),
        ("email", _("E-mail"), keep.email, other.email),
    )
    return [
        {"name": name, "label": label, "keep": mine, "other": theirs}
        for name, label, mine, theirs in pairs
        if mine and theirs and mine.casefold() != theirs.casefold()
    ]


def _counts(*customers: Customer) -> dict[UUID, dict[str, int]]:
    """What each has. Five queries."""
    pks = [row.pk for row in customers]
    counts: dict[UUID, dict[str, int]] = {pk: {} for pk in pks}
    names = ("appointments", "vehicles", "identities", "consents")
    for name in names:
        rows = Customer.objects.filter(pk__in=pks).annotate(many=Count(name)).values_list("pk", "many")
        for pk, many in rows.order_by("pk"):
            counts[pk][name] = many
    talks = Conversation.objects.filter(customer__in=pks).values_list("customer").annotate(many=Count("pk"))
    for found in counts.values():
        found["conversations"] = 0
    for pk, many in talks.order_by("customer"):
        counts[pk]["conversations"] = many
    return counts
