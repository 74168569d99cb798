"""Asking on the telephone whether the shop may write about due dates and offers too: once, after a booking.

The model asks, in the words that the prompt prescribes, and passes the answer on; these words are kept with it. Who says
no, or does not answer, is not asked again in the call, and books all the same. Who answered before, anywhere, is not
asked at all. In a chat it is receptionist.optin.
"""

from receptionist import confirmations, consenting, optout
from receptionist.followups import kinds
from receptionist.italian import read_yes_no
from receptionist.models import PROMOTIONAL, AIConfig, Channel, Conversation, ToolCall
from scheduling.models import Consent, ConsentChannel, Customer
from shops.context import current_shop

YES = "Annotato. Ringraziare; per smettere basta scrivere STOP."
NO = "Annotato: per questo non gli scriveremo. Andare avanti senza insistere."
UNCLEAR = "Non è una risposta chiara: non insistere e andare avanti. L'appuntamento vale comunque."
NOT_NOW = "Si chiede solo dopo aver prenotato, una volta sola, a chi non ha mai risposto: andare avanti."


def question(conversation: Conversation, config: AIConfig) -> str:
    """What the caller is to be asked after a booking; "" when not to be.

    Only where the shop sends such messages and the caller's number is known for certain, as it is that number they go
    to. No query for a shop that shows no WhatsApp number; else five at most.
    """
    if not _is_possible(conversation):
        return ""
    customer = conversation.customer
    if customer is not None and (_is_out(customer) or _has_answered(customer)):
        return ""
    return _words(config)


def note_answer(*, conversation: Conversation, said: str) -> str:
    """Keep what the caller answered; what the assistant is told. `said` is the answer in the caller's words.

    A yes counts after a booking in this call, from who has not answered elsewhere before; a no always does. Side effects:
    a Consent with the prescribed words. Safe to repeat.
    """
    agreed = read_yes_no(said)
    if agreed is None:
        return UNCLEAR
    row = Conversation.objects.select_related("customer").get(pk=conversation.pk)
    if row.customer is None or (agreed and not _may_agree(row, row.customer)):
        return NOT_NOW
    consenting.record(
        customer=row.customer,
        purpose=Consent.Purpose.MARKETING,
        granted=agreed,
        wording=_words(AIConfig.load()),
        channel=ConsentChannel.VOICE,
        conversation_id=row.pk,
    )
    return YES if agreed else NO


def _is_possible(conversation: Conversation) -> bool:
    if not confirmations.can_offer(conversation, current_shop()):
        return False
    wanted = kinds.all_wanted()
    return any(wanted[kind].enabled for kind in PROMOTIONAL)


def _may_agree(row: Conversation, customer: Customer) -> bool:
    if not _is_possible(row) or _is_out(customer) or _has_answered(customer, elsewhere_than=row):
        return False
    booked = ToolCall.objects.filter(conversation=row, name="book_appointment", ok=True)
    return booked.exclude(appointment_id=None).exists()


def _is_out(customer: Customer) -> bool:
    return customer.erased_at is not None or optout.is_out(customer, Channel.WHATSAPP)


def _has_answered(customer: Customer, elsewhere_than: Conversation | None = None) -> bool:
    rows = Consent.objects.filter(
        customer_id=customer.merged_into_id or customer.pk, purpose=Consent.Purpose.MARKETING
    )
    if elsewhere_than is not None:
        rows = rows.exclude(conversation_id=elsewhere_than.pk)  # keeps what was said in the shop, in none
    return rows.exists()


def _words(config: AIConfig) -> str:
    """The prompt is Italian, whatever the caller speaks."""
    return consenting.wording(
        Consent.Purpose.MARKETING, channel=ConsentChannel.VOICE, formality=config.formality
    )
