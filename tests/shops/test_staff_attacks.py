"""Accounts under attack: the second factor, links and sessions of who knows too much."""

import threading
import time
from collections.abc import Callable

import pytest
from auditlog.models import LogEntry
from django.db import connection
from django.test import Client
from django_otp.oath import TOTP

from shops.context import in_shop
from shops.models import Shop
from shops.staff import links, login, second_factor
from shops.staff.models import Authenticator, StaffUser
from tests.database import PASSWORD

LogIn = Callable[[Client, StaffUser, Shop], Client]
SET_UP, ACCOUNT, CODE = "/admin/login/second-factor/", "/admin/account/", "/admin/login/code/"
ANNA = {"username": "anna@rossi.example", "password": PASSWORD}


def shown_by(device: Authenticator, *, later: int = 0) -> str:
    totp = TOTP(device._key, step=30)
    totp.time = time.time() + 30 * later
    return f"{totp.token():06d}"


def device_of(shop: Shop) -> Authenticator:
    with in_shop(shop):
        found: Authenticator = Authenticator.objects.get()
        return found


def secret_on(client: Client) -> str:
    found = client.get(SET_UP).context["secret"]
    return str(found).replace(" ", "")


def test_who_looked_first_has_not_seen_the_secret_that_counts(
    rossi: Shop, manager: StaffUser, log_in: LogIn
) -> None:
    """Somebody who knows the password opens the page, and waits until its owner sets the second factor up."""
    thief = log_in(Client(SERVER_NAME="rossi.example"), manager, rossi)
    owner = log_in(Client(SERVER_NAME="rossi.example"), manager, rossi)
    seen = secret_on(thief)
    mine = secret_on(owner)
    assert mine != seen
    assert secret_on(owner) == mine  # a reload is no new secret
    # A wrong code does not show the thief the owner's secret, and the right one does not count for the thief.
    code = shown_by(device_of(rossi))
    assert thief.post(SET_UP, {"code": code}).context["secret"].replace(" ", "") not in (mine, seen)
    mine = secret_on(owner)
    done = owner.post(SET_UP, {"code": shown_by(device_of(rossi))})
    assert done.context["codes"]
    assert device_of(rossi).secret == mine
    assert thief.get(SET_UP).status_code == 302
    assert thief.get(ACCOUNT)["Location"].startswith("/admin/login/")


