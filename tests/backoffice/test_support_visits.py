"""The support inside a shop: let in once, for a time, seen by everybody, in the history, and out again."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from auditlog.models import LogEntry
from django.test import Client
from django.utils import timezone

from receptionist import health
from shops import support
from shops.context import as_platform, in_shop
from shops.models import Shop, SupportVisit
from shops.refusals import Refused
from shops.staff import second_factor
from shops.staff.models import StaffUser
from tests.database import PASSWORD

LogIn = Callable[[Client, StaffUser, Shop], Client]
REASON = "Il calendario non si apre"


@pytest.fixture
def operator(db: None) -> StaffUser:
    with as_platform():
        return StaffUser.objects.create_user(
            "op@aros.example", PASSWORD, role="admin", first_name="Olga", last_name="Operatore"
        )


def the_visit() -> SupportVisit:
    with as_platform():
        return SupportVisit.objects.get()


def ask(shop: Shop, operator: StaffUser, **values: Any) -> tuple[SupportVisit, str]:
    with as_platform():
        given = {"reason": REASON, "minutes": 30, **values}
        return support.open_visit(shop=shop, operator=operator, **given)


def go_in(token: str, host: str = "rossi.example") -> tuple[Client, Any]:
    client = Client(SERVER_NAME=host)
    return client, client.post("/admin/support/enter/", {"token": token})


@pytest.fixture
def inside(rossi: Shop, operator: StaffUser) -> Client:
    """The operator's browser, inside the first shop."""
    client, answer = go_in(ask(rossi, operator)[1])
    assert answer.status_code == 302
    return client


def may_open(client: Client) -> bool:
    return client.get("/admin/scheduling/appointment/").status_code == 200


def visits_told(shop: Shop) -> list[tuple[str, str]]:
    """What the history tells of visits: who, and what is there afterwards."""
    with in_shop(shop):
        rows = LogEntry.objects.filter(changes__has_key="support.visit").order_by("pk")
        return [
            (
                str(StaffUser.objects.filter(pk=row.actor_id).first() or ""),
                row.changes["support.visit"][1],
            )
            for row in rows
        ]


# --- in and out -----------------------------------------------------------------------------------------------


def test_from_the_operators_page_into_the_shop_and_out(
    operator: StaffUser,
    rossi: Shop,
    platform_client: Client,
    rossi_client: Client,
    manager: StaffUser,
    log_in: LogIn,
) -> None:
    with as_platform():
        platform_client.force_login(operator)
    url = f"/admin/shops/shop/{rossi.pk}/enter/"
    asked = platform_client.get(url)
    assert "Motivo" in asked.content.decode()
    shown = platform_client.post(url, {"reason": REASON, "minutes": "30", "role": "manager"}).content.decode()
    assert 'action="http://rossi.example:8000/admin/support/enter/"' in shown
    token = re.search(r'name="token" value="([^"]+)"', shown)
    assert token
    support_client, answer = go_in(token[1])
    assert answer["Location"] == "/admin/"
    assert may_open(support_client)
    assert support_client.get("/admin/staff/staffuser/").status_code == 403
    owner = log_in(rossi_client, manager, rossi)
    page = owner.get("/admin/scheduling/appointment/").content.decode()
    assert "Olga Operatore" in page
    assert REASON in page
    assert "Termina l" in page
    assert support_client.post("/admin/support/end/").status_code == 302
    assert not may_open(support_client)
    assert "op-visit" not in owner.get("/admin/scheduling/appointment/").content.decode()
    told = visits_told(rossi)
    assert [who for who, _what in told] == ["Olga Operatore (assistenza)"] * 2
    assert "op@aros.example), dentro fino alle" in told[0][1]
    assert REASON in told[0][1]
    assert "finita" in told[1][1]


def test_the_shop_ends_it_at_once(inside: Client, rossi: Shop, manager: StaffUser, log_in: LogIn) -> None:
    owner = log_in(Client(SERVER_NAME="rossi.example"), manager, rossi)
    visit = the_visit()
    assert owner.post("/admin/support/end/", {"visit": str(visit.pk)}).status_code == 302
    assert inside.get("/admin/scheduling/appointment/").status_code == 302
    assert not may_open(inside)
    assert the_visit().ended_by == "shop"
    assert visits_told(rossi)[-1][0] == str(manager)
    listed = owner.get("/admin/support/").content.decode()
    assert "Olga Operatore" in listed
    assert owner.post("/admin/support/end/", {"visit": str(visit.pk)}).status_code == 404
    assert owner.post("/admin/support/end/", {"visit": "x\x00"}).status_code == 404


