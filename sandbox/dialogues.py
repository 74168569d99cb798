"""What callers say: one function for each scenario. Here the script plays the model's part as well.

The script takes free slots from the instructions that the server gives its model, or from a tool's Italian
answer, as a model would; what it then says was said by a tool first.
"""

import os
import re
import secrets
import time
from collections.abc import Callable, Iterable
from datetime import datetime

from sandbox import recording
from sandbox.caller import Call, Line, Person, Print, Trouble
from sandbox.offers import iso_times, read_offers, say

BOOKED = ("prenotato", "era già prenotato", "richiesta registrata")
MOVED = ("spostato", "spostamento richiesto")
CANCELLED = ("annullato",)
WHATSAPP_QUESTION = "Le mando la conferma su WhatsApp?"
PLATE_WANTED = "serve la targa"
MOST_TRIES = 5
PLATE_LETTERS = "ABCDEFGHJKLMNPRSTVWXYZ"
FIRST_NAMES = ("Anna", "Bruno", "Carla", "Davide", "Elena", "Franco", "Giulia", "Luca", "Marta", "Paolo")
LAST_NAMES = ("Ferri", "Gatti", "Leone", "Marini", "Orlandi", "Parisi", "Serra", "Testa", "Villa", "Zanetti")
_CODE = re.compile(r"codice ([A-Z0-9]{4,8})")
_KNOWN = re.compile(r"^- Cliente: (?!nome non)(.+?)\.$", re.MULTILINE)
_CAR = re.compile(r"^- Auto: (.+?), targa ([A-Z0-9]+)", re.MULTILINE)


def stranger() -> Person:
    """Somebody who never called: a mobile number, a name and a plate that nobody has."""
    digits = "".join(secrets.choice("0123456789") for _ in range(7))
    letters = [secrets.choice(PLATE_LETTERS) for _ in range(4)]
    plate = f"{letters[0]}{letters[1]}{secrets.randbelow(1000):03}{letters[2]}{letters[3]}"
    return Person(f"+39333{digits}", secrets.choice(FIRST_NAMES), secrets.choice(LAST_NAMES), plate)


