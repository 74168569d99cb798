"""What people and robots send that is no booking: answered with a sentence, never with a 500, and nothing runs."""

import itertools
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connections
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from scheduling.models import Appointment, Customer, Service
from shops.context import in_shop
from shops.models import Shop
from tests import factories
from tests.website.booking_pages import NOW, START, TYPED, details, hidden, one_service, send, text_of
from website.booking import limits
from website.models import BookingRequest

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def frozen() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def service(rossi: Shop) -> Service:
    with in_shop(rossi):
        return one_service()


def made(shop: Shop) -> int:
    with in_shop(shop):
        return Appointment.objects.count() + Customer.objects.count() + BookingRequest.objects.count()


# --- the form --------------------------------------------------------------------------------------------------

WRONG = [
    ("targa", "", "Questo serve."),
    ("targa", "ciao", "Questa non sembra una targa"),
    ("targa", "A" * 10_000, "Troppo lungo"),
    ("targa", "АВ123СЕ", "Questa non sembra una targa"),
    ("targa", SCRIPT, "Troppo lungo"),
    ("nome", "", "Questo serve."),
    ("nome", "N" * 10_000, "Troppo lungo: al massimo 60 caratteri."),
    ("nome", "12345", "Scriva il nome"),
    ("nome", SCRIPT, "Scriva il nome"),
    ("cognome", "https://evil.example", "Scriva il nome"),
    ("cognome", "vinci su www.evil.example", "Scriva il nome"),
    ("telefono", "", "Questo serve."),
    ("telefono", "12", "Il numero non è completo"),
    ("telefono", "3" * 10_000, "Troppo lungo"),
    ("telefono", SCRIPT, "Il numero non è completo"),
    ("email", "nessuna", "Scriva un indirizzo"),
    ("email", "a@b.it\r\nBcc: tutti@example.org", "Scriva un indirizzo"),
    ("email", "a@b.it\nX", "Scriva un indirizzo"),
    ("email", f"{'a' * 300}@b.it", "Troppo lungo"),
    ("email", SCRIPT, "Scriva un indirizzo"),
    ("nota", "N" * 10_000, "Troppo lungo: al massimo 500 caratteri."),
    ("marca", "M" * 10_000, "Troppo lungo"),
    ("modello", "M" * 10_000, "Troppo lungo"),
    ("auto", "volo", "Scelga se aspetta"),
    ("auto", None, "Scelga se aspetta"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "value", "sentence"), WRONG, ids=[f"{name}-{number}" for number, (name, *_) in enumerate(WRONG)]
)
def test_what_is_wrong_is_said_at_the_field_and_the_rest_stays(
    rossi: Shop, rossi_client: Client, service: Service, name: str, value: str | None, sentence: str
) -> None:
    changed: dict[str, Any] = {name: value}
    answer = send(rossi_client, service, **changed)
    text = text_of(answer)
    assert answer.status_code == 422
    assert sentence in text.partition("<main")[2]
    if name != "auto":
        assert f'id="id_{name}_error"' in text
        assert f'aria-describedby="id_{name}_error"' in text
    for other, typed in TYPED.items():
        if other not in (name, "auto"):
            assert typed in text
    assert SCRIPT not in answer.content.decode()
    assert made(rossi) == 0


@pytest.mark.django_db
def test_html_in_every_field_is_only_text(rossi: Shop, rossi_client: Client, service: Service) -> None:
    evil = "\"'><img src=x onerror=alert(1)>"
    wrong = rossi_client.post(
        f"/prenota/dati?servizio={service.pk}",
        {**hidden(rossi_client, service), **dict.fromkeys(TYPED, evil), "auto": "aspetto"},
    )
    assert wrong.status_code == 422
    assert "<img src=x" not in wrong.content.decode()
    kept = send(rossi_client, service, nota=SCRIPT, marca="<b>Fiat</b>", modello="<i>", email="")
    shown = rossi_client.get(kept["Location"]).content.decode()
    assert "<script>alert" not in shown
    assert "<b>Fiat" not in shown
    with in_shop(rossi):
        row = Appointment.objects.get()
    assert row.notes == SCRIPT  # kept as it was written, shown as text


