"""A shop after some years: customers, appointments, conversations in bulk, for measures and tests of the back office.

Written straight into the tables, with the same shape for the same numbers: eight bays, mostly taken, the
assistant's calls and chats over the last months with what was said and looked up, people asked for, messages that
failed. To be called inside the shop (`shops.context.in_shop`). What the shop was seeded with stays.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from django.db import connection
from django.utils import timezone

from receptionist.models import (
    Channel,
    Conversation,
    ConversationMessage,
    ConversationStatus,
    Handover,
    HandoverKind,
    HandoverStatus,
    MessageRole,
    OutboundMessage,
    OutboundStatus,
    ToolCall,
    Urgency,
)
from scheduling import codes
from scheduling.models import Appointment, Bay, Customer, Service, Vehicle
from scheduling.models.appointments import Source, Status
from shops.context import current_shop

SEED = 1966
BAYS = 8
HOURS = (8, 9, 10, 11, 14, 15, 16, 17)
DAYS_AHEAD = 25
DAYS_OF_TALK = 180
AT_ONCE = 2000
SURNAMES = (
    "Rossi",
    "Bianchi",
    "Ferrari",
    "Esposito",
    "Romano",
    "Colombo",
    "Ricci",
    "Marino",
    "Greco",
    "Conti",
)
NAMES = ("Anna", "Marco", "Giulia", "Luca", "Sara", "Paolo", "Elena", "Davide", "Chiara", "Franco")
CARS = (("Fiat", "Panda"), ("Fiat", "500"), ("Ford", "Fiesta"), ("Renault", "Clio"), ("Opel", "Corsa"))
LETTERS = "ABCDEFGHJKLMNPRSTVWXYZ"


@dataclass(frozen=True)
class Filled:
    """How many rows were made."""

    customers: int
    appointments: int
    conversations: int


def fill(
    *,
    customers: int = 10_000,
    appointments: int = 20_000,
    conversations: int = 5_000,
    days_ahead: int = DAYS_AHEAD,
    days_of_talk: int = DAYS_OF_TALK,
    now: datetime | None = None,
) -> Filled:
    """Fill the current shop, in some ten seconds for the numbers given here; `now` aware. Then ANALYZE is for the owner.

    Appointments go from `days_ahead` backwards, one an hour and bay; conversations lie in the last `days_of_talk`.
    """
    chance = Random(SEED)
    now = now or timezone.now()
    cars = _people(customers)
    works = _appointments(appointments, cars, days_ahead, chance, now)
    talks = _conversations(conversations, cars, works, days_of_talk, chance, now)
    return Filled(customers, len(works), len(talks))


def plate(number: int) -> str:
    """A plate of its own for every number."""
    first, second = divmod(number // 1000, len(LETTERS))
    return f"B{LETTERS[second]}{number % 1000:03d}{LETTERS[first % len(LETTERS)]}K"


def _people(number: int) -> list[Vehicle]:
    people = Customer.objects.bulk_create(
        [
            Customer(
                phone=f"+39345{n:07}",
                first_name=NAMES[n % len(NAMES)],
                last_name=f"{SURNAMES[n // len(NAMES) % len(SURNAMES)]}",
                gdpr_consent=True,
            )
            for n in range(number)
        ],
        batch_size=AT_ONCE,
    )
    cars = [
        Vehicle(
            customer=who,
            license_plate=plate(n),
            make=CARS[n % 5][0],
            model=CARS[n % 5][1],
            year=2012 + n % 12,
        )
        for n, who in enumerate(people)
    ]
    return Vehicle.objects.bulk_create(cars, batch_size=AT_ONCE)


def _bays() -> list[Bay]:
    have = Bay.objects.count()
    Bay.objects.bulk_create([Bay(name=f"Ponte {n + 1}", position=n) for n in range(have, BAYS)])
    bays = list(Bay.objects.all()[:BAYS])
    for service in Service.objects.all():
        service.bays.set(bays)
    return bays


def _places(bays: list[Bay], day: date, today: date) -> Iterator[tuple[datetime, Bay]]:
    """Every hour of every bay on working days and today, from this day backwards."""
    tz = current_shop().tz
    while True:
        if day.weekday() < 5 or day == today:
            for hour in HOURS:
                for bay in bays:
                    yield datetime.combine(day, time(hour), tz), bay
        day -= timedelta(days=1)


def _appointments(
    number: int, cars: list[Vehicle], ahead: int, chance: Random, now: datetime
) -> list[Appointment]:
    services = list(Service.objects.all())
    today = timezone.localdate(now, current_shop().tz)
    rows: list[Appointment] = []
    for start, bay in _places(_bays(), today + timedelta(days=ahead), today) if number else ():
        if chance.random() < 0.3:
            continue  # some places stay free
        car = cars[chance.randrange(len(cars))]
        rows.append(_appointment(start, bay, car, services[chance.randrange(len(services))], chance, now))
        if len(rows) == number:
            break
    for row, code in zip(rows, codes.new_codes(len(rows)), strict=True):
        row.code = code
    booked = [row.created_at for row in rows]
    Appointment.objects.bulk_create(rows, batch_size=AT_ONCE)
    _set_created(rows, booked)
    return rows


def _appointment(
    start: datetime, bay: Bay, car: Vehicle, service: Service, chance: Random, now: datetime
) -> Appointment:
    source = chance.choice([Source.AI_VOICE, Source.AI_VOICE, Source.AI_WHATSAPP, Source.WEB, Source.MANUAL])
    row = Appointment(
        customer=car.customer,
        vehicle=car,
        service=service,
        bay=bay,
        scheduled_at=start,
        ends_at=start + timedelta(hours=1),
        duration_minutes=60,
        source=source,
        created_at=min(start, now) - timedelta(hours=chance.randrange(1, 24 * 14)),
        drop_off_at=start if chance.random() < 0.6 else None,
    )
    for name, value in _stand(start, chance, now).items():
        setattr(row, name, value)
    return row


def _stand(start: datetime, chance: Random, now: datetime) -> dict[str, Any]:
    """How far the work is at this moment: of today some are late, some begun, some ready."""
    draw = chance.random()
    if start > now:
        return {
            "status": Status.PENDING if draw < 0.03 else Status.CANCELLED if draw < 0.08 else Status.CONFIRMED
        }
    if start > now - timedelta(hours=4):
        promised = {"promised_at": start + timedelta(hours=5)}
        if draw < 0.2:
            return {"status": Status.CONFIRMED}  # late
        if draw < 0.4:
            return {"status": Status.CONFIRMED, "arrived_at": start, **promised}
        if draw < 0.8:
            note = "In attesa del ricambio" if draw < 0.5 else ""
            return {"status": Status.IN_PROGRESS, "arrived_at": start, "customer_note": note, **promised}
    if draw < 0.04:
        return {"status": Status.NO_SHOW}
    if draw < 0.08:
        return {"status": Status.CANCELLED}
    ready = {"status": Status.COMPLETED, "arrived_at": start}
    return ready if draw < 0.085 else {**ready, "collected_at": start + timedelta(hours=3)}


def _set_created(rows: list[Appointment], booked: list[datetime]) -> None:
    """`created_at` is set by the clock when a row is made; here it was long ago. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE scheduling_appointment a SET created_at = v.made"
            " FROM (SELECT unnest(%s::uuid[]) AS id, unnest(%s::timestamptz[]) AS made) v WHERE v.id = a.id",
            [[row.pk for row in rows], booked],
        )


