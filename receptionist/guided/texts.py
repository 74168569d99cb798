"""What is written: first what cannot wait, then the answer to what was asked, then a new subject."""

from collections.abc import Callable

from receptionist.content import Option
from receptionist.guided import (
    answers,
    booking,
    cars,
    history,
    informing,
    intents,
    moving,
    people,
    slots,
    taps,
    understanding,
)
from receptionist.guided.said import Said
from receptionist.guided.says import Says
from receptionist.guided.turn import Turn
from receptionist.guided.understanding import Heard
from receptionist.tools.info import plain
from scheduling.models import Appointment

# Questions whose answer is whatever is written.
FREE = frozenset({"message", "complaint", "other_work"})
IDLE = frozenset({"", "else"})
_MENU = ("book", "status", "change", "price", "hours", "person")
# These are said with the same words as "give up": they are answered before that is understood.
_CHANGING = frozenset({"cancel", "move_or_cancel", "which"})
_INFORMING = ("price", "about", "hours", "kinds", "facts")
_WARM = "🙏❤😊🙂😀😄😁🤗💪🥰😍🎉"


def handle(turn: Turn, said: Said) -> Says:
    """Answer a text."""
    text = said.text
    if not plain(text) and said.yes is None:
        return wordless(turn, text)
    found = intents.of(text)
    asked = turn.state.asked
    if people.is_danger(text) or ("emergency" in found and "surveyor" not in found):
        return people.emergency(turn, text)
    if asked in FREE:
        return _free(turn, text)
    return (
        _control(turn, said, found)
        or _answered(turn, said, found)
        or _subject(turn, said, found)
        or lost(turn)
    )


def _free(turn: Turn, text: str) -> Says:
    asked = turn.state.asked
    if asked == "message":
        return people.message(turn, "seller", text)
    if asked == "complaint":
        return people.complaint(turn, text)
    return answers.other_work(turn, text)


def _control(turn: Turn, said: Said, found: tuple[str, ...]) -> Says | None:
    """A title that is typed instead of tapped, menu, back, give up, a person."""
    tap = _typed(turn, said.text)
    if tap:
        return taps.handle(turn, tap)
    if "menu" in found:
        turn.state.begin("")
        return menu(turn)
    if "back" in found:
        return _back(turn)
    if (
        "drop" in found
        and turn.state.asked not in _CHANGING
        and (turn.state.flow or turn.state.asked not in IDLE)
    ):
        return taps.dropped(turn)
    if "person" in found:
        return people.person(turn, said.text)
    return None


def _typed(turn: Turn, text: str) -> str:
    """The id of the option whose title was typed, or that was named by its place."""
    words = plain(text)
    for option_id, title in turn.state.options:
        if plain(title) == words and words:
            return option_id
    first = {
        "il primo",
        "la prima",
        "primo",
        "prima",
        "the first",
        "the first one",
        "quello",
        "il primo va bene",
    }
    second = {"il secondo", "la seconda", "secondo", "seconda", "the second"}
    place = 0 if words in first else 1 if words in second else -1
    if turn.state.asked in ("slot", "service", "car", "which") and 0 <= place < len(turn.state.options):
        return turn.state.options[place][0]
    return ""


def _back(turn: Turn) -> Says:
    """One question back: the time from the car, the work from the time, the menu from the work."""
    state, wish = turn.state, turn.wish
    if state.flow == "book" and wish.start:
        return booking.change(turn, "time")
    if state.flow == "book" and wish.service:
        wish.service = ""
        return booking.ask_service(turn)
    if state.flow == "move" and wish.start:
        return booking.change(turn, "time")
    state.begin("")
    return menu(turn)


def _answered(turn: Turn, said: Said, found: tuple[str, ...]) -> Says | None:
    """The answer to the question that is open, unless something else is clearly asked."""
    asked = turn.state.asked
    if not asked or ("status" in found and asked not in _CHANGING):
        return None
    if asked != "else" and any(each in found for each in _INFORMING) and said.yes is None:
        return None
    expects = {"slot": "clock"}.get(asked, "")
    answer = answers.answer(turn, said, understanding.hear(turn, said.text, expects=expects), found)
    stays = cars.staying(said.text)
    if answer is None and stays and turn.state.flow == "book":
        turn.wish.stay = stays
        return repeat(turn)
    return answer