@pytest.mark.django_db
def test_signs_that_nobody_sees_are_left_out(rossi: Shop, rossi_client: Client, service: Service) -> None:
    send(
        rossi_client,
        service,
        nome="  Ma\u202e\x00ría \t Rosa\r\n",
        cognome="D’\u200bAngelo",
        nota="a\x00\r\nb\u202e",
    )
    with in_shop(rossi):
        row = Appointment.objects.select_related("customer").get()
    assert (row.customer.full_name, row.notes) == ("María Rosa D’Angelo", "a\nb")


# --- starts and services that are none -------------------------------------------------------------------------

STARTS = {
    "past": "2026-11-25T09:00",
    "years-ago": "1999-01-01T09:00",
    "too-soon": "2026-11-26T10:30",
    "closed": "2026-11-29T09:00",
    "night": "2026-11-27T03:00",
    "off-grid": "2026-11-27T09:07",
    "too-far": "2027-11-26T09:00",
    "end-of-time": "9999-12-31T23:59",
    "begin-of-time": "0001-01-01T00:00",
    "no-date": "2026-02-31T09:00",
    "zone": "2026-11-27T09:00+01:00",
    "words": "domani",
    "digits": "٢٠٢٦-11-27T09:00",
    "nul": "2026-11-27T09:00\x00",
    "script": SCRIPT,
    "long": "2" * 10_000,
    "none": "",
}


@pytest.mark.django_db
@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
def test_a_start_that_is_none(rossi: Shop, rossi_client: Client, service: Service, start: str) -> None:
    answer = send(rossi_client, service, inizio=start)
    text = text_of(answer)
    assert answer.status_code == 409
    assert "non si p" in text
    assert "inizio=202" in text or 'type="radio" name="inizio" value="202' in text  # others to choose from
    assert made(rossi) == 0
    looked = rossi_client.get("/prenota/dati", {"servizio": str(service.pk), "inizio": start})
    assert looked.status_code == 409
    assert SCRIPT not in looked.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text",
    ["", "x", str(uuid4()), "\x00", SCRIPT, "9" * 10_000, "' OR 1=1 --", "٣٣٣"],
    ids=["empty", "letter", "unknown", "nul", "script", "long", "sql", "digits"],
)
def test_a_service_that_is_none(rossi: Shop, rossi_client: Client, service: Service, text: str) -> None:
    for path in ("/prenota", "/prenota/dati"):
        answer = rossi_client.get(path, {"servizio": text, "inizio": START, "dal": text})
        assert answer.status_code == 404
        assert "Tagliando" in text_of(answer)
        assert SCRIPT not in answer.content.decode()
    assert rossi_client.get("/prenota", {"servizio": str(service.pk), "dal": text}).status_code == 200


@pytest.mark.django_db
def test_a_contested_start_gives_others_and_keeps_what_was_typed(
    rossi: Shop, rossi_client: Client, service: Service
) -> None:
    fields = hidden(rossi_client, service)
    with in_shop(rossi):
        taken = factories.appointment(factories.local(2026, 11, 27, 9), minutes=60, service=service)
    answer = rossi_client.post(
        f"/prenota/dati?servizio={service.pk}", {**fields, **TYPED, "promozioni": "on"}
    )
    text = text_of(answer)
    assert answer.status_code == 409
    assert "Quell'orario è appena stato preso." in text
    assert 'type="radio" name="inizio" value="2026-11-27T08:00"' in text
    assert all(typed in text for name, typed in TYPED.items() if name != "auto")
    with in_shop(rossi):
        assert Appointment.objects.get() == taken
        assert Customer.objects.count() == 1
    again = rossi_client.post(
        f"/prenota/dati?servizio={service.pk}", {**fields, **TYPED, "inizio": "2026-11-27T08:00"}
    )
    assert again.status_code == 302


