"""list_appointments, reschedule_appointment, cancel_appointment: only ever the conversation's customer's own."""

from datetime import timedelta
from typing import Any

from django.db import connection

from receptionist import phoneproof, tapped
from receptionist.models import Conversation
from receptionist.tools import parsing, proof, wording
from receptionist.tools.base import Reply, Said, Tool, ToolArguments, ToolContext, argument
from scheduling import booking, catalogue
from scheduling.codes import normalise_code
from scheduling.errors import NotBookable, TransitionRefused
from scheduling.models import Appointment, Customer, Service, Vehicle
from scheduling.models.appointments import Status
from shops.db.fetched import as_fetched

MOST_SAID = 3
MAX_CODE = 40
STILL_HERE = timedelta(days=60)  # a car that is being worked on for longer was forgotten
# What is said of an appointment, its service and its car; the rest is fetched when it is asked for. Every call that
# begins asks this: written out, it takes a third of the time.
APPOINTMENT = (
    *("id", "code", "customer_id", "vehicle_id", "service_id"),
    *("scheduled_at", "ends_at", "drop_off_at", "status"),
)
SERVICE = ("id", "name")
VEHICLE = ("id", "customer_id", "license_plate", "make", "model")
UPCOMING = """
    SELECT a.id, a.code, a.customer_id, a.vehicle_id, a.service_id,
           a.scheduled_at, a.ends_at, a.drop_off_at, a.status,
           s.id, s.name,
           v.id, v.customer_id, v.license_plate, v.make, v.model
      FROM scheduling_appointment a
      JOIN scheduling_service s ON s.id = a.service_id
      LEFT JOIN scheduling_vehicle v ON v.id = a.vehicle_id
     WHERE a.customer_id = %s
       AND (a.status IN ('pending', 'confirmed') AND a.ends_at > %s
            OR a.status = 'in_progress' AND a.scheduled_at > %s)
     ORDER BY a.scheduled_at LIMIT %s
"""
MAX_REASON = 200
NONE = "Non risultano appuntamenti futuri per chi sta chiamando."
# Said for a code that does not exist and for one that belongs to somebody else alike.
NOT_FOUND = (
    "Con questo codice non risulta un appuntamento di chi sta chiamando. Guardare prima quali appuntamenti "
    "risultano, oppure proporre di parlare con una persona."
)
BY = "cliente, con l'assistente"
PLATE = "La targa che dice il cliente, se lo strumento l'ha chiesta."


def upcoming(customer: Customer | None, context: ToolContext) -> list[Appointment]:
    """The customer's appointments that lie ahead or are being worked on, next first. One query."""
    if customer is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(UPCOMING, [customer.pk, context.now, context.now - STILL_HERE, MOST_SAID + 1])
        return [_fetched(row) for row in cursor.fetchall()]


def _fetched(row: tuple[Any, ...]) -> Appointment:
    """The appointment with its service and car, as if the ORM had fetched them."""
    own, rest = row[: len(APPOINTMENT)], row[len(APPOINTMENT) :]
    service, vehicle = rest[: len(SERVICE)], rest[len(SERVICE) :]
    found = as_fetched(Appointment, APPOINTMENT, own)
    found.service = as_fetched(Service, SERVICE, service)
    found.vehicle = as_fetched(Vehicle, VEHICLE, vehicle) if vehicle[0] else None
    return found


class NoArguments(ToolArguments):
    """The caller is known from the conversation: there is nothing to say."""


def list_appointments(context: ToolContext, arguments: NoArguments) -> Reply:
    """The next appointments with their codes, three at most. One query."""
    rows = upcoming(context.customer, context)
    if not rows:
        return Reply(_none(context))
    said = "; ".join(wording.listed(row, context) for row in rows[:MOST_SAID])
    more = " Ce ne sono altri più avanti." if len(rows) > MOST_SAID else ""
    lead = (
        "C'è un appuntamento"
        if len(rows) == 1
        else f"I prossimi {context.tell.number(min(len(rows), MOST_SAID))}"
    )
    return Reply(f"{lead}: {said}.{more}")


class RescheduleAppointment(ToolArguments):
    """Which one, and when instead."""

    appointment: Said = argument("Il codice che dice list_appointments.", required=True)
    start: Said = argument(
        "Il nuovo giorno e ora, ora locale ISO senza fuso, per esempio 2026-11-26T09:30.", required=True
    )
    license_plate: Said = argument(PLATE)


