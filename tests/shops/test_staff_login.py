"""Getting in: the second factor, and what wrong passwords and wrong codes bring."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from axes.handlers.proxy import AxesProxyHandler
from django.test import Client
from django_otp.oath import TOTP

from shops.context import as_platform, in_shop
from shops.models import Shop
from shops.staff import second_factor
from shops.staff.models import Authenticator, StaffUser
from tests.addresses import OPEN, addresses
from tests.database import PASSWORD

LogIn = Callable[[Client, StaffUser, Shop], Client]
CODE, SET_UP, ACCOUNT = "/admin/login/code/", "/admin/login/second-factor/", "/admin/account/"
ANNA = {"username": "anna@rossi.example", "password": PASSWORD}


def shown_by(device: Authenticator, *, later: int = 0) -> str:
    """What the app on the phone shows, some steps later."""
    totp = TOTP(device._key, step=30)
    totp.time = time.time() + 30 * later
    return f"{totp.token():06d}"


@pytest.fixture
def codes(rossi: Shop, manager: StaffUser) -> list[str]:
    """Anna has a second factor; her codes on paper."""
    with in_shop(rossi):
        device = second_factor.begin(person=manager)
        done = second_factor.confirm(person=manager, code=shown_by(device, later=-1))
        assert done
        return done[1]


def device_of(shop: Shop) -> Authenticator:
    with in_shop(shop):
        found: Authenticator = Authenticator.objects.get()
        return found


def half_in(rossi: Shop, client: Client) -> Client:
    answer = client.post(
        "/admin/login/?next=/admin/account/", {**ANNA, "next": "/admin/account/"}, follow=True
    )
    assert answer.request["PATH_INFO"] == CODE
    return client


# --- setting it up --------------------------------------------------------------------------------------------


def test_it_is_switched_on_with_the_first_code(rossi: Shop, manager: StaffUser, log_in: LogIn) -> None:
    client = log_in(Client(SERVER_NAME="rossi.example"), manager, rossi)
    other = log_in(Client(SERVER_NAME="rossi.example"), manager, rossi)
    page = client.get(SET_UP)
    assert "data:image/svg+xml" in page.content.decode()
    assert page["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    device = device_of(rossi)
    assert page.context["secret"].replace(" ", "") == device.secret
    assert client.post(SET_UP, {"code": "000000"}).status_code == 200
    assert client.get(ACCOUNT).status_code == 200  # nothing holds before the first right code
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=5)):
        done = client.post(SET_UP, {"code": shown_by(device)})
        codes = done.context["codes"]
        assert len(set(codes)) == 10
        assert client.get(ACCOUNT).status_code == 200  # this session gave a code
        assert other.get(ACCOUNT).status_code == 302  # the other one has not
        assert client.get(SET_UP).status_code == 302  # the secret is shown no more
    with in_shop(rossi):
        stored = str(list(Authenticator.objects.values()))
    assert not [code for code in codes if code in stored or code.replace("-", "") in stored]


def test_the_secret_is_encrypted_at_rest(rossi: Shop, codes: list[str]) -> None:
    from django.db import connection

    with in_shop(rossi), connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM staff_authenticator")
        assert cursor.fetchone()[0].startswith("gAAAA")


# --- giving it ------------------------------------------------------------------------------------------------


def test_the_code_comes_after_the_password(rossi: Shop, codes: list[str], rossi_client: Client) -> None:
    half_in(rossi, rossi_client)
    assert rossi_client.get(ACCOUNT).status_code == 302
    wrong = rossi_client.post(CODE, {"code": "123"})
    assert "non è giusto" in wrong.content.decode()
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=90)):
        code = shown_by(device_of(rossi))
        right = rossi_client.post(CODE, {"code": f"{code[:3]} {code[3:]}", "next": ACCOUNT})
        assert right["Location"] == ACCOUNT
        assert rossi_client.get(ACCOUNT).status_code == 200
        # Who looked over the shoulder comes too late.
        thief = half_in(rossi, Client(SERVER_NAME="rossi.example"))
        assert thief.post(CODE, {"code": code}).status_code == 200
        assert thief.get(ACCOUNT).status_code == 302


def test_a_code_on_paper_is_good_once(rossi: Shop, codes: list[str]) -> None:
    for status in (302, 200):
        client = half_in(rossi, Client(SERVER_NAME="rossi.example"))
        assert client.post(CODE, {"code": codes[0].lower()}).status_code == status


def test_wrong_codes_slow_down_and_not_for_ever(rossi: Shop, codes: list[str], rossi_client: Client) -> None:
    half_in(rossi, rossi_client)
    rossi_client.post(CODE, {"code": "000000"})
    assert device_of(rossi).failures == 1
    with in_shop(rossi):
        Authenticator.objects.update(failures=5, failed_at=datetime.now(UTC))
    assert "secondi" in rossi_client.post(CODE, {"code": codes[1]}).content.decode()
    with in_shop(rossi):
        Authenticator.objects.update(failures=10_000, failed_at=datetime.now(UTC))
    assert 290 < device_of(rossi).pause() <= 301
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=6)):
        assert rossi_client.post(CODE, {"code": codes[1]}).status_code == 302


def test_the_next_page_is_on_this_host(rossi: Shop, codes: list[str], rossi_client: Client) -> None:
    half_in(rossi, rossi_client)
    answer = rossi_client.post(CODE, {"code": codes[0], "next": "https://evil.example/"})
    assert answer["Location"] == "/admin/"


@pytest.mark.parametrize("address", [CODE, SET_UP])
def test_strangers_find_nothing_there(rossi: Shop, rossi_client: Client, address: str) -> None:
    assert rossi_client.get(address).status_code == 302
    assert rossi_client.post(address, {"code": "1"}).status_code == 302
    assert rossi_client.get("/admin/login/leave/").status_code == 405


def test_out_again_without_the_code(rossi: Shop, codes: list[str], rossi_client: Client) -> None:
    half_in(rossi, rossi_client)
    assert rossi_client.post("/admin/login/leave/").status_code == 302
    assert "_auth_user_id" not in rossi_client.session


# --- nothing is shown to who is half in -----------------------------------------------------------------------


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("lacks", ["code", "set_up"])
def test_no_page_is_open_to_who_is_half_in(
    rossi: Shop, manager: StaffUser, log_in: LogIn, lacks: str, method: str
) -> None:
    client = log_in(Client(SERVER_NAME="rossi.example"), manager, rossi)
    with in_shop(rossi):
        if lacks == "set_up":
            second_factor.ask_of_admins(wanted=True)
        else:
            StaffUser.objects.filter(pk=manager.pk).update(second_factor_at=datetime.now(UTC))
    seen = 0
    for name, address in addresses("aros.urls_shop"):
        if name in OPEN:
            continue
        answer = getattr(client, method)(address)
        assert answer.status_code == 302, (name, address, answer.status_code)
        assert answer["Location"].startswith("/admin/login/"), (name, answer["Location"])
        seen += 1
    assert seen > 100


def test_operators_may_have_one_too(platform_client: Client, settings: Any) -> None:
    settings.OPERATORS_NEED_SECOND_FACTOR = True
    with as_platform():
        operator = StaffUser.objects.create_user("op@aros.example", PASSWORD, role="admin")
    login = {"username": operator.email, "password": PASSWORD}
    assert platform_client.post("/admin/login/", login, follow=True).request["PATH_INFO"] == SET_UP
    assert platform_client.get("/admin/shops/shop/").status_code == 302
    with as_platform():
        device = Authenticator.objects.get()
    assert platform_client.post(SET_UP, {"code": shown_by(device)}).status_code == 200
    assert platform_client.get("/admin/shops/shop/").status_code == 200


# --- the administrator's part ---------------------------------------------------------------------------------


def test_an_administrator_asks_it_of_administrators(rossi: Shop, manager: StaffUser, log_in: LogIn) -> None:
    client = log_in(Client(SERVER_NAME="rossi.example"), manager, rossi)
    assert "facoltativo" in client.get("/admin/staff/staffuser/").content.decode()
    assert client.get("/admin/staff/access/").status_code == 405
    assert client.post("/admin/staff/access/", {"wanted": "yes"}).status_code == 302
    assert client.get("/admin/staff/staffuser/", follow=True).request["PATH_INFO"] == SET_UP
    device = device_of(rossi)
    client.post(SET_UP, {"code": shown_by(device)})
    assert client.get(ACCOUNT).status_code == 200
    off = client.post(ACCOUNT, {"do": "off", "code": shown_by(device, later=1)})
    assert "obbligatorio" in off.content.decode()
    with in_shop(rossi):
        boss = StaffUser.objects.create_user("boss@rossi.example", PASSWORD, role="manager")
    other = log_in(Client(SERVER_NAME="rossi.example"), boss, rossi)
    assert other.get(ACCOUNT).status_code == 200  # it is asked of administrators alone
    assert other.post("/admin/staff/access/", {"wanted": "no"}).status_code == 403


def test_a_lost_phone(rossi: Shop, manager: StaffUser, codes: list[str], log_in: LogIn) -> None:
    """Another administrator takes the second factor away; whoever was in with it is out."""
    with in_shop(rossi):
        due = StaffUser.objects.create_user("due@rossi.example", PASSWORD, role="admin")
    found_it = half_in(rossi, Client(SERVER_NAME="rossi.example"))
    found_it.post(CODE, {"code": codes[0]})
    assert found_it.get(ACCOUNT).status_code == 200
    colleague = log_in(Client(SERVER_NAME="rossi.example"), due, rossi)
    chosen = {"action": "reset_second_factor", "_selected_action": [str(manager.pk)]}
    assert colleague.post("/admin/staff/staffuser/", chosen).status_code == 302
    assert found_it.get(ACCOUNT).status_code == 302
    client = Client(SERVER_NAME="rossi.example")
    client.post("/admin/login/", ANNA)
    assert client.get(ACCOUNT).status_code == 200
    with in_shop(rossi):
        assert not Authenticator.objects.exists()


def test_one_switches_it_off_with_a_code(rossi: Shop, codes: list[str], rossi_client: Client) -> None:
    half_in(rossi, rossi_client).post(CODE, {"code": codes[0]})
    assert "non è giusto" in rossi_client.post(ACCOUNT, {"do": "off", "code": "1"}).content.decode()
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=5)):
        renewed = rossi_client.post(ACCOUNT, {"do": "renew", "code": codes[1]}).context["codes"]
        assert set(renewed).isdisjoint(codes)
        assert rossi_client.post(ACCOUNT, {"do": "off", "code": renewed[0]}).status_code == 302
    with in_shop(rossi):
        assert StaffUser.objects.get(email=ANNA["username"]).second_factor_at is None


# --- wrong passwords ------------------------------------------------------------------------------------------


def tries(times: int, *, email: str = ANNA["username"], **more: Any) -> list[int]:
    client = Client(SERVER_NAME="rossi.example")
    wrong = {"username": email, "password": "sbagliata"}
    return [client.post("/admin/login/", wrong, **more).status_code for _each in range(times)]


def test_after_five_wrong_ones_it_says_when_to_come_back(rossi: Shop, rossi_client: Client) -> None:
    assert tries(6) == [200, 200, 200, 200, 429, 429]
    refused = rossi_client.post("/admin/login/", ANNA | {"username": "ANNA@rossi.example "})
    assert refused.status_code == 429
    assert "riprovi fra 5 minuti" in refused.content.decode()
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=3)):
        assert "riprovi fra 2 minuti" in rossi_client.post("/admin/login/", ANNA).content.decode()


def test_a_colleague_is_not_locked_out_from_elsewhere(rossi: Shop, rossi_client: Client) -> None:
    tries(6, REMOTE_ADDR="203.0.113.9")
    assert rossi_client.post("/admin/login/", ANNA, REMOTE_ADDR="198.51.100.7").status_code == 302
    assert tries(1, email="altra@rossi.example", REMOTE_ADDR="203.0.113.9") == [200]


def test_one_address_that_tries_everybody_is_shut_out(rossi: Shop, rossi_client: Client) -> None:
    for number in range(13):
        tries(4, email=f"p{number}@rossi.example")
    assert tries(1, email="anna@rossi.example") == [429]
    assert rossi_client.post("/admin/login/", ANNA, REMOTE_ADDR="198.51.100.7").status_code == 302


def test_a_right_one_begins_anew_and_shops_count_apart(
    rossi: Shop, bianchi: Shop, rossi_client: Client
) -> None:
    assert tries(4) == [200] * 4
    assert rossi_client.post("/admin/login/", ANNA).status_code == 302
    assert tries(4) == [200] * 4
    other = Client(SERVER_NAME="bianchi.example")
    tries(3)
    assert other.post("/admin/login/", {"username": ANNA["username"], "password": "x"}).status_code == 200


def test_an_address_is_taken_from_the_proxy_only_where_there_is_one(rossi: Shop, settings: Any) -> None:
    # Every try claims to be somebody else.
    assert [tries(1, headers={"x-forwarded-for": f"10.0.0.{n}"})[0] for n in range(6)][-1] == 429
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert tries(1, headers={"x-forwarded-for": "10.0.0.1, 198.51.100.7"}) == [200]
    found = [tries(1, headers={"x-forwarded-for": f"10.0.0.{n}, 2001:db8::{n}"})[0] for n in range(6)]
    assert found[-1] == 429  # the last entry is our proxy's; of IPv6 the network counts


def test_without_the_cache_people_get_in(rossi: Shop, rossi_client: Client, settings: Any) -> None:
    before = settings.CACHES
    settings.CACHES = {n: {**each, "LOCATION": "redis://127.0.0.1:9/0"} for n, each in before.items()}
    AxesProxyHandler.get_implementation(force=True)
    assert tries(7) == [200] * 7
    assert rossi_client.post("/admin/login/", ANNA).status_code == 302


def test_the_log_says_nothing_of_who_tried(
    rossi: Shop, log_lines: Callable[[], list[dict[str, Any]]]
) -> None:
    tries(6, REMOTE_ADDR="203.0.113.9")
    lines = str(log_lines())
    assert "login shut out" in lines
    assert "anna" not in lines
    assert "203.0.113.9" not in lines


def test_axes_has_no_tables(rossi: Shop) -> None:
    from django.db import connection

    with in_shop(rossi):
        assert not [name for name in connection.introspection.table_names() if "axes" in name]
