"""Writing to one's own receptionist: everything happens as for a customer, and nothing of it stays."""

import contextlib
import pickle
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import time_machine
from celery.signals import before_task_publish
from django.db import OperationalError, connection
from psycopg import sql

from receptionist import brain, tryout
from receptionist.content import Option
from receptionist.inbound import Person
from receptionist.models import AIConfig, ModelUsage
from receptionist.tryout import Report, Trial
from scheduling import booking
from scheduling.models import Appointment, Bay, Customer, Service
from shops.context import in_shop
from shops.models import Shop
from tests import factories
from tests.database import superuser
from tests.receptionist.chat import chat_with
from tests.receptionist.chatting import OneByOne, call, one_by_one, says
from tests.receptionist.conftest import MARIO, NOW, THURSDAY, at

Dump = dict[str, tuple[int, str]]


@pytest.fixture(autouse=True)
def tuesday() -> Iterator[None]:
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def shop(committed: Shop) -> Iterator[Shop]:
    """The first shop, with Mario and his Panda, in a database that commits."""
    with in_shop(committed):
        mario = factories.customer(first_name="Mario", last_name="Verdi", phone=MARIO)
        factories.vehicle(mario, license_plate="GA123BC")
        yield committed


def dump() -> Dump:
    """Every table of every schema: how many rows, and a sum of all that stands in them."""
    found: Dump = {}
    with superuser(connection.settings_dict["NAME"]) as admin:
        tables = admin.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname = 'public' OR schemaname LIKE 'shop\\_%'"
        ).fetchall()
        for schema, table in tables:
            question = (
                "SELECT count(*), coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM {} t"
            )
            name = sql.Identifier(schema, table)
            found[f"{schema}.{table}"] = admin.execute(sql.SQL(question).format(name)).fetchone()  # type: ignore[assignment]
    assert len(found) > 60
    return found


def words(report: Report) -> str:
    return "\n".join(each.text for each in report.said)


def tap(trial: Trial, report: Report, title: str) -> Report:
    options = [each for content in report.said for each in content.options]
    chosen = next((each for each in options if each.title.lower().startswith(title.lower())), None)
    assert chosen, [each.title for each in options]
    return tryout.say(trial=trial, tap=Option(chosen.id, chosen.title))


def names(report: Report) -> list[str]:
    return [each.name for each in report.tools]


@pytest.fixture
def published() -> Iterator[list[str]]:
    """The names of the tasks that go to the broker."""
    names: list[str] = []

    def note(sender: Any = None, **_kwargs: Any) -> None:
        names.append(str(sender))

    before_task_publish.connect(note)
    yield names
    before_task_publish.disconnect(note)


def test_a_guided_trial_books_moves_cancels_and_calls_a_person_and_leaves_nothing(
    shop: Shop, published: list[str]
) -> None:
    before = dump()
    trial = Trial(Person(phone=MARIO))
    report = tryout.say(trial=trial, text="Vorrei un tagliando giovedì mattina alle 9:30")
    assert (report.mode, report.why, report.rules.has_key) == ("guided", brain.NO_KEY, False)
    assert "intelligenza artificiale" in words(report)
    report = tap(trial, report, "Aspetto")
    report = tap(trial, report, "Sì")
    assert names(report) == ["book_appointment"]
    (booked,) = report.booked
    assert (booked.begins, booked.car, booked.status) == (at(THURSDAY), "GA123BC", "confirmed")
    assert booked.code in words(report)

    report = tryout.say(trial=trial, text="Posso spostarlo a venerdì alle 10?")
    report = tap(trial, report, "Sì")
    assert names(report) == ["reschedule_appointment"]
    (moved,) = report.booked
    assert (moved.code, moved.begins) == (booked.code, at("2026-11-27T10:00"))  # the code that was said first

    report = tryout.say(trial=trial, text="Anzi, voglio disdire")
    report = tap(trial, report, "Annulla")
    assert names(report)[-1] == "cancel_appointment"
    assert [each.status for each in report.booked] == ["cancelled"]

    report = tryout.say(trial=trial, text="Vorrei parlare con una persona")
    assert names(report) == ["request_human"]
    assert report.person.startswith("Vuole parlare con una persona")
    report = tryout.say(trial=trial, text="Ci siete?")
    assert (report.said, report.silent, report.mode) == ((), True, "")

    assert dump() == before
    assert published == []


