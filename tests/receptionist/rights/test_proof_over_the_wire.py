"""The proof of an erasure, with somebody who came by every way there is as it comes over the wire.

Signed webhooks, the public pages, the programs' interface, the shop's own pages: then they are erased, and neither a
table, a file, a key of the cache nor the public schema knows them any more.
"""

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from api import tokens
from api.models import Scope
from receptionist.models import (
    AIConfig,
    Erasure,
    Media,
    RemoteCopy,
    SlotOffer,
)
from receptionist.rights import search, terms
from sandbox.httpd import HttpServer, Reply, Request
from sandbox.recording import tone
from scheduling import booking, waiting
from scheduling.models import Appointment, ChannelIdentity, Customer, Service, Vehicle
from scheduling.models.appointments import Source, Status
from shops.context import in_shop
from shops.models import Shop
from shops.staff.models import StaffUser
from tests import factories
from tests.api.conftest import Program
from tests.database import superuser
from tests.receptionist.begun import with_whatsapp
from tests.receptionist.rights.wire import Wire
from tests.voice.payloads import load
from tests.website import booking_pages
from tests.website.chatting import Visitor
from tests.whatsapp.payloads import message

FIRST, LAST = "Ermenegilda", "Quattropanni"
PHONE, PLATE, EMAIL = "+393477654321", "FZ987KW", "ermenegilda.q@posta.example"
WIRE_PHONE = PHONE.removeprefix("+")
TRACES = (FIRST, LAST, PHONE, "347 765 4321", PLATE, "FZ 987 KW", EMAIL)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + f"{FIRST} {LAST}".encode() + bytes(500)
OGG = b"OggS\x00\x02" + bytes(8) + b"\x01\x13OpusHead" + bytes(200)
OGG += b"OggS\x00\x04" + (144_000).to_bytes(8, "little") + bytes(100)
FILES = {"picture": (JPEG, "image/jpeg"), "voice": (OGG, "audio/ogg")}


def provider(request: Request) -> Reply:
    """Meta, OpenAI's ears and Vapi's store in one: it takes everything and has the files."""
    name = request.path.rstrip("/").rpartition("/")[2]
    if request.path.endswith("/messages"):
        number = provider.count = getattr(provider, "count", 0) + 1  # type: ignore[attr-defined]
        return Reply(200, json.dumps({"messages": [{"id": f"wamid.proof.{number}"}]}).encode())
    if request.path.endswith("/transcriptions"):
        said = {"text": f"Sono {FIRST} {LAST}, la targa è {PLATE}", "duration": 3.0, "language": "italian"}
        return Reply(200, json.dumps(said).encode())
    if request.path == "/call.wav":
        return Reply(200, tone(2.0), "audio/wav")
    if request.path.startswith("/file/"):
        return Reply(200, *FILES[name])
    if request.method == "GET" and name in FILES:
        content, kind = FILES[name]
        host = request.headers["host"]
        about = {
            "id": name,
            "url": f"http://{host}/file/{name}",
            "mime_type": kind,
            "file_size": len(content),
        }
        return Reply(200, json.dumps(about).encode())
    return Reply(401 if request.path.endswith("/completions") else 200, b"{}")


@pytest.fixture
def outside(settings: Any) -> Iterator[str]:
    server = HttpServer(provider)
    settings.WHATSAPP_API_URL, settings.WHATSAPP_API_VERSION = server.url, "v25.0"
    settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = f"{server.url}/v1", "a key"
    settings.DOWNLOAD_FROM_PRIVATE_ADDRESSES, settings.BURST_WAIT_SECONDS = True, 0
    yield server.url
    server.close()


@pytest.fixture
def wire(
    transactional_db: None,
    outside: str,
    rossi: Shop,
    platform_client: Client,
    settings: Any,
    eager_tasks: None,
) -> Wire:
    with_whatsapp()
    with in_shop(rossi):
        AIConfig.objects.update(recording_enabled=True)
    return Wire(platform_client, settings)


# --- the ways ------------------------------------------------------------------------------------------------------


def calls(wire: Wire, outside: str) -> None:
    """Rings, has something looked up, is reported with words and a recording."""
    ring = load("assistant-request__caller_shown")
    assert "assistant" in wire.vapi(ring, PHONE)
    tools = load("tool-calls__captured_objects")
    assert tools["message"]["call"]["id"] == ring["message"]["call"]["id"]
    wire.vapi(tools, PHONE)
    wire.vapi(call_of("ask_for_person", {"reason": f"{FIRST} {LAST} vuole un preventivo per {PLATE}"}), PHONE)
    report = load("end-of-call-report__artifact")
    text = json.dumps(report)
    for address in set(re.findall(r'"(https?://[^"]+\.(?:wav|mp3)[^"]*)"', text)):
        text = text.replace(address, f"{outside}/call.wav")
    report = json.loads(text)
    report["message"]["analysis"]["summary"] = f"{FIRST} {LAST} chiede della sua {PLATE}"
    wire.vapi("status-update__in_progress", PHONE)
    wire.vapi(report, PHONE)


