"""Somebody who has come by every way there is, and left traces everywhere."""

from datetime import timedelta
from typing import Any

from auditlog.models import LogEntry
from django.core.files.base import ContentFile
from django.utils import timezone

from receptionist import consenting, handover, outbox
from receptionist.content import Content
from receptionist.models import (
    Conversation,
    FollowUp,
    FollowUpKind,
    FollowUpOutcome,
    Media,
    MediaKind,
    MediaState,
    OutboundMessage,
    PhoneProof,
    Purpose,
)
from scheduling import waiting
from scheduling.importing import keeping
from scheduling.models import Appointment, Consent, Customer, Service, Vehicle
from scheduling.models.appointments import Status
from shops import history
from shops.staff.models import StaffUser
from tests import factories
from tests.receptionist.chat import chat_with
from tests.receptionist.conftest import open_call, use

FIRST, LAST = "Ermenegilda", "Quattropanni"
PHONE = "+393477654321"
PLATE, VIN = "FZ987KW", "ZFA31200000987654"
EMAIL = "ermenegilda.q@posta.example"
TRACES = (
    FIRST,
    LAST,
    f"{FIRST} {LAST}",
    PHONE,
    "347 765 43 21",
    "347-7654321",
    PLATE,
    "FZ 987 KW",
    VIN,
    EMAIL,
)
PICTURE = b"\xff\xd8\xff\xe0" + f"taken by {FIRST} {LAST}".encode() + bytes(3000)


def lived(staff: StaffUser) -> Customer:
    """Calls, chats, books, sends files, waits, is written to, is changed, imported and spoken of."""
    customer = _known(staff)
    car = Vehicle.objects.get(license_plate=PLATE)
    done = factories.appointment(
        timezone.now() - timedelta(days=30),
        customer=customer,
        vehicle=car,
        status=Status.COMPLETED,
        notes=f"Chiamare {FIRST} al 347 765 4321",
        contact_phone=PHONE,
    )
    with history.acting(staff=staff):
        history.record(done, {"notes": ""}, {"notes": f"Chiamare {FIRST}"})
    _calls()
    chat = _chats()
    _proves(chat)
    _waits(customer, car)
    _is_told(customer, done)
    _is_imported(staff)
    return customer


def _known(staff: StaffUser) -> Customer:
    customer = factories.customer(first_name=FIRST, last_name=LAST, phone=PHONE, email=EMAIL, language="en")
    with history.acting(staff=staff):
        car = factories.vehicle(customer, license_plate=PLATE, vin=VIN, notes=f"Le chiavi le porta {FIRST}")
        customer.notes = f"La signora {LAST}, citofono Quattropanni"
        customer.save()
        car.mileage_km = 91_000
        car.save()
    consenting.record(
        customer=customer,
        purpose=Consent.Purpose.MARKETING,
        granted=True,
        wording="Possiamo?",
        channel="shop",
    )
    return customer


def _calls() -> None:
    call = open_call(PHONE)
    use(call, "get_services")
    use(call, "ask_for_person", reason=f"{FIRST} {LAST} vuole un preventivo per {PLATE}")
    handover.ask(conversation=call, reason=f"{FIRST} {LAST} richiamare", now=timezone.now())
    call.summary = f"{FIRST} {LAST} ha chiamato per la sua {PLATE}"
    call.save()
    _file(call, MediaKind.RECORDING, b"RIFF" + bytes(2000), "")


def _chats() -> Conversation:
    chat = chat_with(PHONE, name=f"{FIRST} {LAST}")
    chat.say(f"Buongiorno, sono {FIRST} {LAST}, la mia macchina è {PLATE}")
    chat.say("Vorrei un tagliando")
    conversation = chat.conversation
    _file(conversation, MediaKind.IMAGE, PICTURE, f"../../libretto di {LAST}.jpg")
    return conversation


def _file(conversation: Conversation, kind: str, content: bytes, name: str) -> None:
    row = Media(conversation=conversation, kind=kind, filename=name, external_id=f"media-{kind}")
    row.caption, row.state = f"Libretto di {LAST}", MediaState.STORED
    row.file.save("x.jpg", ContentFile(content), save=False)
    row.save(force_insert=True)


def _proves(conversation: Conversation) -> None:
    PhoneProof.objects.create(
        conversation=conversation, code="AROS-AB12CD", phone=PHONE, expires_at=timezone.now()
    )


def _waits(customer: Customer, car: Vehicle) -> None:
    today = timezone.localdate()
    waiting.join(
        customer=customer,
        service=Service.objects.all()[0],
        vehicle=car,
        wanted_from=today,
        wanted_to=today + timedelta(days=5),
        note=f"anche {FIRST} da sola",
    )


def _is_told(customer: Customer, done: Appointment) -> None:
    message = outbox.put(
        channel="whatsapp",
        recipient=PHONE,
        content=Content(f"Gentile {FIRST} {LAST}, la sua auto {PLATE} è pronta"),
        purpose=Purpose.REMINDER,
        key=f"ready:{done.pk}",
    )
    FollowUp.objects.create(
        kind=FollowUpKind.READY,
        key=f"ready:{done.pk}",
        customer=customer,
        appointment_id=done.pk,
        day=timezone.localdate(),
        outcome=FollowUpOutcome.SENT,
        message=message,
    )
    outbox.put(
        channel="email",
        recipient="anna@rossi.example",
        content=Content(f"{FIRST} {LAST} ({PHONE}) vuole essere richiamata"),
        purpose=Purpose.NOTICE,
        key=f"notice:callback:{done.pk}:someone:email",
    )


def _is_imported(staff: StaffUser) -> None:
    table = f"Nome;Cognome;Telefono;Targa\n{FIRST};{LAST};{PHONE};{PLATE}\n".encode()
    keeping.keep(staff=staff, name="clienti.csv", data=table)


def everything() -> dict[str, Any]:
    """How many rows there are of what people leave, for comparisons."""
    models = (Customer, Conversation, Media, OutboundMessage, FollowUp, Consent, LogEntry, Appointment)
    return {model._meta.label: model._default_manager.count() for model in models}