def test_a_trial_with_the_model_counts_what_it_cost_and_leaves_nothing_else(
    shop: Shop, settings: Any, published: list[str]
) -> None:
    before = dump()
    trial = Trial(tryout.new_customer())
    book = call(
        "book_appointment", service="tagliando", start=THURSDAY, license_plate="FZ123AB", first_name="Ada"
    )
    with one_by_one(
        settings,
        call("check_availability", service="tagliando", date_from="2026-11-26", part_of_day="morning"),
        says("C'è posto giovedì 26 novembre alle 9:30, va bene?"),
        book,
        says("Prenotato, giovedì 26 novembre alle 9:30."),
        call("list_appointments"),
        says("Ha un tagliando giovedì 26 novembre alle 9:30."),
    ) as stub:
        report = tryout.say(trial=trial, text="Vorrei un tagliando giovedì mattina")
        assert (names(report), report.mode, report.why) == (["check_availability"], "model", "")
        report = tryout.say(trial=trial, text="Sì, sono Ada, targa FZ123AB")
        assert [(each.name, each.ok) for each in report.tools] == [("book_appointment", True)]
        assert report.tools[0].arguments["license_plate"] == "FZ123AB"
        code = report.booked[0].code
        report = tryout.say(trial=trial, text="Che cosa ho in agenda?")
        assert "9:30" in report.tools[0].result
        assert [each.code for each in report.booked] == [code]
    # The model was told what was played before, by the same prompt and tools that customers get.
    last = stub.requests[-1]
    assert "Cliente: Ada." in last["messages"][0]["content"]
    assert any(each.get("tool_calls") for each in last["messages"][:-3])

    used = ModelUsage.objects.get()
    assert used.requests == 6
    after = dump()
    table = f"{shop.schema_name}.receptionist_modelusage"
    assert {name for name in before if before[name] != after[name]} == {table}
    assert published == []


def test_a_model_that_fails_is_named_and_the_guided_mode_answers(shop: Shop, settings: Any) -> None:
    settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL = "sk-test", "http://127.0.0.1:9"
    report = tryout.say(trial=Trial(tryout.new_customer()), text="Vorrei un tagliando giovedì alle 9:30")
    assert (report.mode, report.why) == ("guided", "APIConnectionError")
    assert words(report)


def test_what_the_model_may_not_say_is_named(shop: Shop, settings: Any) -> None:
    with one_by_one(
        settings, says("Prenotato per giovedì alle 9:30!"), says("Prenotato per giovedì alle 9:30!")
    ):
        report = tryout.say(trial=Trial(Person(phone=MARIO)), text="Un tagliando giovedì alle 9:30")
    assert report.why == f"{brain.UNSUITABLE}: claim"
    assert "Prenotato" not in words(report)


def test_no_lock_and_no_transaction_is_held_while_the_model_is_waited_for(shop: Shop, settings: Any) -> None:
    """A real customer books the very place that was played, at the moment in which the model thinks."""
    trial = Trial(tryout.new_customer())
    open_then: list[int] = []

    class Slow(OneByOne):
        def _chat(self, request: Any) -> Any:
            with superuser(connection.settings_dict["NAME"]) as admin:
                question = (
                    "SELECT count(*) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation "
                    "WHERE c.relname LIKE 'scheduling%'"
                )
                open_then.append(admin.execute(question).fetchone()[0])  # type: ignore[index]
            return super()._chat(request)

    book = call(
        "book_appointment", service="tagliando", start=THURSDAY, license_plate="FZ123AB", first_name="Ada"
    )
    stub = Slow([book, says("Prenotato, giovedì 26 novembre alle 9:30.")])
    settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = stub.url, "sk-test"
    try:
        tryout.say(trial=trial, text="Tagliando giovedì alle 9:30")
    finally:
        stub.close()
    assert open_then == [0, 0]


def test_somebody_who_really_books_the_place_gets_it(shop: Shop, settings: Any) -> None:
    settings.OPENAI_API_KEY = ""
    Bay.objects.exclude(pk=Bay.objects.order_by("pk")[0].pk).update(is_active=False)
    trial = Trial(Person(phone=MARIO))
    tap(trial, tap(trial, tryout.say(trial=trial, text="Un tagliando giovedì alle 9:30"), "Aspetto"), "Sì")
    real = factories.customer(first_name="Rita", phone="+393470001122")
    booking.book(
        customer=real,
        vehicle=None,
        service=Service.objects.get(name__icontains="tagliando"),
        starts_at=at(THURSDAY),
        source="manual",
    )
    report = tryout.say(trial=trial, text="Vorrei disdire l'appuntamento")
    assert report.lost
    assert report.booked == ()
    assert Appointment.objects.get().customer == real


