"""What is offered for a wish, and what comes nearest when there is nothing."""

from datetime import date, datetime, timedelta

import pytest

from scheduling import booking, catalogue
from scheduling.availability import Nothing, PartOfDay, Taken
from scheduling.hours import Why
from scheduling.models import Appointment
from scheduling.models.appointments import Status
from scheduling.offers import Offers
from scheduling.rules import Rules
from tests import factories
from tests.scheduling.conftest import Workshop

MONDAY = date(2026, 11, 23)


def ask(workshop: Workshop, **wish: object) -> Offers:
    return booking.free_slots(**{"service": workshop.service, "now": workshop.now} | wish)  # type: ignore[arg-type]


def walls(offers: Offers, nearest: bool = False) -> list[str]:
    tz = catalogue.current_shop().tz
    slots = offers.nearest if nearest else offers.slots
    return [f"{slot.starts_at.astimezone(tz):%m-%d %H:%M}" for slot in slots]


def fill(workshop: Workshop, first: date, last: date) -> None:
    """Take both bays for all opening hours of these days."""
    cat = catalogue.load()
    for begin, end in cat.calendar.periods(first, last):
        for bay in workshop.bays:
            factories.appointment(
                datetime.fromtimestamp(begin, workshop.now.tzinfo),
                minutes=(end - begin) // 60,
                customer=workshop.customer,
                vehicle=workshop.vehicle,
                service=workshop.service,
                bay=bay,
            )


def test_the_nearest_first_and_three(workshop: Workshop) -> None:
    assert walls(ask(workshop)) == ["11-23 09:00", "11-23 09:30", "11-23 10:00"]  # two hours of notice
    assert walls(ask(workshop, limit=1)) == ["11-23 09:00"]
    assert walls(ask(workshop, part_of_day="afternoon", limit=1)) == ["11-23 14:00"]
    assert walls(ask(workshop, date_from=date(2026, 11, 26), limit=1)) == ["11-26 08:00"]


def test_dates_of_the_past_begin_today(workshop: Workshop) -> None:
    offers = ask(workshop, date_from=date(2026, 1, 1), date_to=MONDAY, limit=1)
    assert walls(offers) == ["11-23 09:00"]


def test_dates_the_wrong_way_round_mean_the_first(workshop: Workshop) -> None:
    offers = ask(workshop, date_from=date(2026, 11, 27), date_to=date(2026, 11, 25), limit=99)
    assert {wall[:5] for wall in walls(offers)} == {"11-27"}


def test_a_full_day_offers_the_days_around_it(workshop: Workshop) -> None:
    thursday = date(2026, 11, 26)
    fill(workshop, thursday, thursday)
    offers = ask(workshop, date_from=thursday, date_to=thursday)
    assert (offers.slots, offers.nothing) == ([], Nothing.FULL)
    assert {wall[:5] for wall in walls(offers, nearest=True)} <= {"11-25", "11-27"}
    assert len(offers.nearest) == 3


def test_a_full_morning_offers_the_afternoon_first(workshop: Workshop) -> None:
    for bay in workshop.bays:
        factories.appointment(
            factories.local(2026, 11, 26, 8), minutes=270, service=workshop.service, bay=bay
        )
    offers = ask(
        workshop, date_from=date(2026, 11, 26), date_to=date(2026, 11, 26), part_of_day=PartOfDay.MORNING
    )
    assert offers.nothing == Nothing.FULL
    assert walls(offers, nearest=True)[0] == "11-26 14:00"
    assert all(int(wall[6:8]) < 13 for wall in walls(offers, nearest=True)[1:])


def test_a_closed_day_says_why(workshop: Workshop) -> None:
    offers = ask(workshop, date_from=date(2026, 12, 8), date_to=date(2026, 12, 8))
    assert (offers.slots, offers.nothing) == ([], Nothing.CLOSED)
    assert [(closed.why, closed.reason) for closed in offers.closed] == [(Why.HOLIDAY, "Immacolata")]
    # As near before as after: the earlier first.
    assert walls(offers, nearest=True)[0] == "12-07 08:00"


def test_an_open_question_on_a_holiday_tells_it_and_goes_on(workshop: Workshop) -> None:
    offers = ask(workshop, date_from=date(2026, 12, 8), limit=1)
    assert walls(offers) == ["12-09 08:00"]
    assert offers.closed[0].reason == "Immacolata"


@pytest.mark.parametrize(
    ("first", "last", "nothing"),
    [
        (date(2026, 11, 1), date(2026, 11, 20), Nothing.PAST),
        (date(2027, 6, 1), date(2027, 6, 2), Nothing.BEYOND_HORIZON),
        (date(2026, 11, 29), date(2026, 11, 29), Nothing.CLOSED),
    ],
)
def test_why_nothing(workshop: Workshop, first: date, last: date, nothing: Nothing) -> None:
    offers = ask(workshop, date_from=first, date_to=last)
    assert (offers.slots, offers.nothing) == ([], nothing)
    assert bool(offers.nearest) is (nothing != Nothing.BEYOND_HORIZON)


