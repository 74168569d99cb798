"""One's own account, and what the administrator asks of everybody's."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import logout as log_out
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from shops.admin_sites import Page, PagedSite, platform_site, shop_site
from shops.staff import accounts, second_factor
from shops.staff.forms import CodeForm, ProfileForm
from shops.staff.models import StaffUser


def _person(request: HttpRequest) -> StaffUser:
    assert isinstance(request.user, StaffUser)  # noqa: S101 - the site's admin_view has asked
    # A copy: the form writes into it before it knows whether it may.
    return StaffUser.objects.get(pk=request.user.pk)


def account(request: HttpRequest, site: PagedSite) -> HttpResponse:
    """Name, language, password, second factor, sessions."""
    person = _person(request)
    if person.is_support:  # who they are here, and for how long, the visit says
        raise PermissionDenied
    if request.method == "POST" and (act := ACTS.get(request.POST.get("do", "profile"))):
        return act(request, site, person)
    if request.method == "POST":
        return HttpResponseBadRequest()
    return _show(request, site, person, ProfileForm(instance=person))


def _show(
    request: HttpRequest, site: PagedSite, person: StaffUser, form: ProfileForm, **more: Any
) -> HttpResponse:
    context = {
        **site.each_context(request),
        "title": _("Il mio account"),
        "person": person,
        "form": form,
        "code_form": CodeForm(),
        "required": second_factor.required_of(person),
        **more,
    }
    context["code_form"].fields["code"].widget.attrs.pop("autofocus", None)
    request.current_app = site.name
    return render(request, "staff/account.html", context)


def _profile(request: HttpRequest, site: PagedSite, person: StaffUser) -> HttpResponse:
    form = ProfileForm(request.POST, instance=person)
    if not form.is_valid():
        return _show(request, site, person, form)
    person.save(update_fields=form.Meta.fields)
    messages.success(request, _("I suoi dati sono salvati."))
    return _back()


def _renew(request: HttpRequest, site: PagedSite, person: StaffUser) -> HttpResponse:
    """New codes for paper, for who proves with a code that the phone is theirs."""
    refusal = _refused(request, person)
    if refusal:
        return _show(request, site, person, ProfileForm(instance=person), refusal=refusal)
    codes = second_factor.renew_codes(person=person)
    return _show(request, site, person, ProfileForm(instance=person), codes=codes)


def _off(request: HttpRequest, site: PagedSite, person: StaffUser) -> HttpResponse:
    """Without a second factor again, where that is allowed."""
    refusal = _("Per gli amministratori il secondo fattore è obbligatorio.")
    if not second_factor.required_of(person):
        refusal = _refused(request, person)
    if refusal:
        return _show(request, site, person, ProfileForm(instance=person), refusal=refusal)
    second_factor.take_away(person=person)
    messages.success(request, _("Il secondo fattore è spento."))
    return _back()


def _refused(request: HttpRequest, person: StaffUser) -> str:
    """Why not: the code is wrong. "" when it is right."""
    device, _wait = second_factor.verify(person=person, code=request.POST.get("code", ""))
    return "" if device else _("Il codice non è giusto.")


def _leave(request: HttpRequest, site: PagedSite, person: StaffUser) -> HttpResponse:
    """Out, here and on every other device."""
    accounts.leave_everywhere(person=person)
    log_out(request)
    messages.success(request, _("È uscito da tutti i dispositivi."))
    return HttpResponseRedirect(reverse("admin:login"))


def _back() -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:account"))


ACTS = {"profile": _profile, "renew": _renew, "off": _off, "leave": _leave}


@require_POST
def access(request: HttpRequest) -> HttpResponse:
    """The administrator's switch: whether administrators need a second factor."""
    wanted = request.POST.get("wanted") == "yes"
    second_factor.ask_of_admins(wanted=wanted)
    if wanted:
        messages.success(request, _("Da ora gli amministratori entrano solo con il secondo fattore."))
    else:
        messages.success(request, _("Il secondo fattore è facoltativo."))
    return HttpResponseRedirect(reverse("admin:staff_staffuser_changelist"))


def add_pages() -> None:
    """Put the pages on the sites."""
    # Everybody has an account: the first is what every role of a shop may do, the second what every operator may.
    for site, permission in (
        (shop_site, "scheduling.work_appointment"),
        (platform_site, "staff.view_staffuser"),
    ):
        site.add_page(
            Page(
                app_label="backoffice",
                title=gettext_lazy("Il mio account"),
                path="account/",
                name="account",
                view=_on(site),
                permission=permission,
                shown=lambda request: not getattr(request.user, "is_support", False),
            )
        )
    shop_site.add_page(
        Page(
            app_label="staff",
            title=gettext_lazy("Accessi"),
            path="staff/access/",
            name="staff_access",
            view=access,
            permission="staff.change_staffuser",
            in_menu=False,
        )
    )


def _on(site: PagedSite) -> Any:
    def account_here(request: HttpRequest) -> HttpResponse:
        return account(request, site)

    return account_here