def _subject(turn: Turn, said: Said, found: tuple[str, ...]) -> Says | None:
    """A new subject, or more about the one that is open."""
    heard = understanding.hear(turn, said.text)
    going_on = turn.state.flow in ("book", "move") and turn.state.asked not in IDLE
    for intent in found:
        start = _STARTS.get(intent)
        if start is None:
            continue
        if going_on and intent in (*_INFORMING, "status"):
            return _aside(turn, heard, start)
        if going_on and intent in ("book", "greeting", "thanks"):
            return repeat(turn)
        answer = start(turn, heard)
        if answer is not None:
            return answer
    if people.is_alarmed(said.text):
        return people.stranded(turn, said.text)
    return _wish(turn, said, heard)


def _aside(turn: Turn, heard: Heard, start: Callable[[Turn, Heard], Says | None]) -> Says:
    """A question in the middle of something is answered, and the open question asked again."""
    kept = turn.state.kept()
    told = start(turn, heard)
    turn.state = type(turn.state).of(kept)
    again = repeat(turn)
    return again.after(_without_questions(turn, told.text)) if told else again


def _without_questions(turn: Turn, text: str) -> str:
    """What is told in between ends without a question of its own: one at a time."""
    for key in ("no_work_next", "ask_shop", "ask_quote", "book_it", "price_which", "else"):
        text = text.replace(turn.say(key), "")
    return text.strip()


def _wish(turn: Turn, said: Said, heard: Heard) -> Says | None:
    """Work, time or car, without a word of what to do with them."""
    if turn.state.flow == "move" and heard.when:
        return slots.choose(turn, heard.when) or moving.advance(turn)
    if turn.state.flow == "book" and (heard.anything or (heard.candidates and not turn.wish.service)):
        return booking.go_on(turn, heard)
    last = turn.appointment(turn.state.last)
    if heard.when and last is not None and last.is_live and _is_same(heard, last):
        return _other_time(turn, last.code, heard)
    if heard.service or heard.candidates:
        return booking.begin(turn, heard)
    if not turn.state.greeted and (said.yes is not None or heard.anything):
        earlier = history.resume(turn, said, heard)
        if earlier is not None:
            return earlier
    if heard.when or heard.cars:
        return booking.begin(turn, heard)
    if said.yes is not None and turn.state.asked in IDLE:
        return menu(turn)
    told = informing.facts(turn, heard) if "?" in said.text else None
    return _then(turn, told) if told else None


def _is_same(heard: Heard, last: Appointment) -> bool:
    """Whether nothing speaks against the time being meant for what was just booked."""
    if heard.candidates or (heard.service is not None and heard.service.pk != last.service_id):
        return False
    return not heard.other_car and all(car.pk == last.vehicle_id for car in heard.cars)


def _other_time(turn: Turn, code: str, heard: Heard) -> Says | None:
    """ "Anzi alle 11", said after the booking: what was booked is moved."""
    row = turn.appointment(code)
    if row is None:
        return None
    said = moving.picked(turn, row, "move")
    if turn.state.asked == "proof" or turn.state.flow != "move":
        return said
    turn.wish.start = (
        row.scheduled_at.astimezone(turn.now.tzinfo).replace(tzinfo=None).isoformat(timespec="minutes")
    )
    return slots.choose(turn, heard.when) or moving.advance(turn)


def _facts(turn: Turn, heard: Heard) -> Says | None:
    told = informing.facts(turn, heard)
    return _then(turn, told) if told else informing.not_told(turn, heard.text)


def _hours(turn: Turn, heard: Heard) -> Says | None:
    return _then(turn, (informing.day(turn, heard) if heard.when.day else None) or informing.hours(turn))


def _then(turn: Turn, told: Says) -> Says:
    if turn.state.flow:
        return told
    turn.state.asked = "else"
    return Says(f"{told.text}\n\n{turn.say('else')}")


