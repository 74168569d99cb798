"""STOP: somebody wants no more messages that the shop begins. START takes it back.

Answers to what they write go on; confirmations and reminders do not go out. Whoever makes a message that the shop
begins asks `allows` first, or catches `OptedOut` from `outbox.put`, which asks for them. It counts for all the names
the person has on that channel. Source: the privacy guarantor's rules on automated messages (officina law), Meta's
policy on opting out.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import structlog
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from receptionist import languages
from receptionist.content import Answer, Content
from receptionist.models import (
    AIConfig,
    Conversation,
    ConversationMessage,
    Formality,
    MessageKind,
    OutboundMessage,
    Purpose,
)
from scheduling import consents
from scheduling.models import ChannelIdentity, Consent, Customer
from shops import history

log = structlog.get_logger(__name__)
# Whole messages, without case, accents, punctuation and emoji. What could as well cancel an appointment is not here.
STOP_WORDS = frozenset(
    {
        *(
            "stop",
            "stop stop",
            "stopp",
            "stop messaggi",
            "stop ai messaggi",
            "stop promozioni",
            "stop pubblicita",
        ),
        *("basta messaggi", "basta con i messaggi", "basta pubblicita", "niente piu messaggi"),
        *("cancellami", "cancellatemi", "cancellami dalla lista", "cancellatemi dalla lista", "rimuovimi"),
        *("disiscrivimi", "disiscrivetemi", "disiscrizione", "annulla iscrizione", "disattiva messaggi"),
        *("interrompi promozioni", "interrompi messaggi", "non scrivetemi piu", "non scrivermi piu"),
        *("non voglio piu messaggi", "non voglio piu ricevere messaggi", "non mi scrivete piu"),
        *("unsubscribe", "unsubscribe me", "stop all", "stopall", "opt out", "optout", "stop messages"),
        *("stop promotions", "no more messages", "remove me", "stop texting me", "stop messaging me"),
        *("stop per favore", "stop grazie", "stop please", "please stop"),
    }
)
START_WORDS = frozenset(
    {"start", "riprendi", "riprendi messaggi", "riattiva", "riattiva messaggi", "unstop", "resume"}
)
# The shop begins these; everything else answers the person, or goes to the shop's own people.
BEGUN_BY_SHOP = frozenset({Purpose.CONFIRMATION, Purpose.REMINDER, Purpose.PROMOTION})
SPOKEN = frozenset({MessageKind.TEXT, MessageKind.AUDIO, MessageKind.BUTTON, MessageKind.INTERACTIVE})
MODE = "optout"
WORDING = "Ha scritto STOP."
_TEXTS = {
    ("lei", "stop"): (
        "Va bene: non le scriveremo più di nostra iniziativa. Se ci scrive, le rispondiamo; se cambia idea, "
        "scriva START."
    ),
    ("tu", "stop"): (
        "Va bene: non ti scriveremo più di nostra iniziativa. Se ci scrivi, ti rispondiamo; se cambi idea, "
        "scrivi START."
    ),
    ("en", "stop"): (
        "Done: we will not message you on our own initiative any more. If you write to us we will answer; "
        "if you change your mind, write START."
    ),
    ("lei", "start"): "Va bene: le scriveremo di nuovo per conferme e promemoria. Per smettere, scriva STOP.",
    ("tu", "start"): "Va bene: ti scriveremo di nuovo per conferme e promemoria. Per smettere, scrivi STOP.",
    ("en", "start"): "Done: we will send you confirmations and reminders again. To stop them, write STOP.",
}


class Word(StrEnum):
    """What can be asked with one word."""

    STOP = "stop"
    START = "start"


class OptedOut(Exception):
    """The person wants no message that the shop begins on this channel: this one was not stored."""


def word_of(text: str) -> Word | None:
    """What a message asks that is nothing but the word: "STOP", "stop!!", "Basta messaggi". None for any other."""
    if len(text) > 60:
        return None
    kept = unicodedata.normalize("NFKD", text.lower().replace("’", "'"))
    bare = "".join(each for each in kept if not unicodedata.combining(each))
    said = re.sub(r"[^a-z0-9]+", " ", bare).strip()
    if said in STOP_WORDS:
        return Word.STOP
    return Word.START if said in START_WORDS else None


def is_stop(waiting: Sequence[ConversationMessage]) -> bool:
    """Whether the last word on the matter, among these messages, is STOP."""
    return _last_word(waiting) == Word.STOP


def _last_word(waiting: Sequence[ConversationMessage]) -> Word | None:
    said = (word_of(each.text) for each in reversed(waiting) if each.kind in SPOKEN)
    return next((word for word in said if word), None)


def rest_of(waiting: Sequence[ConversationMessage]) -> list[ConversationMessage]:
    """What was written besides."""
    return [each for each in waiting if each.kind not in SPOKEN or word_of(each.text) is None]


def answer(*, conversation: Conversation, waiting: Sequence[ConversationMessage]) -> Answer | None:
    """Do what STOP or START among these messages asks, and what to say to it; None when none of them asks.

    STOP is confirmed once: said again it has nothing to be answered. START from somebody who never said STOP is an
    ordinary word. Side effects: as `record`.
    """
    word = _last_word(waiting)
    if word == Word.STOP:
        return stop(conversation=conversation)
    if word == Word.START and conversation.customer and is_out(conversation.customer, conversation.channel):
        record(customer=conversation.customer, channel=conversation.channel, out=False)
        return Answer(Content(_say(conversation, Word.START)), mode=MODE)
    return None


def stop(*, conversation: Conversation) -> Answer:
    """Honour STOP at once; the answer is empty when it was confirmed before."""
    confirmed = Q(purpose=Purpose.OPT_OUT, channel=conversation.channel, recipient=conversation.contact)
    since = _out_since(conversation)
    if conversation.customer:
        record(customer=conversation.customer, channel=conversation.channel, contact=conversation.contact)
    if since and OutboundMessage.objects.filter(confirmed, created_at__gte=since).exists():
        return Answer(None, ends=True, mode=MODE)
    return Answer(Content(_say(conversation, Word.STOP)), ends=True, mode=MODE)


def _out_since(conversation: Conversation) -> datetime | None:
    rows = ChannelIdentity.objects.filter(customer=conversation.customer_id, channel=conversation.channel)
    return (
        rows.exclude(opted_out_at=None)
        .values_list("opted_out_at", flat=True)
        .order_by("opted_out_at")
        .first()
    )


def _say(conversation: Conversation, word: Word) -> str:
    if not languages.is_italian(conversation.language):
        return _TEXTS["en", word.value]
    manner = "tu" if AIConfig.load().formality == Formality.TU else "lei"
    return _TEXTS[manner, word.value]


def record(
    *, customer: Customer, channel: str, contact: str = "", out: bool = True, now: datetime | None = None
) -> bool:
    """Note that the customer wants no more messages that the shop begins on this channel, or again (`out` False).

    Whether that changed anything. Side effects: the date on every name the customer has there (`contact` is added
    when it has none yet), and a Consent about promotional messages, withdrawn or refused, as the proof. START brings
    back confirmations and reminders; consent to promotion has to be given anew. Safe to repeat.
    """
    now = now or timezone.now()
    with transaction.atomic():
        names = ChannelIdentity.objects.select_for_update().filter(customer=customer, channel=channel)
        if out and contact and not names.exists():
            ChannelIdentity.objects.get_or_create(
                channel=channel, external_id=contact, defaults={"customer": customer, "verified": True}
            )
        changed = names.filter(opted_out_at__isnull=out).update(opted_out_at=now if out else None)
        if changed and out:
            given = Consent.objects.filter(customer=customer, purpose=Consent.Purpose.MARKETING)
            with history.acting(name=channel):
                consents.withdraw(given, now)
            _keep_proof(customer, channel, now)
    if changed:
        log.info("opted out" if out else "opted in again", channel=channel)
    return bool(changed)


def _keep_proof(customer: Customer, channel: str, now: datetime) -> None:
    Consent.objects.create(
        customer=customer,
        purpose=Consent.Purpose.MARKETING,
        granted=False,
        wording=WORDING,
        channel=channel,
        given_at=now,
    )


def is_out(customer: Customer, channel: str) -> bool:
    """Whether the customer said STOP on this channel. One query."""
    return ChannelIdentity.objects.filter(
        customer=customer, channel=channel, opted_out_at__isnull=False
    ).exists()


def allows(*, customer: Customer | None, channel: str, purpose: str) -> bool:
    """Whether a message for this purpose may go to the customer on the channel. One query at most.

    Answers and the confirmation of STOP always may; what the shop begins may not after STOP.
    """
    return purpose not in BEGUN_BY_SHOP or customer is None or not is_out(customer, channel)


def allows_recipient(*, channel: str, recipient: str, purpose: str) -> bool:
    """As `allows`, for a number or id on the channel: its own STOP, and its owner's under another name. One query."""
    if purpose not in BEGUN_BY_SHOP:
        return True
    mine = (
        Q(external_id=recipient)
        | Q(customer__phone=recipient)
        | Q(
            customer__in=ChannelIdentity.objects.filter(channel=channel, external_id=recipient).values(
                "customer"
            )
        )
    )
    return not ChannelIdentity.objects.filter(mine, channel=channel, opted_out_at__isnull=False).exists()
