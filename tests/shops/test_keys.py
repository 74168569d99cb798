"""Changing the key of what is encrypted."""

import io
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection

from shops.models import Shop, WhatsAppNumber

OLD, NEW, OTHER = (Fernet.generate_key().decode() for _ in range(3))


@pytest.fixture
def number(as_owner: None, settings: Any) -> WhatsAppNumber:
    """A number whose token was encrypted with the old key."""
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    shop = Shop.objects.get(slug="officina-rossi")
    return WhatsAppNumber.objects.create(shop=shop, phone_number_id="wa-keys", access_token="the token")


def stored() -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT access_token FROM public.shops_whatsappnumber WHERE phone_number_id = 'wa-keys'"
        )
        return str(cursor.fetchone()[0])


def run() -> str:
    output = io.StringIO()
    call_command("rotate_keys", stdout=output)
    return output.getvalue()


def test_everything_gets_the_first_key_and_the_old_one_can_go(number: WhatsAppNumber, settings: Any) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    before = stored()

    assert "Cifrati di nuovo: 1. Già a posto: 0." in run()

    assert stored() != before
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    assert WhatsAppNumber.objects.get(pk=number.pk).access_token == "the token"


def test_again_changes_nothing(number: WhatsAppNumber, settings: Any) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    run()
    before = stored()
    assert "Cifrati di nuovo: 0. Già a posto: 1." in run()
    assert stored() == before


def test_what_no_key_reads_is_named_and_left(number: WhatsAppNumber, settings: Any) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OTHER]
    before = stored()
    with pytest.raises(CommandError, match=str(number.pk)):
        run()
    assert stored() == before


def test_an_empty_token_stays_empty(number: WhatsAppNumber, settings: Any) -> None:
    WhatsAppNumber.objects.filter(pk=number.pk).update(access_token="")
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    assert "Cifrati di nuovo: 0. Già a posto: 0." in run()
    assert stored() == ""
