"""The support's way into a shop under attack: operators who were shut out, other names, other hosts, hostile words."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.test import Client
from django.utils import timezone

from shops import support
from shops.context import as_platform, in_shop
from shops.models import Shop, SupportVisit
from shops.refusals import Refused
from shops.staff import accounts
from shops.staff.models import StaffUser
from tests.database import PASSWORD

LogIn = Callable[[Client, StaffUser, Shop], Client]
DESK = "/admin/scheduling/appointment/"


@pytest.fixture
def operator(db: None) -> StaffUser:
    with as_platform():
        StaffUser.objects.create_user("boss@aros.example", PASSWORD, role="admin")
        return StaffUser.objects.create_user(
            "op@aros.example", PASSWORD, role="admin", first_name="Olga", last_name="Operatore"
        )


def ask(shop: Shop, operator: StaffUser, **values: Any) -> tuple[SupportVisit, str]:
    with as_platform():
        given = {"reason": "Il calendario non si apre", "minutes": 30, **values}
        return support.open_visit(shop=shop, operator=operator, **given)


def go_in(token: str) -> Client:
    client = Client(SERVER_NAME="rossi.example")
    assert client.post("/admin/support/enter/", {"token": token}).status_code == 302
    assert client.get(DESK).status_code == 200
    return client


def shut_out_by_list(operator: StaffUser) -> None:
    """Another operator ticks the row and presses the button."""
    with as_platform():
        boss = StaffUser.objects.get(email="boss@aros.example")
        client = Client(SERVER_NAME="localhost")
        client.force_login(boss)
    chosen = {"action": "deactivate", "_selected_action": [str(operator.pk)]}
    assert client.post("/admin/staff/staffuser/", chosen).status_code == 302


def shut_out_by_form(operator: StaffUser) -> None:
    """Another operator takes the tick away."""
    with as_platform():
        boss = StaffUser.objects.get(email="boss@aros.example")
        client = Client(SERVER_NAME="localhost")
        client.force_login(boss)
    url = f"/admin/staff/staffuser/{operator.pk}/change/"
    answer = client.post(url, {"email": operator.email, "first_name": "Olga", "last_name": "Operatore"})
    assert answer.status_code == 302, answer.context["errors"]


def left_everywhere(operator: StaffUser) -> None:
    """The operator's laptop was stolen."""
    with as_platform():
        accounts.leave_everywhere(person=operator)


@pytest.mark.parametrize("shut_out", [shut_out_by_list, shut_out_by_form, left_everywhere])
def test_an_operator_who_is_shut_out_is_out_of_the_shops_too(
    rossi: Shop, operator: StaffUser, shut_out: Callable[[StaffUser], None]
) -> None:
    inside = go_in(ask(rossi, operator)[1])
    shut_out(operator)
    assert inside.get(DESK).status_code == 302


def test_a_key_that_waits_opens_nothing_once_its_operator_is_shut_out(
    rossi: Shop, operator: StaffUser
) -> None:
    _visit, token = ask(rossi, operator)
    shut_out_by_list(operator)
    answer = Client(SERVER_NAME="rossi.example").post("/admin/support/enter/", {"token": token})
    assert answer.status_code == 403
    with in_shop(rossi), pytest.raises(Refused):
        support.enter(token=token)


def test_the_support_takes_no_other_name(rossi: Shop, operator: StaffUser, manager: StaffUser) -> None:
    """The history shows people by the name that their row has."""
    inside = go_in(ask(rossi, operator)[1])
    named = {"do": "profile", "first_name": "Anna", "last_name": "Rossi", "phone": "", "language": ""}
    assert inside.post("/admin/account/", named).status_code == 403
    assert 'name="first_name"' not in inside.get("/admin/account/").content.decode()
    with in_shop(rossi):
        assert str(StaffUser.objects.get(is_support=True)) == "Olga Operatore (assistenza)"


def test_the_support_sets_up_nothing_of_its_own(rossi: Shop, operator: StaffUser) -> None:
    inside = go_in(ask(rossi, operator)[1])
    assert inside.get("/admin/login/second-factor/").status_code == 302
    with in_shop(rossi):
        assert StaffUser.objects.get(is_support=True).second_factor_at is None


def test_the_support_is_nobodys_mechanic(rossi: Shop, operator: StaffUser) -> None:
    inside = go_in(ask(rossi, operator)[1])
    page = inside.get("/admin/officina/chi-fa-cosa/", follow=True)
    with in_shop(rossi):
        person = StaffUser.objects.get(is_support=True)
    assert page.status_code == 200
    assert str(person.pk) not in page.content.decode()


def test_what_the_operator_writes_is_text(
    rossi: Shop, operator: StaffUser, manager: StaffUser, log_in: LogIn
) -> None:
    go_in(ask(rossi, operator, reason='<script>alert(1)</script>" onmouseover="x')[1])
    owner = log_in(Client(SERVER_NAME="rossi.example"), manager, rossi)
    for url in (DESK, "/admin/support/", "/admin/auditlog/logentry/"):
        page = owner.get(url).content.decode()
        assert "<script>alert(1)" not in page
        assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize(
    "url",
    [
        "/admin/staff/staffuser/",
        "/admin/staff/staffuser/add/",
        "/admin/staff/access/",
        "/admin/support/",
    ],
)
def test_the_support_decides_nothing_about_people_and_visits(
    rossi: Shop, operator: StaffUser, url: str
) -> None:
    inside = go_in(ask(rossi, operator)[1])
    sent = {"email": "x@y.example", "role": "admin", "allowed": "0", "wanted": "yes"}
    assert inside.post(url, sent).status_code == 403
    with in_shop(rossi):
        before = LogEntry.objects.count()
        assert not StaffUser.objects.filter(email="x@y.example").exists()
    chosen = {"action": "delete_selected", "_selected_action": ["1"], "post": "yes"}
    inside.post("/admin/auditlog/logentry/", chosen)
    with in_shop(rossi):
        assert LogEntry.objects.count() == before


def test_a_visit_is_not_made_longer(rossi: Shop, bianchi: Shop, operator: StaffUser) -> None:
    """Neither by the shop's role in the database nor by the operators'."""
    from django.db import ProgrammingError, transaction

    visit, _token = ask(rossi, operator)
    later = timezone.now() + timedelta(days=9)
    for change in (
        {"until": later},
        {"reason": "x"},
        {"key_until": later},
        {"operator_email": "a@b.example"},
    ):
        for enter in (lambda: in_shop(rossi), as_platform):
            with enter(), pytest.raises(ProgrammingError), transaction.atomic():
                SupportVisit.objects.filter(pk=visit.pk).update(**change)
    with in_shop(bianchi):
        assert not SupportVisit.objects.filter(pk=visit.pk).update(ended_at=later)
        assert not SupportVisit.objects.exists()
    for enter in (lambda: in_shop(rossi), as_platform):
        with enter(), pytest.raises(ProgrammingError), transaction.atomic():
            SupportVisit.objects.filter(pk=visit.pk).delete()
    with in_shop(rossi), pytest.raises(ProgrammingError), transaction.atomic():
        SupportVisit.objects.create(
            shop=rossi,
            operator_email="a@b.example",
            reason="x",
            until=later,
            key_hash="0" * 64,
            key_until=later,
        )
