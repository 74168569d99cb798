"""Answers to open questions: one function for each question; None when the text does not answer it."""

from collections.abc import Callable
from dataclasses import replace

from receptionist.guided import booking, cars, ending, informing, moving, people, slots, taps, understanding
from receptionist.guided.said import Said
from receptionist.guided.says import Says
from receptionist.guided.turn import Turn
from receptionist.guided.understanding import Heard
from receptionist.tools.info import plain

Found = tuple[str, ...]
_NONE_OF_THESE = ("nessun", "altri", "altro", "other", "none", "piu avanti", "later", "dopo")


def answer(turn: Turn, said: Said, heard: Heard, found: Found) -> Says | None:
    """The answer to `turn.state.asked`."""
    known = _ANSWERS.get(turn.state.asked)
    return known(turn, said, heard, found) if known else None


def _service(turn: Turn, said: Said, heard: Heard, found: Found) -> Says | None:
    del said, found
    if len(heard.candidates) == 2 and understanding.wants_both(heard.text):
        return booking.choose_both(turn, [each.pk.hex for each in heard.candidates])
    if heard.service or heard.candidates:
        turn.state.flow = "book"
        return booking.go_on(turn, heard)
    return None


def other_work(turn: Turn, text: str) -> Says:
    """Whatever is wrong, in the customer's words: a work that is known, or a diagnosis."""
    heard = understanding.hear(turn, text)
    turn.state.flow, turn.state.asked = "book", ""
    turn.wish.notes = understanding.notes(text)
    service = heard.service
    lead = ""
    if service is None and not heard.candidates:
        service = turn.shop.match("diagnosi").service
        lead = turn.say("inspection_first")
    if service is None and not heard.candidates:
        return people.call_back(turn, f"Lavoro richiesto: {text[:200]}", turn.say("told_shop"))
    return booking.go_on(turn, replace(heard, service=service), lead)


def _slot(turn: Turn, said: Said, heard: Heard, found: Found) -> Says | None:
    if "cancel" in found and not heard.when:
        return None
    if heard.when or heard.service or heard.plate or heard.cars:
        if turn.wish.move:
            return (slots.choose(turn, heard.when) or moving.advance(turn)) if heard.when else None
        return booking.go_on(turn, heard)
    stays = cars.staying(said.text)
    if stays and not turn.wish.move:
        turn.wish.stay = stays
        return slots.show(turn)
    if said.yes is True and turn.state.options:
        return taps.handle(turn, turn.state.options[0][0])
    words = plain(said.text)
    if said.yes is False and "thanks" in found:
        return taps.dropped(turn)
    if said.yes is False or any(words.startswith(each) for each in _NONE_OF_THESE):
        return slots.more(turn, turn.state.wanted.seen)
    return None


def _car(turn: Turn, said: Said, heard: Heard, found: Found) -> Says | None:
    del found
    if heard.cars or heard.plate or heard.other_car:
        if heard.other_car:
            turn.wish.plate, turn.wish.other_car = "", True
        return booking.go_on(turn, heard)
    words = plain(said.text)
    if "altra" in words.split() or "nessuna" in words.split() or said.yes is False:
        turn.wish.plate, turn.wish.other_car = "", True
        return cars.ask_plate(turn)
    return booking.go_on(turn, heard) if heard.when or heard.service else None


def _plate(turn: Turn, said: Said, heard: Heard, found: Found) -> Says | None:
    if cars.take_plate(turn, said.text):
        return booking.advance(turn)
    if cars.is_unknown(said.text) or said.yes is False:
        if turn.cars:
            return Says(turn.say("need_plate"))
        turn.wish.no_plate = True
        return booking.advance(turn)
    if heard.cars or heard.when or (heard.service and len(said.text) > 12):
        return booking.go_on(turn, heard)
    if found:
        return None
    return (
        cars.ask_plate(turn, turn.say("bad_plate"))
        if heard.other_car
        else Says(turn.say("bad_plate"), failed=True)
    )


