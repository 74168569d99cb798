"""What a tap does. Its id says all that is needed, so that a row of an old list still works."""

from collections.abc import Callable
from datetime import date, datetime

from receptionist.guided import (
    booking,
    cars,
    ending,
    informing,
    moving,
    offered,
    people,
    reminded,
    slots,
)
from receptionist.guided.says import Says
from receptionist.guided.state import Wish
from receptionist.guided.turn import Turn

Tap = Callable[[Turn, str], Says | None]


def handle(turn: Turn, tap: str) -> Says | None:
    """Answer a tap by its id, "verb:rest"; None for one that is not ours or means nothing here."""
    verb, _colon, rest = tap.partition(":")
    known = _TAPS.get(verb)
    return known(turn, rest) if known else None


def knows(verb: str) -> bool:
    """Whether taps with this verb are ours."""
    return verb in _TAPS


def _menu(turn: Turn, rest: str) -> Says | None:
    choices: dict[str, Callable[[], Says]] = {
        "book": lambda: booking.begin(turn),
        "status": lambda: informing.status(turn),
        "change": lambda: moving.begin(turn, ""),
        "price": lambda: informing.prices(turn),
        "hours": lambda: informing.hours(turn),
        "person": lambda: people.person(turn),
    }
    return choices[rest]() if rest in choices else None


def _service(turn: Turn, rest: str) -> Says | None:
    if turn.state.flow != "book":
        turn.state.begin("book")
    if rest == "other":
        turn.state.asked = "other_work"
        return Says(turn.say("what_work"))
    if rest.startswith("both:"):
        return booking.choose_both(turn, rest.split(":")[1:])
    service = turn.service_of(rest)
    return booking.choose_service(turn, service) if service else booking.ask_service(turn)


def _price(turn: Turn, rest: str) -> Says | None:
    service = turn.service_of(rest)
    return informing.price_of(turn, service) if service else informing.prices(turn)


def _start(turn: Turn, rest: str) -> Says | None:
    """A row of a list of times, perhaps of an old one."""
    iso, _bar, service_id = rest.partition("|")
    start, service = _moment(turn, iso), turn.service_of(service_id)
    if start is None or service is None:
        return None
    state = turn.state
    if state.flow != "book":
        booked = turn.appointment(state.last) if state.last else None
        if booked is not None and booked.service_id == service.pk and booked.is_live:
            return _again(turn, booked.code, iso)
        state.begin("book")
    turn.wish.service = str(service.pk)
    turn.wish.when = ""
    return slots.take(turn, start) or booking.advance(turn)


def _again(turn: Turn, code: str, iso: str) -> Says | None:
    """Another time from the list of what is booked already: that one is moved, not a second one made."""
    row = turn.appointment(code)
    if row is None:
        return None
    if row.scheduled_at.astimezone(turn.now.tzinfo).replace(tzinfo=None).isoformat(timespec="minutes") == iso:
        turn.state.asked = "else"
        return Says(f"{ending.tell(turn, row, again=True)} {turn.say('else')}")
    return _move_to(turn, f"{iso}|{code}")


def _move_to(turn: Turn, rest: str) -> Says | None:
    iso, _bar, code = rest.partition("|")
    row, start = turn.appointment(code), _moment(turn, iso)
    if row is None or start is None:
        return None
    if turn.wish.move != code or turn.state.flow != "move":
        proof = turn.wish.proof if turn.wish.move == code else ""
        turn.state.begin("move")
        turn.state.wish = Wish(move=code, service=str(row.service_id), proof=proof)
    if moving.needs_proof(turn, row):
        turn.wish.when = iso
        turn.state.asked = "proof"
        return Says(turn.say("ask_proof"))
    turn.wish.when = ""
    return slots.take(turn, start) or moving.confirm(turn)


def _more(turn: Turn, rest: str) -> Says | None:
    if turn.service is None:
        return None
    return slots.more(turn, rest if _moment(turn, rest) else "")


def _day(turn: Turn, rest: str) -> Says | None:
    iso, clock_said, part = _day_parts(rest)
    if turn.service is None or not _is_day(iso):
        return None
    question = slots.day_tapped(turn, date.fromisoformat(iso), clock_said, part)
    return question or _advance(turn)


def _day_parts(rest: str) -> list[str]:
    """ "2026-11-26:09:30:morning" → day, time, part."""
    parts = rest.split(":")
    if len(parts) == 4:
        return [parts[0], f"{parts[1]}:{parts[2]}", parts[3]]
    return [parts[0], "", parts[-1] if len(parts) > 1 else ""]


def _advance(turn: Turn) -> Says:
    return moving.advance(turn) if turn.wish.move else booking.advance(turn)


def _waiting(turn: Turn, rest: str) -> Says | None:
    first, last, part = [*rest.split(":"), "", "", ""][:3]
    if turn.service is None:
        return None
    return ending.wait(turn, first, last, part if part in ("morning", "afternoon") else "")


def _car(turn: Turn, rest: str) -> Says | None:
    wish = turn.wish
    if turn.state.flow != "book":
        return None
    if rest == "other":
        wish.plate, wish.other_car = "", True
        return cars.ask_plate(turn)
    if rest == "unknown":
        wish.no_plate = True
        return booking.advance(turn)
    if turn.car_of(rest) is None:
        return cars.ask(turn)
    wish.plate, wish.other_car, wish.no_plate = rest, False, False
    return booking.advance(turn)


