"""Reading when somebody means: the tables of phrases, and what holds for every text."""

import time as stopwatch
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receptionist import italian
from receptionist.italian import When, read_when
from tests.receptionist.italian_phrases import NOW, ROME, noted, table

PHRASES = table("italian_phrases.txt")
FRESH = table("italian_phrases_fresh.txt")
ALL_DAY = (time(0), time(23, 59))


@pytest.mark.parametrize(("text", "meaning"), PHRASES)
def test_phrases(text: str, meaning: str) -> None:
    assert noted(read_when(text, NOW)) == meaning


@pytest.mark.parametrize(("text", "meaning"), FRESH)
def test_phrases_that_it_was_not_written_for(text: str, meaning: str) -> None:
    assert noted(read_when(text, NOW)) == meaning


def test_the_tables_are_long_enough() -> None:
    assert len({text for text, _meaning in PHRASES}) >= 300
    assert len({text for text, _meaning in FRESH}) >= 150


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("martedì", "Intende oggi, martedì 24 novembre, o martedì primo dicembre?"),
        ("mercoledì prossimo", "Intende mercoledì 25 novembre o mercoledì 2 dicembre?"),
        ("giovedì 9", "Intende giovedì 26 novembre alle nove o mercoledì 9 dicembre?"),
        ("mercoledì 26 novembre", "Intende mercoledì 25 novembre o giovedì 26 novembre?"),
        ("15 novembre", "Domenica 15 novembre è già passato. Intende lunedì 15 novembre 2027?"),
        ("ieri", "Lunedì 23 novembre è già passato. Quale giorno preferisce?"),
        ("oggi alle 9", "Oggi quell'ora è già passata. Preferisce più tardi o un altro giorno?"),
        ("domani mattina alle 15", "Intende di mattina o alle quindici?"),
        (
            "28 marzo 2027 alle 02:30",
            "Domenica 28 marzo alle due e mezza non esiste, perché cambia l'ora. A che ora preferisce?",
        ),
        ("giovedì", ""),
    ],
)
def test_questions(text: str, question: str) -> None:
    assert read_when(text, NOW).question == question


def test_on_a_thursday_thursday_is_asked_about() -> None:
    when = read_when("giovedì mattina", datetime(2026, 11, 26, 9, 0, tzinfo=ROME))
    assert when.question == "Intende oggi, giovedì 26 novembre, o giovedì 3 dicembre?"
    assert when.either == (date(2026, 11, 26), date(2026, 12, 3))
    assert when.at is None


@pytest.mark.parametrize(
    ("text", "either"),
    [
        ("lunedì o giovedì", ["2026-11-26", "2026-11-30"]),
        ("il 10 o il 20", ["2026-12-10", "2026-12-20"]),
        ("dal 10 al 20", []),
    ],
)
def test_days_to_choose_from(text: str, either: list[str]) -> None:
    assert [day.isoformat() for day in read_when(text, NOW).either] == either


@pytest.mark.parametrize(
    ("text", "expects", "meaning"),
    [
        ("15", "day", "12-15"),
        ("15", "clock", "15:00"),
        ("9", "clock", "09:00"),
        ("3", "clock", "15:00"),
        ("15", "", ""),
        ("giovedì", "clock", "11-26"),
    ],
)
def test_a_number_alone_answers_what_was_asked(text: str, expects: str, meaning: str) -> None:
    assert noted(read_when(text, NOW, expects=expects)) == meaning  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "opens", "clock"),
    [
        ("alle 3", ALL_DAY, "03:00"),
        ("alle 7", (time(7), time(18)), "07:00"),
        ("alle 7", (time(9), time(20)), "19:00"),
        ("alle 8", (time(14), time(22)), "20:00"),
    ],
)
def test_the_hours_of_the_shop_decide(text: str, opens: tuple[time, time], clock: str) -> None:
    assert read_when(text, NOW, opens=opens).clock == time.fromisoformat(clock)


def test_a_moment_is_aware_only_when_there_is_one() -> None:
    assert read_when("giovedì alle 9", NOW).at == datetime(2026, 11, 26, 9, tzinfo=ROME)
    for text in ("giovedì", "alle 9", "martedì alle 15", "28 marzo 2027 alle 02:30", "giovedì dopo le 9"):
        assert read_when(text, NOW).at is None
    assert not read_when("boh", NOW)