def _name(turn: Turn, said: Said, heard: Heard, found: Found) -> Says | None:
    if heard.when and not found:
        return booking.go_on(turn, heard)
    if found or said.yes is not None:
        return None
    return booking.take_name(turn, said.text) or Says(turn.say("bad_name"), failed=True)


def _phone(turn: Turn, said: Said, heard: Heard, found: Found) -> Says | None:
    del heard
    taken = booking.take_phone(turn, said.text)
    if taken is not None or found:
        return taken
    return Says(turn.say("bad_phone"), failed=True)


def _stay(turn: Turn, said: Said, heard: Heard, found: Found) -> Says | None:
    del found
    stays = cars.staying(said.text)
    if stays:
        turn.wish.stay = stays
        return booking.go_on(turn, heard)
    return booking.go_on(turn, heard) if heard.when or heard.service or heard.cars else None


def _confirm(turn: Turn, said: Said, heard: Heard, found: Found) -> Says | None:
    """A change of mind first, then yes or no."""
    wish = turn.wish
    before = (wish.service, wish.plate, wish.start, wish.stay, wish.other_car)
    question = booking.fill(turn, heard)
    if question is not None:
        return question
    if (wish.service, wish.plate, wish.start, wish.stay, wish.other_car) != before:
        return booking.advance(turn)
    if said.yes is True:
        return ending.book(turn)
    words = set(plain(said.text).split())
    for part, names in (
        ("car", {"auto", "macchina", "targa"}),
        ("time", {"ora", "orario", "giorno", "data"}),
    ):
        if names & words and ("move" in found or said.yes is False or "cambia" in words or "altra" in words):
            return booking.change(turn, part)
    if words & {"cambia", "cambio", "cambiare", "change", "modifica", "modificare"}:
        return booking.ask_change(turn)
    return booking.not_booked(turn) if said.yes is False or "cancel" in found else None


def _stands(turn: Turn, said: Said, heard: Heard, found: Found) -> Says | None:
    """There is one already: move it, leave it, or a second one? A bare yes moves it, which is asked once more."""
    row = turn.appointment(turn.state.about)
    if row is None or not row.is_live:
        return booking.advance(turn)
    words = set(plain(said.text).split())
    if words & {"secondo", "altro", "entrambi", "tutti", "second", "another", "both"}:
        return ending.book(turn, another=True)
    if heard.when:
        return booking.fill(turn, heard) or booking.advance(turn)
    if said.yes is True or "move" in found:
        return taps.handle(turn, f"mv:{turn.wish.start}|{row.code}")
    if said.yes is False or words & {"resta", "lascia", "lasci", "tengo", "keep"}:
        return moving.keep(turn, row)
    return None


def stands_again(turn: Turn) -> Says:
    """The question about what stands already, once more; gone on with when it stands no longer."""
    row = turn.appointment(turn.state.about)
    return ending.stands(turn, row) if row is not None and row.is_live else booking.advance(turn)


def _confirm_move(turn: Turn, said: Said, heard: Heard, found: Found) -> Says | None:
    before = turn.wish.start
    if heard.when:
        question = slots.choose(turn, heard.when)
        if question is not None or turn.wish.start != before:
            return question or moving.confirm(turn)
    if said.yes is True:
        return moving.move(turn)
    if said.yes is False:
        return taps.refused(turn)
    return booking.change(turn, "time") if "move" in found else None


def _change(turn: Turn, said: Said, heard: Heard, found: Found) -> Says | None:
    del found
    if heard.anything:
        turn.state.asked = "slot"
        return moving.advance(turn) if turn.wish.move and not heard.when else _slot(turn, said, heard, ())
    words = set(plain(said.text).split())
    for part, names in (
        ("time", {"giorno", "ora", "orario", "data", "day", "time", "quando"}),
        ("car", {"auto", "macchina", "targa", "car"}),
        ("service", {"lavoro", "servizio", "intervento", "work", "service"}),
    ):
        if words & names:
            return booking.change(turn, part)
    return taps.dropped(turn) if said.yes is False else None