def test_time_ends_it(inside: Client, rossi: Shop) -> None:
    with time_machine.travel(timezone.now() + timedelta(minutes=31), tick=True):
        assert not may_open(inside)
        with in_shop(Shop.objects.get(pk=rossi.pk)):
            assert support.shown(Shop.objects.get(pk=rossi.pk)) == []
            health.report()  # nobody came back with the session: the round notes it
        visit = the_visit()
        assert (visit.ended_by, visit.ended_at) == ("time", visit.until)
    assert len(visits_told(rossi)) == 2
    with in_shop(rossi):
        assert not StaffUser.objects.get(is_support=True).is_active


def test_logging_out_ends_it(inside: Client, rossi: Shop) -> None:
    inside.post("/admin/logout/")
    assert the_visit().ended_by == "operator"
    assert len(visits_told(rossi)) == 2


def test_the_operators_end_it_from_their_list(
    inside: Client, operator: StaffUser, platform_client: Client, rossi: Shop
) -> None:
    with as_platform():
        platform_client.force_login(operator)
    visit = the_visit()
    chosen = {"action": "end", "_selected_action": [str(visit.pk)]}
    answer = platform_client.post("/admin/shops/supportvisit/", chosen, follow=True)
    assert "Terminate: 1." in answer.content.decode()
    assert "key_hash" not in answer.content.decode()
    assert platform_client.get(f"/admin/shops/supportvisit/{visit.pk}/change/").status_code == 200
    assert not may_open(inside)
    assert len(visits_told(rossi)) == 2
    with in_shop(rossi):
        assert support.shown(Shop.objects.get(pk=rossi.pk)) == []


def test_what_is_changed_inside_carries_the_name(inside: Client, rossi: Shop) -> None:
    with in_shop(rossi):
        from scheduling.models import Bay

        bay = Bay.objects.first()
        assert bay
        visit = the_visit()
        person = StaffUser.objects.get(is_support=True)
        from shops import history

        with history.acting(staff=person):
            bay.name = "Ponte della prova"
            bay.save()
        row = LogEntry.objects.filter(object_pk=str(bay.pk)).latest("pk")
        assert row.actor_id == person.pk
        assert str(person) == f"{visit.who} (assistenza)"


# --- keys -----------------------------------------------------------------------------------------------------


def test_a_key_works_once_here_and_soon(rossi: Shop, bianchi: Shop, operator: StaffUser) -> None:
    _visit, token = ask(rossi, operator)
    assert go_in(token, "bianchi.example")[1].status_code == 403
    assert go_in(token[:-2] + "xx")[1].status_code == 403
    assert go_in("")[1].status_code == 403
    assert go_in("x\x00" * 400)[1].status_code == 403
    assert go_in(token)[1].status_code == 302
    assert go_in(token)[1].status_code == 403
    assert Client(SERVER_NAME="rossi.example").get("/admin/support/enter/").status_code == 405
    _late, token = ask(rossi, operator)
    with time_machine.travel(timezone.now() + timedelta(seconds=support.KEY_SECONDS + 1)):
        assert go_in(token)[1].status_code == 403


def test_a_new_visit_makes_the_old_key_worthless(rossi: Shop, operator: StaffUser) -> None:
    _visit, first = ask(rossi, operator)
    _visit, second = ask(rossi, operator)
    assert go_in(first)[1].status_code == 403
    client, answer = go_in(second)
    assert answer.status_code == 302
    assert may_open(client)
    _visit, third = ask(rossi, operator)
    assert not may_open(client)
    again, _answer = go_in(third)
    assert may_open(again)
    assert not may_open(client)
    assert len([what for _who, what in visits_told(rossi) if "dentro fino alle" in what]) == 2
    assert len([what for _who, what in visits_told(rossi) if "finita" in what]) == 1