# --- sent twice, by robots, too often --------------------------------------------------------------------------


@pytest.mark.django_db
def test_sent_twice_it_books_once(rossi: Shop, rossi_client: Client, service: Service) -> None:
    fields = {**hidden(rossi_client, service), **TYPED}
    answers = [rossi_client.post(f"/prenota/dati?servizio={service.pk}", fields) for _time in range(3)]
    assert {answer["Location"] for answer in answers} == {answers[0]["Location"]}
    assert made(rossi) == 3


@pytest.mark.django_db
def test_twenty_at_once_book_once(transactional_db: None, rossi: Shop, rossi_client: Client) -> None:
    with in_shop(rossi):
        service = one_service()
        factories.bay("Ponte 2").services.add(service)
    fields = {**hidden(rossi_client, service), **TYPED}
    barrier, answers = threading.Barrier(20), []

    def post() -> None:
        client = Client(SERVER_NAME="rossi.example")
        try:
            barrier.wait(30)
            answer = client.post(f"/prenota/dati?servizio={service.pk}", fields)
            answers.append((answer.status_code, answer.get("Location")))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=post) for _number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == 20
    assert len(set(answers)) == 1
    assert answers[0][0] == 302
    assert made(rossi) == 3


@pytest.mark.django_db
@pytest.mark.parametrize(
    "token", ["", "x", "a:b:c", "\x00", "9" * 5000], ids=["none", "x", "parts", "nul", "long"]
)
def test_a_forged_form_books_nothing_and_is_shown_again(
    rossi: Shop, rossi_client: Client, service: Service, token: str
) -> None:
    answer = send(rossi_client, service, modulo=token)
    assert answer.status_code == 422
    assert "non è ancora prenotato" in text_of(answer)
    assert TYPED["nota"] in text_of(answer)
    assert made(rossi) == 0


@pytest.mark.django_db
def test_a_form_left_open_for_a_day(rossi: Shop, rossi_client: Client, service: Service, frozen: Any) -> None:
    fields = {**hidden(rossi_client, service, "2026-11-30T09:00"), **TYPED}
    frozen.shift(timedelta(days=1))
    answer = rossi_client.post(f"/prenota/dati?servizio={service.pk}", fields)
    assert answer.status_code == 422
    assert made(rossi) == 0


@pytest.mark.django_db
def test_a_form_of_another_shop(
    rossi: Shop, bianchi: Shop, rossi_client: Client, bianchi_client: Client, service: Service
) -> None:
    with in_shop(bianchi):
        other = one_service()
    fields = {**hidden(bianchi_client, other), **TYPED}
    assert rossi_client.post(f"/prenota/dati?servizio={service.pk}", fields).status_code == 422
    assert made(rossi) == 0


@pytest.mark.django_db
def test_a_robot_that_fills_every_field_is_thanked(
    rossi: Shop, rossi_client: Client, service: Service
) -> None:
    answer = send(rossi_client, service, website_url="https://evil.example")
    assert answer.status_code == 200
    assert "Grazie!" in text_of(answer)
    assert made(rossi) == 0


@pytest.mark.django_db
def test_without_the_token_of_the_page_nothing_is_booked(rossi: Shop, service: Service) -> None:
    client = Client(SERVER_NAME="rossi.example", enforce_csrf_checks=True)
    answer = send(client, service)
    assert answer.status_code == 403
    assert 'href="/"' in text_of(answer)
    assert made(rossi) == 0