def call_of(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    payload: dict[str, Any] = load("tool-calls__captured_objects")
    for key in ("toolCallList", "toolCalls", "toolWithToolCallList"):
        payload["message"].pop(key, None)
    function = {"name": name, "arguments": arguments}
    payload["message"]["toolCallList"] = [{"id": f"call_{name}", "type": "function", "function": function}]
    return payload


def chats(wire: Wire) -> None:
    """Writes, speaks, sends a picture and a visiting card, and puts a heart on it."""
    first = said(f"Buongiorno, sono {FIRST} {LAST}, la mia auto è {PLATE}")
    wire.meta(first, contacts=[{"profile": {"name": f"{FIRST} {LAST}"}, "wa_id": WIRE_PHONE}])
    picture = {"id": "picture", "mime_type": "image/jpeg", "caption": f"Libretto di {LAST}"}
    wire.meta(said(None, type="image", image=picture))
    wire.meta(said(None, type="audio", audio={"id": "voice", "mime_type": "audio/ogg", "voice": True}))
    card = {
        "name": {"formatted_name": f"{FIRST} {LAST}", "first_name": FIRST, "last_name": LAST},
        "phones": [{"phone": PHONE, "wa_id": WIRE_PHONE}],
        "emails": [{"email": EMAIL}],
    }
    wire.meta(said(None, type="contacts", contacts=[card]))
    wire.meta(said(None, type="reaction", reaction={"message_id": first["id"], "emoji": "❤️"}))


def said(text: str | None, **fields: Any) -> dict[str, Any]:
    return message(text, sender=WIRE_PHONE, **fields)


def books_on_the_page(rossi: Shop, client: Client) -> None:
    """Without proving who they are: a customer of their own, with the number beside the appointment."""
    with in_shop(rossi):
        service = Service.objects.filter(is_active=True, confirmed_by="ai").order_by("name")[0]
    days = booking_pages.page(client, f"/prenota?servizio={service.pk}")
    start = re.findall(r"inizio=([0-9T:%A-Fa-f-]+)", days)[-1].replace("%3A", ":")
    answer = booking_pages.send(
        client,
        service,
        start,
        nome=FIRST,
        cognome=LAST,
        telefono="347 765 4321",
        targa="fz 987 kw",
        email=EMAIL,
        nota=f"Per la signora {LAST}",
        conferma="on",
        promozioni="on",
    )
    assert answer.status_code in (302, 303), booking_pages.text_of(answer)[-3000:]


def chats_on_the_page(client: Client, wire: Wire, captured: Any) -> None:
    """And proves the number."""
    visitor = Visitor(client, captured)
    visitor.write(f"Sono {FIRST} {LAST}, la mia auto è la {PLATE}")
    made = visitor.proof()
    wire.meta(said(unquote(made["link"].partition("?text=")[2])))
    assert visitor.see()["proved"]
    visitor.write(f"Sono sempre {FIRST}")


def is_asked_of_by_a_program(rossi: Shop) -> str:
    """A POST whose answer is kept under its key; a place that is left."""
    with in_shop(rossi):
        secret = tokens.make(name="gestionale", scopes=tuple(Scope.values)).secret
        service = str(Service.objects.filter(is_active=True, confirmed_by="ai").order_by("name")[0].pk)
    program = Program("rossi.example", secret)
    slots = json.loads(program.get(f"availability?service={service}&limit=20").content)["slots"]
    wish = {
        "service_id": service,
        "starts_at": slots[-1]["starts_at"],
        "customer": {"first_name": FIRST, "last_name": LAST, "phone": PHONE},
        "plate": PLATE,
        "notes": f"{FIRST} {LAST} aspetta",
    }
    made = program.post("appointments", wish, Idempotency_Key="once-for-the-proof")
    assert made.status_code == 201, made.content
    return str(slots[-3]["starts_at"])


def is_brought_in_a_list(client: Client) -> None:
    table = f"Nome;Cognome;Cellulare;Targa;Email\n{FIRST};{LAST};{PHONE};{PLATE};{EMAIL}\n".encode()
    address = reverse("admin:import", urlconf="aros.urls_shop")
    for step in ("try", "write"):
        answer = client.post(address, {"file": SimpleUploadedFile("clienti.csv", table)})
        assert answer.status_code == 302
        if step == "write":
            client.post(answer.headers["Location"], {"do": "write"})


def is_offered_a_place(rossi: Shop, start: str) -> None:
    """Waits, and somebody else's place becomes free."""
    starts = datetime.fromisoformat(start)
    with in_shop(rossi):
        service = Service.objects.filter(is_active=True, confirmed_by="ai").order_by("name")[0]
        taken = booking.book(
            customer=factories.customer(first_name="Ugo"),
            vehicle=None,
            service=service,
            starts_at=starts,
            source=Source.MANUAL,
            by_staff=True,
        ).appointment
        me = ChannelIdentity.objects.get(channel="whatsapp", external_id=PHONE).customer
        day = starts.astimezone(rossi.tz).date()
        waiting.join(
            customer=me,
            service=service,
            vehicle=None,
            wanted_from=day,
            wanted_to=day,
            note=f"chiamare {FIRST}",
        )
        booking.cancel(appointment=taken)


def comes_to_the_shop(rossi: Shop, client: Client) -> None:
    """Work that was done, written about by the shop's people on their pages; a copy of the data was made."""
    with in_shop(rossi):
        customer = Customer.objects.get(phone=PHONE)
        car, _new = Vehicle.objects.get_or_create(license_plate=PLATE, defaults={"customer": customer})
        done = factories.appointment(
            timezone.now() - timedelta(days=30), customer=customer, vehicle=car, status=Status.CONFIRMED
        )
        Appointment.objects.filter(pk=done.pk).update(status=Status.COMPLETED, notes=f"Chiamare {FIRST}")
    change = reverse("admin:scheduling_customer_change", args=[customer.pk], urlconf="aros.urls_shop")
    page = client.get(change)
    assert page.status_code == 200
    client.post(reverse("admin:person_copy", args=[customer.pk], urlconf="aros.urls_shop"))


# --- the proof -----------------------------------------------------------------------------------------------------


def cached(texts: tuple[str, ...]) -> list[str]:
    """Keys of the shop's cache whose name or value says one of these."""
    found = []
    store: Any = cache._cache  # type: ignore[attr-defined]
    client = store.get_client()
    for key in client.scan_iter(match="*", count=1000):
        data = client.get(key) if client.type(key) == b"string" else b""
        text = f"{key!r} {(data or b'').decode('utf-8', 'replace')}"
        if any(re.search(terms.pattern(each), text, re.IGNORECASE) for each in texts):
            found.append(str(key))
    return found


def public(texts: tuple[str, ...]) -> list[str]:
    """Tables of the public schema, as their owner sees them, that say one of these."""
    pattern = terms.together(terms.pattern(each) for each in texts)
    with superuser(str(connection.settings_dict["NAME"])) as owner, owner.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' "
            "AND data_type IN ('text', 'character varying', 'jsonb', 'json')"
        )
        found = []
        for table, column in cursor.fetchall():
            cursor.execute(
                f'SELECT count(*) FROM public."{table}" WHERE "{column}"::text ~* %s',
                [pattern],
            )
            (count,) = cursor.fetchone() or (0,)
            if count:
                found.append(f"{table}.{column}")
        return found


