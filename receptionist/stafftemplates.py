"""The templates that an employee may send to a customer when WhatsApp lets no free text through, and what fills them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from receptionist import channels, confirmations, standard_templates, storable
from receptionist.content import Content, KnownTemplate, Template
from receptionist.italian import one_line
from receptionist.models import AIConfig, Channel, Conversation, Handover
from scheduling.models import Appointment
from scheduling.models.appointments import Status
from shops.context import current_shop
from shops.refusals import Refused

MOST = 200
"""Characters of one place."""
# What the button sends back: in the new chat that it begins, a person is asked for.
CONTINUE = "m:person"
BEGUN_BY_SHOP = frozenset({standard_templates.CONFIRMATION, standard_templates.REMINDER})


@dataclass(frozen=True)
class Place:
    """One place of a template. `fixed`: known, and not the employee's to change."""

    key: str
    label: str
    value: str
    fixed: bool = False


@dataclass(frozen=True)
class Offer:
    """A template that can be sent now: its words with {{1}}…, what fills them, and what its buttons say and send."""

    name: str
    title: str
    body: str
    places: tuple[Place, ...]
    buttons: tuple[str, ...] = ()
    payloads: tuple[str, ...] = ()
    language: str = "it"

    @property
    def preview(self) -> str:
        """The words with what is known filled in."""
        return _filled(self.body, [each.value or "…" for each in self.places])


def offers(conversation: Conversation) -> list[Offer]:
    """What can be sent in this chat, as WhatsApp has approved it; empty elsewhere. Six queries at most."""
    if conversation.channel != Channel.WHATSAPP:
        return []
    known = channels.get(conversation.channel).templates(line=conversation.line)
    if not known:
        return []
    facts = _Facts.of(conversation)
    by_name = {each.name: each for each in known}
    made = (make(by_name[name], facts) for name, make in _MAKE.items() if name in by_name)
    return [each for each in made if each is not None]


def fill(conversation: Conversation, name: str, values: Mapping[str, str]) -> tuple[Content, bool]:
    """What is sent, and whether it is one that the shop begins (STOP forbids it). Raises Refused with the sentence."""
    offer = next((each for each in offers(conversation) if each.name == name), None)
    if offer is None:
        raise Refused(_("Questo modello adesso non si può mandare."))
    filled = []
    for place in offer.places:
        value = place.value if place.fixed else one_line(storable.text(values.get(place.key, "")), MOST)
        if not value:
            raise Refused(_("Manca: %(what)s.") % {"what": place.label})
        filled.append(value)
    template = Template(offer.name, tuple(filled), offer.payloads, offer.language)
    return Content(_filled(offer.body, filled), template=template), name in BEGUN_BY_SHOP


def _filled(body: str, values: list[str]) -> str:
    def value(hit: re.Match[str]) -> str:
        number = int(hit[1]) - 1
        return values[number] if 0 <= number < len(values) else hit[0]

    return re.sub(r"\{\{(\d{1,2})\}\}", value, body)


@dataclass(frozen=True)
class _Facts:
    """What is known of the customer of a chat."""

    shop: str
    wanted: str
    next: Appointment | None
    ready: Appointment | None
    config: AIConfig

    @classmethod
    def of(cls, conversation: Conversation) -> "_Facts":
        rows: list[Appointment] = []
        if conversation.customer_id is not None:
            mine = Appointment.objects.filter(customer_id=conversation.customer_id)
            rows = list(mine.select_related("service", "vehicle").order_by("-scheduled_at")[:20])
        now = timezone.now()
        ahead = [each for each in rows if each.status == Status.CONFIRMED and each.scheduled_at > now]
        here = [each for each in rows if each.status in (Status.COMPLETED, Status.IN_PROGRESS)]
        asked = Handover.objects.filter(conversation=conversation).order_by("-created_at")
        wanted = asked.values_list("wanted", flat=True).first() or ""
        return cls(
            shop=one_line(current_shop().name, MOST),
            wanted=one_line(wanted, MOST),
            next=ahead[-1] if ahead else None,
            ready=next((each for each in here if each.collected_at is None), None),
            config=AIConfig.load(),
        )


def _shop(facts: _Facts) -> Place:
    return Place("1", _("Officina"), facts.shop, fixed=True)


def _follow_up(known: KnownTemplate, facts: _Facts) -> Offer:
    about = Place("2", _("Di che cosa si tratta"), facts.wanted)
    title = _("Ho una risposta per lei")
    return Offer(
        known.name, title, known.body, (_shop(facts), about), known.buttons, (CONTINUE,), known.language
    )


def _car_ready(known: KnownTemplate, facts: _Facts) -> Offer:
    car = facts.ready.vehicle if facts.ready else None
    label = f"{car.label} {car.license_plate}".strip() if car else ""
    when = Place("3", _("Ritiro (per esempio: oggi fino alle 18:30)"), "")
    places = (_shop(facts), Place("2", _("Auto"), label), when)
    return Offer(known.name, _("L'auto è pronta"), known.body, places, language=known.language)


def _appointment(title: Any, known: KnownTemplate, facts: _Facts) -> Offer | None:
    if facts.next is None:
        return None
    content = confirmations.confirmation(facts.next, current_shop(), facts.config)
    assert content.template is not None  # noqa: S101 - a confirmation has one
    labels = (_("Officina"), _("Giorno"), _("Ora"), _("Lavoro"), _("Dove"))
    places = tuple(
        Place(str(number), label, value, fixed=True)
        for number, (label, value) in enumerate(zip(labels, content.template.parameters, strict=True), 1)
    )
    return Offer(
        known.name, title, known.body, places, known.buttons, content.template.buttons, known.language
    )


def _confirmation(known: KnownTemplate, facts: _Facts) -> Offer | None:
    return _appointment(_("Conferma del prossimo appuntamento"), known, facts)


def _reminder(known: KnownTemplate, facts: _Facts) -> Offer | None:
    offer = _appointment(_("Promemoria del prossimo appuntamento"), known, facts)
    if offer is None or facts.next is None:
        return None
    return replace(offer, payloads=(f"confirm:{facts.next.code}", *offer.payloads))


_MAKE = {
    standard_templates.FOLLOW_UP: _follow_up,
    standard_templates.CAR_READY: _car_ready,
    standard_templates.CONFIRMATION: _confirmation,
    standard_templates.REMINDER: _reminder,
}