def test_a_change_of_the_settings_is_seen_by_the_next_turn(shop: Shop, settings: Any) -> None:
    settings.OPENAI_API_KEY = ""
    first = tryout.say(trial=Trial(tryout.new_customer()), text="Ciao")
    AIConfig.objects.update(greeting="Qui Officina Rossi, salve.", formality="tu")
    second = tryout.say(trial=Trial(tryout.new_customer()), text="Ciao")
    assert first.rules.first_sentence.startswith("Officina Rossi, buongiorno.")
    assert second.rules.first_sentence.startswith("Qui Officina Rossi, salve.")
    assert words(second).startswith("Qui Officina Rossi, salve.")


def test_a_chat_that_the_customer_really_has_is_left_alone(shop: Shop, settings: Any) -> None:
    settings.OPENAI_API_KEY, settings.BURST_WAIT_SECONDS = "", 0
    real = chat_with(MARIO)
    real.say("Vorrei un tagliando giovedì alle 9:30")
    before = dump()
    trial = Trial(Person(phone=MARIO))
    assert "intelligenza artificiale" in words(tryout.say(trial=trial, text="Ciao"))  # a chat of its own
    assert dump() == before
    real.tap("Aspetto")
    assert real.conversation.ended_at is None


def test_a_failure_leaves_the_trial_as_it_was(shop: Shop, settings: Any) -> None:
    settings.OPENAI_API_KEY = ""
    trial = Trial(Person(phone=MARIO))
    tryout.say(trial=trial, text="Un tagliando giovedì alle 9:30")
    written = list(trial.journal)
    before = dump()
    with superuser(connection.settings_dict["NAME"]) as admin, admin.transaction():
        admin.execute(
            sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(
                sql.Identifier(shop.schema_name, "receptionist_conversation")
            )
        )
        with pytest.raises(OperationalError):
            tryout.say(trial=trial, text="Aspetto")
    assert trial.journal == written
    assert dump() == before
    assert tryout.say(trial=trial, text="Aspetto").said


def test_a_trial_goes_on_in_another_process(shop: Shop, settings: Any) -> None:
    settings.OPENAI_API_KEY = ""
    trial = Trial(Person(phone=MARIO))
    report = tryout.say(trial=trial, text="Un tagliando giovedì alle 9:30")
    trial = pickle.loads(pickle.dumps(trial))
    report = tap(trial, report, "Aspetto")
    trial = pickle.loads(pickle.dumps(trial))
    assert tap(trial, report, "Sì").booked


def test_a_new_customer_exists_nowhere(shop: Shop) -> None:
    person = tryout.new_customer()
    assert not Customer.objects.filter(phone=person.phone).exists()
    report = tryout.say(trial=Trial(person), text="È pronta la macchina?")
    assert report.said
    assert not Customer.objects.filter(phone=person.phone).exists()


def test_customers_book_and_move_while_somebody_tries(shop: Shop, settings: Any) -> None:
    """The same bays, the same times, at once: the trial may give way, no customer ever has to."""
    settings.OPENAI_API_KEY = ""
    service = Service.objects.get(name__icontains="tagliando")
    going = threading.Event()
    going.set()

    def try_out() -> int:
        turns = 0
        with in_shop(shop):
            while going.is_set() or not turns:
                trial = Trial(Person(phone=MARIO))
                with contextlib.suppress(OperationalError):
                    tryout.say(trial=trial, text="Un tagliando giovedì alle 9:30, aspetto lì")
                    booked = tryout.say(trial=trial, text="Sì, confermo")
                    tryout.say(trial=trial, text="Posso spostarlo a venerdì alle 10?")
                    turns += bool(booked.tools)
        connection.close()
        return turns

    with ThreadPoolExecutor(1) as pool:
        playing = pool.submit(try_out)
        try:
            for number in range(12):
                real = factories.customer(first_name="Rita", phone=f"+3934700011{number:02}")
                row = booking.book(
                    customer=real, vehicle=None, service=service, starts_at=at(THURSDAY), source="manual"
                ).appointment
                booking.reschedule(appointment=row, starts_at=at("2026-11-27T10:00"))
                booking.cancel(appointment=row)
        finally:
            going.clear()
        assert playing.result() > 0  # at the latest when nobody is in its way
    assert list(Appointment.objects.values_list("status", flat=True)) == ["cancelled"] * 12
