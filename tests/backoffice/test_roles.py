"""What each role reaches: every address of the shop's back office, opened and posted to, and the side bar."""

from collections.abc import Callable

import pytest
from django.test import Client

from shops.context import in_shop
from shops.models import Shop
from shops.staff.models import StaffUser
from tests.addresses import OPEN, addresses
from tests.database import PASSWORD

LogIn = Callable[[Client, StaffUser, Shop], Client]
ROLES = StaffUser.Role.values
# Open to everybody who is in: their own account, and what belongs to no page of its own.
EVERYBODYS = {
    *("admin:index", "admin:account", "admin:password_change", "admin:password_change_done", "admin:jsi18n"),
    *("admin:search", "admin:board", "admin:autocomplete", "admin:my_feeds"),
}
# The shop's configuration and its people, by the beginning of their names.
CONFIGURATION = (
    *("admin:scheduling_service_", "admin:scheduling_bay_", "admin:scheduling_openinghours_"),
    *("admin:scheduling_closure_", "admin:scheduling_rules", "admin:receptionist_aiconfig_"),
    *("admin:receptionist_noticesetting_", "admin:staff_", "admin:auditlog_", "admin:my_shop"),
    *(
        "admin:first_hour",
        "admin:whatsapp_messagetemplate_",
        "admin:privacy",
        "admin:follow_ups",
        "admin:website_",
    ),
    "admin:api_",
)
PEOPLE = ("admin:staff_",)


@pytest.fixture
def enter(rossi: Shop, log_in: LogIn) -> Callable[[str], Client]:
    def enter(role: str) -> Client:
        with in_shop(rossi):
            email = f"{role}@rossi.example"
            found = StaffUser.objects.filter(email=email).first()
            person = found or StaffUser.objects.create_user(email, PASSWORD, role=role)
        return log_in(Client(SERVER_NAME="rossi.example"), person, rossi)

    return enter


def reached(client: Client, method: str) -> dict[str, int]:
    """What answers with something of its own: no refusal, nothing that is not there, no way back to the start."""
    found = {}
    for name, address in addresses("aros.urls_shop"):
        if name in OPEN or "password" in name or name == "admin:None":  # what leads on, or nowhere
            continue
        answer = getattr(client, method)(address)
        assert answer.status_code < 500, (name, address)
        away = answer.status_code == 302 and answer["Location"] in ("/admin/", "/admin/login/")
        if answer.status_code not in (403, 404, 405) and not away:
            found[name] = answer.status_code
    return found


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_mechanic_reaches_the_board_and_their_account(enter: Callable[[str], Client], method: str) -> None:
    assert set(reached(enter("mechanic"), method)) <= EVERYBODYS


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_receptionist_reaches_no_configuration(enter: Callable[[str], Client], method: str) -> None:
    found = set(reached(enter("receptionist"), method))
    assert not {name for name in found if name.startswith(CONFIGURATION)}
    assert method == "post" or "admin:scheduling_appointment_changelist" in found


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_manager_reaches_all_but_the_people(enter: Callable[[str], Client], method: str) -> None:
    found = set(reached(enter("manager"), method))
    assert not {name for name in found if name.startswith(PEOPLE)}
    assert method == "post" or "admin:scheduling_service_changelist" in found


@pytest.mark.parametrize("role", ROLES)
def test_the_side_bar_shows_what_opens(enter: Callable[[str], Client], role: str) -> None:
    client = enter(role)
    shown = client.get("/admin/account/").context["sidebar_navigation"]
    links = [str(item["link"]) for group in shown for item in group["items"]]
    assert "/admin/lavori/" in links
    opened = {link: client.get(link, follow=True).status_code for link in links}
    assert opened == dict.fromkeys(links, 200)
    assert client.get("/admin/", follow=True).status_code == 200
    if role == "mechanic":
        assert links == ["/admin/lavori/", "/admin/account/", "/admin/account/calendari/"]
        assert client.get("/admin/")["Location"] == "/admin/lavori/"
