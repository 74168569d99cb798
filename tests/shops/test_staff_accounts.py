"""Invitations, forgotten passwords, one's own account: what goes out, what a link opens, and what it does not."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client

from receptionist.models import OutboundMessage
from shops.context import as_platform, in_shop
from shops.models import Shop
from shops.staff import accounts, links
from shops.staff.links import Kind
from shops.staff.models import StaffUser
from tests.database import PASSWORD

pytestmark = pytest.mark.usefixtures("transactional_db", "eager_tasks")
LogIn = Callable[[Client, StaffUser, Shop], Client]
ADD = "/admin/staff/staffuser/add/"
NEW = {
    **{"email": "Carla@Rossi.Example", "role": "receptionist", "first_name": "", "last_name": ""},
    **{"notices-TOTAL_FORMS": "0", "notices-INITIAL_FORMS": "0"},
}
CHOSEN = {"new_password1": "cavalli e motori", "new_password2": "cavalli e motori"}
WELCOME = {"first_name": "Carla", "last_name": "Neri", **CHOSEN}


def link_in(message: Any) -> str:
    found = re.search(r"https?://\S+", message.body)
    assert found
    return found[0]


def path(link: str) -> str:
    return "/" + link.split("/", 3)[3]


@pytest.fixture
def admin(rossi: Shop, rossi_client: Client, manager: StaffUser, log_in: LogIn) -> Client:
    return log_in(rossi_client, manager, rossi)


@pytest.fixture
def invited(admin: Client) -> str:
    """The link that Carla got."""
    assert admin.post(ADD, NEW).status_code == 302
    (sent,) = mail.outbox
    assert sent.to == ["carla@rossi.example"]
    return link_in(sent)


def stranger(host: str = "rossi.example") -> Client:
    return Client(SERVER_NAME=host)


# --- invitations ----------------------------------------------------------------------------------------------


def test_who_is_invited_names_themselves_chooses_a_password_and_is_in(invited: str, rossi: Shop) -> None:
    assert invited.startswith("http://rossi.example:8000/admin/invitation/")
    carla = stranger()
    assert carla.get(path(invited)).status_code == 200
    assert carla.get(path(invited)).status_code == 200  # looking uses nothing up: mail servers look too
    answer = carla.post(path(invited), WELCOME)
    assert answer.status_code == 302
    assert carla.get("/admin/account/").status_code == 200
    with in_shop(rossi):
        person = StaffUser.objects.get(email="carla@rossi.example")
    assert (person.first_name, person.role) == ("Carla", "receptionist")
    assert stranger().get(path(invited)).status_code == 410
    assert stranger().post(path(invited), WELCOME).status_code == 410


@pytest.mark.parametrize(
    "wrong",
    [
        {"new_password2": "un'altra cosa"},
        {"new_password1": "corta", "new_password2": "corta"},
        {"first_name": "Carla\nBcc: x"},
        {"first_name": "C" * 81},
    ],
)
def test_what_does_not_do_is_said_and_the_link_stays_good(invited: str, wrong: dict[str, str]) -> None:
    carla = stranger()
    answer = carla.post(path(invited), WELCOME | wrong)
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert carla.get("/admin/account/").status_code == 302
    assert carla.post(path(invited), WELCOME).status_code == 302


def test_an_invitation_is_for_one_person_of_one_shop_and_for_three_days(
    invited: str, rossi: Shop, bianchi: Shop
) -> None:
    assert stranger("bianchi.example").get(path(invited)).status_code == 410
    assert stranger("localhost").get(path(invited)).status_code == 410
    assert stranger().get(path(invited)[:-2] + "x/").status_code == 410
    assert stranger().get("/admin/invitation/%00/").status_code == 410
    assert stranger().get(path(invited).replace("invitation", "password")).status_code == 410
    with in_shop(bianchi):  # even a person with the same id there
        with in_shop(rossi):
            carla = StaffUser.objects.get(email="carla@rossi.example")
        StaffUser.objects.create(pk=carla.pk, email=carla.email, password=carla.password)
    assert stranger("bianchi.example").get(path(invited)).status_code == 410
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=71)):
        assert stranger().get(path(invited)).status_code == 200
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=73)):
        assert stranger().get(path(invited)).status_code == 410


def test_a_second_invitation_replaces_the_first_and_a_fifth_waits(
    invited: str, admin: Client, rossi: Shop
) -> None:
    with in_shop(rossi):
        carla = StaffUser.objects.get(email="carla@rossi.example")
    chosen = {"action": "invite", "_selected_action": [str(carla.pk)]}
    for _each in range(4):
        assert admin.post("/admin/staff/staffuser/", chosen).status_code == 302
    assert len(mail.outbox) == 3
    assert stranger().get(path(invited)).status_code == 410
    shown = admin.get("/admin/staff/staffuser/").content.decode()
    assert "quarto d&#x27;ora" in shown
    assert "invitato" in shown


def test_who_was_shut_out_meanwhile_stays_out(invited: str, rossi: Shop) -> None:
    with in_shop(rossi):
        StaffUser.objects.filter(email="carla@rossi.example").update(is_active=False)
    assert stranger().get(path(invited)).status_code == 410


def test_a_link_is_written_nowhere_but_in_the_mail(invited: str, rossi: Shop) -> None:
    token = invited.rstrip("/").rpartition("/")[2]
    with in_shop(rossi):
        rows = list(OutboundMessage.objects.values())
    assert rows
    assert token not in str(rows)
    assert rows[0]["status"] == "sent"


def test_a_shops_name_makes_no_header(rossi: Shop, admin: Client) -> None:
    with as_platform():
        Shop.objects.filter(pk=rossi.pk).update(name="Rossi\r\nBcc: tutti@rossi.example")
    admin.post(ADD, NEW)
    (sent,) = mail.outbox
    assert sent.recipients() == ["carla@rossi.example"]
    assert "\n" not in sent.subject + sent.from_email
    assert admin.post(ADD, NEW | {"email": "x@y.example\r\nBcc: z@y.example"}).status_code == 200


def test_an_operator_is_invited_too(platform_client: Client) -> None:
    with as_platform():
        operator = StaffUser.objects.create_user("op@aros.example", PASSWORD, role="admin")
        platform_client.force_login(operator)
    new = {"email": "due@aros.example", "first_name": "", "last_name": ""}
    assert platform_client.post(ADD, new).status_code == 302
    (sent,) = mail.outbox
    second = stranger("localhost")
    assert link_in(sent).startswith("http://localhost:8000/admin/invitation/")
    assert second.post(path(link_in(sent)), WELCOME).status_code == 302
    assert second.get("/admin/account/").status_code == 200
    with as_platform():
        assert StaffUser.objects.get(email="due@aros.example").role == "admin"


# --- forgotten ------------------------------------------------------------------------------------------------


def test_a_forgotten_password_is_chosen_anew(rossi: Shop, rossi_client: Client) -> None:
    assert b"/admin/password/" in rossi_client.get("/admin/login/").content
    elsewhere = stranger()
    elsewhere.post("/admin/login/", {"username": "anna@rossi.example", "password": PASSWORD})
    assert rossi_client.get("/admin/password/").status_code == 200
    rossi_client.post("/admin/password/", {"email": "ANNA@rossi.example"})
    (sent,) = mail.outbox
    assert sent.to == ["anna@rossi.example"]
    link = path(link_in(sent))
    assert rossi_client.get(link).status_code == 200
    assert rossi_client.post(link, CHOSEN)["Location"] == "/admin/login/"
    assert rossi_client.get("/admin/account/").status_code == 302  # the password alone lets nobody in
    assert elsewhere.get("/admin/account/").status_code == 302  # and who was in is out
    assert rossi_client.get(link).status_code == 410
    login = {"username": "anna@rossi.example", "password": CHOSEN["new_password1"]}
    assert rossi_client.post("/admin/login/", login).status_code == 302
    assert rossi_client.get("/admin/account/").status_code == 200


def test_the_answer_does_not_tell_who_works_here(rossi: Shop, bianchi: Shop) -> None:
    def answer(email: str) -> str:
        return stranger().post("/admin/password/", {"email": email}).content.decode()

    with in_shop(rossi):
        StaffUser.objects.create_user("via@rossi.example", PASSWORD, is_active=False)
    answers = {
        answer(f"{name}") for name in ("anna@rossi.example", "nessuno@rossi.example", "via@rossi.example")
    }
    assert len(answers) == 1
    assert [sent.to for sent in mail.outbox] == [["anna@rossi.example"]]
    answer("bruno@bianchi.example")  # who works elsewhere
    assert len(mail.outbox) == 1


def test_nobodys_letter_box_is_filled(rossi: Shop) -> None:
    for _each in range(6):
        stranger().post("/admin/password/", {"email": "anna@rossi.example"})
    assert len(mail.outbox) == 3


def test_the_link_leads_to_the_shops_own_host(rossi: Shop) -> None:
    """Whatever the request says: links are built from the primary domain."""
    headers = {"x-forwarded-host": "evil.example", "forwarded": "host=evil.example"}
    stranger().post("/admin/password/", {"email": "anna@rossi.example"}, headers=headers)
    assert link_in(mail.outbox[0]).startswith("http://rossi.example:8000/")


def test_a_reset_is_good_for_two_hours_and_for_this_address(rossi: Shop, manager: StaffUser) -> None:
    with in_shop(rossi):
        token = links.token(Kind.RESET, manager)
        with time_machine.travel(datetime.now(UTC) + timedelta(hours=3)):
            assert links.holder(Kind.RESET, token) is None
        assert links.holder(Kind.RESET, token) == manager
        manager.email = "nuova@rossi.example"
        manager.save()
        assert links.holder(Kind.RESET, token) is None


# --- one's own account ----------------------------------------------------------------------------------------


def test_everybody_has_an_account_page(rossi: Shop, log_in: LogIn) -> None:
    for role in StaffUser.Role.values:
        with in_shop(rossi):
            person = StaffUser.objects.create_user(f"{role}@rossi.example", PASSWORD, role=role)
        client = log_in(stranger(), person, rossi)
        assert client.get("/admin/account/").status_code == 200
        sent = {
            "do": "profile",
            "first_name": "Ugo",
            "last_name": "Bo",
            "phone": "333 1234567",
            "language": "it",
        }
        assert client.post("/admin/account/", sent | {"role": "admin", "email": "x@y.it"}).status_code == 302
        with in_shop(rossi):
            person.refresh_from_db()
        assert (person.first_name, person.phone, person.language) == ("Ugo", "+393331234567", "it")
        assert (person.role, person.email) == (role, f"{role}@rossi.example")
        for wrong in ({"language": "xx"}, {"phone": "boh"}, {"first_name": "a\nb"}):
            assert client.post("/admin/account/", sent | wrong).status_code == 200
        assert client.post("/admin/account/", {"do": "promote"}).status_code == 400


def test_a_chosen_language_wins_over_the_browsers(
    rossi: Shop, manager: StaffUser, log_in: LogIn, settings: Any
) -> None:
    settings.LANGUAGES = [("it", "Italiano"), ("en", "English")]
    client = log_in(stranger(), manager, rossi)
    english = {"accept-language": "en"}
    assert client.get("/admin/account/", headers=english)["Content-Language"] == "en"
    client.post("/admin/account/", {"do": "profile", "language": "it"})
    assert client.get("/admin/account/", headers=english)["Content-Language"] == "it"
    assert client.get("/admin/login/", headers=english, follow=True).status_code == 200


def test_leaving_every_device(rossi: Shop, manager: StaffUser, log_in: LogIn) -> None:
    here, there = (log_in(stranger(), manager, rossi) for _each in range(2))
    assert here.post("/admin/account/", {"do": "leave"}).status_code == 302
    for client in (here, there):
        assert client.get("/admin/account/").status_code == 302
    with in_shop(rossi):
        manager.refresh_from_db()
        assert links.holder(Kind.RESET, links.token(Kind.RESET, manager)) == manager
    assert log_in(stranger(), manager, rossi).get("/admin/account/").status_code == 200


def test_an_invitation_is_no_way_round_a_password(rossi: Shop, manager: StaffUser) -> None:
    with in_shop(rossi):
        assert accounts.invite(person=manager) is False
        manager.refresh_from_db()
    assert manager.check_password(PASSWORD)
    assert mail.outbox == []


def test_the_support_gets_no_password(rossi: Shop) -> None:
    with in_shop(rossi):
        support = StaffUser.objects.create_user("op@aros.example", None, role="admin", is_support=True)
        token = links.token(Kind.RESET, support)
    stranger().post("/admin/password/", {"email": "op@aros.example"})
    assert mail.outbox == []
    assert stranger().get(f"/admin/password/{token}/").status_code == 410