def test_a_shop_full_for_weeks_is_looked_at_further(workshop: Workshop) -> None:
    fill(workshop, MONDAY, date(2026, 12, 18))
    assert walls(ask(workshop, limit=2)) == ["12-19 08:00", "12-19 08:30"]
    offers = ask(workshop, date_from=MONDAY, date_to=MONDAY)
    assert walls(offers, nearest=True)[0] == "12-19 08:00"


def test_a_shop_full_to_the_horizon_says_so(workshop: Workshop) -> None:
    Rules(horizon_days=20).save(workshop.shop)
    fill(workshop, MONDAY, MONDAY + timedelta(days=21))
    offers = ask(workshop)
    assert (offers.slots, offers.nothing, offers.nearest) == ([], Nothing.FULL, [])


def test_a_service_without_a_bay(workshop: Workshop) -> None:
    workshop.service.bays.clear()
    offers = ask(workshop)
    assert (offers.slots, offers.nothing) == ([], Nothing.NO_BAY)


# statuses that hold a bay, and those that do not
@pytest.mark.parametrize(
    ("status", "is_free"),
    [
        (Status.PENDING, False),
        (Status.CONFIRMED, False),
        (Status.IN_PROGRESS, False),
        (Status.COMPLETED, True),
        (Status.CANCELLED, True),
        (Status.NO_SHOW, True),
    ],
)
def test_which_statuses_hold_the_bay(workshop: Workshop, status: Status, is_free: bool) -> None:
    for bay in workshop.bays:
        factories.appointment(
            factories.local(2026, 11, 24, 8), service=workshop.service, bay=bay, status=status
        )
    offers = ask(workshop, date_from=date(2026, 11, 24), limit=1)
    assert (walls(offers) == ["11-24 08:00"]) is is_free


def test_an_appointment_that_began_the_day_before_holds_the_bay(workshop: Workshop) -> None:
    for bay in workshop.bays:
        factories.appointment(
            factories.local(2026, 11, 23, 14), minutes=19 * 60, service=workshop.service, bay=bay
        )
    assert walls(ask(workshop, date_from=date(2026, 11, 24), limit=1)) == ["11-24 09:00"]


def test_caps_count_what_was_done_today_already(workshop: Workshop) -> None:
    Rules(most_morning=1).save(workshop.shop)
    factories.appointment(
        factories.local(2026, 11, 23, 8),
        service=workshop.service,
        bay=workshop.bays[0],
        status=Status.COMPLETED,
    )
    assert walls(ask(workshop, limit=1)) == ["11-23 14:00"]


def test_caps_count_the_bays_of_other_services_too(workshop: Workshop) -> None:
    Rules(most_morning=1).save(workshop.shop)
    other = factories.service("Altro", bays=[factories.bay("Ponte C")])
    factories.appointment(factories.local(2026, 11, 23, 9), service=other)
    assert walls(ask(workshop, limit=1)) == ["11-23 14:00"]


def test_most_of_a_service_a_day(workshop: Workshop) -> None:
    workshop.service.most_a_day = 1
    workshop.service.save()
    factories.appointment(factories.local(2026, 11, 23, 17), service=workshop.service, bay=workshop.bays[0])
    other = factories.service("Altro")
    factories.appointment(factories.local(2026, 11, 24, 17), service=other, bay=workshop.bays[0])
    assert walls(ask(workshop, limit=1)) == ["11-24 08:00"]


def test_the_same_answer_as_without_a_database(workshop: Workshop) -> None:
    """Over a fortnight with all sorts of appointments, the query loses nothing."""
    for number in range(30):
        begin = factories.local(2026, 11, 23, 8) + timedelta(hours=number * 7 % 200)
        Appointment.objects.bulk_create(
            [
                Appointment(
                    customer=workshop.customer,
                    service=workshop.service,
                    bay=workshop.bays[number % 2],
                    scheduled_at=begin,
                    ends_at=begin + timedelta(minutes=45),
                    duration_minutes=45,
                )
            ]
        )
    offers = ask(workshop, date_to=date(2026, 12, 6), limit=500)
    held = list(Appointment.objects.values_list("bay_id", "scheduled_at", "ends_at"))
    for slot in offers.slots:
        assert not any(bay == slot.bay_id and b < slot.ends_at and slot.starts_at < e for bay, b, e in held)
    taken_starts = {slot.starts_at for slot in offers.slots}
    everything = {
        slot.starts_at
        for slot in catalogue.load()
        .search(workshop.service, int(workshop.now.timestamp()))
        .run(MONDAY, date(2026, 12, 6), Taken(), limit=None)
        .slots
    }
    for start in everything - taken_starts:
        end = start + timedelta(hours=1)
        busy = {bay for bay, b, e in held if b < end and start < e}
        assert busy == {bay.pk for bay in workshop.bays}
