"""Whose telephone is it? A visitor of the web chat sends us a code on WhatsApp, and from then on we know.

Nothing personal is said in a web chat before. The code is made in the chat and proves once, within a quarter of an
hour, for that chat alone; the number is the one WhatsApp vouches for, never one that was written.

Somebody may be talked into sending a code that a stranger's chat made. So the message that is written for them says what
it does, and proves by itself only as it was written; a code that comes in any other words is asked about first. Who
proved by mistake takes it back with a tap.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import quote

import structlog
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from receptionist import handover, identity, languages
from receptionist.content import Answer, Content, Option
from receptionist.italian import one_line
from receptionist.models import (
    AIConfig,
    Channel,
    Conversation,
    ConversationMessage,
    Formality,
    MessageKind,
    MessageRole,
    PhoneProof,
    ToolCall,
)
from scheduling import people
from scheduling.errors import SchedulingError
from scheduling.models import Customer
from shops.context import current_shop
from shops.limits import Limit
from shops.refusals import Refused

log = structlog.get_logger(__name__)
OPTION = "prove"
GOOD_FOR = timedelta(minutes=15)
# One that is about to expire is not shown again.
SHORTEST = timedelta(minutes=5)
# Without I, O, 0 and 1; seven of them are more than 36 to the power of 6.
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
LENGTH = 7
TRIES = 4
_CODE = re.compile(r"\bAROS(?:\s?[-‐‑–—]\s?([A-Z0-9]{4,12})|\s([A-Z0-9]{7}))\b", re.IGNORECASE)
TRIED = Limit("phone-proof-tried", 10, 3600)
MODE = "proof"
# What a tool says in a web chat before the number is known: the model repeats it, the button is put below.
ASK = (
    "In questa chat non si sa ancora chi scrive, quindi di appuntamenti e auto non si può dire nulla. Per continuare "
    "serve confermare il numero di telefono con il pulsante «Confermo il mio numero», che manda un codice su WhatsApp."
)
TAPS = frozenset({MessageKind.BUTTON, MessageKind.INTERACTIVE})
_YES, _NO = "proof:", "proof_no:"
_MESSAGE = {
    "it": (
        "Confermo il mio numero: chi scrive nella chat del sito di {shop} potrà vedere e cambiare i miei "
        "appuntamenti. Codice {code}"
    ),
    "en": (
        "I confirm my number: whoever writes in the chat on the site of {shop} will be able to see and change my "
        "appointments. Code {code}"
    ),
}
_CHOICES = {"it": ("Sì, è la mia chat", "No, non è mia"), "en": ("Yes, it is my chat", "No, it is not")}
_BUTTON = {"it": "Confermo il mio numero", "en": "Confirm my number"}
_FIRST = {
    "it": (
        "Qui non so ancora chi scrive. Per parlare di appuntamenti e auto confermi il suo numero: basta un messaggio "
        "su WhatsApp, già scritto."
    ),
    "tu": (
        "Qui non so ancora chi scrive. Per parlare di appuntamenti e auto conferma il tuo numero: basta un messaggio "
        "su WhatsApp, già scritto."
    ),
    "en": (
        "I do not know yet who is writing. To talk about appointments and cars, please confirm your number: one "
        "WhatsApp message, already written, is enough."
    ),
}
_SAID = {
    "proved": (
        "Grazie, il numero è confermato: torni alla chat del sito, la conversazione continua lì. Se quella chat non è "
        "sua, tocchi il pulsante qui sotto e ci chiami subito.",
        "Grazie, il numero è confermato: torna alla chat del sito, la conversazione continua lì. Se quella chat non è "
        "tua, tocca il pulsante qui sotto e chiamaci subito.",
        "Thank you, your number is confirmed: go back to the chat on our site, it continues there. If that chat is "
        "not yours, tap the button below and call us at once.",
    ),
    "ask": (
        "Questo codice apre la chat sul nostro sito a suo nome: chi ci scrive potrà vedere e cambiare i suoi "
        "appuntamenti. L'ha aperta lei? Se il codice gliel'ha dato qualcun altro, risponda di no.",
        "Questo codice apre la chat sul nostro sito a tuo nome: chi ci scrive potrà vedere e cambiare i tuoi "
        "appuntamenti. L'hai aperta tu? Se il codice te l'ha dato qualcun altro, rispondi di no.",
        "This code opens the chat on our site in your name: whoever writes there will be able to see and change your "
        "appointments. Did you open it? If somebody else gave you the code, answer no.",
    ),
    "refused": (
        "Va bene: da quella chat non si vede e non si cambia niente di suo.",
        "Va bene: da quella chat non si vede e non si cambia niente di tuo.",
        "All right: nothing of yours can be seen or changed from that chat.",
    ),
    "expired": (
        "Questo codice è scaduto: nella chat del sito può chiederne un altro.",
        "Questo codice è scaduto: nella chat del sito puoi chiederne un altro.",
        "This code has expired: you can ask for another one in the chat on our site.",
    ),
    "used": (
        "Questo codice è già stato usato: nella chat del sito può chiederne un altro.",
        "Questo codice è già stato usato: nella chat del sito puoi chiederne un altro.",
        "This code has been used already: you can ask for another one in the chat on our site.",
    ),
    "unknown": (
        "Non riconosco questo codice: lo copi dalla chat del sito, oppure lì ne chieda un altro.",
        "Non riconosco questo codice: copialo dalla chat del sito, oppure lì chiedine un altro.",
        "I do not recognise this code: copy it from the chat on our site, or ask for another one there.",
    ),
    "many": (
        "Troppi codici di seguito: riprovi tra un'ora, oppure ci chiami.",
        "Troppi codici di seguito: riprova tra un'ora, oppure chiamaci.",
        "Too many codes in a row: try again in an hour, or call us.",
    ),
    "hidden": (
        "Da qui il suo numero di telefono non si vede, quindi il codice non può confermarlo. Ci chiami, per favore.",
        "Da qui il tuo numero di telefono non si vede, quindi il codice non può confermarlo. Chiamaci, per favore.",
        "Your telephone number is hidden here, so the code cannot confirm it. Please call us.",
    ),
}
NOTED = (
    "Chi scrive in questa chat ha confermato il suo numero di telefono su WhatsApp: da adesso si sa chi è."
)


@dataclass(frozen=True)
class Made:
    """A code to be sent: the whole of it, and the link that opens WhatsApp with it. `phone`: where it goes (E.164)."""

    code: str
    link: str
    phone: str
    expires_at: datetime


# --- in the web chat ------------------------------------------------------------------------------------------------


def is_needed(conversation: Conversation) -> bool:
    """Whether it is unknown who writes, and a code on WhatsApp could tell. No query."""
    web = conversation.channel == Channel.WEB and not conversation.caller_verified
    return web and bool(current_shop().whatsapp_number)


def ask_first(conversation: Conversation, *, tu: bool = False) -> str:
    """What is said, in the conversation's language, before something personal is told."""
    return _FIRST[_language(conversation) if not tu or _language(conversation) == "en" else "tu"]


