"""What is said, as tables; and what holds for whatever is said, as properties."""

import string
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receptionist import italian
from receptionist.italian import clock, spelling

ROME = ZoneInfo("Europe/Rome")
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=ROME)  # a Tuesday


@pytest.mark.parametrize(
    ("at", "said", "with_preposition"),
    [
        ("09:30", "nove e mezza", "alle nove e mezza"),
        ("08:00", "otto", "alle otto"),
        ("08:15", "otto e un quarto", "alle otto e un quarto"),
        ("10:45", "dieci e tre quarti", "alle dieci e tre quarti"),
        ("11:20", "undici e venti", "alle undici e venti"),
        ("12:00", "mezzogiorno", "a mezzogiorno"),
        ("12:30", "dodici e trenta", "alle dodici e trenta"),
        ("13:00", "tredici", "alle tredici"),
        ("14:30", "quattordici e trenta", "alle quattordici e trenta"),
        ("18:05", "diciotto e cinque", "alle diciotto e cinque"),
        ("23:00", "ventitré", "alle ventitré"),
        ("01:00", "una", "all'una"),
        ("01:30", "una e mezza", "all'una e mezza"),
        ("00:00", "mezzanotte", "a mezzanotte"),
        ("00:30", "mezzanotte e mezza", "a mezzanotte e mezza"),
    ],
)
def test_times(at: str, said: str, with_preposition: str) -> None:
    assert italian.say_time(time.fromisoformat(at)) == said
    assert italian.at_time(time.fromisoformat(at)) == with_preposition


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("08:00", "12:30", "dalle otto alle dodici e trenta"),
        ("14:00", "18:30", "dalle quattordici alle diciotto e trenta"),
        ("09:00", "12:00", "dalle nove a mezzogiorno"),
        ("12:00", "13:00", "da mezzogiorno alle tredici"),
        ("01:00", "02:00", "dall'una alle due"),
    ],
)
def test_spans(start: str, end: str, said: str) -> None:
    assert italian.say_span(time.fromisoformat(start), time.fromisoformat(end)) == said


def test_until() -> None:
    assert clock.until_time(time(18, 30)) == "fino alle diciotto e trenta"
    assert clock.until_time(time(12)) == "fino a mezzogiorno"


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2026-11-26", "giovedì 26 novembre"),
        ("2026-12-01", "martedì primo dicembre"),
        ("2027-01-08", "venerdì 8 gennaio"),
        ("2027-11-26", "venerdì 26 novembre 2027"),
        ("2025-11-26", "mercoledì 26 novembre 2025"),
    ],
)
def test_dates(day: str, said: str) -> None:
    assert italian.say_date(date.fromisoformat(day), NOW.date()) == said


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ("2026-11-26T09:30", "giovedì 26 novembre alle nove e mezza"),
        ("2026-11-24T15:00", "oggi, martedì 24 novembre alle quindici"),
        ("2026-11-25T08:00", "domani, mercoledì 25 novembre alle otto"),
        ("2027-03-28T12:00", "domenica 28 marzo a mezzogiorno"),
        ("2026-12-01T01:00", "martedì primo dicembre all'una"),
    ],
)
def test_when(moment: str, said: str) -> None:
    assert italian.say_when(datetime.fromisoformat(moment).replace(tzinfo=ROME), NOW) == said


@pytest.mark.parametrize(
    ("utc", "said"),
    [
        ("2026-11-26T08:30", "giovedì 26 novembre alle nove e mezza"),  # winter: +1
        ("2027-03-27T23:30", "domenica 28 marzo a mezzanotte e mezza"),
        ("2027-03-28T01:30", "domenica 28 marzo alle tre e mezza"),  # two o'clock does not exist
        ("2027-10-31T00:30", "domenica 31 ottobre 2027 alle due e mezza"),  # the first of two
        ("2027-10-31T01:30", "domenica 31 ottobre 2027 alle due e mezza"),  # and the second
    ],
)
def test_when_is_said_in_the_shops_time(utc: str, said: str) -> None:
    assert italian.say_when(datetime.fromisoformat(utc).replace(tzinfo=UTC), NOW) == said


