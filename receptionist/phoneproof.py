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

from receptionist import handover, identity, languages, proofwords
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
# What the notes of a proof in the web chat are called there, before the proof's id.
PROVED, TAKEN_BACK = "proof:", "proof back:"


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
    return proofwords.FIRST[_language(conversation) if not tu or _language(conversation) == "en" else "tu"]


def button(conversation: Conversation) -> Option:
    """The button that makes a code."""
    return Option(OPTION, proofwords.BUTTON[_language(conversation)])


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


def withdraw(*, contact: str, now: datetime) -> None:
    """Codes that were made in this contact's chats and not used prove nothing any more. One statement."""
    waiting = PhoneProof.objects.filter(proved_at=None, expires_at__gt=now)
    waiting.filter(conversation__channel=Channel.WEB, conversation__contact=contact).update(expires_at=now)


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
    return proofwords.MESSAGE[language].format(shop=one_line(current_shop().name), code=code)


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
    yes, no = proofwords.CHOICES[_language(conversation)]
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
    return any(_letters(text) == _letters(_message(language, code)) for language in proofwords.MESSAGE)


def _letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def _refused(proof: PhoneProof | None, phone: str, now: datetime) -> str:
    """It is not their chat: the code is worth nothing any more, and what it proved for this number is taken back."""
    if proof is None or (proof.proved_at is not None and str(proof.phone) != phone):
        return "unknown"
    if proof.proved_at is not None:
        row = Conversation.objects.select_for_update(no_key=True).get(pk=proof.conversation_id)
        if row.caller_verified and str(row.phone_number) == phone:
            _take_back(row, proof, now)
    proof.expires_at = min(proof.expires_at, now)
    proof.save(update_fields=["expires_at"])
    return "refused"


def _take_back(row: Conversation, proof: PhoneProof, now: datetime) -> None:
    """The chat knows nobody any more. An answer that is being written for who it knew is dropped and begun anew."""
    from receptionist.tasks import answer

    row.phone_number, row.caller_verified, row.customer = "", False, None
    row.turn_id = row.lease_holder = row.lease_until = None
    row.draft = ""
    row.save(
        update_fields=[
            *("phone_number", "caller_verified", "customer"),
            *("turn_id", "draft", "lease_holder", "lease_until"),
        ]
    )
    _note(row, f"{TAKEN_BACK}{proof.pk}", proofwords.NOTED_BACK, now)
    if row.ended_at is None:
        answer.queue(conversation_id=str(row.pk))


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
    _note(row, f"{PROVED}{proof.pk}", proofwords.NOTED, now)
    _ask_again(row, now)
    return "proved"


def _note(row: Conversation, name: str, text: str, now: datetime) -> None:
    """A line of the chat for who reads it and for the model; once for each name."""
    said = {"role": MessageRole.SYSTEM, "kind": MessageKind.SYSTEM, "text": text}
    times = {"sent_at": now, "received_at": now, "answered_at": now}
    ConversationMessage.objects.get_or_create(conversation=row, external_id=name, defaults=said | times)


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
    lei, tu, english = proofwords.SAID[said]
    if _language(conversation) == "en":
        return english
    return tu if AIConfig.load().formality == Formality.TU else lei