@pytest.mark.parametrize("values", [{"reason": "  "}, {"minutes": 0}, {"minutes": 61}, {"role": "admin"}])
def test_what_may_not_be_asked(rossi: Shop, operator: StaffUser, values: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        ask(rossi, operator, **values)


def test_the_operators_page_says_what_is_missing(
    operator: StaffUser, rossi: Shop, platform_client: Client
) -> None:
    with as_platform():
        platform_client.force_login(operator)
    url = f"/admin/shops/shop/{rossi.pk}/enter/"
    answer = platform_client.post(url, {"reason": "", "minutes": "600", "role": "admin"})
    assert set(answer.context["form"].errors) == {"reason", "minutes", "role"}
    for wrong in ("00000000-0000-0000-0000-000000000000", "x"):
        assert platform_client.get(f"/admin/shops/shop/{wrong}/enter/").status_code in (302, 404)
    with as_platform():
        assert not SupportVisit.objects.exists()


# --- the shop's word ------------------------------------------------------------------------------------------


def test_a_shop_may_forbid_it(
    inside: Client, rossi: Shop, operator: StaffUser, manager: StaffUser, log_in: LogIn
) -> None:
    owner = log_in(Client(SERVER_NAME="rossi.example"), manager, rossi)
    _visit, waiting = ask(rossi, operator)
    assert owner.post("/admin/support/", {"allowed": "0"}).status_code == 302
    assert not may_open(inside)
    assert go_in(waiting)[1].status_code == 403
    with pytest.raises(Refused, match="non permette"):
        ask(rossi, operator)
    with in_shop(rossi):
        assert LogEntry.objects.filter(changes__has_key="support.allowed").count() == 1
    assert owner.post("/admin/support/", {"allowed": "1"}).status_code == 302
    assert ask(rossi, operator)


def test_the_support_does_not_decide_about_itself(inside: Client, rossi: Shop) -> None:
    assert inside.get("/admin/support/").status_code == 200
    assert inside.post("/admin/support/", {"allowed": "1"}).status_code == 403


@pytest.mark.parametrize("role", ["receptionist", "mechanic"])
def test_who_does_not_answer_for_the_shop_sees_it_and_cannot_end_it(
    inside: Client, rossi: Shop, log_in: LogIn, role: str
) -> None:
    with in_shop(rossi):
        person = StaffUser.objects.create_user(f"{role}@rossi.example", PASSWORD, role=role)
    client = log_in(Client(SERVER_NAME="rossi.example"), person, rossi)
    page = client.get("/admin/", follow=True).content.decode()
    assert "Olga Operatore" in page
    assert "support/end" not in page
    visit = the_visit()
    assert client.post("/admin/support/end/", {"visit": str(visit.pk)}).status_code == 403
    assert client.get("/admin/support/").status_code == 403
    assert may_open(inside)


# --- nobody else's walls --------------------------------------------------------------------------------------


def test_a_second_factor_of_the_shop_neither_shuts_out_nor_is_weakened(
    rossi: Shop, operator: StaffUser, manager: StaffUser, log_in: LogIn
) -> None:
    with in_shop(rossi):
        second_factor.ask_of_admins(wanted=True)
    client, answer = go_in(ask(Shop.objects.get(pk=rossi.pk), operator)[1])
    assert answer.status_code == 302
    assert may_open(client)
    owner = log_in(Client(SERVER_NAME="rossi.example"), manager, rossi)
    assert owner.get("/admin/scheduling/appointment/").status_code == 302


def test_the_supports_person_is_nobody_of_the_staff(
    inside: Client, rossi: Shop, manager: StaffUser, log_in: LogIn
) -> None:
    with in_shop(rossi):
        person = StaffUser.objects.get(is_support=True)
        assert not person.has_usable_password()
        assert person.role == "manager"
    owner = log_in(Client(SERVER_NAME="rossi.example"), manager, rossi)
    listed = owner.get("/admin/staff/staffuser/").content.decode()
    assert person.email not in listed
    assert owner.get(f"/admin/staff/staffuser/{person.pk}/change/").status_code in (302, 404)
    elsewhere = Client(SERVER_NAME="rossi.example")
    with in_shop(rossi):
        elsewhere.force_login(person)  # a session of theirs that is of no visit
    assert not may_open(elsewhere)


def test_no_other_shop_knows_of_it(
    inside: Client, bianchi: Shop, outsider: StaffUser, log_in: LogIn, bianchi_client: Client
) -> None:
    owner = log_in(bianchi_client, outsider, bianchi)
    visit_id = str(the_visit().pk)
    assert "op-visit" not in owner.get("/admin/scheduling/appointment/").content.decode()
    assert "Olga" not in owner.get("/admin/support/").content.decode()
    assert owner.post("/admin/support/end/", {"visit": visit_id}).status_code == 404
    assert may_open(inside)


def test_the_banner_costs_no_query(
    rossi: Shop, operator: StaffUser, manager: StaffUser, log_in: LogIn
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    owner = log_in(Client(SERVER_NAME="rossi.example"), manager, rossi)

    def count() -> int:
        owner.get("/admin/scheduling/appointment/")
        with CaptureQueriesContext(connection) as queries:
            assert owner.get("/admin/scheduling/appointment/").status_code == 200
        return len(queries)

    before = count()
    go_in(ask(rossi, operator)[1])
    assert count() == before
