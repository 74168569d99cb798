"""book_appointment: from a wish to an appointment, once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction

from receptionist import confirmations, identity, notices
from receptionist.followups import offering, offers
from receptionist.italian import join_or, read_moment, read_yes_no, say_duration, sentence
from receptionist.models import Channel
from receptionist.tools import parsing, wording
from receptionist.tools.base import Reply, Said, Tool, ToolArguments, ToolContext, argument
from scheduling import booking, catalogue, waiting
from scheduling.booking import Booking
from scheduling.catalogue import Catalogue
from scheduling.errors import BadDropOff, NotBookable, StandsAlready
from scheduling.models import Appointment, Customer, Service, Vehicle, WaitingList
from scheduling.models.appointments import LIVE, Source, Status

MAX_NOTES = 500
SOURCES = {
    Channel.VOICE: Source.AI_VOICE,
    Channel.WHATSAPP: Source.AI_WHATSAPP,
    Channel.WEB: Source.WEB,
}
_LEAVES = {"true", "1", "yes", "si", "sì", "lascia", "leave"}
_WAITS = {"false", "0", "no", "aspetta", "wait"}
STANDS = (
    "C'è già un appuntamento: {row}. Non ne è stato preso un altro. Chiedere se va spostato a {when} (allora "
    "reschedule_appointment con quel codice), se resta com'è, o se ne serve davvero un secondo (allora ripetere questa "
    "chiamata con another «sì»)."
)
ASK_PHONE = "Il numero di chi chiama è nascosto: chiedere un numero di telefono a cui richiamare."


class BookAppointment(ToolArguments):
    """Service and start; car and person as far as they are not known."""

    service: Said = argument("Il lavoro con le parole del cliente.", required=True)
    start: Said = argument(
        "Giorno e ora scelti, ora locale ISO senza fuso, per esempio 2026-11-26T09:30.", required=True
    )
    license_plate: Said = argument("Targa dell'auto, se non è già nota o se il cliente ha più auto.")
    first_name: Said = argument("Nome, se il cliente non è già noto.")
    last_name: Said = argument("Cognome, se il cliente non è già noto.")
    phone: Said = argument("Telefono detto dal cliente, se il suo numero è nascosto.")
    drop_off: Said = argument(
        "Consegna dell'auto: «lascia» se la lascia in officina, «aspetta» se aspetta, oppure l'ora locale ISO "
        "in cui la porta."
    )
    notes: Said = argument("Quello che l'officina deve sapere: sintomi, rumori, richieste.")
    whatsapp_confirmation: Said = argument(
        f"La risposta del cliente a «{confirmations.QUESTION}»: «sì» o «no». Vuoto se non gliel'hai chiesto."
    )
    another: Said = argument(
        "«sì» solo se questo strumento ha risposto che c'è già un appuntamento e il cliente, saputolo, ne vuole davvero "
        "un secondo. Altrimenti vuoto."
    )
    waiting_list: Said = argument(
        "«sì» solo se quando vorrebbe è tutto pieno e il cliente vuole la lista d'attesa invece di un posto libero: "
        "in start allora il giorno, o le sue parole («giovedì mattina», «la settimana prossima»)."
    )


@dataclass(frozen=True)
class _Wish:
    """What was asked for, understood."""

    service: Service
    start: datetime
    plate: str
    first_name: str
    last_name: str
    phone: str
    drop_off_at: datetime | None
    leaves_car: bool
    notes: str
    another: bool
    """Beside what the customer already has for this service and car."""


def book_appointment(context: ToolContext, arguments: BookAppointment) -> Reply:
    """Book for the conversation's customer, who is made when there is none.

    Side effects: an appointment (or a place on the waiting list, when that is what is wanted), and where they are new
    a customer and a vehicle. The same wish books once. Another start for the same service and car books nothing until
    the customer knows what stands already and wants a second one: people ask again when an answer is late. The words
    say "prenotato" although the transaction is still open: `toolcalls.answer` commits before they are said.
    """
    shop = catalogue.load(context.shop)
    if arguments.waiting_list and read_yes_no(arguments.waiting_list):
        return _wait(context, shop, arguments)
    try:
        wish = _understood(context, shop, arguments)
        people = notices.who_hears_of_bookings()
        with _undone_if_refused(context):
            booked = _taken_if_held(context, _book(context, shop, wish))
    except parsing.Ask as ask:
        return ask.reply
    except StandsAlready as refusal:
        return _stands(context, wish, refusal.standing)
    except BadDropOff:
        return Reply.ask(
            "A quell'ora l'auto non si può consegnare: chiedere un'ora in cui l'officina è aperta."
        )
    except NotBookable as refusal:
        said = wording.refused(
            refusal, service=wish.service, start=wish.start, catalogue=shop, context=context
        )
        return Reply.ask(said)
    if booked.created:
        notices.tell_booked(booked.appointment, people)  # once, whoever said it first
    said = (
        f"{_confirmation(booked, context)} {_on_whatsapp(booked, context, arguments.whatsapp_confirmation)}"
    )
    return Reply(said.strip(), appointment_id=booked.appointment.pk)


def _stands(context: ToolContext, wish: _Wish, standing: UUID) -> Reply:
    """Nothing was booked: what the customer has already, and what to ask. Its id goes with the answer."""
    row = Appointment.objects.select_related("service", "vehicle").get(pk=standing)
    said = STANDS.format(row=wording.listed(row, context), when=context.tell.when(wish.start, context.now))
    return Reply(said, ok=False, appointment_id=row.pk)


def _wait(context: ToolContext, shop: Catalogue, arguments: BookAppointment) -> Reply:
    """Put the customer on the waiting list for the days that `start` tells. The same wish twice is one row."""
    try:
        service = parsing.service(shop, arguments.service)
        days = parsing.days(context, arguments.start, "")
        first = days.first
        last = days.last or first
        if first is None or last is None or last < context.now.date():
            return Reply.ask("Chiedere per quale giorno vuole la lista d'attesa.")
        plate = parsing.plate(arguments.license_plate) if arguments.license_plate else ""
        phone = parsing.phone(arguments.phone)
        first_name, last_name = parsing.name(arguments.first_name), parsing.name(arguments.last_name)
        with _undone_if_refused(context):
            contact = _contact_phone(context, phone)
            customer = identity.ensure_customer(
                context.conversation, first_name=first_name, last_name=last_name
            )
            row = waiting.join(
                customer=customer,
                vehicle=_waiting_car(context, customer, plate),
                service=service,
                wanted_from=max(first, context.now.date()),
                wanted_to=last,
                part_of_day=days.part or "",
                note=" ".join(each for each in (arguments.notes, contact) if each),
            )
    except parsing.Ask as ask:
        return ask.reply
    return Reply(f"{_waits(row, context)} {_what_then(customer)}")


def _what_then(customer: Customer) -> str:
    """How a place of the list comes to whom it is for."""
    minutes = offering.minutes_for(customer)
    if not minutes:
        return "L'officina avvisa se si libera un posto: non è ancora un appuntamento."
    return (
        f"Se si libera un posto glielo proponiamo su WhatsApp e lo teniamo per {say_duration(minutes)}: senza risposta "
        "passa al prossimo. Non è ancora un appuntamento."
    )


def _waiting_car(context: ToolContext, customer: Customer, plate: str) -> Vehicle | None:
    """The car of the plate, else the only one; which of several it is can be asked when a place comes free."""
    if plate:
        return identity.vehicle_by_plate(plate, customer, may_adopt=context.conversation.caller_verified)
    own = identity.vehicles_of(customer)
    return own[0] if len(own) == 1 else None


def _waits(row: WaitingList, context: ToolContext) -> str:
    today = context.now.date()
    days = context.tell.day(row.wanted_from, today)
    if row.wanted_to != row.wanted_from:
        days = f"da {context.tell.full_date(row.wanted_from, today)} a {context.tell.full_date(row.wanted_to, today)}"
    part = {"morning": ", mattina", "afternoon": ", pomeriggio"}.get(row.part_of_day, "")
    return f"In lista d'attesa: {wording.lower_first(row.service.name)}, {days}{part}."


def _on_whatsapp(booked: Booking, context: ToolContext, said: str) -> str:
    """What was answered to the offer of a confirmation on WhatsApp is kept; what to say about it."""
    agreed = read_yes_no(said) if said else None
    if agreed is None or context.customer is None:
        return ""
    row = booked.appointment
    if not confirmations.note_answer(
        conversation=context.conversation, customer=context.customer, appointment=row, agreed=agreed
    ):
        return ""
    when = " appena l'officina conferma" if row.status == Status.PENDING else ""
    return f"La conferma arriva su WhatsApp{when}."


def _understood(context: ToolContext, shop: Catalogue, arguments: BookAppointment) -> _Wish:
    service = parsing.service(shop, arguments.service)
    start = parsing.start(context, arguments.start)
    drop_off_at, leaves_car = _drop_off(arguments.drop_off, start, context)
    return _Wish(
        service=service,
        start=start,
        plate=parsing.plate(arguments.license_plate) if arguments.license_plate else "",
        first_name=parsing.name(arguments.first_name),
        last_name=parsing.name(arguments.last_name),
        phone=parsing.phone(arguments.phone),
        drop_off_at=drop_off_at,
        leaves_car=leaves_car,
        notes=arguments.notes[:MAX_NOTES],
        another=bool(arguments.another and read_yes_no(arguments.another)),
    )


def _drop_off(said: str, start: datetime, context: ToolContext) -> tuple[datetime | None, bool]:
    """When the car is brought, and whether it is left. A time alone is meant on the day of the work."""
    word = said.lower().strip(" .")
    if not word or word in _WAITS:
        return None, False
    if word in _LEAVES or not any(char.isdigit() for char in word):
        return None, True
    moment = read_moment(said, context.now)
    if moment.at is None and moment.clock and moment.day is None:
        moment = read_moment(f"{start.date().isoformat()}T{moment.clock.isoformat('minutes')}", context.now)
    if moment.at is None:
        raise parsing.Ask("L'ora di consegna non è chiara: chiedere quando porta l'auto.")
    return moment.at, True


@contextmanager
def _undone_if_refused(context: ToolContext) -> Iterator[None]:
    """A booking that is refused leaves no new customer behind."""
    if context.customer is not None:
        yield
        return
    try:
        with transaction.atomic():
            yield
    except (NotBookable, parsing.Ask):
        context.conversation.customer = None
        raise


def _book(context: ToolContext, shop: Catalogue, wish: _Wish) -> Booking:
    contact = _contact_phone(context, wish.phone)
    customer = identity.ensure_customer(
        context.conversation, first_name=wish.first_name, last_name=wish.last_name
    )
    vehicle = _vehicle(context, customer, wish)
    book = partial(
        booking.book,
        customer=customer,
        vehicle=vehicle,
        service=wish.service,
        starts_at=wish.start,
        source=SOURCES[Channel(context.conversation.channel)],
        drop_off_at=wish.drop_off_at,
        leaves_car=wish.leaves_car,
        notes=wish.notes,
        conversation_id=context.conversation.pk,
        contact_phone=contact,
        catalogue=shop,
        now=context.now,
    )
    try:
        return book(alone=not wish.another)
    except StandsAlready as refusal:
        if not _is_held(refusal.standing):
            raise
        return book()


def _is_held(standing: UUID) -> bool:
    """Whether what stands is only held for them until they answer (a place of the waiting list): no reason to ask."""
    return offers.of_appointment(standing) is not None


def _taken_if_held(context: ToolContext, booked: Booking) -> Booking:
    """A place of the waiting list that was held for this customer is theirs now: booking it is the yes to the offer."""
    offer = None if booked.created else offers.of_appointment(booked.appointment.pk)
    if offer is None:
        return booked
    answered = offers.accept(offer_id=str(offer.pk), conversation=context.conversation, now=context.now)
    if answered.outcome not in (offers.Outcome.TAKEN, offers.Outcome.PENDING):
        raise parsing.Ask(
            "Il tempo per rispondere è scaduto e il posto non è più tenuto: proporre altri posti liberi."
        )
    booked.appointment.refresh_from_db()
    return Booking(booked.appointment, created=True)


def _contact_phone(context: ToolContext, said: str) -> str:
    """The number to call back, as it was said; raises Ask when the shop would have none.

    A number that is only said belongs to this appointment: it recognises nobody and is never a customer's own.
    """
    conversation = context.conversation
    if said or (conversation.caller_verified and conversation.phone_number):
        return "" if said == conversation.phone_number else said
    if context.customer and context.customer.phone:
        return ""
    if context.customer:
        earlier = (
            Appointment.objects.filter(conversation_id=conversation.pk).exclude(contact_phone="").first()
        )
        if earlier:
            return str(earlier.contact_phone)
    raise parsing.Ask(ASK_PHONE)


def _vehicle(context: ToolContext, customer: Customer, wish: _Wish) -> Vehicle | None:
    """The car of the wish: the plate's, else the customer's only one; raises Ask when there are several."""
    if wish.plate:
        return identity.vehicle_by_plate(wish.plate, customer, may_adopt=context.conversation.caller_verified)
    own = identity.vehicles_of(customer)
    if len(own) > 1:
        labels = join_or([wording.car(vehicle, context) for vehicle in own[:3]])
        raise parsing.Ask(f"Per quale auto è l'appuntamento: {labels}?")
    return own[0] if own else _vehicle_said_before(context, customer, wish)


def _vehicle_said_before(context: ToolContext, customer: Customer, wish: _Wish) -> Vehicle | None:
    """The car with which this very wish was booked in this conversation, when it is only repeated now."""
    same = Appointment.objects.select_related("vehicle").filter(
        conversation_id=context.conversation.pk,
        customer=customer,
        service=wish.service,
        scheduled_at=wish.start,
        status__in=LIVE,
    )
    earlier = same.first()
    return earlier.vehicle if earlier else None


def _confirmation(booked: Booking, context: ToolContext) -> str:
    """What was booked, when, what to bring, and what is still missing."""
    row = booked.appointment
    parts = [_headline(booked, wording.appointment(row, context))]
    if row.drop_off_at and row.drop_off_at != row.scheduled_at:
        parts.append(
            f"L'auto si consegna {context.tell.at(row.drop_off_at.astimezone(context.now.tzinfo).time())}."
        )
    if booked.created and row.service.preparation:
        parts.append(sentence(f"Da portare: {wording.lower_first(row.service.preparation)}"))
    if context.customer and not context.customer.full_name:
        parts.append("Manca il nome: chiedere a che nome.")
    elif row.vehicle is None:
        parts.append("Manca la targa: chiedere la targa dell'auto.")
    return " ".join(parts)


def _headline(booked: Booking, said: str) -> str:
    pending = booked.appointment.status == Status.PENDING
    if pending and booked.created:
        return f"Richiesta registrata: {said}. L'officina deve ancora confermare e si farà sentire."
    if pending:
        return f"La richiesta era già registrata: {said}. L'officina deve ancora confermare."
    return f"{'Prenotato' if booked.created else 'Era già prenotato'}: {said}."


TOOL = Tool(
    name="book_appointment",
    description=(
        "Prenota un appuntamento. Da usare solo dopo che il cliente ha confermato giorno, ora, lavoro e auto. "
        "È prenotato solo se la risposta lo dice. Due auto: una chiamata per ciascuna."
    ),
    arguments=BookAppointment,
    run=book_appointment,
)