def _conversations(
    number: int, cars: list[Vehicle], works: list[Appointment], days: int, chance: Random, now: datetime
) -> list[Conversation]:
    rows: list[Conversation] = []
    said: list[ConversationMessage] = []
    calls: list[ToolCall] = []
    asked: list[Handover] = []
    sent: list[OutboundMessage] = []
    for n in range(number):
        begun = now - timedelta(seconds=chance.random() * days * 86_400)
        row = _conversation(n, cars[chance.randrange(len(cars))], begun, chance)
        rows.append(row)
        said += _messages(row, chance)
        calls += _calls(row, works, chance)
        if row.status == ConversationStatus.TRANSFERRED:
            asked.append(_handover(row, now, chance))
        if row.channel == Channel.WHATSAPP:
            sent.append(_sent(row, chance))
    Conversation.objects.bulk_create(rows, batch_size=AT_ONCE)
    ConversationMessage.objects.bulk_create(said, batch_size=AT_ONCE)
    ToolCall.objects.bulk_create(calls, batch_size=AT_ONCE)
    Handover.objects.bulk_create(asked, batch_size=AT_ONCE)
    OutboundMessage.objects.bulk_create(sent, batch_size=AT_ONCE)
    return rows


def _conversation(number: int, car: Vehicle, begun: datetime, chance: Random) -> Conversation:
    channel = chance.choice([Channel.VOICE, Channel.VOICE, Channel.WHATSAPP, Channel.WEB])
    draw = chance.random()
    status = ConversationStatus.COMPLETED
    if draw < 0.1:
        status = ConversationStatus.TRANSFERRED
    elif draw < 0.13:
        status = ConversationStatus.FAILED
    ended = begun + timedelta(minutes=chance.randrange(1, 9))
    return Conversation(
        customer_id=car.customer_id,
        channel=channel,
        external_id=f"bench-{number}",
        phone_number=f"+39345{number:07}",
        caller_verified=channel != Channel.WEB,
        status=status,
        summary="Chiede un tagliando per la settimana prossima, di mattina.",
        started_at=begun,
        active_at=ended,
        ended_at=ended,
        disclosed_at=begun if draw > 0.02 else None,
        contact=f"bench-{number}" if channel != Channel.VOICE else "",
    )