@pytest.mark.parametrize(
    ("moments", "said"),
    [
        ([], ""),
        (["2026-11-26T09:30"], "giovedì 26 novembre alle nove e mezza"),
        (
            ["2026-11-26T09:30", "2026-11-26T10:00", "2026-11-26T11:00"],
            "giovedì 26 novembre alle nove e mezza, alle dieci o alle undici",
        ),
        (
            ["2026-11-26T11:00", "2026-11-27T08:00", "2026-11-27T09:00"],
            "giovedì 26 novembre alle undici oppure venerdì 27 novembre alle otto o alle nove",
        ),
        (
            ["2026-11-27T08:00", "2026-11-25T12:00"],
            "domani, mercoledì 25 novembre a mezzogiorno oppure venerdì 27 novembre alle otto",
        ),
    ],
)
def test_offers(moments: list[str], said: str) -> None:
    aware = [datetime.fromisoformat(each).replace(tzinfo=ROME) for each in moments]
    assert italian.say_moments(aware, NOW) == said


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("120", "centoventi euro"),
        ("1", "un euro"),
        ("0", "zero euro"),
        ("89.50", "ottantanove euro e cinquanta centesimi"),
        ("0.01", "un centesimo"),
        ("0.99", "novantanove centesimi"),
        ("1250", "milleduecentocinquanta euro"),
        ("33", "trentatré euro"),
        ("79.995", "ottanta euro"),
        ("2000000", "due milioni di euro"),
    ],
)
def test_prices(amount: str, said: str) -> None:
    assert italian.say_price(Decimal(amount)) == said
    assert italian.say_price_from(Decimal(amount)) == f"a partire da {said}"


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (15, "un quarto d'ora"),
        (20, "venti minuti"),
        (30, "mezz'ora"),
        (45, "tre quarti d'ora"),
        (60, "un'ora"),
        (75, "un'ora e un quarto"),
        (90, "un'ora e mezza"),
        (120, "due ore"),
        (125, "due ore e cinque minuti"),
        (1, "un minuto"),
        (961, "sedici ore e un minuto"),
    ],
)
def test_durations(minutes: int, said: str) -> None:
    assert italian.say_duration(minutes) == said


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (11, "ci vogliono circa undici minuti"),
        (15, "ci vuole circa un quarto d'ora"),
        (30, "ci vuole circa mezz'ora"),
        (45, "ci vogliono circa tre quarti d'ora"),
        (60, "ci vuole circa un'ora"),
        (90, "ci vuole circa un'ora e mezza"),
        (120, "ci vogliono circa due ore"),
        (150, "ci vogliono circa due ore e mezza"),
    ],
)
def test_the_verb_agrees_with_the_time(minutes: int, said: str) -> None:
    assert italian.say_it_takes(minutes) == said


@pytest.mark.parametrize(
    ("plate", "said"),
    [
        ("AB123CD", "A come Ancona, B come Bologna, uno, due, tre, C come Como, D come Domodossola"),
        ("jk 00-wx", "i lunga, kappa, zero, zero, doppia vu, ics"),
        ("XY9ZH", "ics, ipsilon, nove, Z come Zara, acca"),
        ("Ž1", "Ž, uno"),
        ("", ""),
    ],
)
def test_plates(plate: str, said: str) -> None:
    assert italian.spell_plate(plate) == said


def test_every_letter_has_a_name() -> None:
    assert set(string.ascii_uppercase) == spelling.CITIES.keys() | spelling.OWN_NAMES.keys()
    assert all(letter == city[0] for letter, city in spelling.CITIES.items())


@pytest.mark.parametrize(
    ("phone", "said"),
    [
        ("+393331234567", "tre tre tre, uno due tre, quattro cinque sei sette"),
        ("+390212345678", "zero due uno, due tre quattro, cinque sei sette otto"),
        ("+4915112345678", "più quattro nove uno, cinque uno uno, due tre quattro, cinque sei sette otto"),
        ("", ""),
    ],
)
def test_phones(phone: str, said: str) -> None:
    assert italian.say_phone(phone) == said


@pytest.mark.parametrize(
    ("parts", "with_or", "with_and"),
    [
        ([], "", ""),
        (["a"], "a", "a"),
        (["a", "b"], "a o b", "a e b"),
        (["a", "", "b", "c"], "a, b o c", "a, b e c"),
    ],
)
def test_joining(parts: list[str], with_or: str, with_and: str) -> None:
    assert italian.join_or(parts) == with_or
    assert italian.join_and(parts) == with_and


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("uno\ndue\r\n\ttre", "uno due tre"),
        (" \x00a\u2028b\u200b ", "a b"),
        ("\ud800x", "x"),
    ],
)
def test_one_line(text: str, line: str) -> None:
    assert italian.one_line(text) == line


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("pronta", "Pronta."),
        ("È pronta?", "È pronta?"),
        ("", ""),
        ("in attesa del\nricambio ", "In attesa del ricambio."),
    ],
)
def test_sentence(text: str, said: str) -> None:
    assert italian.sentence(text) == said


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("2026-11-26T09:30", "2026-11-26T09:30+01:00"),
        ("2026-11-26 09:30:00", "2026-11-26T09:30+01:00"),
        ("2026-11-26T09:30:00Z", "2026-11-26T09:30+01:00"),  # meant as local time
        ("2026-11-26T09:30:00+01:00", "2026-11-26T09:30+01:00"),
        ("2026-11-26T08:30:00-01:00", "2026-11-26T10:30+01:00"),
        ("2027-07-01T09:30", "2027-07-01T09:30+02:00"),
        ("26/11/2026 9:30", "2026-11-26T09:30+01:00"),
        ("10.12.2026 alle 9.30", "2026-12-10T09:30+01:00"),
        ("giovedì 26 novembre alle 9", "2026-11-26T09:00+01:00"),
        ("domani alle 15:00", "2026-11-25T15:00+01:00"),
    ],
)
def test_moments_are_read(text: str, local: str) -> None:
    at = italian.read_moment(text, NOW).at
    assert at is not None
    assert at.isoformat(timespec="minutes") == local