def _stay(turn: Turn, rest: str) -> Says | None:
    if turn.state.flow != "book" or rest not in ("aspetta", "lascia"):
        return None
    turn.wish.stay = rest
    return booking.advance(turn)


def _yes(turn: Turn, rest: str) -> Says | None:
    """A yes to a confirmation: to the one that is open, or to an older one, which is then asked again."""
    start = _moment(turn, rest)
    if start is None or turn.state.flow not in ("book", "move"):
        row = turn.appointment(turn.state.last)
        if row is None:
            return None
        turn.state.asked = "else"
        return Says(f"{ending.tell(turn, row, again=True)} {turn.say('else')}")
    if turn.wish.start == rest and turn.state.asked in ("confirm", "confirm_move"):
        return ending.book(turn) if turn.state.asked == "confirm" else moving.move(turn)
    return slots.take(turn, start) or _advance(turn)


def _second(turn: Turn, rest: str) -> Says | None:
    """A second appointment beside the one that stands, if that is still the question."""
    if turn.state.asked != "stands" or turn.wish.start != rest:
        return _yes(turn, rest)
    return ending.book(turn, another=True)


def _no(turn: Turn, rest: str) -> Says | None:
    del rest
    return refused(turn)


def refused(turn: Turn) -> Says | None:
    """A no to whatever is asked."""
    asked = turn.state.asked
    if asked == "confirm":
        return booking.not_booked(turn)
    if asked == "confirm_move":
        row = turn.appointment(turn.wish.move)
        return moving.keep(turn, row) if row else None
    if asked in ("else", "book_it", "quote", "callback", "service_or_not", "again", "slot", ""):
        turn.state.begin("")
        turn.state.asked = "else"
        return (
            Says(f"{turn.say('fine')} {turn.say('else')}")
            if asked != "else"
            else Says(turn.say("bye"), ends=True)
        )
    return None


def _change(turn: Turn, rest: str) -> Says | None:
    if turn.state.flow not in ("book", "move"):
        return None
    if rest == "drop":
        return dropped(turn)
    if rest in ("time", "car", "service"):
        return booking.change(turn, rest)
    return booking.ask_change(turn)


def dropped(turn: Turn) -> Says:
    """The flow is given up."""
    turn.state.begin("")
    turn.state.asked = "else"
    return Says(f"{turn.say('left')} {turn.say('else')}")


def _appointment(flow: str) -> Tap:
    def tapped(turn: Turn, rest: str) -> Says | None:
        row = turn.appointment(rest.strip().upper())
        if row is None:
            return moving.begin(turn, flow) if not flow else _unknown(turn)
        proof = turn.wish.proof if turn.wish.move == row.code else ""
        said = moving.picked(turn, row, flow)
        if proof and turn.state.asked == "proof":
            turn.wish.proof = proof
            return moving.proven(turn, row)
        turn.wish.proof = proof
        return said

    return tapped


def _drop(turn: Turn, rest: str) -> Says | None:
    if turn.wish.move != rest:
        return _appointment("cancel")(turn, rest)
    return moving.cancel(turn)


def _keep(turn: Turn, rest: str) -> Says | None:
    row = turn.appointment(rest)
    return moving.keep(turn, row) if row else None


def _confirm(turn: Turn, rest: str) -> Says | None:
    row = turn.appointment(rest.strip().upper())
    return reminded.expected(turn, row) if row else _unknown(turn)


def _expect(turn: Turn, rest: str) -> Says | None:
    row = turn.appointment(rest)
    return reminded.noted(turn, row) if row else _unknown(turn)


def _unknown(turn: Turn) -> Says:
    """A code that is nobody's here, or somebody else's: the same words for both, and what the customer has."""
    return moving.begin(turn, "").after(turn.say("tap_unknown"))


def _accept(turn: Turn, rest: str) -> Says | None:
    return offered.answer(turn, rest, yes=True)


def _decline(turn: Turn, rest: str) -> Says | None:
    return offered.answer(turn, rest, yes=False)


def _quote(turn: Turn, rest: str) -> Says | None:
    del rest
    return informing.quote(turn) if turn.state.asked == "quote" else None


def _call(turn: Turn, rest: str) -> Says | None:
    del rest
    about = turn.state.about if turn.state.asked == "callback" else ""
    return people.call_back(turn, about or "Chiede di essere richiamato")


def _moment(turn: Turn, iso: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(iso)
    except ValueError:
        return None
    return moment.replace(tzinfo=turn.now.tzinfo) if len(iso) > 10 and moment.tzinfo is None else None


def _is_day(iso: str) -> bool:
    try:
        return bool(date.fromisoformat(iso))
    except ValueError:
        return False


_TAPS: dict[str, Tap] = {
    "m": _menu,
    "svc": _service,
    "price": _price,
    "at": _start,
    "mv": _move_to,
    "more": _more,
    "day": _day,
    "wait": _waiting,
    "car": _car,
    "stay": _stay,
    "yes": _yes,
    "second": _second,
    "no": _no,
    "change": _change,
    "c": _change,
    "pick": _appointment(""),
    "move": _appointment("move"),
    "cancel": _appointment("cancel"),
    "drop": _drop,
    "keep": _keep,
    "confirm": _confirm,
    "expect": _expect,
    "offer_yes": _accept,
    "offer_no": _decline,
    "quote": _quote,
    "call": _call,
}
