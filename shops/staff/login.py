"""The pages around the login: the code, setting the second factor up, the forgotten password, the invitation.

They are open to who is not (wholly) logged in, so each says itself whom it serves. On both hosts.
"""

import time
from collections.abc import Callable
from typing import Any

import segno
from django.contrib import messages
from django.contrib.auth import login as log_in
from django.contrib.auth import logout as log_out
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from django_otp import login as remember_device

from shops import history
from shops.admin_sites import PagedSite, site_header
from shops.staff import accounts, links, second_factor
from shops.staff.forms import CodeForm, DigitsForm, ForgottenForm, PasswordForm, WelcomeForm
from shops.staff.models import StaffUser
from shops.staff.second_factor import Missing

MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"
View = Callable[..., HttpResponse]
ANSWER_SECONDS = 0.2
SEEN = "second_factor_seen"  # in the session: the mark of the secret that it was shown


def show(
    site: PagedSite, request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """A page in the login's frame."""
    request.current_app = site.name
    return render(request, template, {**site.each_context(request), **context}, status=status)


def next_page(request: HttpRequest) -> str:
    """Where the person wanted to go, if that is on this host; else the first page."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return wanted
    return reverse("admin:index")


def code(request: HttpRequest, site: PagedSite) -> HttpResponse:
    """The second page of the login."""
    person = request.user
    if not isinstance(person, StaffUser) or second_factor.missing(request) != Missing.CODE:
        return HttpResponseRedirect(next_page(request))
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        device, wait = second_factor.verify(person=person, code=form.cleaned_data["code"])
        if device is not None:
            remember_device(request, device)
            request.session.cycle_key()
            return HttpResponseRedirect(next_page(request))
        form.add_error("code", _wrong(wait))
    return show(
        site, request, "staff/code.html", {"title": _("Codice"), "form": form, "next": next_page(request)}
    )


def _wrong(wait: int) -> str:
    if wait <= 1:
        return _("Il codice non è giusto.")
    return ngettext(
        "Il codice non è giusto. Riprovi fra %(seconds)d secondo.",
        "Il codice non è giusto. Riprovi fra %(seconds)d secondi.",
        wait,
    ) % {"seconds": wait}


def set_up(request: HttpRequest, site: PagedSite) -> HttpResponse:
    """Switching the second factor on: scan, type the first code, keep the codes for paper."""
    person = request.user
    if not isinstance(person, StaffUser) or person.is_support or person.second_factor_at:
        return HttpResponseRedirect(next_page(request))
    form, seen = DigitsForm(request.POST or None), str(request.session.get(SEEN, ""))
    if request.method == "POST" and form.is_valid():
        with history.acting(staff=person):
            done = second_factor.confirm(person=person, code=form.cleaned_data["code"], seen=seen)
        if done is not None:
            device, codes = done
            remember_device(request, device)
            request.session.pop(SEEN, None)
            request.session.cycle_key()
            context: dict[str, Any] = {
                "title": _("Secondo fattore attivo"),
                "codes": codes,
                "next": next_page(request),
            }
            return show(site, request, "staff/recovery_codes.html", context)
        form.add_error("code", _wrong(second_factor.begin(person=person).pause()))
    device = second_factor.begin(person=person, seen=seen)
    if device.confirmed:  # in another window, this moment: the secret is shown no more
        return HttpResponseRedirect(next_page(request))
    request.session[SEEN] = device.mark
    address = device.address(site_header(request))
    context = {
        "title": _("Secondo fattore"),
        "form": form,
        "next": next_page(request),
        "required": second_factor.required_of(person),
        "picture": segno.make(address, error="m").svg_data_uri(scale=5, border=2, light="#fff"),
        "secret": " ".join(device.secret[i : i + 4] for i in range(0, len(device.secret), 4)),
        "address": address,
    }
    return show(site, request, "staff/set_up.html", context)


@require_POST
def leave(request: HttpRequest, site: PagedSite) -> HttpResponse:
    """Out again, for who cannot give the code."""
    log_out(request)
    return HttpResponseRedirect(reverse("admin:login"))


def forgotten(request: HttpRequest, site: PagedSite) -> HttpResponse:
    """Asking for a link. The answer is the same whoever asks."""
    form, started = ForgottenForm(request.POST or None), time.monotonic()
    if request.method == "POST" and form.is_valid():
        accounts.forgot(email=form.cleaned_data["email"])
        # Writing a mail down takes longer than not doing so: nobody learns by the clock who works here.
        time.sleep(max(0.0, started + ANSWER_SECONDS - time.monotonic()))
        return show(site, request, "staff/forgotten_sent.html", {"title": _("Controlli la posta")})
    return show(site, request, "staff/forgotten.html", {"title": _("Password dimenticata"), "form": form})


def reset(request: HttpRequest, site: PagedSite, token: str) -> HttpResponse:
    """Choosing a new password with the link of the mail. Then one logs in with it."""
    person = links.holder(links.Kind.RESET, token)
    if person is None:
        return _no_link(request, site, links.Kind.RESET)
    form = PasswordForm(person, request.POST or None)
    if request.method == "POST" and form.is_valid():
        if not accounts.choose_password(person=person, password=form.cleaned_data["new_password1"]):
            return _no_link(request, site, links.Kind.RESET)
        log_out(request)
        messages.success(request, _("La password è cambiata: ora può entrare."))
        return HttpResponseRedirect(reverse("admin:login"))
    return show(
        site, request, "staff/reset.html", {"title": _("Nuova password"), "form": form, "person": person}
    )


def invitation(request: HttpRequest, site: PagedSite, token: str) -> HttpResponse:
    """The first page of who was invited: name and password, and they are in."""
    person = links.holder(links.Kind.INVITATION, token)
    if person is None:
        return _no_link(request, site, links.Kind.INVITATION)
    form = WelcomeForm(person, request.POST or None)
    if request.method == "POST" and form.is_valid():
        if not accounts.choose_password(person=person, password=form.cleaned_data["new_password1"]):
            return _no_link(request, site, links.Kind.INVITATION)
        with history.acting(staff=person):
            person.save(update_fields=["first_name", "last_name"])
        log_out(request)  # somebody else may be at this computer
        log_in(request, person, backend=MODEL_BACKEND)
        return HttpResponseRedirect(reverse("admin:index"))
    context = {"title": _("Benvenuti"), "form": form, "person": person}
    return show(site, request, "staff/invitation.html", context)


def _no_link(request: HttpRequest, site: PagedSite, kind: links.Kind) -> HttpResponse:
    context = {"title": _("Link non valido"), "invited": kind == links.Kind.INVITATION}
    return show(site, request, "staff/no_link.html", context, status=410)


OPEN: tuple[tuple[str, View, str], ...] = (
    ("login/code/", code, "second_factor_code"),
    ("login/second-factor/", set_up, "second_factor"),
    ("login/leave/", leave, "login_leave"),
    ("password/", forgotten, "admin_password_reset"),  # the name that the login page looks for
    ("password/<str:token>/", reset, "reset_password"),
    ("invitation/<str:token>/", invitation, "invitation"),
)


def add_to(site: PagedSite) -> None:
    """Serve these pages on the site."""
    for route, view, name in OPEN:
        guarded = never_cache(sensitive_post_parameters()(view))
        site.open_urls.append(path(route, guarded, {"site": site}, name=name))