def reschedule_appointment(context: ToolContext, arguments: RescheduleAppointment) -> Reply:
    """Move the customer's appointment. Side effects: the row is changed; committed before the words are said."""
    try:
        row = _own(context, arguments.appointment)
        proof.demand(context, row, arguments.license_plate)
        start = parsing.start(context, arguments.start)
    except parsing.Ask as ask:
        return ask.reply
    shop = catalogue.load(context.shop)
    before = row.scheduled_at
    try:
        booking.reschedule(appointment=row, starts_at=start, catalogue=shop, now=context.now)
    except TransitionRefused:
        return Reply.ask(_too_late(row, "spostare"))
    except NotBookable as refusal:
        said = wording.refused(refusal, service=row.service, start=start, catalogue=shop, context=context)
        return Reply.ask(f"{said} L'appuntamento di prima resta valido.")
    said = wording.appointment(row, context)
    if row.scheduled_at == before:
        return Reply(f"L'appuntamento è già a quell'ora: {said}.", appointment_id=row.pk)
    if row.status == Status.PENDING:
        text = f"Spostamento richiesto: {said}. L'officina deve ancora confermare e si farà sentire."
        return Reply(text, appointment_id=row.pk)
    return Reply(f"Spostato: {said}.", appointment_id=row.pk)


class CancelAppointment(ToolArguments):
    """Which one, and why if it was said."""

    appointment: Said = argument("Il codice che dice list_appointments.", required=True)
    reason: Said = argument("Il motivo, se il cliente lo dice.")
    license_plate: Said = argument(PLATE)


def cancel_appointment(context: ToolContext, arguments: CancelAppointment) -> Reply:
    """Cancel the customer's appointment. Side effects: the slot is free; committed before the words are said."""
    try:
        row = _own(context, arguments.appointment)
        proof.demand(context, row, arguments.license_plate)
    except parsing.Ask as ask:
        return ask.reply
    if row.status == Status.CANCELLED:
        return Reply(f"Era già annullato: {wording.appointment(row, context)}.", appointment_id=row.pk)
    try:
        booking.cancel(appointment=row, reason=arguments.reason[:MAX_REASON], by=BY)
    except TransitionRefused:
        return Reply.ask(_too_late(row, "annullare"))
    return Reply(f"Annullato: {wording.appointment(row, context)}.", appointment_id=row.pk)


def _own(context: ToolContext, said: str) -> Appointment:
    """The customer's own appointment with this code. Raises Ask, in the same words for none and another's."""
    code = normalise_code(said[:MAX_CODE])
    if not code:
        raise parsing.Ask(_which(context))
    row = own(context.conversation, code)
    if row is None:
        raise parsing.Ask(phoneproof.ASK if phoneproof.is_needed(context.conversation) else NOT_FOUND)
    return row


def own(conversation: Conversation, code: str) -> Appointment | None:
    """The appointment with this code, when it is the customer's own or its message of ours was tapped here.

    One query, and two more for a code that is not the customer's.
    """
    row = Appointment.objects.select_related("service", "vehicle").filter(code=code).first() if code else None
    if row is None:
        return None
    if conversation.customer_id is not None and row.customer_id == conversation.customer_id:
        return row
    return row if tapped.proves(conversation, code) else None


def _which(context: ToolContext) -> str:
    rows = upcoming(context.customer, context)
    if not rows:
        return _none(context)
    return (
        f"Chiedere quale appuntamento: {'; '.join(wording.listed(row, context) for row in rows[:MOST_SAID])}."
    )


def _none(context: ToolContext) -> str:
    """There are none; or, in a web chat, nobody knows whose they would be."""
    return phoneproof.ASK if phoneproof.is_needed(context.conversation) else NONE


def _too_late(row: Appointment, verb: str) -> str:
    state = {
        Status.IN_PROGRESS: "L'auto è già in lavorazione",
        Status.COMPLETED: "Il lavoro è già finito",
        Status.CANCELLED: "Questo appuntamento è già annullato",
        Status.NO_SHOW: "Questo appuntamento è già passato",
    }.get(Status(row.status), "Questo appuntamento non è più modificabile")
    return f"{state}: non si può {verb}. Se serve, si prenota di nuovo o si chiede all'officina."


LIST = Tool(
    name="list_appointments",
    description="Dice i prossimi appuntamenti di chi sta chiamando, ciascuno con il suo codice.",
    arguments=NoArguments,
    run=list_appointments,
    only_reads=True,
)
RESCHEDULE = Tool(
    name="reschedule_appointment",
    description=(
        "Sposta un appuntamento di chi sta chiamando. Da usare solo dopo che il cliente ha confermato il nuovo "
        "giorno e la nuova ora. Se era stato preso da un altro canale chiede la targa dell'auto. È spostato solo se la "
        "risposta lo dice."
    ),
    arguments=RescheduleAppointment,
    run=reschedule_appointment,
)
CANCEL = Tool(
    name="cancel_appointment",
    description=(
        "Annulla un appuntamento di chi sta chiamando. Prima proporre di spostarlo, poi chiedere conferma. Se era "
        "stato preso da un altro canale chiede la targa dell'auto. È annullato solo se la risposta lo dice."
    ),
    arguments=CancelAppointment,
    run=cancel_appointment,
)
