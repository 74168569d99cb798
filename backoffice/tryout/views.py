"""Prova: the page, the panel beside the settings, what they poll, and what is written in them."""

import re
import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from backoffice import pages
from backoffice.calendar import people
from backoffice.tryout import talk as talks
from backoffice.tryout import words
from backoffice.tryout.talk import MOST_EXCHANGES, MOST_TEXT, Exchange, Talk, Unkept
from backoffice.tryout.tasks import try_out as answer
from receptionist import storable, tryout
from scheduling.models import Customer

KEY = re.compile(r"[0-9a-f]{32}")
SEES_CUSTOMERS = "scheduling.view_customer"


class Refused(Exception):
    """What was written is not taken; the words say why."""


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """The whole page."""
    return pages.page(request, "backoffice/tryout.html", _context(request), title=_("Prova"))


@require_GET
def panel(request: HttpRequest) -> HttpResponse:
    """The same for a drawer beside another page."""
    return render(request, "backoffice/tryout_body.html", _context(request))


@require_GET
def state(request: HttpRequest) -> HttpResponse:
    """What is polled while an answer is to come; 304 while nothing is new."""
    return pages.fragment(request, "backoffice/tryout_parts.html", _context(request))


@require_POST
def say(request: HttpRequest) -> HttpResponse:
    """Something is written or tapped: kept, and left to a worker. The same key again changes nothing."""
    return _done(request, lambda: _say(request))


@require_POST
def restart(request: HttpRequest) -> HttpResponse:
    """Begin anew, as a new customer or as the one who is named."""
    return _done(request, lambda: _restart(request))


@require_GET
def customers(request: HttpRequest) -> HttpResponse:
    """At most eight customers by name, number or plate, for whom one may write."""
    found = people.search(request.GET.get("q", "")[:80]) if request.user.has_perm(SEES_CUSTOMERS) else []
    known = [each for each in found if each["phone"]]
    context = {"found": known, "asked": bool(request.GET.get("q", "").strip())}
    return render(request, "backoffice/tryout_customers.html", context)


def _done(request: HttpRequest, deed: Any) -> HttpResponse:
    """Do it; then show what has become of the trial, to the page's script or by loading the page again."""
    problem = ""
    try:
        deed()
    except Refused as refused:
        problem = str(refused)
    except Unkept:
        problem = _(
            "La prova ha bisogno della memoria temporanea (Valkey), che ora non risponde. Riprovi tra poco."
        )
    if request.headers.get("X-Requested-With") == "fetch" or problem:
        context = _context(request) | {"problem": problem}
        if request.headers.get("X-Requested-With") == "fetch":
            return pages.fragment(request, "backoffice/tryout_parts.html", context)
        return pages.page(request, "backoffice/tryout.html", context, title=_("Prova"))
    return HttpResponseRedirect(reverse("admin:try_out"))


def _say(request: HttpRequest) -> None:
    person_id = pages.person(request).pk
    with talks.writing(person_id) as mine:
        talk = talks.load(person_id)
        exchange = _written(request, talk)
        if talk is not None and talk.exchange(exchange.key):
            return
        if not mine or (talk is not None and talk.is_waiting):
            raise Refused(_("Aspetti la risposta al messaggio di prima."))
        talk = talk or Talk(phone=tryout.new_customer().phone)
        if len(talk.exchanges) >= MOST_EXCHANGES:
            raise Refused(_("La prova è lunga abbastanza: ricominci."))
        if not talks.take_turn():
            raise Refused(_("In quest'ora si è già provato molto: riprovi tra un po'."))
        _close_late(talk)
        talk.exchanges.append(exchange)
        talks.save(person_id, talk)
        answer.queue(person_id=str(person_id), talk_id=talk.id, key=exchange.key)


def _written(request: HttpRequest, talk: Talk | None) -> Exchange:
    """What was sent. Raises Refused for nothing, for too much, and for an option that was never offered."""
    key = request.POST.get("key", "")
    if not KEY.fullmatch(key):
        key = uuid.uuid4().hex
    if tap := request.POST.get("tap", ""):
        option = talk.option(tap) if talk else None
        if option is None:
            raise Refused(_("Questa scelta non c'è più: ricominci o scriva."))
        return Exchange(key=key, text=option.title, tap=option.id)
    text = storable.text(request.POST.get("quick") or request.POST.get("text") or "", MOST_TEXT + 1).strip()
    if not text:
        raise Refused(_("Scriva qualcosa."))
    if len(text) > MOST_TEXT:
        raise Refused(
            _("Il messaggio è troppo lungo: al massimo %(number)d caratteri.") % {"number": MOST_TEXT}
        )
    return Exchange(key=key, text=text)


def _close_late(talk: Talk) -> None:
    """What nobody answered in time stays without an answer, whatever a worker still makes of it."""
    for each in talk.exchanges:
        if each.is_late:
            each.failed = "late"


def _restart(request: HttpRequest) -> None:
    person_id = pages.person(request).pk
    wanted = request.POST.get("customer", "")
    old = talks.load(person_id)
    if wanted == "same" and old is not None:
        talk = Talk(phone=old.phone if old.customer_id else tryout.new_customer().phone, name=old.name)
        talk.customer_id = old.customer_id
    elif wanted and wanted != "same":
        talk = _as_customer(request, wanted)
    else:
        talk = Talk(phone=tryout.new_customer().phone)
    talks.forget(person_id, old)
    talks.save(person_id, talk)


def _as_customer(request: HttpRequest, wanted: str) -> Talk:
    """A trial in a customer's name. Raises Http404 for one who is not there."""
    if not request.user.has_perm(SEES_CUSTOMERS):
        raise Http404
    try:
        customer = Customer.objects.filter(pk=uuid.UUID(wanted)).exclude(phone=None).first()
    except (ValueError, ValidationError):
        customer = None
    if customer is None:
        raise Http404
    return Talk(phone=str(customer.phone), name=str(customer), customer_id=str(customer.pk))


def _context(request: HttpRequest) -> dict[str, Any]:
    talk = talks.load(pages.person(request).pk)
    return {
        "talk": talk,
        "lines": [(each, words.failure(each)) for each in talk.exchanges] if talk else [],
        "works": words.works(talk, request.user) if talk else [],
        "waiting": talk is not None and talk.is_waiting,
        "waits_for_worker": talk is not None and bool(talk.exchanges) and talk.exchanges[-1].waits_for_worker,
        "key": uuid.uuid4().hex,
        "most_text": MOST_TEXT,
        "sees_customers": request.user.has_perm(SEES_CUSTOMERS),
        "quick": [
            _("Vorrei un tagliando"),
            _("È pronta la macchina?"),
            _("Quanto costa il cambio gomme?"),
            _("Quando siete aperti?"),
            _("Vorrei parlare con una persona"),
        ],
    }
