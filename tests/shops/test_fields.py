"""Telephone numbers and secrets, as they are stored."""

from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured, ValidationError

from shops import crypto
from shops.context import as_platform
from shops.crypto import Undecryptable
from shops.models import PhoneLine, Shop, WhatsAppNumber
from shops.phones import PhoneField, normalise_phone
from tests.database import superuser

NEW, OLD = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("333 1234567", "+393331234567"),
        ("+39 333 123 4567", "+393331234567"),
        ("0039 333 1234567", "+393331234567"),
        ("02 1234 5678", "+390212345678"),
        ("02/12345678", "+390212345678"),
        ("(02) 1234-5678", "+390212345678"),
        ("+41 44 668 18 00", "+41446681800"),
        ("tel:+390212345678", "+390212345678"),
        ("+393331234567", "+393331234567"),
    ],
)
def test_numbers_as_people_write_them(written: str, stored: str) -> None:
    assert normalise_phone(written) == stored
    assert normalise_phone(stored) == stored


@pytest.mark.parametrize(
    "written",
    [
        None,
        "",
        " ",
        "pronto",
        "anonymous",
        "sip:rossi@x",
        "12",
        "+39",
        "3" * 41,
        "+1234567890123456789",
        "\x00",
    ],
)
def test_what_is_no_number(written: str | None) -> None:
    assert normalise_phone(written) is None


def test_the_region_can_be_another() -> None:
    assert normalise_phone("044 668 18 00", region="CH") == "+41446681800"


def test_the_field_refuses_what_is_no_number() -> None:
    with pytest.raises(ValidationError, match="non è valido"):
        PhoneField().clean("pronto", None)
    assert PhoneField(null=True, blank=True).clean("", None) is None
    assert PhoneField(blank=True).clean("", None) == ""


def test_a_number_is_found_however_it_is_written(rossi: Shop) -> None:
    assert PhoneLine.objects.get(number="02 1234 5678").shop == rossi


# --- secrets --------------------------------------------------------------------------------------------------


def stored() -> str:
    with as_platform():
        number = WhatsAppNumber.objects.get()
    return str(number.access_token)


def test_a_secret_is_only_there_encrypted(rossi: Shop, transactional_db: None) -> None:
    with as_platform():
        WhatsAppNumber.objects.create(shop=rossi, phone_number_id="x", access_token="geheim")
        WhatsAppNumber.objects.create(shop=rossi, phone_number_id="y", access_token="")
    with superuser() as admin:
        rows = dict(
            admin.execute("SELECT phone_number_id, access_token FROM shops_whatsappnumber").fetchall()
        )
    assert "geheim" not in rows["x"]
    assert rows["y"] == ""
    with as_platform():
        assert WhatsAppNumber.objects.get(phone_number_id="x").access_token == "geheim"


def test_keys_rotate(settings: Any) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    token = crypto.encrypt("geheim")
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    assert crypto.decrypt(token) == "geheim"
    assert Fernet(NEW).decrypt(crypto.encrypt("geheim").encode()) == b"geheim"
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    with pytest.raises(Undecryptable, match="FIELD_ENCRYPTION_KEYS"):
        crypto.decrypt(token)


def test_the_same_secret_never_looks_the_same() -> None:
    assert crypto.encrypt("geheim") != crypto.encrypt("geheim")


@pytest.mark.parametrize("key", ["short", "x" * 44, "è"])
def test_a_key_that_is_none_is_named(key: str, settings: Any) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [key]
    with pytest.raises(ImproperlyConfigured, match="FIELD_ENCRYPTION_KEYS"):
        crypto.encrypt("geheim")