LINES = (
    (MessageRole.ASSISTANT, "Buongiorno, sono l'assistente virtuale dell'officina. Come posso aiutarla?"),
    (MessageRole.CUSTOMER, "Buongiorno, vorrei prenotare un tagliando per la Panda."),
    (
        MessageRole.ASSISTANT,
        "Posso offrire giovedì alle nove e trenta o venerdì alle quindici. Quale va bene?",
    ),
    (MessageRole.CUSTOMER, "Giovedì va bene, grazie."),
    (MessageRole.ASSISTANT, "Prenotato: tagliando per la Fiat Panda, giovedì alle nove e trenta."),
)


def _messages(row: Conversation, chance: Random) -> list[ConversationMessage]:
    guided = row.channel == Channel.WHATSAPP and chance.random() < 0.3
    slots = {"text": "Quando?", "options": [{"id": "at:2026-11-26T09:30|x", "title": "gio 26, 9:30"}]}
    return [
        ConversationMessage(
            conversation=row,
            role=role,
            text=text,
            payload=slots if guided and position == 2 else {},
            external_id=f"line-{position}",
            sent_at=row.started_at + timedelta(seconds=10 * position),
            received_at=row.started_at + timedelta(seconds=10 * position),
            answered_at=row.ended_at,
            position=position,
        )
        for position, (role, text) in enumerate(LINES)
    ]


ANSWERS = (
    "Tagliando: posso offrire giovedì alle nove e trenta. Va bene?",
    "Tagliando. In quei giorni è tutto occupato. Il primo posto libero è lunedì alle otto. Va bene?",
    "Questo lavoro non è tra quelli prenotabili. Chiedere quale serve, per esempio Tagliando.",
)


def _calls(row: Conversation, works: list[Appointment], chance: Random) -> list[ToolCall]:
    if chance.random() < 0.4:
        return []
    wish = {"service": "tagliando", "date_from": "giovedì mattina"}
    made = [
        ToolCall(
            conversation=row,
            call_id="c1",
            name="check_availability",
            arguments=wish,
            result=chance.choice(ANSWERS),
            ok=True,
            duration_ms=20,
            created_at=row.started_at + timedelta(seconds=20),
        )
    ]
    if works and chance.random() < 0.7:
        made.append(
            ToolCall(
                conversation=row,
                call_id="c2",
                name="book_appointment",
                arguments=wish,
                result="Prenotato: tagliando, giovedì alle nove e trenta.",
                ok=True,
                duration_ms=40,
                appointment_id=works[chance.randrange(len(works))].pk,
                created_at=row.started_at + timedelta(seconds=40),
            )
        )
    return made


def _handover(row: Conversation, now: datetime, chance: Random) -> Handover:
    old = row.started_at < now - timedelta(days=1)
    return Handover(
        conversation=row,
        kind=HandoverKind.CALLBACK if row.channel == Channel.VOICE else HandoverKind.CHAT,
        reason="Vuole parlare con il titolare per un preventivo",
        wanted="Un preventivo per la frizione",
        urgency=chance.choice([Urgency.NORMAL, Urgency.NORMAL, Urgency.HIGH]),
        summary="Anna Rossi, +393451234567, Fiat Panda AB123CD\nVuole un preventivo. Già provato: niente.",
        callback_at=row.started_at + timedelta(hours=1),
        status=HandoverStatus.DONE if old else HandoverStatus.OPEN,
        created_at=row.started_at,
        closed_at=row.started_at + timedelta(hours=2) if old else None,
    )


def _sent(row: Conversation, chance: Random) -> OutboundMessage:
    failed = chance.random() < 0.02
    return OutboundMessage(
        conversation=row,
        channel="whatsapp",
        recipient=str(row.phone_number),
        content={"text": "Prenotato: tagliando, giovedì alle nove e trenta."},
        status=OutboundStatus.FAILED if failed else OutboundStatus.READ,
        error="Il numero non ha WhatsApp." if failed else "",
        error_code=131026 if failed else None,
        created_at=row.started_at,
        next_attempt_at=row.started_at,
        failed_at=row.started_at if failed else None,
    )