@pytest.mark.parametrize(
    ("text", "day", "clock_time"),
    [
        ("2026-11-26", "2026-11-26", None),
        ("9:30", None, "09:30"),
        ("2026-02-30T09:00", None, "09:00"),  # no such day
        ("2027-03-28T02:30", "2027-03-28", "02:30"),  # no such moment
        ("9999-12-31T23:59", "9999-12-31", "23:59"),
        ("2026-11-26T25:00", "2026-11-26", None),
        ("alle 9:75", None, None),
        ("quando volete", None, None),
        ("", None, None),
        ("99999999999999999999", None, None),
        ("x" * 5000, None, None),
    ],
)
def test_moments_that_are_none(text: str, day: str | None, clock_time: str | None) -> None:
    moment = italian.read_moment(text, NOW)
    assert (moment.day and moment.day.isoformat()) == day
    assert (moment.clock and moment.clock.isoformat("minutes")) == clock_time
    assert moment.at is None or day == "9999-12-31"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-26", "2026-11-26"),
        ("26/11/2026", "2026-11-26"),
        ("oggi", "2026-11-24"),
        ("domani mattina", "2026-11-25"),
        ("dopodomani", "2026-11-26"),
        ("giovedì", "2026-11-26"),
        ("giovedi", "2026-11-26"),
        ("martedì", "2026-12-01"),  # on a Tuesday: the next one
        ("il 4 ottobre", "2027-10-04"),
        ("primo dicembre", "2026-12-01"),
        ("31 febbraio", None),
        ("presto", None),
    ],
)
def test_days_are_read(text: str, day: str | None) -> None:
    read = italian.read_day(text, NOW.date())
    assert (read and read.isoformat()) == day


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("morning", "morning"),
        ("Mattina", "morning"),
        ("nel pomeriggio", "afternoon"),
        ("mattina o pomeriggio", None),
        ("any", None),
    ],
)
def test_part_of_day(text: str, part: str | None) -> None:
    assert italian.read_part_of_day(text) == part


@given(st.text(max_size=200))
def test_nothing_read_ever_raises(text: str) -> None:
    moment = italian.read_moment(text, NOW)
    if moment.at is not None:
        assert moment.at.tzinfo is not None
    italian.read_part_of_day(text)


@given(st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2036, 1, 1)))  # noqa: DTZ001
def test_an_iso_moment_is_read_back_unless_the_clock_skips_it(naive: datetime) -> None:
    naive = naive.replace(second=0, microsecond=0)
    at = italian.read_moment(naive.isoformat(timespec="minutes"), NOW).at
    if at is None:
        skipped = naive.replace(tzinfo=ROME).astimezone(UTC).astimezone(ROME).replace(tzinfo=None)
        assert skipped != naive
    else:
        assert at.replace(tzinfo=None) == naive


@given(st.times(), st.times())
def test_different_minutes_are_said_differently(one: time, other: time) -> None:
    same = (one.hour, one.minute) == (other.hour, other.minute)
    assert (italian.say_time(one) == italian.say_time(other)) is same


@given(
    st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1)),
    st.timedeltas(timedelta(), timedelta(days=299)),
)
def test_dates_within_a_year_are_said_differently(day: date, ahead: timedelta) -> None:
    assert (italian.say_date(day) == italian.say_date(day + ahead)) is (ahead.days == 0)


@given(st.integers(0, 10_000_000))
def test_prices_are_words(cents: int) -> None:
    said = italian.say_price(Decimal(cents) / 100)
    assert not any(char.isdigit() for char in said)
    assert said == italian.one_line(said)


@given(st.text(), st.integers(2, 50))
def test_one_line_is_one_line_within_its_limit(text: str, limit: int) -> None:
    line = italian.one_line(text, limit)
    assert len(line.splitlines()) <= 1
    assert len(line) <= limit
    line.encode()
