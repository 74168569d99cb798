"""From a confirmation to an appointment, and what comes after it."""

from datetime import datetime, timedelta

from receptionist.content import Option
from receptionist.followups import offering
from receptionist.guided import booking, cars, people, slots
from receptionist.guided.says import Says
from receptionist.guided.sentences import lower_first
from receptionist.guided.state import Wanted, Wish
from receptionist.guided.turn import Turn
from receptionist.italian import sentence
from receptionist.tools.info import plain
from scheduling import waiting
from scheduling.models import Appointment
from scheduling.models.appointments import Status


def book(turn: Turn, *, another: bool = False) -> Says:
    """Book what was confirmed. Only what the tool says is booked. `another`: beside what they have for it already."""
    wish, service = turn.wish, turn.service
    if service is None or not wish.start:
        return booking.advance(turn)
    first, _space, last = wish.name.partition(" ")
    used = turn.use(
        "book_appointment",
        service=service.name,
        start=wish.start,
        license_plate=wish.plate,
        first_name=first,
        last_name=last,
        phone=wish.phone,
        drop_off=wish.stay,
        notes=wish.notes,
        another="sì" if another else "",
    )
    row = turn.about(used)
    if row is not None and not used.ok:
        # Two cars of which neither's plate is known look like one.
        is_other_car = bool(wish.not_plate or wish.other_car)
        return book(turn, another=True) if is_other_car and not another else stands(turn, row)
    if row is None:
        return _refused(turn, used.text)
    return _booked(turn, row, used.text)


def stands(turn: Turn, row: Appointment) -> Says:
    """They have one for this work and this car already: whoever asks twice is asked before there are two."""
    turn.state.asked, turn.state.about = "stands", row.code
    new = turn.say.when(booking.starts(turn), turn.today)
    text = turn.say("stands", what=what(turn, row), when=when(turn, row), new=new)
    options = (
        Option(f"mv:{turn.wish.start}|{row.code}", turn.say("move")),
        Option(f"keep:{row.code}", turn.say("keep")),
        Option(f"second:{turn.wish.start}", turn.say("second")),
    )
    return Says(text, options)


def _refused(turn: Turn, text: str) -> Says:
    """The slot went to somebody else, or something is missing."""
    start = booking.starts(turn)
    question = slots.take(turn, start)
    if question is not None:
        return question
    words = plain(text)
    if "telefono" in words:
        turn.state.asked = "phone"
        return Says(turn.say("ask_phone"))
    if "targa" in words or "quale auto" in words:
        turn.wish.plate, turn.wish.no_plate = "", False
        return cars.ask(turn)
    turn.state.asked = "confirm"
    said = people.trouble(turn)
    options = (Option(f"yes:{turn.wish.start}", turn.say("yes")), *said.options)
    return Says(said.text, options, failed=True)


def _booked(turn: Turn, row: Appointment, told: str) -> Says:
    text = tell(turn, row, again=told.startswith(("Era già", "La richiesta era già")))
    queue = turn.state.queue
    turn.state.begin("")
    turn.state.last = row.code
    if queue:
        turn.state.flow, turn.state.wish, turn.state.queue = "book", _next(turn, queue[0], row), queue[1:]
        said = booking.advance(turn, f"{text}\n\n{turn.say('next_car')}")
        return Says(said.text, said.options, said.button, did=True)
    turn.state.asked = "else"
    return Says(f"{text} {turn.say('await')}", did=True)


def _next(turn: Turn, wish: Wish, row: Appointment) -> Wish:
    """The next wish, with what the one before tells about it."""
    plate = row.vehicle.license_plate if row.vehicle else ""
    if wish.when == "=":  # another work of the same visit: right after, or on the same day
        wish.plate, wish.not_plate, wish.when = plate, "", _after(turn, row).isoformat(timespec="minutes")
        wish.no_plate = not plate
        wish.stay = "lascia" if row.drop_off_at else "aspetta"
        return wish
    wish.not_plate = plate
    wish.service = wish.service or str(row.service_id)
    wish.when = wish.when or row.scheduled_at.astimezone(turn.now.tzinfo).date().isoformat()
    return wish


def _after(turn: Turn, row: Appointment) -> datetime:
    """The first moment on the shop's grid at which the work is done; local, naive."""
    ends, grid = row.ends_at.astimezone(turn.now.tzinfo), turn.shop.rules.grid_minutes
    over = (ends.hour * 60 + ends.minute) % grid
    return (ends + timedelta(minutes=grid - over if over else 0)).replace(tzinfo=None)


def tell(turn: Turn, row: Appointment, *, again: bool = False) -> str:
    """What was booked, as it is written: day, time, code, when to bring the car, what to bring."""
    local = row.scheduled_at.astimezone(turn.now.tzinfo)
    key = "requested" if row.status == Status.PENDING else "booked_before" if again else "booked"
    parts = [turn.say(key, what=what(turn, row), when=turn.say.when(local, turn.today), code=row.code)]
    if row.drop_off_at and row.drop_off_at != row.scheduled_at:
        at = turn.say.at(row.drop_off_at.astimezone(turn.now.tzinfo).time())
        parts.append(turn.say("drop_off", at=at))
    if row.service.preparation:
        parts.append(
            turn.say(
                "bring",
                what=sentence(lower_first(row.service.preparation))[:1].lower()
                + sentence(row.service.preparation)[1:],
            )
        )
    return " ".join(parts)


def what(turn: Turn, row: Appointment) -> str:
    """Work and car of an appointment."""
    name = row.service.name if turn.lang == "en" else lower_first(row.service.name)
    car = cars.named(turn, row.vehicle.license_plate) if row.vehicle else ""
    return f"{name}{turn.say('for_car', car=car)}" if car else name


def when(turn: Turn, row: Appointment) -> str:
    """Day and time of an appointment."""
    return turn.say.when(row.scheduled_at.astimezone(turn.now.tzinfo), turn.today)


def wait(turn: Turn, first: str, last: str, part: str) -> Says:
    """Put the customer on the waiting list for days that are full, and offer what is free meanwhile."""
    service, customer = turn.service, turn.customer
    if service is None or customer is None:
        return booking.advance(turn)
    begins = _day(first, turn)
    ends = max(_day(last or first, turn), begins)
    waiting.join(
        customer=customer,
        service=service,
        vehicle=turn.car_of(turn.wish.plate) or (turn.cars[0] if len(turn.cars) == 1 else None),
        wanted_from=begins.date(),
        wanted_to=ends.date(),
        part_of_day=part,
        note=turn.wish.notes,
    )
    days = turn.say.day(begins.date(), turn.today)
    if ends != begins:
        days = f"{days} – {turn.say.day(ends.date(), turn.today)}"
    name = service.name if turn.lang == "en" else lower_first(service.name)
    minutes = offering.minutes_for(customer)
    text = turn.say("waiting_in", service=name, days=days)
    if minutes:
        text = turn.say("waiting_in_offer", service=name, days=days, time=turn.say.duration(minutes))
    turn.state.wanted = Wanted()
    said = slots.show(turn, f"{text} {turn.say('meanwhile')}")
    options = (*said.options[:8], said.options[-1], Option("no", turn.say("no_thanks")))
    return Says(text=f"{text} {turn.say('meanwhile')}", options=options, button=said.button, did=True)


def _day(said: str, turn: Turn) -> datetime:
    try:
        return max(datetime.fromisoformat(said).replace(tzinfo=turn.now.tzinfo), _midnight(turn))
    except ValueError:
        return _midnight(turn)


def _midnight(turn: Turn) -> datetime:
    return turn.now.replace(hour=0, minute=0, second=0, microsecond=0)
