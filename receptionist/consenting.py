"""Consents: what is asked in which words, what somebody answered, and what holds now.

An answer is a row of scheduling's Consent; the last word counts, whether it is a yes, a no or a yes taken back. What
somebody answers never decides whether they may book.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone

from receptionist import languages
from receptionist.models import Formality
from scheduling import consents
from scheduling.models import Consent, ConsentChannel, Customer
from shops import history

log = structlog.get_logger(__name__)
Purpose = Consent.Purpose
LEI, TU, EN = Formality.LEI.value, Formality.TU.value, "en"
_EVERYWHERE = ""
_PROMOTION = (
    "Desidero ricevere su WhatsApp promemoria e proposte dell'officina (revisione, tagliando, gomme, offerte). Posso "
    "cambiare idea in ogni momento: basta scrivere STOP."
)
_PROMOTION_EN = (
    "I would like to receive the workshop's reminders and offers on WhatsApp (inspection, service, tyres, offers). I "
    "can change my mind at any time: writing STOP is enough."
)
_NOTICE = (
    "Con la conferma e i promemoria di questo appuntamento mi si può scrivere su WhatsApp al numero indicato. Posso "
    "smettere in ogni momento: basta scrivere STOP."
)
_NOTICE_EN = (
    "I may be sent the confirmation of this appointment and reminders of it on WhatsApp at the number given. I can stop "
    "them at any time: writing STOP is enough."
)
_READ = "Ho letto l'informativa sulla privacy."
_READ_EN = "I have read the privacy notice."
_RECORDED = "La chiamata è registrata."
_RECORDED_EN = "This call is recorded."

# (purpose, channel) → manner → the words. What is written to nobody in particular is the same for lei and tu.
_WORDINGS: dict[tuple[str, str], dict[str, str]] = {
    (Purpose.SERVICE_MESSAGES, ConsentChannel.VOICE): {
        LEI: "Le mando la conferma su WhatsApp?",
        TU: "Ti mando la conferma su WhatsApp?",
        EN: "Shall I send you the confirmation on WhatsApp?",
    },
    (Purpose.SERVICE_MESSAGES, _EVERYWHERE): {LEI: _NOTICE, EN: _NOTICE_EN},
    (Purpose.MARKETING, ConsentChannel.VOICE): {
        LEI: "Vuole che le scriviamo su WhatsApp quando scadono revisione, tagliando o gomme?",
        TU: "Vuoi che ti scriviamo su WhatsApp quando scadono revisione, tagliando o gomme?",
        EN: "Would you like us to write to you on WhatsApp when an inspection, a service or tyres are due?",
    },
    (Purpose.MARKETING, ConsentChannel.WHATSAPP): {
        LEI: (
            "Se vuole, possiamo scriverle qui anche quando scadono la revisione, il tagliando o le gomme, e per le "
            "nostre offerte. È una scelta sua: l'appuntamento vale comunque, e basta scrivere STOP per smettere."
        ),
        TU: (
            "Se vuoi, possiamo scriverti qui anche quando scadono la revisione, il tagliando o le gomme, e per le "
            "nostre offerte. È una scelta tua: l'appuntamento vale comunque, e basta scrivere STOP per smettere."
        ),
        EN: (
            "If you like, we can also write to you here when an inspection, a service or tyres are due, and about our "
            "offers. It is up to you: your appointment stands either way, and writing STOP is enough to end it."
        ),
    },
    (Purpose.MARKETING, _EVERYWHERE): {LEI: _PROMOTION, EN: _PROMOTION_EN},
    (Purpose.PRIVACY, _EVERYWHERE): {LEI: _READ, EN: _READ_EN},
    (Purpose.RECORDING, _EVERYWHERE): {LEI: _RECORDED, EN: _RECORDED_EN},
}


def wording(purpose: str, *, channel: str, language: str = "it", formality: str = LEI) -> str:
    """The words in which a consent is asked on a channel, in the person's language. What is kept is what was shown.

    Raises KeyError for a purpose nobody asks for.
    """
    texts = _WORDINGS.get((purpose, channel)) or _WORDINGS[purpose, _EVERYWHERE]
    if not languages.is_italian(language):
        return texts[EN]
    return texts.get(formality, texts[LEI])


def record(
    *,
    customer: Customer,
    purpose: str,
    granted: bool,
    wording: str,
    channel: str,
    conversation_id: UUID | None = None,
    now: datetime | None = None,
) -> Consent | None:
    """Keep what somebody answered; the new row, or None when it is what they had answered before.

    A no takes back every yes before it. Who was merged is who they were merged into; for an erased person nothing is
    kept. Side effects: rows, their history, Customer.gdpr_consent with the answer about the privacy notice. Locks the
    customer: in a transaction that books, call it after the booking.
    """
    now = now or timezone.now()
    with transaction.atomic():
        person = _locked(customer.merged_into_id or customer.pk)
        if person is None or _is(person, purpose, granted=granted):
            return None
        if not granted:
            given = Consent.objects.filter(customer=person, purpose=purpose)
            consents.withdraw(given, now)
        row = Consent.objects.create(
            customer=person,
            purpose=purpose,
            granted=granted,
            wording=wording,
            channel=channel,
            conversation_id=conversation_id,
            given_at=now,
        )
        if purpose == Purpose.PRIVACY:
            _keep_in_step(person, granted=granted)
    log.info("consent kept", purpose=purpose, granted=granted, channel=channel)
    return row


def _locked(customer_id: UUID) -> Customer | None:
    """The person, so that two answers come one after the other; None once erased or gone."""
    found = Customer.objects.select_for_update(no_key=True).filter(pk=customer_id, erased_at=None).first()
    if found and found.merged_into_id:
        return _locked(found.merged_into_id)
    return found


def _is(customer: Customer, purpose: str, *, granted: bool) -> bool:
    """Whether the last word is this one already. A yes that was taken back is a no, but a no is kept in words too."""
    rows = list(Consent.objects.filter(customer=customer, purpose=purpose))
    if granted:
        return _last_word(rows)
    answers = [row for row in rows if row.withdrawn_at is None]
    return bool(answers) and not any(row.granted for row in answers)


def _keep_in_step(customer: Customer, *, granted: bool) -> None:
    was = {"gdpr_consent": customer.gdpr_consent}
    if Customer.objects.filter(pk=customer.pk).exclude(gdpr_consent=granted).update(gdpr_consent=granted):
        history.record(customer, was, {"gdpr_consent": granted})


def standing(customer: Customer, purpose: str) -> Consent | None:
    """The answer that holds: the last one that was not taken back; None when there is none. One query."""
    rows = Consent.objects.filter(customer_id=customer.merged_into_id or customer.pk, purpose=purpose)
    return rows.filter(withdrawn_at=None).order_by("-given_at").first()


def was_asked(customer: Customer, purpose: str) -> bool:
    """Whether they ever answered, whatever they said: who did is not asked again. One query."""
    return Consent.objects.filter(
        customer_id=customer.merged_into_id or customer.pk, purpose=purpose
    ).exists()


def agreed(customer_ids: Collection[UUID], purpose: str) -> set[UUID]:
    """Those of them whose last word is yes. One query, however many they are."""
    rows = Consent.objects.filter(customer_id__in=customer_ids, purpose=purpose)
    of: dict[UUID, list[Consent]] = {}
    for row in rows.only("customer_id", "granted", "given_at", "withdrawn_at").order_by().iterator(2000):
        of.setdefault(row.customer_id, []).append(row)
    return {customer_id for customer_id, answers in of.items() if _last_word(answers)}


def _last_word(rows: Iterable[Consent]) -> bool:
    """A yes, a no and the moment a yes was taken back, in the order of time; a no wins over a yes of the same moment."""
    words = [(row.given_at, not row.granted) for row in rows]
    words += [(row.withdrawn_at, True) for row in rows if row.withdrawn_at is not None]
    return bool(words) and not max(words)[1]