def _again(turn: Turn, said: Said, heard: Heard, found: Found) -> Says | None:
    if heard.anything:
        return booking.go_on(turn, heard)
    if "thanks" in found or said.yes is False:
        return taps.dropped(turn)
    return booking.change(turn, "time") if said.yes is True else None


def _else(turn: Turn, said: Said, heard: Heard, found: Found) -> Says | None:
    if heard.anything or (found and found[0] not in ("thanks", "drop", "greeting")):
        return None
    if "thanks" in found or "drop" in found or said.yes is False:
        return Says(turn.say("bye"), ends=True)
    return None


def _book_it(turn: Turn, said: Said, heard: Heard, found: Found) -> Says | None:
    if said.yes is True or heard.when or "book" in found:
        service = turn.service_of(turn.state.about)
        turn.state.begin("book")
        turn.wish.service = str(service.pk) if service else ""
        return booking.go_on(turn, heard)
    return taps.refused(turn) if said.yes is False or "thanks" in found else None


def _service_or_not(turn: Turn, said: Said, heard: Heard, found: Found) -> Says | None:
    if heard.service or heard.candidates:
        return booking.begin(turn, heard)
    return taps.refused(turn) if said.yes is False or "thanks" in found else None


def _quote(turn: Turn, said: Said, heard: Heard, found: Found) -> Says | None:
    del heard
    if said.yes is True:
        return informing.quote(turn)
    return taps.refused(turn) if said.yes is False or "thanks" in found else None


def _callback(turn: Turn, said: Said, heard: Heard, found: Found) -> Says | None:
    if said.yes is True:
        return taps.handle(turn, "call:yes")
    if heard.plate and not found:
        return informing.status(turn, heard)
    return taps.refused(turn) if said.yes is False or "thanks" in found else None


def _which(turn: Turn, said: Said, heard: Heard, found: Found) -> Says | None:
    del found
    if said.yes is False:
        return taps.dropped(turn)
    return moving.begin(turn, turn.state.flow, heard) if heard.anything else None


def _proof(turn: Turn, said: Said, heard: Heard, found: Found) -> Says | None:
    del heard
    if cars.is_unknown(said.text):
        return people.person(turn, "vuole cambiare un appuntamento preso altrove, senza targa")
    if found and not any(char.isdigit() for char in said.text):
        return None
    return moving.take_proof(turn, said.text) or Says(turn.say("bad_proof"), failed=True)


def _cancelling(turn: Turn, said: Said, heard: Heard, found: Found) -> Says | None:
    """Move it, cancel it or leave it? A bare yes or no says none of these."""
    row = turn.appointment(turn.wish.move)
    if row is None:
        return moving.begin(turn, turn.state.flow)
    words = plain(said.text)
    if any(
        each in words for each in ("lascia", "lasci", "tengo", "tieni", "com e", "resta", "keep", "confermo")
    ):
        return moving.keep(turn, row)
    proof = turn.wish.proof
    if "move" in found or heard.when:
        moving.picked(turn, row, "move")
        turn.wish.proof = proof
        if turn.state.asked == "proof" and not proof:
            return Says(turn.say("ask_proof"))
        return (slots.choose(turn, heard.when) if heard.when else None) or moving.advance(turn)
    if "cancel" in found or "drop" in found:
        return moving.cancel(turn) if turn.state.asked == "cancel" else moving.ask_cancel(turn, row)
    return None


_ANSWERS: dict[str, Callable[[Turn, Said, Heard, Found], Says | None]] = {
    "service": _service,
    "slot": _slot,
    "car": _car,
    "plate": _plate,
    "name": _name,
    "phone": _phone,
    "stay": _stay,
    "confirm": _confirm,
    "stands": _stands,
    "confirm_move": _confirm_move,
    "change": _change,
    "again": _again,
    "else": _else,
    "book_it": _book_it,
    "service_or_not": _service_or_not,
    "quote": _quote,
    "callback": _callback,
    "which": _which,
    "proof": _proof,
    "cancel": _cancelling,
    "move_or_cancel": _cancelling,
}
