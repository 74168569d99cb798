"""The figures of Oggi: each number is what the list behind it shows, and counts what it says."""

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from backoffice.today import figures, occupancy
from benchmarks import officina
from receptionist import outofhours
from receptionist.models import Conversation, Handover
from scheduling import catalogue, nextfree, selections
from scheduling.models import Bay, OpeningHours, Service
from scheduling.periods import Period
from shops.context import in_shop
from shops.models import Shop
from shops.staff.models import StaffUser
from tests import factories
from tests.factories import local
from tests.scheduling.desk import Desk, Login

# A Thursday, 11:00 in Rome.
NOW = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
NUMBER = re.compile(r'<a class="td-number" data-rows="(\d+)" href="([^"]+)">([^<]*)</a>')
LINE = re.compile(r'<th scope="row">([^<]*)</th>(.*?)</tr>')


@pytest.fixture(autouse=True)
def _thursday() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def counter(rossi: Shop, manager: StaffUser, log_in: Login) -> Iterator[Desk]:
    """The manager at work in a new shop; the test runs inside the shop."""
    client = Desk(SERVER_NAME="rossi.example")
    client.shop = rossi
    log_in(client, manager, rossi)
    with in_shop(rossi):
        yield client


def rows_behind(client: Desk, address: str) -> int:
    """How many rows the list at this address has."""
    response = client.get(address)
    assert response.status_code == 200, address
    context = response.context
    return int(context["cl"].result_count if "cl" in context else context["count"])


def numbers(client: Desk) -> dict[str, list[tuple[int, str, str]]]:
    """Each figure: rows, address and text of today and of the week."""
    page = " ".join(client.get("/admin/oggi/").content.decode().split())
    return {
        html.unescape(label): [
            (int(rows), html.unescape(link), shown) for rows, link, shown in NUMBER.findall(cells)
        ]
        for label, cells in LINE.findall(page)
    }


def test_every_number_is_the_count_of_its_list(counter: Desk) -> None:
    officina.fill(customers=600, appointments=300, conversations=240, days_ahead=2, days_of_talk=8)
    found = numbers(counter)
    assert len(found) == 14
    seen = 0
    for label, cells in found.items():
        assert len(cells) == 2, label
        for rows, link, shown in cells:
            assert rows_behind(counter, link) == rows, (label, link)
            assert shown.isdigit() is False or int(shown) == rows, label
            seen += rows
    assert seen > 100, "there was something to count"
    assert all(cells[1][0] for cells in found.values()), "every figure of the week has rows in this test"


def test_the_reasons_lead_to_their_lists(counter: Desk) -> None:
    officina.fill(customers=600, appointments=100, conversations=150, days_ahead=2, days_of_talk=5)
    shown = figures.load(catalogue.load(), now=NOW, with_talks=True)
    assert len(shown.lost_by_reason) > 2
    for _reason, count, link in shown.lost_by_reason:
        assert rows_behind(counter, link) == count
    assert sum(count for _reason, count, _link in shown.lost_by_reason) == shown.lines[-1].cells[1].rows


@pytest.mark.parametrize(
    "address", ["?periodo=mese&p=2", "?p=999", "?p=x&periodo=nie&motivo=\0", "?motivo=pieno"]
)
def test_the_lost_requests_by_pages(counter: Desk, address: str) -> None:
    officina.fill(customers=40, appointments=0, conversations=60, days_of_talk=20)
    assert counter.get(f"/admin/oggi/perse/{address}").status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "/admin/receptionist/conversation/?orario=chiuso",
        "/admin/receptionist/conversation/?orario=x&periodo=x&risposta=x",
        "/admin/receptionist/outboundmessage/?falliti=recenti",
        "/admin/scheduling/appointment/?occupa=x&preso=x&inizio=x&sospeso=x",
        "/admin/scheduling/appointment/?sospeso=ritiro&inizio=mese",
    ],
)
def test_the_lists_filter_without_a_period_and_with_nonsense(counter: Desk, address: str) -> None:
    assert counter.get(address).status_code == 200


def talk(moment: datetime, **values: Any) -> Conversation:
    return Conversation.objects.create(
        channel="voice", external_id=str(uuid4()), started_at=moment, disclosed_at=moment, **values
    )


def closed_talks() -> int:
    cat, week = catalogue.load(), selections.stretch(Period.WEEK)
    begun = Conversation.objects.filter(outofhours.begun_in(week))
    return begun.alias(begun_open=outofhours.while_open(cat.calendar, week)).filter(begun_open=False).count()