def section(prompt: str, title: str) -> str:
    """The part of the instructions under a heading."""
    found = re.search(rf"^# {re.escape(title)}\n(.*?)(?=^# |\Z)", prompt, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def known_slots(prompt: str, wish: str = "") -> tuple[str, list[str]]:
    """A service and its next free slots (local ISO) from the instructions: the wish, else the first that
    has any.
    """
    offered = [
        (match[1], iso_times(match[2]))
        for match in re.finditer(
            r"^- ([^:\n]+): (.+)$", section(prompt, "Prossimi posti liberi"), re.MULTILINE
        )
    ]
    wished = [each for each in offered if wish and wish.lower() in each[0].lower()]
    return next((each for each in wished or offered if each[1]), (wish or "tagliando", []))


def book(call: Call, wish: str) -> str:
    """Books for the caller and returns the last answer. Six turns when the car is known."""
    prompt = call.ring()
    service, slots = known_slots(prompt, wish)
    call.customer_says(f"Buongiorno, vorrei prenotare: {service.lower()}.")
    if not slots:
        slots = _ask_for_slots(call, service)
    call.assistant_says(f"Il primo posto è il {say(slots[0])}. Le va bene?")
    car = _CAR.search(section(prompt, "Chi ti parla"))
    known = _KNOWN.search(section(prompt, "Chi ti parla"))
    if known and car:
        call.customer_says("Sì, perfetto.")
        call.assistant_says(f"Allora {service.lower()} il {say(slots[0])} per {car[1]}. Confermo?")
        call.customer_says("Sì, grazie.")
    else:
        call.customer_says(f"Sì. Mi chiamo {call.person.name}, la targa è {' '.join(call.person.plate)}.")
        call.assistant_says(
            f"Allora {service.lower()} il {say(slots[0])}, targa {call.person.plate}. Confermo?"
        )
        call.customer_says("Sì, grazie.")
    agreed = _agrees_to_whatsapp(call, prompt)
    is_known = bool(known and car)
    said = _until(
        call, BOOKED, slots, lambda start: _book_one(call, service, start, known=is_known, agreed=agreed)
    )
    call.assistant_says(said)
    return said


def _agrees_to_whatsapp(call: Call, prompt: str) -> str:
    """The caller is asked for a confirmation on WhatsApp when the instructions say so, and says yes."""
    if WHATSAPP_QUESTION not in prompt:
        return ""
    call.assistant_says(WHATSAPP_QUESTION)
    call.customer_says("Sì, volentieri.")
    return "sì"


def _book_one(call: Call, service: str, start: str, *, known: bool, agreed: str) -> str:
    person = call.person
    details = (
        {}
        if known
        else {
            "license_plate": person.plate,
            "first_name": person.first_name,
            "last_name": person.last_name,
            "phone": "" if person.number else "+393339876543",
        }
    )
    return call.tool(
        "book_appointment", service=service, start=start, whatsapp_confirmation=agreed, **details
    )


def _ask_for_slots(call: Call, service: str) -> list[str]:
    said = call.tool("check_availability", service=service)
    slots = _offers(said)
    if not slots:
        raise Trouble(f"L'officina non offre posti per {service}: «{said}»")
    return slots


def _offers(said: str) -> list[str]:
    today = datetime.now().date()  # noqa: DTZ005 - the laptop's own day, as a caller at home has it
    return [moment.isoformat(timespec="minutes") for moment in read_offers(said, today)]


def _until(call: Call, done: Iterable[str], slots: list[str], attempt: Callable[[str], str]) -> str:
    """Try the slots, and what is offered instead of a lost one, until the answer says that it is done."""
    left, tried, said = list(slots), set[str](), ""
    while left and len(tried) < MOST_TRIES:
        start = left.pop(0)
        if start in tried:
            continue
        tried.add(start)
        said = attempt(start)
        if said.lower().startswith(tuple(done)):
            return said
        call.assistant_says(said)
        call.customer_says("Allora il primo di questi.")
        left = [*_offers(said), *left]
    raise Trouble(f"Non è riuscito: «{said}»")


def _find_appointment(call: Call) -> tuple[str, str]:
    """The code of the caller's next appointment and its service, as the tool says them."""
    said = call.tool("list_appointments")
    code = _CODE.search(said)
    if not code:
        raise Trouble(f"Chi chiama ({call.person.number or 'numero nascosto'}) non ha appuntamenti: «{said}»")
    service = re.split(r" per |, ", said.partition(": ")[2], maxsplit=1)[0]
    call.assistant_says(_CODE.sub("", said).replace(", .", "."))
    return code[1], service


def _change(call: Call, prompt: str, tool: str, **arguments: str) -> str:
    """Moves or cancels. What was not booked by telephone wants the plate, which the caller then says."""
    said = call.tool(tool, **arguments)
    for _name, plate in _CAR.findall(section(prompt, "Chi ti parla")) if PLATE_WANTED in said else []:
        call.assistant_says("Mi dice la targa dell'auto?")
        call.customer_says(f"Sì: {' '.join(plate)}.")
        said = call.tool(tool, **arguments, license_plate=plate)
        if PLATE_WANTED not in said:
            break
    return said


def move(call: Call, wish: str) -> str:
    """Moves the caller's next appointment to another free slot."""
    prompt = call.ring()
    call.customer_says("Buongiorno, dovrei spostare il mio appuntamento.")
    code, service = _find_appointment(call)
    call.customer_says("Sì, quello. Che altro avete?")
    slots = _ask_for_slots(call, service)
    call.assistant_says(f"C'è posto il {say(slots[0])}. Va bene?")
    call.customer_says("Va benissimo.")
    said = _until(
        call,
        MOVED,
        slots,
        lambda start: _change(call, prompt, "reschedule_appointment", appointment=code, start=start),
    )
    call.assistant_says(said)
    return said


def cancel(call: Call, wish: str) -> str:
    """Cancels the caller's next appointment."""
    prompt = call.ring()
    call.customer_says("Buongiorno, devo disdire l'appuntamento.")
    code, _service = _find_appointment(call)
    call.assistant_says("Preferisce spostarlo a un altro giorno?")
    call.customer_says("No grazie, parto e richiamo quando torno.")
    said = _change(call, prompt, "cancel_appointment", appointment=code, reason="parte per un viaggio")
    if not said.lower().startswith(CANCELLED):
        raise Trouble(f"Non è stato annullato: «{said}»")
    call.assistant_says(said)
    return said


def ready(call: Call, wish: str) -> str:
    """Asks whether the car is ready."""
    call.ring()
    call.customer_says("Buongiorno, volevo sapere se la macchina è pronta.")
    said = call.tool("vehicle_status")
    call.assistant_says(said)
    return said


def human(call: Call, wish: str) -> str:
    """Asks for a person: passed on while the shop is open, called back otherwise."""
    call.ring()
    call.customer_says("Buongiorno, vorrei parlare con qualcuno dell'officina: è per un reclamo.")
    said = call.tool("request_human", reason="Reclamo: vuole parlare con una persona dell'officina.")
    call.assistant_says(said)
    if said.lower().startswith("passo"):
        call.transfer()
    return said


SCENARIOS: dict[str, Callable[[Call, str], str]] = {
    "book": book,
    "move": move,
    "cancel": cancel,
    "ready": ready,
    "human": human,
}
NEEDS_APPOINTMENT = ("move", "cancel")


def play(
    scenario: str, line: Line, person: Person, *, out: Print, wish: str = "tagliando", is_new: bool = True
) -> list[Call]:
    """Play a scenario to its report; returns the calls. Raises Trouble when it does not end as it should.

    Moving and cancelling begin with a call that books, unless the caller has something to move already; `is_new`
    says that this caller cannot.
    """
    calls = []
    if scenario in NEEDS_APPOINTMENT and (is_new or not _has_appointment(line, person)):
        out("Prima la telefonata che prende l'appuntamento:")
        calls.append(_one("book", line, person, out, wish))
        out("")
    calls.append(_one(scenario, line, person, out, wish))
    return calls


def _has_appointment(line: Line, person: Person) -> bool:
    """Asked with a call of its own, which nobody sees: what the server tells its model of the caller."""
    look = Call(line, person, out=lambda _text: None)
    found = "(codice " in section(look.ring(), "Chi ti parla")
    look.hang_up(summary="Ha riagganciato.")
    return found


def _one(scenario: str, line: Line, person: Person, out: Print, wish: str) -> Call:
    call = Call(line, person, out=out)
    said = SCENARIOS[scenario](call, wish)
    forwarded = any(kind == "transfer-destination-request" for kind, _ms in call.steps)
    if not forwarded:
        call.customer_says("Grazie, arrivederci.")
    reason = "assistant-forwarded-call" if forwarded else "customer-ended-call"
    with recording.served(call.records, line.url) as tape:
        call.hang_up(reason, summary=said, recording_url=tape.url)
        if tape.url:
            out(f"    la registrazione {'è stata presa' if tape.wait(10) else 'non è ancora stata presa'}")
    return call


def report(calls: list[Call], out: Print, admin: str) -> None:
    """The milliseconds of every kind of message, and where to see the result."""
    steps = [step for call in calls for step in call.steps]
    out("")
    for kind in dict.fromkeys(kind for kind, _ms in steps):
        taken = [milliseconds for each, milliseconds in steps if each == kind]
        out(f"{kind:<30} {len(taken)} × {sum(taken) / len(taken):>6.1f} ms")
    out(f"{'in tutto':<30} {len(steps)} × {sum(ms for _kind, ms in steps) / len(steps):>6.1f} ms, {_now()}")
    for call in calls:
        out(f"Da vedere: {admin}receptionist/conversation/{call.conversation}/change/")
    out(f"           {admin}scheduling/appointment/")
    for call in calls:
        if (phone := os.environ.get("PHONE_URL")) and any(WHATSAPP_QUESTION in str(m) for m in call.messages):
            line = call.line.phone_number_id.replace("line-", "wa-")
            out(f"La conferma: {phone}/#{line}/{call.person.number.lstrip('+')}")


def _now() -> str:
    return time.strftime("%d/%m/%Y %H:%M")