def lived(wire: Wire, outside: str, rossi: Shop, manager: StaffUser, log_in: Any, captured: Any) -> None:
    """All of it."""
    desk = log_in(Client(SERVER_NAME="rossi.example"), manager, rossi)
    visitor = Client(SERVER_NAME="rossi.example")
    calls(wire, outside)
    chats(wire)
    books_on_the_page(rossi, visitor)
    chats_on_the_page(visitor, wire, captured)
    is_brought_in_a_list(desk)
    place = is_asked_of_by_a_program(rossi)
    comes_to_the_shop(rossi, desk)
    is_offered_a_place(rossi, place)


def test_everywhere_before_and_nowhere_afterwards(
    wire: Wire,
    outside: str,
    rossi: Shop,
    manager: StaffUser,
    log_in: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:
    lived(wire, outside, rossi, manager, log_in, django_capture_on_commit_callbacks)
    with in_shop(rossi):
        before = search.look_for(TRACES)
        places = {each.table for each in before if each.table}
        files = [each.key for each in before if not each.table]
        assert {each.kind for each in Media.objects.filter(state="stored")} == {"audio", "image", "recording"}
        ids = set(Customer.objects.filter(phone=PHONE).values_list("pk", flat=True))
        on_the_page = Customer.objects.get(email=EMAIL, phone=None)
    assert {
        *("scheduling_customer", "scheduling_vehicle", "scheduling_channelidentity"),
        *("scheduling_appointment", "scheduling_waitinglist", "receptionist_conversation"),
        *("receptionist_conversationmessage", "receptionist_toolcall", "receptionist_media"),
        *("receptionist_handover", "receptionist_outboundmessage", "receptionist_phoneproof"),
        *("auditlog_logentry", "api_idempotencykey"),
    } <= places
    assert len(files) >= 1
    assert cached(TRACES)
    desk = log_in(Client(SERVER_NAME="rossi.example"), manager, rossi)
    for pk in (*ids, on_the_page.pk):
        address = reverse("admin:person_erase", args=[pk], urlconf="aros.urls_shop")
        answer = desk.post(address, {"word": "cancella", "appointments": "yes"})
        assert answer.status_code == 302
    with in_shop(rossi):
        assert Customer.objects.exclude(erased_at=None).count() == 2
        assert [str(each) for each in search.look_for(TRACES)] == []
        assert Erasure.objects.exclude(files_left=[]).count() == 0
        assert not SlotOffer.objects.exists()
        assert {"vapi", "meta"} == set(RemoteCopy.objects.values_list("service", flat=True))
    assert cached(TRACES) == []
    assert public(TRACES) == []
