"""What the shop begins, over the wire: as a template to who never wrote, and the taps on its buttons come back."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from receptionist.content import Content, Option
from receptionist.followups import kinds
from receptionist.models import FollowUpKind, SlotOffer
from sandbox.meta import Meta, meta_server
from scheduling import booking
from scheduling.models import Appointment, Service
from shops.context import in_shop
from shops.models import Shop
from tests import factories
from tests.database import as_owner
from tests.whatsapp import sending_kit as kit
from whatsapp import sending
from whatsapp.models import MessageTemplate
from whatsapp.templates import DEFINITIONS, synchronise

ANNA = "+393331234567"
SECRET = "the app secret of the begun messages"
TUESDAY = datetime.fromisoformat("2026-11-24T10:00+01:00")
THURSDAY = datetime.fromisoformat("2026-11-26T09:30+01:00")
DONE = "Fatto: il posto è suo."


@pytest.fixture
def meta(live_server: Any, settings: Any, transactional_db: None, eager_tasks: None) -> Iterator[Meta]:
    """The stand-in, which sends to this server; the shop's templates are there and approved; a Tuesday at ten."""
    settings.WHATSAPP_APP_SECRETS = [SECRET]
    settings.ALLOWED_HOSTS = ["*"]
    settings.PLATFORM_HOSTS = [*settings.PLATFORM_HOSTS, "127.0.0.1"]
    settings.BURST_WAIT_SECONDS, settings.OPENAI_API_KEY = 0, ""
    with (
        time_machine.travel(TUESDAY, tick=True),
        meta_server(SECRET, live_server.url.replace("localhost", "127.0.0.1")) as running,
    ):
        settings.WHATSAPP_API_URL = running.url
        rossi = Shop.objects.get(slug="officina-rossi")
        kit.number(rossi, token=running.token("wa-rossi"))
        with as_owner():
            synchronise(rossi)
        yield running


def rossi() -> Shop:
    return Shop.objects.get(slug="officina-rossi")


def test_the_categories_are_kept(meta: Meta) -> None:
    with in_shop(rossi()):
        found = dict(MessageTemplate.objects.values_list("name", "category"))
    marketing = {name for name, category in found.items() if category == "MARKETING"}
    assert marketing == {"aros_grazie", "aros_scadenza"}
    assert len(found) == len(DEFINITIONS)


_PLACES = {
    "officina": "Officina Rossi",
    "giorno": "giovedì 26 novembre",
    "ora": "09:30",
    "lavoro": "Tagliando",
    "indirizzo": "Via Roma 1",
    "auto": "Fiat Panda AB123CD",
    "ritiro": "oggi fino alle 18:30",
    "entro": "15:30",
    "link": "https://example.com/r",
    "cosa": "revisione di Fiat Panda AB123CD entro il 31 marzo 2027",
}
_BUTTONS = {
    FollowUpKind.DAY_BEFORE: ("confirm:AAAAA", "move:AAAAA", "cancel:AAAAA"),
    FollowUpKind.FREED_PLACE: ("offer_yes:1", "offer_no:1"),
}


@pytest.mark.parametrize("kind", list(FollowUpKind), ids=lambda kind: kind.value)
def test_every_kind_goes_out_to_who_never_wrote(meta: Meta, kind: FollowUpKind) -> None:
    payloads = _BUTTONS.get(kind, ())
    options = tuple(Option(each, each) for each in payloads)
    with in_shop(rossi()):
        content: Content = kinds.content_for(kind, _PLACES, options=options)
        message = kit.message(recipient=ANNA, content=content)
        sending.send(message_id=message.pk)
        assert kit.again(message).status == "sent"
    [sent] = meta.messages()
    shown = meta.world.rendered(sent)
    assert "{{" not in shown["text"]
    assert tuple(each["payload"] for each in shown.get("buttons") or ()) == payloads
    if kind == FollowUpKind.DAY_BEFORE:
        assert [each["text"] for each in shown["buttons"]] == ["Confermo", "Sposta", "Annulla"]


def test_a_freed_place_is_offered_and_taken_with_a_tap(meta: Meta) -> None:
    with in_shop(rossi()):
        service = Service.objects.get(name="Tagliando")
        anna = factories.customer(first_name="Anna", phone=ANNA)
        factories.waiting(anna, service, THURSDAY.date(), THURSDAY.date())
        booking.cancel(appointment=factories.appointment(THURSDAY, service=service))
        offer = SlotOffer.objects.get()
    [question] = meta.wait_messages(1, to=ANNA)
    assert question.type == "template"
    meta.tap("wa-rossi", ANNA, question, f"offer_yes:{offer.pk}")
    answer = meta.wait_messages(2, to=ANNA)[-1]
    assert DONE in answer.text
    with in_shop(rossi()):
        assert Appointment.objects.get(pk=offer.appointment_id).status == "confirmed"
        assert SlotOffer.objects.get().status == "accepted"


def test_within_the_day_it_goes_out_with_buttons_of_its_own(meta: Meta) -> None:
    with in_shop(rossi()):
        service = Service.objects.get(name="Tagliando")
        anna = factories.customer(first_name="Anna", phone=ANNA)
        factories.waiting(anna, service, THURSDAY.date(), THURSDAY.date() + timedelta(days=1))
    meta.write("wa-rossi", ANNA, "Buongiorno")
    meta.wait_messages(1, to=ANNA)
    with in_shop(rossi()):
        booking.cancel(appointment=factories.appointment(THURSDAY, service=service))
        offer = SlotOffer.objects.get()
    question = meta.wait_messages(2, to=ANNA)[-1]
    assert question.type == "interactive"
    assert [title for _id, title in question.options] == ["Sì, lo prendo", "No, grazie"]
    meta.tap("wa-rossi", ANNA, question, f"offer_no:{offer.pk}")
    assert "resta in lista d'attesa" in meta.wait_messages(3, to=ANNA)[-1].text
