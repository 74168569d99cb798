"""Consents: what is asked, what is kept, whose last word counts."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from receptionist import confirmations, consenting, optout
from receptionist.consenting import Purpose
from scheduling import people
from scheduling.models import Consent, ConsentChannel, Customer
from shops.models import Shop
from tests import factories
from tests.receptionist.conftest import counted, statements

MARKETING = Purpose.MARKETING


def answer(customer: Customer, granted: bool, *, purpose: str = MARKETING, **values: Any) -> Consent | None:
    values = {"wording": "Possiamo?", "channel": "whatsapp"} | values
    return consenting.record(customer=customer, purpose=purpose, granted=granted, **values)


@pytest.mark.parametrize("purpose", list(Purpose.values))
@pytest.mark.parametrize("channel", list(ConsentChannel.values))
def test_every_purpose_has_words_on_every_channel(purpose: str, channel: str) -> None:
    texts = {
        consenting.wording(purpose, channel=channel, language=language, formality=manner)
        for language, manner in (("it", "lei"), ("it", "tu"), ("en", "lei"), ("de", "tu"))
    }
    assert all(texts)
    assert len(texts) >= 2  # Italian and English at least


def test_the_question_on_the_phone_is_the_one_that_is_asked() -> None:
    words = consenting.wording(Purpose.SERVICE_MESSAGES, channel="voice")
    assert words == confirmations.QUESTION


def test_an_answer_is_kept_with_words_place_and_time(in_rossi: Shop) -> None:
    maria = factories.customer()
    then = timezone.now() - timedelta(hours=3)
    row = answer(maria, True, wording="Le scriviamo?", channel="shop", now=then)
    assert row is not None
    row.refresh_from_db()
    assert (row.wording, row.channel, row.given_at, row.granted) == ("Le scriviamo?", "shop", then, True)
    assert consenting.standing(maria, MARKETING) == row


def test_the_same_answer_again_is_no_new_row(in_rossi: Shop) -> None:
    maria = factories.customer()
    assert answer(maria, False)
    assert answer(maria, False) is None
    assert answer(maria, True)
    assert answer(maria, True, channel="web") is None
    assert Consent.objects.filter(customer=maria).count() == 2


def test_a_no_takes_the_yes_back(in_rossi: Shop) -> None:
    maria = factories.customer()
    yes = answer(maria, True)
    assert consenting.agreed([maria.pk], MARKETING) == {maria.pk}
    now = timezone.now()
    assert answer(maria, False, now=now)
    assert yes
    yes.refresh_from_db()
    assert yes.withdrawn_at == now
    assert consenting.agreed([maria.pk], MARKETING) == set()


def test_a_yes_after_a_no_counts(in_rossi: Shop) -> None:
    maria = factories.customer()
    answer(maria, False)
    answer(maria, True)
    assert consenting.agreed([maria.pk], MARKETING) == {maria.pk}


def test_taken_back_by_staff_is_a_no_though_an_older_yes_stands(in_rossi: Shop) -> None:
    """Two yeses come together when two customers are merged; one of them is taken back later."""
    maria, other = factories.customer(), factories.customer()
    answer(maria, True)
    answer(other, True)
    kept = people.merge(keep=maria, other=other)
    last = Consent.objects.filter(customer=kept).order_by("-given_at").first()
    assert last
    Consent.objects.filter(pk=last.pk).update(withdrawn_at=timezone.now())
    assert consenting.agreed([kept.pk], MARKETING) == set()


def test_stop_is_a_no_and_a_new_yes_is_needed(in_rossi: Shop) -> None:
    maria = factories.customer()
    answer(maria, True)
    optout.record(customer=maria, channel="whatsapp", contact=str(maria.phone))
    assert consenting.agreed([maria.pk], MARKETING) == set()
    optout.record(customer=maria, channel="whatsapp", out=False)
    assert consenting.agreed([maria.pk], MARKETING) == set()
    answer(maria, True)
    assert consenting.agreed([maria.pk], MARKETING) == {maria.pk}


def test_many_are_asked_for_in_one_query(in_rossi: Shop) -> None:
    asked = [factories.customer() for _each in range(6)]
    for each in asked[:3]:
        answer(each, True)
    answer(asked[0], False)
    with counted() as captured:
        assert consenting.agreed([each.pk for each in asked], MARKETING) == {asked[1].pk, asked[2].pk}
    assert len(statements(captured)) == 1


def test_purposes_are_apart(in_rossi: Shop) -> None:
    maria = factories.customer()
    answer(maria, True, purpose=Purpose.SERVICE_MESSAGES)
    assert consenting.standing(maria, MARKETING) is None
    assert consenting.agreed([maria.pk], MARKETING) == set()
    assert not consenting.was_asked(maria, MARKETING)


def test_the_privacy_box_follows(in_rossi: Shop) -> None:
    maria = factories.customer(gdpr_consent=False)
    answer(maria, True, purpose=Purpose.PRIVACY)
    maria.refresh_from_db()
    assert maria.gdpr_consent
    answer(maria, False, purpose=Purpose.PRIVACY)
    maria.refresh_from_db()
    assert not maria.gdpr_consent


def test_who_was_merged_is_who_they_are_now(in_rossi: Shop) -> None:
    maria, other = factories.customer(), factories.customer()
    people.merge(keep=maria, other=other)
    row = answer(other, True)  # with the row as it was before
    assert row
    assert row.customer_id == maria.pk


def test_nothing_is_kept_of_who_was_erased(in_rossi: Shop) -> None:
    maria = factories.customer()
    Customer.objects.filter(pk=maria.pk).update(erased_at=timezone.now())
    assert answer(maria, True) is None
    assert not Consent.objects.exists()