def button(conversation: Conversation) -> Option:
    """The button that makes a code."""
    return Option(OPTION, _BUTTON[_language(conversation)])


def with_button(conversation: Conversation, answer: Answer) -> Answer:
    """The answer with the button below, when a tool of this turn asked for the proof. One query at most."""
    if answer.content is None or conversation.turn_id is None or not is_needed(conversation):
        return answer
    own = button(conversation)
    if any(
        each.id == OPTION for each in answer.content.options
    ):  # with its whole title: the page has the room
        options = tuple(own if each.id == OPTION else each for each in answer.content.options)
        return replace(answer, content=replace(answer.content, options=options))
    asked = ToolCall.objects.filter(conversation=conversation, turn_id=conversation.turn_id)
    if not asked.filter(result__startswith=ASK[:60]).exists():
        return answer
    options = (own, *answer.content.options[:8])
    return replace(answer, content=replace(answer.content, options=options))


def make(*, contact: str, now: datetime | None = None) -> Made:
    """A code for the open web chat of this contact; one that is still good is given again.

    Side effects: one PhoneProof. Raises Refused: no chat was begun, the number is known already, or the shop has no
    WhatsApp.
    """
    now = now or timezone.now()
    number = str(current_shop().whatsapp_number)
    if not number:
        raise Refused(_("Qui il numero non si può confermare: ci chiami."))
    chats = Conversation.objects.filter(channel=Channel.WEB, contact=contact, ended_at__isnull=True)
    row = chats.first()
    if row is None:
        raise Refused(_("Scriva prima che cosa le serve."))
    if row.caller_verified:
        raise Refused(_("Il suo numero è già confermato."))
    proof = PhoneProof.objects.filter(
        conversation=row, proved_at__isnull=True, expires_at__gt=now + SHORTEST
    ).first() or _new(row, now)
    return Made(proof.code, _link(number, _message(_language(row), proof.code)), number, proof.expires_at)