@pytest.mark.django_db(transaction=True)
def test_one_code_lets_one_of_two_in(rossi: Shop, manager: StaffUser) -> None:
    with in_shop(rossi):
        device = second_factor.begin(person=manager)
        assert second_factor.confirm(person=manager, code=shown_by(device, later=-1))
    clients = [Client(SERVER_NAME="rossi.example") for _each in range(2)]
    for client in clients:
        client.post("/admin/login/", ANNA)
    code, barrier, got = shown_by(device), threading.Barrier(2), []

    def give(client: Client) -> None:
        barrier.wait()
        try:
            got.append(client.post(CODE, {"code": code}).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=give, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == [200, 302]
    assert sorted(client.get(ACCOUNT).status_code for client in clients) == [200, 302]


@pytest.mark.parametrize("how", ["list", "form"])
def test_who_is_let_in_again_logs_in_again(rossi: Shop, manager: StaffUser, log_in: LogIn, how: str) -> None:
    """A telephone that was left behind, a link that lies in a letter box: both ended when the person was shut out."""
    with in_shop(rossi):
        luca = StaffUser.objects.create_user("luca@rossi.example", PASSWORD, role="receptionist")
        link = links.address(links.Kind.RESET, luca).removeprefix("http://rossi.example:8000")
    left = log_in(Client(SERVER_NAME="rossi.example"), luca, rossi)
    admin = log_in(Client(SERVER_NAME="rossi.example"), manager, rossi)
    assert left.get(ACCOUNT).status_code == 200
    assert Client(SERVER_NAME="rossi.example").get(link).status_code == 200
    for active in (False, True):
        if how == "list":
            action = "activate" if active else "deactivate"
            sent = {"action": action, "_selected_action": [str(luca.pk)]}
            answer = admin.post("/admin/staff/staffuser/", sent)
        else:
            sent = {
                "email": luca.email,
                "role": "receptionist",
                "first_name": "",
                "last_name": "",
                "phone": "",
            }
            forms = {"notices-TOTAL_FORMS": "0", "notices-INITIAL_FORMS": "0"}
            ticked = {"is_active": "on"} if active else {}
            answer = admin.post(f"/admin/staff/staffuser/{luca.pk}/change/", {**sent, **forms, **ticked})
        assert answer.status_code == 302
        with in_shop(rossi):
            assert StaffUser.objects.get(pk=luca.pk).is_active is active
    assert left.get(ACCOUNT).status_code == 302
    assert Client(SERVER_NAME="rossi.example").get(link).status_code == 410


def test_what_is_asked_of_administrators_is_told_in_words(
    rossi: Shop, manager: StaffUser, log_in: LogIn
) -> None:
    client = log_in(Client(SERVER_NAME="rossi.example"), manager, rossi)
    client.post("/admin/staff/access/", {"wanted": "yes"})
    with in_shop(rossi):
        second_factor.ask_of_admins(wanted=False)
    assert "secondo fattore obbligatorio" in client.get("/admin/auditlog/logentry/").content.decode()


def test_the_answer_takes_the_same_time_whoever_is_asked_for(rossi: Shop, manager: StaffUser) -> None:
    """Within what a network adds: an account's mail is written down, a stranger's is not."""
    client = Client(SERVER_NAME="rossi.example")
    client.post("/admin/password/", {"email": "x@rossi.example"})

    def seconds(email: str) -> float:
        started = time.perf_counter()
        assert client.post("/admin/password/", {"email": email}).status_code == 200
        return time.perf_counter() - started

    asked = [seconds(email) for email in ("anna@rossi.example", "nobody@rossi.example")]
    assert min(asked) >= login.ANSWER_SECONDS


def test_a_colleague_is_not_locked_out_by_another_ipv4_address(rossi: Shop, manager: StaffUser) -> None:
    """Behind a socket for both kinds of addresses they come as ::ffff:192.0.2.1."""
    wrong = {**ANNA, "password": "wrong"}
    for _each in range(6):
        Client(SERVER_NAME="rossi.example", REMOTE_ADDR="::ffff:192.0.2.1").post("/admin/login/", wrong)
    here = Client(SERVER_NAME="rossi.example", REMOTE_ADDR="::ffff:198.51.100.7")
    assert here.post("/admin/login/", ANNA).status_code == 302
    there = Client(SERVER_NAME="rossi.example", REMOTE_ADDR="192.0.2.1")
    assert there.post("/admin/login/", ANNA).status_code == 429


def test_the_history_says_who_switched_it_on(rossi: Shop, manager: StaffUser, log_in: LogIn) -> None:
    client = log_in(Client(SERVER_NAME="rossi.example"), manager, rossi)
    secret_on(client)
    client.post(SET_UP, {"code": shown_by(device_of(rossi))})
    with in_shop(rossi):
        row = LogEntry.objects.get(changes__has_key="second_factor_at")
        assert row.actor_id == manager.pk
        assert "secret" not in str(row.changes)


@pytest.mark.django_db(transaction=True)
def test_a_link_is_good_for_one_of_two_at_once(rossi: Shop, manager: StaffUser) -> None:
    with in_shop(rossi):
        link = links.address(links.Kind.RESET, manager).removeprefix("http://rossi.example:8000")
    barrier, got = threading.Barrier(2), []

    def use(password: str) -> None:
        client = Client(SERVER_NAME="rossi.example")
        barrier.wait()
        try:
            answer = client.post(link, {"new_password1": password, "new_password2": password})
            got.append(answer.status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=use, args=[f"cavalli e motori {n}"]) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == [302, 410]


@pytest.mark.django_db(transaction=True)
def test_two_administrators_do_not_shut_out_each_other(
    rossi: Shop, manager: StaffUser, log_in: LogIn
) -> None:
    with in_shop(rossi):
        other = StaffUser.objects.create_user("due@rossi.example", PASSWORD, role="admin")
    barrier = threading.Barrier(2)

    def shut_out(client: Client, person: StaffUser) -> None:
        barrier.wait()
        try:
            chosen = {"action": "deactivate", "_selected_action": [str(person.pk)]}
            client.post("/admin/staff/staffuser/", chosen)
        finally:
            connection.close()

    pairs = [(manager, other), (other, manager)]
    clients = [(log_in(Client(SERVER_NAME="rossi.example"), who, rossi), whom) for who, whom in pairs]
    threads = [threading.Thread(target=shut_out, args=pair) for pair in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with in_shop(rossi):
        assert StaffUser.objects.filter(role="admin", is_active=True).count() == 1


def test_a_password_that_somebody_else_chose_stands_in_the_history(
    rossi: Shop, manager: StaffUser, log_in: LogIn
) -> None:
    with in_shop(rossi):
        luca = StaffUser.objects.create_user("luca@rossi.example", PASSWORD, role="manager")
    admin = log_in(Client(SERVER_NAME="rossi.example"), manager, rossi)
    chosen = {"password1": "cavalli e motori", "password2": "cavalli e motori"}
    assert admin.post(f"/admin/staff/staffuser/{luca.pk}/password/", chosen).status_code == 302
    with in_shop(rossi):
        row = LogEntry.objects.get(object_pk=str(luca.pk))
        assert (row.actor_id, list(row.changes)) == (manager.pk, ["Nuova password"])
        assert "cavalli" not in str(row.changes)
    page = admin.get(f"/admin/staff/staffuser/{luca.pk}/history/").content.decode()
    assert "Nuova password" in page