@pytest.mark.django_db
def test_too_many_from_an_address(rossi: Shop, rossi_client: Client, service: Service) -> None:
    for number in range(limits.BOOKED_FROM_ADDRESS.most):
        with in_shop(rossi):
            assert limits.BOOKED_FROM_ADDRESS.take("127.0.0.1"), number
    answer = send(rossi_client, service)
    assert answer.status_code == 429
    assert "02 1234 5678" in text_of(answer)
    assert answer["Retry-After"]
    assert made(rossi) == 0
    assert send(Client(SERVER_NAME="rossi.example", REMOTE_ADDR="192.0.2.7"), service).status_code == 302


@pytest.mark.django_db
def test_too_many_from_an_address_in_a_day(rossi: Shop, rossi_client: Client, service: Service) -> None:
    with in_shop(rossi):
        for _number in range(limits.BOOKED_FROM_ADDRESS_TODAY.most):
            limits.BOOKED_FROM_ADDRESS_TODAY.take("127.0.0.1")
    assert send(rossi_client, service).status_code == 429
    assert made(rossi) == 0


@pytest.mark.django_db
def test_too_many_for_a_number(rossi: Shop, rossi_client: Client, service: Service) -> None:
    with in_shop(rossi):
        for _number in range(limits.BOOKED_FOR_PHONE.most):
            limits.BOOKED_FOR_PHONE.take("+393331234567")
    assert send(rossi_client, service, telefono="0039 333 123 4567").status_code == 429
    assert send(rossi_client, service, telefono="333 7654321").status_code == 302


@pytest.mark.django_db
def test_without_the_cache_people_still_book(
    rossi: Shop, rossi_client: Client, service: Service, settings: Any
) -> None:
    away = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {**settings.CACHES, "default": away}
    assert send(rossi_client, service).status_code == 302


# --- whatever comes --------------------------------------------------------------------------------------------

ADDRESSES = itertools.count()
ANYTHING = st.text(max_size=60) | st.sampled_from(
    ["", "\x00", "\ud800".encode("utf-8", "replace").decode(), "1" * 400, SCRIPT, "on", START, "𝟛𝟛𝟛"]
)


@pytest.mark.django_db
@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    fields=st.dictionaries(
        st.sampled_from([*TYPED, "inizio", "modulo", "conferma", "promozioni", "website_url"]), ANYTHING
    )
)
def test_whatever_is_sent_is_answered_in_words(
    rossi: Shop, rossi_client: Client, service: Service, fields: dict[str, str]
) -> None:
    values = {**TYPED, "inizio": START, **fields}
    body = {name: value.encode("utf-8", "replace").decode() for name, value in values.items()}
    address = f"10.0.{next(ADDRESSES) // 200}.{next(ADDRESSES) % 200}"
    answer = rossi_client.post(f"/prenota/dati?servizio={service.pk}", body, REMOTE_ADDR=address)
    assert answer.status_code in (200, 409, 422)
    assert SCRIPT not in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"\xff\xfe\x00nome=\xc3", "application/x-www-form-urlencoded"),
        (b"nome=%ED%A0%80&cognome=%FF", "application/x-www-form-urlencoded"),
        (b'{"nome": 1}', "application/json"),
        (b"garbage", "multipart/form-data; boundary=x"),
        (b"garbage", "multipart/form-data"),
        (b"a=1&" * 3000, "application/x-www-form-urlencoded"),
    ],
    ids=["bytes", "surrogates", "json", "multipart", "no-boundary", "many"],
)
def test_bodies_that_are_no_form(
    rossi: Shop, rossi_client: Client, service: Service, body: bytes, kind: str
) -> None:
    answer = rossi_client.post(f"/prenota/dati?servizio={service.pk}", body, content_type=kind)
    assert 400 <= answer.status_code < 500
    assert made(rossi) == 0


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["put", "delete", "patch", "options"])
def test_other_methods(rossi_client: Client, service: Service, method: str) -> None:
    for path in ("/", "/prenota", details(service), f"/prenota/fatto/{uuid4()}"):
        assert getattr(rossi_client, method)(path).status_code == 405