def _new(conversation: Conversation, now: datetime) -> PhoneProof:
    for _attempt in range(TRIES):
        code = f"AROS-{''.join(secrets.choice(ALPHABET) for _place in range(LENGTH))}"
        try:
            with transaction.atomic():
                return PhoneProof.objects.create(
                    conversation=conversation, code=code, created_at=now, expires_at=now + GOOD_FOR
                )
        except IntegrityError:  # somebody has the very same
            continue
    raise RuntimeError("No code is free.")


def _message(language: str, code: str) -> str:
    """What is written for the visitor to send: it says what sending it does."""
    return _MESSAGE[language].format(shop=one_line(current_shop().name), code=code)


def _link(number: str, text: str) -> str:
    return f"https://wa.me/{number.removeprefix('+')}?text={quote(text)}"


# --- on WhatsApp ----------------------------------------------------------------------------------------------------


def code_in(text: str) -> str:
    """The code that a message holds, as it was made; "" when there is none."""
    hit = _CODE.search(text)
    return f"AROS-{(hit[1] or hit[2]).upper()}" if hit else ""


def rest_of(waiting: Sequence[ConversationMessage]) -> list[ConversationMessage]:
    """The messages that hold no code."""
    return [each for each in waiting if not _code_of(each)]


def _code_of(message: ConversationMessage) -> str:
    """The code that was written, or whose button was tapped."""
    tapped = _tapped(message)
    if tapped.startswith((_YES, _NO)):
        return code_in(tapped.partition(":")[2])
    return code_in(message.text) if message.kind == MessageKind.TEXT else ""


def _tapped(message: ConversationMessage) -> str:
    payload = message.payload if isinstance(message.payload, dict) else {}
    return str(payload.get("id") or "") if message.kind in TAPS else ""


def hear(
    *, conversation: Conversation, waiting: Sequence[ConversationMessage], now: datetime | None = None
) -> Answer | None:
    """Take the code that one of these WhatsApp messages holds, and what to say to it; None when there is none.

    Side effects of a good one: the web chat knows its telephone and its customer, what was asked there is answered
    again (a task on commit). The same code again from the same number is answered the same. A no takes all back.
    """
    if conversation.channel != Channel.WHATSAPP:
        return None
    held = [each for each in waiting if _code_of(each)]
    if not held:
        return None
    code = _code_of(held[-1])
    said = _heard(conversation, held[-1], code, now or timezone.now())
    log.info("phone proof heard", outcome=said)
    return Answer(Content(_say(conversation, said), options=_options(conversation, said, code)), mode=MODE)


def _options(conversation: Conversation, said: str, code: str) -> tuple[Option, ...]:
    """A yes and a no where it is asked, and the way back where it is done."""
    yes, no = _CHOICES[_language(conversation)]
    if said == "ask":
        return (Option(f"{_YES}{code}", yes), Option(f"{_NO}{code}", no))
    return (Option(f"{_NO}{code}", no),) if said == "proved" else ()


def _heard(conversation: Conversation, message: ConversationMessage, code: str, now: datetime) -> str:
    phone = str(conversation.phone_number) if conversation.caller_verified else ""
    if not phone:
        return "hidden"
    tapped = _tapped(message)
    # Right ones count as well: who guesses hears nothing more. A no is always heard.
    if not TRIED.take(phone) and not tapped.startswith(_NO):
        return "many"
    with transaction.atomic():
        proof = PhoneProof.objects.select_for_update().filter(code=code).first()
        if tapped.startswith(_NO):
            return _refused(proof, phone, now)
        outcome = _outcome(proof, phone, now)
        if outcome == "proved" and proof is not None and proof.proved_at is None:
            knows = tapped.startswith(_YES) or _is_ours(message.text, code)
            outcome = _prove(proof, phone, now) if knows else "ask"
    return outcome


