"""When a person is needed: asked for, in danger, angry; and messages that are only taken down."""

from receptionist import alarms, handover, phoneproof, promises
from receptionist.content import Option
from receptionist.guided.says import Says
from receptionist.guided.turn import Turn, Used
from receptionist.models import Formality, Urgency

# A complaint that says what happened needs no further question.
TELLS_ENOUGH = 45
MAX_REASON = 250


def is_danger(text: str) -> bool:
    """Whether somebody may be in danger on the road."""
    heard = alarms.hear(text)
    return heard is not None and heard.urgency == Urgency.DANGER


def is_alarmed(text: str) -> bool:
    """Whether somebody is angry, or stands in the road."""
    return alarms.hear(text) is not None


def emergency(turn: Turn, text: str) -> Says:
    """Stop driving first, then a person at once. Nothing is booked."""
    turn.state.begin("")
    used = turn.use("request_human", reason=f"Pericolo: {text[:MAX_REASON]}")
    safety = promises.say_safety(turn.conversation, turn.context.config)
    if not used.ok:
        return Says(f"{safety} {turn.say('told_shop')}", did=True)
    said = used.text if safety in used.text else f"{safety} {turn.say('told_shop')} {_promise(used)}"
    return Says(said, did=True)


def person(turn: Turn, text: str = "", lead: str = "") -> Says:
    """A person answers. Everything else waits."""
    about = f" ({text[:MAX_REASON]})" if text and text != turn.say("m_person") else ""
    used = turn.use("request_human", reason=f"Vuole parlare con una persona{about}")
    turn.state.begin("")
    if not used.ok:
        return trouble(turn)
    return Says(f"{lead or turn.say('person_first')} {_promise(used)}".strip(), did=True)


def _promise(used: Used) -> str:
    """What the tool says happens next, without what it says to a model first."""
    return used.text.removeprefix("Richiesta annotata.").strip()


def stranded(turn: Turn, text: str) -> Says:
    """Somebody who cannot drive on, or whose patience is at an end: a person, and the tow's number."""
    said = person(turn, text, turn.say("told_shop"))
    tow = promises.say_tow(turn.conversation, turn.context.config)
    return Says(f"{said.text} {tow}".strip(), options=said.options, failed=said.failed, did=True)


def complaint(turn: Turn, text: str) -> Says:
    """Listen, do not argue: what happened goes to a person with priority."""
    if len(text) < TELLS_ENOUGH and turn.state.asked != "complaint":
        turn.state.begin("complaint")
        turn.state.asked, turn.state.about = "complaint", text
        return Says(turn.say("sorry_happened"))
    about = f"{turn.state.about} {text}".strip() if turn.state.asked == "complaint" else text
    turn.state.begin("")
    used = turn.use("request_human", reason=f"Reclamo: {about[:MAX_REASON]}")
    return Says(
        f"{turn.say('complaint_in')} {_promise(used)}" if used.ok else turn.say("complaint_in"), did=True
    )


def message(turn: Turn, kind: str, text: str) -> Says:
    """Somebody who is no customer leaves a message: two sentences, a polite end."""
    if turn.state.asked == "message":
        return _taken(turn, f"{turn.state.about}: {text}")
    label = {"seller": "Fornitore o venditore", "job": "Cerca lavoro", "surveyor": "Perito"}[kind]
    turn.state.begin("message")
    turn.state.asked, turn.state.about = "message", f"{label}. {text[:MAX_REASON]}"
    return Says(turn.say("ask_message"))


def _taken(turn: Turn, reason: str) -> Says:
    turn.state.begin("")
    handover.ask(
        conversation=turn.conversation,
        reason=reason,
        now=turn.now,
        urgency=Urgency.NORMAL,
        transfer=False,
    )
    return Says(turn.say("message_in"), ends=True, did=True)


def call_back(turn: Turn, reason: str, lead: str = "") -> Says:
    """The shop is asked to get in touch about something; the conversation goes on meanwhile."""
    row = handover.ask(conversation=turn.conversation, reason=reason, now=turn.now, transfer=False)
    turn.state.begin("")
    turn.state.asked = "else"
    said = promises.say_next(row, turn.now)
    return Says(f"{lead} {said} {turn.say('else')}".strip(), did=True)


def prove_first(turn: Turn) -> Says:
    """In a web chat: whose appointments and cars are meant is known once the number is confirmed."""
    turn.state.begin("")
    words = turn.say
    tu = turn.context.config.formality == Formality.TU
    options = (
        phoneproof.button(turn.conversation),
        Option("m:book", words("m_book")),
        Option("m:person", words("m_person")),
    )
    return Says(phoneproof.ask_first(turn.conversation, tu=tu), options)


def trouble(turn: Turn) -> Says:
    """Something did not work: say so without a word of why."""
    return Says(turn.say("trouble"), (Option("m:person", turn.say("m_person")),), failed=True)