def test_the_day_is_that_of_the_shop() -> None:
    late = datetime(2026, 11, 24, 23, 30, tzinfo=UTC).astimezone(ROME)
    assert read_when("domani", late).day == date(2026, 11, 26)
    assert read_when("fra un'ora", late).at == datetime(2026, 11, 25, 1, 30, tzinfo=ROME)


moments = st.datetimes(
    min_value=datetime(2026, 11, 24, 10, 15),  # noqa: DTZ001
    max_value=datetime(2027, 11, 23, 23, 45),  # noqa: DTZ001
).map(lambda naive: naive.replace(minute=naive.minute // 15 * 15, second=0, microsecond=0))
real_moments = moments.map(
    lambda naive: naive.replace(tzinfo=ROME).astimezone(UTC).astimezone(ROME).replace(fold=0)
)
days = st.dates(NOW.date(), NOW.date() + timedelta(days=364))


@given(real_moments)
def test_what_is_said_is_understood(moment: datetime) -> None:
    assert read_when(italian.say_when(moment, NOW), NOW, opens=ALL_DAY).at == moment


@given(real_moments.filter(lambda moment: time(8) <= moment.time() <= time(18, 30)))
def test_what_is_said_in_opening_hours_needs_no_help(moment: datetime) -> None:
    assert read_when(italian.say_when(moment, NOW), NOW).at == moment
    assert italian.read_moment(italian.say_when(moment, NOW), NOW).at == moment


@given(real_moments)
def test_what_is_written_is_understood(moment: datetime) -> None:
    written = italian.write_when(moment, NOW)
    assert len(written) <= 24
    assert read_when(written, NOW).at == moment


@given(days)
def test_days_that_are_said_and_written_are_understood(day: date) -> None:
    today = NOW.date()
    for text in (italian.say_date(day, today), italian.say_day(day, today), italian.write_date(day, today)):
        assert italian.read_day(text, today) == day
        assert read_when(text, NOW).question == ""


@given(st.times())
def test_times_that_are_said_are_understood(clock: time) -> None:
    clock = clock.replace(second=0, microsecond=0)
    said = italian.at_time(clock)
    assert read_when(said, NOW, opens=ALL_DAY).clock == clock


@given(st.lists(real_moments.filter(lambda moment: moment.hour >= 8), min_size=1, max_size=3))
def test_the_first_of_several_offers_is_among_those_read(offered: list[datetime]) -> None:
    when = read_when(italian.say_moments(offered, NOW), NOW)
    named = {moment.date() for moment in offered}
    assert {when.day} <= named if when.day else when.days is not None and set(when.either) <= named


scraps = st.sampled_from([word for text, _meaning in PHRASES for word in text.split()])


@given(st.lists(scraps, max_size=30).map(" ".join) | st.text(max_size=400))
def test_no_text_raises_and_every_answer_holds_together(text: str) -> None:
    when = read_when(text, NOW)
    assert isinstance(when, When)
    if when.at is not None:
        assert when.at.tzinfo is not None
        assert (when.at.date(), when.at.time()) == (when.day, when.clock)
    if when.days:
        assert when.days[0] <= when.days[1]
        assert when.past or when.days[0] >= NOW.date()
    if when.day and when.day < NOW.date():
        assert when.past
    assert not (when.past and not when.question)
    italian.read_number(text)
    italian.read_plate(text)
    italian.read_yes_no(text)


def _seconds(text: str) -> float:
    begun = stopwatch.thread_time()
    read_when(text, NOW)
    italian.read_plate(text)
    italian.read_number(text)
    return stopwatch.thread_time() - begun


def test_a_message_is_read_at_once() -> None:
    text = (
        "Buongiorno, vorrei prenotare il tagliando della mia Panda giovedì mattina verso le 9 e mezza, " * 3
    )[:200]
    assert min(_seconds(text) for _time in range(20)) < 0.003


@pytest.mark.parametrize(
    "piece",
    [
        "tra ",
        "1",
        "1 ",
        "1-",
        "1.",
        "a ",
        "non prima ",
        "giovedì o ",
        "dopo il ",
        "9 e ",
        "+39 3",
        "e'",
        "x",
        "1/2/",
    ],
)
def test_the_longest_messages_are_bounded(piece: str) -> None:
    text = (piece * 4096)[:4096]
    assert min(_seconds(text) for _time in range(2)) < 0.5