def _is_ours(text: str, code: str) -> bool:
    """Whether the message is the one that was written for them, and so told them what it does."""
    return any(_letters(text) == _letters(_message(language, code)) for language in _MESSAGE)


def _letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def _refused(proof: PhoneProof | None, phone: str, now: datetime) -> str:
    """It is not their chat: the code is worth nothing any more, and what it proved for this number is taken back."""
    if proof is None or (proof.proved_at is not None and str(proof.phone) != phone):
        return "unknown"
    if proof.proved_at is not None:
        row = Conversation.objects.select_for_update(no_key=True).get(pk=proof.conversation_id)
        if row.caller_verified and str(row.phone_number) == phone:
            row.phone_number, row.caller_verified, row.customer = "", False, None
            row.save(update_fields=["phone_number", "caller_verified", "customer"])
    proof.expires_at = min(proof.expires_at, now)
    proof.save(update_fields=["expires_at"])
    return "refused"


def _outcome(proof: PhoneProof | None, phone: str, now: datetime) -> str:
    if proof is None:
        return "unknown"
    if proof.proved_at is not None:
        return "proved" if str(proof.phone) == phone and proof.expires_at > now else "used"
    return "proved" if proof.expires_at > now else "expired"


def _prove(proof: PhoneProof, phone: str, now: datetime) -> str:
    row = Conversation.objects.select_for_update(no_key=True).get(pk=proof.conversation_id)
    if row.ended_at is not None or (row.caller_verified and str(row.phone_number) != phone):
        return "expired"
    proof.phone, proof.proved_at = phone, now
    proof.save(update_fields=["phone", "proved_at"])
    known = identity.find_customer(channel=Channel.WHATSAPP, phone=phone)
    if known is not None:
        _be(row, known, now)
    row.phone_number, row.caller_verified = phone, True
    row.save(update_fields=["phone_number", "caller_verified", "customer"])
    ConversationMessage.objects.get_or_create(
        conversation=row,
        external_id=f"proof:{proof.pk}",
        defaults={
            "role": MessageRole.SYSTEM,
            "kind": MessageKind.SYSTEM,
            "text": NOTED,
            "sent_at": now,
            "received_at": now,
            "answered_at": now,
        },
    )
    _ask_again(row, now)
    return "proved"


def _be(row: Conversation, known: Customer, now: datetime) -> None:
    """The visitor is this customer; who they were in this chat, without a number, was the same person."""
    before = row.customer
    if before is not None and before.pk != known.pk and not before.phone and not before.merged_into_id:
        try:
            with transaction.atomic():
                people.merge(keep=known, other=before, now=now)
        except SchedulingError as refusal:
            log.info("visitor and customer stay two", why=type(refusal).__name__)
    row.customer = known


def _ask_again(row: Conversation, now: datetime) -> None:
    """What had to wait for the proof is answered now, without being written again."""
    from receptionist.tasks import answer

    ours = row.messages.filter(role=MessageRole.ASSISTANT).order_by("-sent_at").first()
    offered = ours.payload.get("options") if ours and isinstance(ours.payload, dict) else None
    if handover.is_silent(row, now) or not any(each.get("id") == OPTION for each in offered or []):
        return
    asked = row.messages.filter(role=MessageRole.CUSTOMER).order_by("-sent_at", "-received_at").first()
    if asked is not None:
        ConversationMessage.objects.filter(pk=asked.pk).update(answered_at=None, received_at=now)
        answer.queue(conversation_id=str(row.pk))


def _language(conversation: Conversation) -> str:
    return "it" if languages.is_italian(conversation.language) else "en"


def _say(conversation: Conversation, said: str) -> str:
    lei, tu, english = _SAID[said]
    if _language(conversation) == "en":
        return english
    return tu if AIConfig.load().formality == Formality.TU else lei