@pytest.mark.parametrize(
    ("moment", "closed"),
    [
        ((2026, 11, 26, 8, 0), False),
        ((2026, 11, 26, 7, 59), True),
        ((2026, 11, 26, 12, 30), True),  # the end of the morning is no opening time any more
        ((2026, 11, 26, 13, 0), True),
        ((2026, 11, 26, 14, 0), False),
        ((2026, 11, 28, 9, 0), False),
        ((2026, 11, 28, 15, 0), True),
        ((2026, 11, 29, 9, 0), True),
    ],
)
def test_out_of_hours_by_the_hours(in_rossi: Shop, moment: tuple[int, ...], closed: bool) -> None:
    factories.hours()
    talk(local(*moment))
    assert closed_talks() == int(closed)


def test_out_of_hours_by_closures_and_holidays(in_rossi: Shop) -> None:
    factories.hours()
    talk(local(2026, 11, 26, 9))
    assert closed_talks() == 0
    factories.closure(local(2026, 11, 26).date())
    assert closed_talks() == 1
    with time_machine.travel(local(2026, 12, 8, 12), tick=False):
        talk(local(2026, 12, 8, 9))  # Immacolata, a Tuesday
        assert closed_talks() == 1


@pytest.mark.parametrize("sunday", [(2026, 10, 25), (2026, 3, 29)])
def test_out_of_hours_on_the_day_of_the_clock_change(in_rossi: Shop, sunday: tuple[int, int, int]) -> None:
    """A shop that opens on Sunday at nine by the wall clock, whatever the clock did in the night."""
    OpeningHours.objects.all().delete()
    OpeningHours.objects.create(weekday=6, opens=time(9), closes=time(12))
    with time_machine.travel(local(*sunday, 15), tick=False):
        for hour, minute in ((8, 59), (9, 0), (11, 59), (12, 0)):
            talk(local(*sunday, hour, minute))
        assert closed_talks() == 2


def test_bays_are_used_by_what_lies_in_opening_hours(in_rossi: Shop) -> None:
    factories.empty_workshop()
    factories.hours([(3, time(8), time(12))])
    bays = [factories.bay(), factories.bay()]
    what = factories.service(bays=bays)
    factories.appointment(local(2026, 11, 26, 8), minutes=120, bay=bays[0], service=what)
    factories.appointment(
        local(2026, 11, 26, 11), minutes=180, bay=bays[1], service=what
    )  # two hours too long
    factories.appointment(local(2026, 11, 26, 9), minutes=60, bay=bays[1], service=what, status="cancelled")
    unused = factories.bay(is_active=False)
    factories.appointment(local(2026, 11, 26, 8), minutes=240, bay=unused, service=what)
    today, week = occupancy.of(
        catalogue.load(), [selections.stretch(each) for each in (Period.TODAY, Period.WEEK)]
    )
    assert (today.share, today.works) == (3 / 8, 2)
    assert (week.share, week.works) == (3 / 8, 2)
    factories.closure(local(2026, 11, 26).date(), bay=bays[1])
    assert occupancy.of(catalogue.load(), [selections.stretch(Period.TODAY)])[0].share == 2 / 4


def test_a_shop_that_never_opens_has_no_share(in_rossi: Shop) -> None:
    OpeningHours.objects.all().delete()
    assert occupancy.of(catalogue.load(), [selections.stretch(Period.WEEK)])[0].share is None


def test_the_next_free_place_is_what_customers_are_offered(in_rossi: Shop) -> None:
    """For every service, also one of which there are only so many a day."""
    from scheduling import booking

    officina.fill(customers=20, appointments=400, conversations=0, days_ahead=9)
    capped = Service.objects.all()[0]
    Service.objects.filter(pk=capped.pk).update(most_a_day=2)
    cat = catalogue.load()
    for each in nextfree.next_free(cat, cat.services, NOW):
        offered = booking.free_slots(service=each.service, limit=1, now=NOW, catalogue=cat).slots
        assert each.slot == (offered[0] if offered else None), each.service.name


def test_nothing_is_free_where_there_is_no_bay(in_rossi: Shop) -> None:
    Bay.objects.update(is_active=False)
    cat = catalogue.load()
    assert [each.slot for each in nextfree.next_free(cat, cat.services, NOW)] == [None] * len(cat.services)


def test_transfers_are_counted_when_they_were_asked_for(counter: Desk) -> None:
    for moment in (NOW, NOW - timedelta(days=2), NOW - timedelta(days=9)):
        Handover.objects.create(conversation=talk(moment), reason="Il titolare", created_at=moment)
    cells = numbers(counter)["Passate a una persona"]
    assert [cell[0] for cell in cells] == [1, 2]
