"""The way in for the support, the shop's page about its visits, and ending one."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import login as log_in
from django.contrib.auth import logout as log_out
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from backoffice.pages import page, person
from shops import support
from shops.context import current_shop
from shops.models import SupportVisit
from shops.refusals import Refused
from shops.views import sentence

MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"
MOST = 100


@csrf_exempt  # it comes from the platform's host; the key in it is what proves it, and works once
@never_cache
@require_POST
def enter(request: HttpRequest) -> HttpResponse:
    """Take the key; then a session of the support's person, which lasts as long as the visit."""
    try:
        visit, here = support.enter(token=request.POST.get("token", "")[:500])
    except Refused as refusal:
        return sentence(str(refusal), status=403)
    log_out(request)  # whoever was logged in on this browser
    log_in(request, here, backend=MODEL_BACKEND)
    request.session[support.SESSION_KEY] = str(visit.pk)
    request.session.set_expiry(visit.until)
    return HttpResponseRedirect(reverse("admin:index"))


def visits(request: HttpRequest) -> HttpResponse:
    """Who has been here, and whether anybody may come."""
    shop = current_shop()
    if request.method == "POST":
        _refuse_support(request)
        allowed = request.POST.get("allowed") == "1"
        support.allow(allowed=allowed)
        said = _("L'assistenza può entrare.") if allowed else _("L'assistenza non può più entrare.")
        messages.success(request, said)
        return HttpResponseRedirect(reverse("admin:support"))
    found = SupportVisit.objects.filter(shop_id=shop.pk, entered_at__isnull=False)[:MOST]
    context: dict[str, Any] = {
        "visits": found,
        "allowed": support.is_allowed(shop),
        "is_support": person(request).is_support,
    }
    return page(request, "backoffice/support/visits.html", context, title=_("Accessi dell'assistenza"))


@require_POST
def end(request: HttpRequest) -> HttpResponse:
    """End a visit: the support its own, whoever answers for the shop any."""
    if not (person(request).is_support or person(request).has_perm(support.ANSWERS_FOR_THE_SHOP)):
        raise PermissionDenied
    visit = _visit(request)
    if person(request).is_support:
        support.end(visit=visit, by=SupportVisit.EndedBy.OPERATOR)
        log_out(request)
        return HttpResponseRedirect(reverse("admin:login"))
    support.end(visit=visit, by=SupportVisit.EndedBy.SHOP)
    messages.success(request, _("L'accesso dell'assistenza è terminato."))
    return HttpResponseRedirect(reverse("admin:support"))


def _visit(request: HttpRequest) -> SupportVisit:
    wanted = request.POST.get("visit", "")
    if person(request).is_support:
        wanted = str(request.session.get(support.SESSION_KEY, ""))
    ids = {str(row["id"]) for row in support.shown(current_shop())} | {
        str(request.session.get(support.SESSION_KEY, ""))
    }
    visit = (
        SupportVisit.objects.filter(pk=wanted, shop_id=current_shop().pk).first()
        if wanted and wanted in ids
        else None
    )
    if visit is None:
        raise Http404
    return visit


def _refuse_support(request: HttpRequest) -> None:
    """Whether the support may come is not for the support to say."""
    if person(request).is_support:
        raise PermissionDenied