def _thanks(turn: Turn, heard: Heard) -> Says | None:
    del heard
    return Says(turn.say("bye"), ends=True)


def _later(turn: Turn, heard: Heard) -> Says | None:
    """Somebody wants to think it over: nothing is booked, and the question waits."""
    return Says(turn.say("think")) if turn.state.flow and not heard.anything else None


def _greeting(turn: Turn, heard: Heard) -> Says | None:
    del heard
    return menu(turn)


def _cancel(turn: Turn, heard: Heard) -> Says | None:
    return moving.begin(turn, "cancel", heard)


_STARTS: dict[str, Callable[[Turn, Heard], Says | None]] = {
    "surveyor": lambda turn, heard: people.message(turn, "surveyor", heard.text),
    "complaint": lambda turn, heard: people.complaint(turn, heard.text),
    "job": lambda turn, heard: people.message(turn, "job", heard.text),
    "seller": lambda turn, heard: people.message(turn, "seller", heard.text),
    "status": informing.status,
    "move": lambda turn, heard: moving.begin(turn, "move", heard),
    "cancel": _cancel,
    "drop": _cancel,
    "appointments": lambda turn, heard: moving.begin(turn, "", heard),
    "price": informing.price,
    "about": informing.about,
    "later": _later,
    "hours": _hours,
    "kinds": _facts,
    "facts": _facts,
    "greeting": _greeting,
    "thanks": _thanks,
    "book": booking.begin,
}


def menu(turn: Turn, lead: str = "", *, failed: bool = False) -> Says:
    """What can be done here."""
    turn.state.asked = ""
    options = tuple(Option(f"m:{each}", turn.say(f"m_{each}")) for each in _MENU)
    return Says(lead or turn.say("menu"), options, turn.say("menu_button"), failed=failed)


def lost(turn: Turn) -> Says:
    """Not understood: the open question again, or the menu; the second time a person is offered."""
    again = turn.conversation.failed_turns > 0
    if turn.state.flow and turn.state.asked not in IDLE:
        said = repeat(turn).after(turn.say("lost_again" if again else "lost_here"))
        options = said.options
        if again and len(options) < 10:
            options = (*options, Option("m:person", turn.say("m_person")))
        return Says(said.text, options, said.button, failed=True)
    turn.state.begin("")
    if not again:
        return menu(turn, turn.say("lost"), failed=True)
    said = menu(turn, turn.say("lost_again"), failed=True)
    return Says(said.text, (said.options[-1], *said.options[:-1]), said.button, failed=True)


def wordless(turn: Turn, text: str = "") -> Says:
    """Emoji, stickers, marks: kindly, and the question again."""
    if turn.state.flow and turn.state.asked not in IDLE:
        return repeat(turn)
    warm = any(char in _WARM for char in text)
    if warm and turn.state.asked == "else":
        return Says(f"{turn.say('fine')} {turn.say('else')}")
    return menu(turn) if warm else lost(turn)


def repeat(turn: Turn) -> Says:
    """The open question once more."""
    asked = turn.state.asked
    row = turn.appointment(turn.wish.move) if asked in ("cancel", "move_or_cancel") else None
    if row is not None:
        return moving.ask_cancel(turn, row) if asked == "cancel" else moving.proven(turn, row)
    known = _QUESTIONS.get(asked)
    if known:
        return known(turn)
    if turn.state.flow == "book":
        return booking.advance(turn)
    return moving.advance(turn) if turn.wish.move else menu(turn)


_QUESTIONS: dict[str, Callable[[Turn], Says]] = {
    "service": booking.ask_service,
    "slot": slots.show,
    "car": cars.ask,
    "plate": cars.ask_plate,
    "name": lambda turn: Says(turn.say("ask_name")),
    "phone": lambda turn: Says(turn.say("ask_phone")),
    "change": booking.ask_change,
    "stands": answers.stands_again,
    "confirm_move": moving.confirm,
    "proof": lambda turn: Says(turn.say("ask_proof")),
    "which": lambda turn: moving.begin(turn, turn.state.flow),
}
