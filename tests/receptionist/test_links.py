"""The link to an appointment opens that appointment of that shop, until it expires, and nothing else does."""

import base64
import string
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from hypothesis import HealthCheck, assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from receptionist import links
from scheduling.models import Appointment
from shops.models import Shop

END = datetime(2026, 3, 10, 10, tzinfo=UTC)
NOW = END - timedelta(days=3)
ALPHABET = string.ascii_letters + string.digits + "-_"


def row(end: datetime = END) -> Appointment:
    return Appointment(pk=uuid4(), scheduled_at=end - timedelta(hours=1), ends_at=end)


SHOP, OTHER = Shop(pk=uuid4(), slug="uno"), Shop(pk=uuid4(), slug="due")
MINE = row()
TOKEN = links.token(MINE, shop=SHOP)


def test_a_token_opens_its_appointment_and_is_short() -> None:
    assert links.read(TOKEN, shop=SHOP, now=NOW) == MINE.pk
    assert len(TOKEN) == links.LENGTH
    assert set(TOKEN) <= set(ALPHABET)


def test_the_address_is_on_the_shops_own_host(rossi: Shop) -> None:
    address = links.appointment_url(MINE, shop=rossi)
    assert address == rossi.url(f"/appuntamento/{links.token(MINE, shop=rossi)}")
    assert "rossi.example" in address


def test_it_expires_thirty_days_after_the_end() -> None:
    assert links.read(TOKEN, shop=SHOP, now=END + timedelta(days=30, seconds=-1)) == MINE.pk
    assert links.read(TOKEN, shop=SHOP, now=END + timedelta(days=30)) is None


def test_another_shop_does_not_know_it() -> None:
    assert links.read(TOKEN, shop=OTHER, now=NOW) is None


def test_the_signature_of_another_appointment_fits_no_other() -> None:
    mine, yours = (base64.urlsafe_b64decode(each) for each in (TOKEN, links.token(row(), shop=SHOP)))
    forged = base64.urlsafe_b64encode(mine[:20] + yours[20:]).decode()
    assert links.read(forged, shop=SHOP, now=NOW) is None


def test_a_later_expiry_cannot_be_written_into_it() -> None:
    raw = base64.urlsafe_b64decode(TOKEN)
    forged = base64.urlsafe_b64encode(raw[:16] + b"\xff\xff\xff\xff" + raw[20:]).decode()
    assert links.read(forged, shop=SHOP, now=NOW) is None


def test_a_replaced_key_still_opens_what_it_signed(settings: object) -> None:
    old = settings.SECRET_KEY  # type: ignore[attr-defined]
    settings.SECRET_KEY = "another-key-altogether-of-some-length"  # type: ignore[attr-defined]
    assert links.read(TOKEN, shop=SHOP, now=NOW) is None
    settings.SECRET_KEY_FALLBACKS = [old]  # type: ignore[attr-defined]
    assert links.read(TOKEN, shop=SHOP, now=NOW) == MINE.pk
    assert links.token(MINE, shop=SHOP) != TOKEN


def test_an_end_beyond_the_tokens_years_makes_a_token_all_the_same() -> None:
    late = row(datetime(9999, 11, 1, tzinfo=UTC))
    assert links.read(links.token(late, shop=SHOP), shop=SHOP, now=NOW) == late.pk


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        TOKEN[:-1],
        TOKEN + "A",
        TOKEN + "=",
        "A" * 10_000,
        "\x00" * 48,
        "è" * 48,
        "\ud800" * 48,
        "🚗" * 48,
        " " * 48,
    ],
    ids=["empty", "x", "short", "long", "padded", "huge", "nul", "accents", "surrogates", "emoji", "spaces"],
)
def test_what_is_no_token_is_none(text: str) -> None:
    assert links.read(text, shop=SHOP, now=NOW) is None


@given(st.text(max_size=120))
def test_no_text_is_a_token(text: str) -> None:
    assert links.read(text, shop=SHOP, now=NOW) is None


@hypothesis_settings(suppress_health_check=[HealthCheck.filter_too_much])
@given(st.integers(0, links.LENGTH - 1), st.sampled_from(ALPHABET))
def test_one_changed_character_opens_nothing(place: int, char: str) -> None:
    assume(TOKEN[place] != char)
    changed = TOKEN[:place] + char + TOKEN[place + 1 :]
    assert links.read(changed, shop=SHOP, now=NOW) is None


@given(st.binary(min_size=36, max_size=36))
def test_no_bytes_are_a_token(raw: bytes) -> None:
    assert links.read(base64.urlsafe_b64encode(raw).decode(), shop=SHOP, now=NOW) is None


@given(st.uuids(), st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_every_appointment_is_found_again(pk: UUID, end: datetime) -> None:
    made = Appointment(pk=pk, ends_at=end)
    assert links.read(links.token(made, shop=SHOP), shop=SHOP, now=end) == pk
    assert settings.SECRET_KEY not in links.token(made, shop=SHOP)
