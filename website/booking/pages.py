"""What the steps of the booking page show."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from receptionist import consenting
from receptionist.models import AIConfig
from scheduling import clock as moments
from scheduling import drop_off
from scheduling.catalogue import Catalogue
from scheduling.models import Consent, ConsentChannel, Service
from shops.models import Shop, WhatsAppNumber
from website import frame
from website.booking import choosing, placing, words
from website.booking.forms import HONEYPOT, ContactForm

SERVICE, START, FROM = "servizio", "inizio", "dal"
# What is the same for everybody may be kept by their browser, which asks each time whether it still holds.
NOTHING_PERSONAL = "private, no-cache"


@dataclass(frozen=True)
class Step:
    """One of the four, for the line at the top: `state` is "done", "now" or "". `link` leads back to it."""

    title: str
    state: str
    link: str = ""


def services(request: HttpRequest, cat: Catalogue, *, note: str = "", status: int = 200) -> HttpResponse:
    page = frame.of(request)
    config = AIConfig.load()
    context = {
        "steps": steps(request, 1),
        "services": [
            {**_of_service(cat, each), "link": page.link(reverse("booking_times"), **{SERVICE: each.pk})}
            for each in (choosing.bookable(cat) if page.site.booking_enabled else [])
        ],
        "welcome": _in_language(page, page.site.welcome, page.site.welcome_en),
        "hours": words.week(cat.calendar.week),
        "address": config.address,
        "note": note,
        "chat": _chat(page),
        "alternates": [(code, f"/?{frame.LANGUAGE}={code}") for code, _name in settings.LANGUAGES],
    }
    response = frame.render(request, "website/booking/services.html", context, status=status)
    response["Cache-Control"] = NOTHING_PERSONAL
    return response


def times(
    request: HttpRequest,
    cat: Catalogue,
    service: Service,
    days: choosing.Days,
    *,
    note: str = "",
    status: int = 200,
) -> HttpResponse:
    page = frame.of(request)
    here, there = reverse("booking_times"), reverse("booking_details")
    tail = page.link("", **{SERVICE: service.pk})
    context = {
        **_of_service(cat, service),
        "steps": steps(request, 2, service),
        "days": days,
        "there": f"{there}{tail}",
        "earlier": page.link(here, **{SERVICE: service.pk, FROM: days.earlier}) if days.earlier else "",
        "later": page.link(here, **{SERVICE: service.pk, FROM: days.later}) if days.later else "",
        "first_free": page.link(here, **{SERVICE: service.pk}),
        "back": page.link("/"),
        "note": note,
    }
    response = frame.render(request, "website/booking/times.html", context, status=status)
    response["Cache-Control"] = NOTHING_PERSONAL
    return response


def pick_again(request: HttpRequest, cat: Catalogue, service: Service, now: datetime) -> HttpResponse:
    """The days again: the start in the address is no free one, whether it ever was or not."""
    text = request.POST.get(START, "") or request.GET.get(START, "")
    days = choosing.days(service, choosing.day(text[:10]), cat, now)
    if not days.anything:
        days = choosing.days(service, None, cat, now)
    note = _("Quell'orario non si può prenotare: ne scelga un altro.")
    return times(request, cat, service, days, note=note, status=409)


def details(
    request: HttpRequest,
    cat: Catalogue,
    service: Service,
    start: datetime,
    form: ContactForm,
    *,
    form_id: uuid.UUID | None = None,
    note: str = "",
    others: list[tuple[str, str]] | None = None,
    lost: bool = False,
    status: int = 200,
) -> HttpResponse:
    now = moments.to_moment(timezone.now())
    brought = drop_off.usual(cat, begin=moments.to_moment(start), now=now)
    context = {
        **_of_service(cat, service),
        "steps": steps(request, 3, service),
        "form": form,
        "token": placing.sign(form_id or uuid.uuid4()),
        "start": choosing.key(start, cat),
        "when": words.moment(start),
        "brought": words.moment(brought) if brought != start else "",
        "note": note,
        "others": others or [],
        "lost": lost,
        "consents": consents(request),
        "on_whatsapp": _writes_on_whatsapp(cat.shop),
        "back": frame.of(request).link(
            reverse("booking_times"), **{SERVICE: service.pk, FROM: choosing.key(start, cat)[:10]}
        ),
        # The start is in the form too, and that one counts; here it is for the other language's link after a refusal.
        "action": frame.of(request).link(
            reverse("booking_details"), **{SERVICE: service.pk, START: choosing.key(start, cat)}
        ),
        "must_leave": form.must_leave,
        "honeypot": HONEYPOT,
    }
    return frame.render(request, "website/booking/details.html", context, status=status)


def _of_service(cat: Catalogue, service: Service) -> dict[str, Any]:
    return {
        "service": service,
        "duration": words.duration(service.duration_minutes, cat.calendar.week),
        "price": words.price(service.price_from),
    }


def steps(request: HttpRequest, now: int, service: Service | None = None) -> list[Step]:
    page = frame.of(request)
    titles = (_("Servizio"), _("Giorno e ora"), _("Auto e contatti"), _("Fatto"))
    links = {1: page.link("/")} | (
        {2: page.link(reverse("booking_times"), **{SERVICE: service.pk})} if service else {}
    )
    return [
        Step(
            title,
            "done" if number < now else "now" if number == now else "",
            links.get(number, "") if number < now < len(titles) else "",
        )
        for number, title in enumerate(titles, start=1)
    ]


def consents(request: HttpRequest) -> dict[str, str]:
    """The words beside the boxes, by the boxes' names: what is kept when somebody ticks them."""
    language = frame.of(request).language
    return {
        "conferma": consenting.wording(
            Consent.Purpose.SERVICE_MESSAGES, channel=ConsentChannel.WEB, language=language
        ),
        "promozioni": consenting.wording(
            Consent.Purpose.MARKETING, channel=ConsentChannel.WEB, language=language
        ),
    }


def _writes_on_whatsapp(shop: Shop) -> bool:
    """Whether the shop can send a confirmation at all."""
    return bool(shop.whatsapp_number) and WhatsAppNumber.objects.filter(shop=shop, stopped_at=None).exists()


def must_leave(cat: Catalogue, service: Service) -> bool:
    """Whether the work takes longer than the shop is open at a stretch."""
    return service.duration_minutes * 60 > cat.calendar.longest


def _chat(page: frame.Frame) -> str:
    """The address of the chat; empty where the shop has none."""
    return page.link("/chat") if page.site.chat_enabled else ""


def _in_language(page: frame.Frame, italian: str, english: str) -> str:
    return (english or italian) if page.language == "en" else italian


def not_offered() -> str:
    return _("Questo servizio non si prenota dal sito: ne scelga un altro, o ci chiami.")


def too_many(request: HttpRequest) -> HttpResponse:
    response = frame.render(request, "website/booking/too_many.html", status=429)
    response["Retry-After"] = "3600"
    return response
