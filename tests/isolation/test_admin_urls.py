"""Every address of a shop's admin, asked for by somebody of another shop: with their login on the first shop's host, and
on their own host with the first shop's ids. They learn nothing and change nothing."""

import re
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.files.base import ContentFile
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from receptionist.models import (
    AIConfig,
    Channel,
    Conversation,
    ConversationMessage,
    Handover,
    Media,
    MediaKind,
    MediaState,
    MessageRole,
    OutboundMessage,
    ToolCall,
)
from scheduling.models import ChannelIdentity, Closure, Consent
from shops.context import in_shop
from shops.models import Shop
from shops.staff.models import StaffUser
from tests import factories

MARK = "Segretissimo"
# What changes by itself when somebody opens a page.
NOT_DATA = {"sessions.session", "admin.logentry"}


@pytest.fixture
def ids(rossi: Shop) -> dict[str, str]:
    """A row of each kind in the first shop, all of which carry the mark; model → primary key."""
    with in_shop(rossi):
        customer = factories.customer(first_name=MARK, last_name=MARK, email=f"{MARK}@example.com")
        vehicle = factories.vehicle(customer, make=MARK)
        appointment = factories.appointment(
            timezone.now() + timedelta(hours=1), customer=customer, vehicle=vehicle, notes=MARK
        )
        waiting = factories.waiting(
            customer, appointment.service, timezone.localdate(), timezone.localdate(), note=MARK
        )
        conversation = Conversation.objects.create(
            channel=Channel.WHATSAPP,
            external_id="wamid.1",
            contact="+393331112223",
            customer=customer,
            summary=MARK,
        )
        message = ConversationMessage.objects.create(
            conversation=conversation, role=MessageRole.CUSTOMER, text=MARK
        )
        media = Media.objects.create(
            conversation=conversation,
            kind=MediaKind.RECORDING,
            state=MediaState.STORED,
            content_type="audio/ogg",
        )
        media.file.save("a.ogg", ContentFile(f"OggS{MARK}".encode()))
        rows: list[Model] = [
            *(
                customer,
                vehicle,
                appointment,
                appointment.service,
                appointment.bay,
                waiting,
                conversation,
                message,
                media,
            ),
            *(StaffUser.objects.get(email="anna@rossi.example"), AIConfig.load()),
            Closure.objects.create(reason=MARK, starts_on=timezone.localdate(), ends_on=timezone.localdate()),
            Consent.objects.create(
                customer=customer, purpose="privacy", granted=True, wording=MARK, channel="web"
            ),
            ChannelIdentity.objects.create(customer=customer, channel="web", external_id=MARK),
            ToolCall.objects.create(
                conversation=conversation, call_id="1", name="book_appointment", result=MARK
            ),
            Handover.objects.create(
                conversation=conversation, kind="chat", reason=MARK, wanted=MARK, summary=MARK
            ),
            OutboundMessage.objects.create(
                conversation=conversation,
                channel="whatsapp",
                recipient="+393331112223",
                key=MARK,
                content={"text": MARK},
            ),
        ]
        return {row._meta.label_lower: str(row.pk) for row in rows}


def routes(patterns: list[Any] | None = None, before: str = "/") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every address of the shop's host, as a template, with its parameters' converters."""
    for pattern in get_resolver("aros.urls_shop").url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, before + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            yield before + str(pattern.pattern), pattern.pattern.converters


def addresses(ids: dict[str, str]) -> list[str]:
    """Every address, with the id of its model, or else each of the ids, in the place of its parameters."""
    found = []
    for template, converters in routes():
        if "(?P" in template or "^" in template:
            continue  # the catch-all, which has no page
        if not converters:
            found.append(template)
            continue
        own = [pk for label, pk in ids.items() if f"/{label.replace('.', '/')}/" in template]
        for pk in own or ids.values():
            filled = re.sub(r"<(\w+:)?\w+>", pk, template)
            found.append(filled)
    return list(dict.fromkeys(found))


def everything(shop: Shop) -> dict[str, list[Any]]:
    """All rows of a shop."""
    with in_shop(shop):
        return {
            model._meta.label_lower: sorted(map(repr, model.objects.values_list()))  # type: ignore[attr-defined]
            for app in settings.TENANT_APPS
            for model in apps.get_app_config(app.rpartition(".")[2]).get_models()
            if model._meta.label_lower not in NOT_DATA
        }


def body(answer: Any) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(content.decode("utf-8", "replace"))


@pytest.fixture
def stranger(
    outsider: StaffUser,
    bianchi: Shop,
    bianchi_client: Client,
    log_in: Callable[[Client, StaffUser, Shop], Client],
) -> Client:
    """Someone of the second shop, who may do everything there."""
    return log_in(bianchi_client, outsider, bianchi)


def ask(client: Client, address: str, method: str, host: str, ids: dict[str, str]) -> HttpResponse:
    """One request; a POST carries the first shop's ids in every field that pages here read."""
    fields = {
        name: pk
        for pk in ids.values()
        for name in ("pk", "id", "ids", "customer", "appointment", "_selected_action")
    }
    data = {**fields, "do": "take", "action": "archive", "text": "parole", "token": uuid.uuid4().hex}
    return getattr(client, method)(address, data, headers={"host": host})  # type: ignore[no-any-return]


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_login_of_another_shop_opens_nothing_here(
    method: str, ids: dict[str, str], rossi: Shop, stranger: Client
) -> None:
    before = everything(rossi)

    opened = {}
    for address in addresses(ids):
        if address.startswith("/admin/") and "login" not in address:
            answer = ask(stranger, address, method, "rossi.example", ids)
            said = body(answer)
            if MARK in said or (answer.status_code < 300 and not public(address)):
                opened[address] = (answer.status_code, said[:80])

    assert len(addresses(ids)) > 200
    assert opened == {}
    assert everything(rossi) == before


def public(address: str) -> bool:
    """What somebody who is not logged in may open: texts for scripts, and the ways to get in."""
    return any(part in address for part in ("jsi18n", "password", "invit", "assistenza", "second", "recuper"))


@pytest.mark.parametrize("method", ["get", "post"])
def test_ids_of_another_shop_open_nothing_at_home(
    method: str, ids: dict[str, str], rossi: Shop, bianchi: Shop, stranger: Client
) -> None:
    before = everything(rossi)
    own = {address for address in addresses({}) if address}

    told = {}
    for address in addresses(ids):
        if not address.startswith("/admin/") or "logout" in address:
            continue
        answer = ask(stranger, address, method, "bianchi.example", ids)
        said = body(answer)
        leaks = MARK in said
        opens = (
            address not in own
            and method == "get"
            and answer.status_code == 200
            and said
            and not numbered(address)
        )
        if answer.status_code >= 500 or leaks or opens:
            told[address] = (answer.status_code, said[:80])

    assert told == {}
    assert everything(rossi) == before


def numbered(address: str) -> bool:
    """Bays count 1, 2, 3 in every shop: the same number is another bay."""
    return "/bay/" in address or "/logentry/" in address
