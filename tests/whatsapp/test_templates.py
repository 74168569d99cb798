"""What the shop's templates say, and that Meta takes them with what is filled in."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from receptionist import confirmations, standard_templates
from receptionist.content import Content, Template
from receptionist.models import AIConfig
from sandbox.httpd import HttpServer, Reply, Request, as_json
from sandbox.meta import Meta
from sandbox.meta.templates import checked_components
from shops.context import in_shop
from shops.models import Shop
from tests import factories
from tests.database import as_owner
from tests.whatsapp import sending_kit as kit
from whatsapp import sending
from whatsapp.models import MessageTemplate
from whatsapp.templates import DEFINITIONS, Definition, synchronise

BY_NAME = {each.name: each for each in DEFINITIONS}


@pytest.fixture
def meta(settings: Any) -> Iterator[Meta]:
    with kit.meta(settings) as running:
        yield running


@pytest.mark.parametrize("definition", DEFINITIONS, ids=[each.name for each in DEFINITIONS])
def test_meta_would_take_it(definition: Definition) -> None:
    places = [int(each) for each in re.findall(r"\{\{(\d+)\}\}", definition.body)]
    assert checked_components(definition.components())
    assert places == list(range(1, len(definition.examples) + 1))
    assert not re.search(r"\n{3,}|\t| {4,}", definition.body)
    # Utility: nothing that sells.
    assert not re.search(r"sconto|promo|offerta", definition.body, re.IGNORECASE)


def test_every_name_that_others_use_is_defined() -> None:
    named = {value for name, value in vars(standard_templates).items() if name.isupper()}
    assert named == set(BY_NAME)
    assert all(name.startswith("aros_") for name in named)


def test_the_fingerprint_is_of_the_words() -> None:
    first = DEFINITIONS[0]
    assert first.fingerprint() == Definition(**vars(first)).fingerprint()
    assert first.fingerprint() != Definition(first.name, f"{first.body}!", first.examples).fingerprint()


@pytest.mark.django_db(transaction=True)
def test_a_confirmation_and_a_notice_reach_people_who_never_wrote(transactional_db: None, meta: Meta) -> None:
    with as_owner():
        rossi = Shop.objects.get(slug="officina-rossi")
        kit.number(rossi)
        synchronise(rossi)
    with in_shop(rossi):
        row = factories.appointment(factories.local(2026, 12, 3, 9, 30))
        said = confirmations.confirmation(row, rossi, AIConfig.load())
        told = Content(
            "x", template=Template(standard_templates.NOTICE, ("Un cliente aspetta", "https://x.example"))
        )
        for content, who in ((said, kit.ANNA), (told, kit.BRUNO)):
            message = kit.message(recipient=who, content=content)
            sending.send(message_id=message.pk)
            assert kit.again(message).status == "sent"
    first, second = (meta.world.rendered(sent) for sent in meta.messages())
    assert "giovedì 3 dicembre alle 09:30" in first["text"]
    assert [(each["text"], each["payload"]) for each in first["buttons"]] == [
        ("Sposta", f"move:{row.code}"),
        ("Annulla", f"cancel:{row.code}"),
    ]
    assert "Un cliente aspetta" in second["text"]


@pytest.mark.django_db(transaction=True)
def test_one_that_meta_refuses_is_named_and_holds_up_no_other(transactional_db: None, settings: Any) -> None:
    """The stand-in refuses no good template, so another server does."""

    def answer(request: Request) -> Reply:
        if request.method == "GET":
            return as_json({"data": []})
        if request.json()["name"] == "aros_conferma":
            details = {"details": "La categoria non va bene."}
            return as_json({"error": {"code": 100, "message": "x", "error_data": details}}, 400)
        return as_json({"id": "1", "status": "PENDING", "category": "UTILITY"})

    with HttpServer(answer) as server, as_owner():
        settings.WHATSAPP_API_URL = server.url
        rossi = Shop.objects.get(slug="officina-rossi")
        kit.number(rossi)
        outcomes = {each.name: each for each in synchronise(rossi)}
    assert [name for name, each in outcomes.items() if not each.ok] == ["aros_conferma"]
    assert "La categoria non va bene." in outcomes["aros_conferma"].done
    with in_shop(rossi):
        kept = dict(MessageTemplate.objects.values_list("name", "status"))
        assert (kept.pop("aros_conferma"), set(kept.values())) == ("missing", {"pending"})
        assert "La categoria" in MessageTemplate.objects.get(name="aros_conferma").reason
