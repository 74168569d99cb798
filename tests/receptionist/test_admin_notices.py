"""Who is told of what: on a person's page, in the managers' list, and on the page of one's own."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from receptionist.models import NoticeKind, NoticeSetting
from shops.context import in_shop
from shops.models import Shop
from shops.staff.models import StaffUser

LogIn = Callable[[Client, StaffUser, Shop], Client]
MINE = "/admin/receptionist/my-notices/"


@pytest.fixture
def office(rossi: Shop, manager: StaffUser, rossi_client: Client, log_in: LogIn) -> Client:
    return log_in(rossi_client, manager, rossi)


def employee(shop: Shop, role: str) -> StaffUser:
    with in_shop(shop):
        user: StaffUser = StaffUser.objects.create_user(f"{role}@rossi.example", role=role)
        return user


def rows(shop: Shop) -> dict[str, tuple[bool, bool]]:
    with in_shop(shop):
        found = NoticeSetting.objects.values_list("kind", "by_email", "by_whatsapp")
        return {kind: (by_email, by_whatsapp) for kind, by_email, by_whatsapp in found}


def person_form(client: Client, user: StaffUser) -> tuple[str, dict[str, Any]]:
    """The address of a person's page, and its form as a browser would send it back."""
    address = reverse("admin:staff_staffuser_change", args=[user.pk])
    context = client.get(address).context
    data: dict[str, Any] = {}
    for form in (
        context["adminform"].form,
        *(f for s in context["inline_admin_formsets"] for f in s.formset),
    ):
        for field in form:
            value = field.value()
            if value not in (None, False) and not field.field.disabled:
                data[field.html_name] = value
    for shown in context["inline_admin_formsets"]:
        management = shown.formset.management_form
        data |= {field.html_name: field.value() for field in management}
    return address, data


def test_a_person_has_a_telephone_a_duty_and_a_row_for_each_kind(
    rossi: Shop, office: Client, manager: StaffUser
) -> None:
    address, data = person_form(office, manager)
    assert data["notices-TOTAL_FORMS"] == len(NoticeKind)
    assert rows(rossi) == {}
    data |= {"phone": "333 123 4567", "notices-0-by_whatsapp": "on"}
    data.pop("on_duty")
    answer = office.post(address, data)
    assert answer.status_code == 302, answer.context["errors"]
    with in_shop(rossi):
        manager.refresh_from_db()
    assert (manager.phone, manager.on_duty) == ("+393331234567", False)
    assert rows(rossi) == {"handover": (True, True)}  # the others keep what holds without a choice
    address, data = person_form(office, manager)
    assert data["notices-TOTAL_FORMS"] == len(NoticeKind)
    data.pop("notices-0-by_email")
    assert office.post(address, data).status_code == 302
    assert rows(rossi) == {"handover": (False, True)}


def test_a_mechanic_is_told_of_nothing(rossi: Shop, office: Client) -> None:
    _address, data = person_form(office, employee(rossi, "mechanic"))
    assert data["notices-TOTAL_FORMS"] == 0


def test_a_new_person_s_page_has_no_notices_yet(office: Client) -> None:
    assert office.get(reverse("admin:staff_staffuser_add")).status_code == 200


def test_operators_have_no_notices(platform_client: Client, rossi: Shop) -> None:
    from shops.staff.admin import OperatorAdmin

    assert OperatorAdmin.inlines == []


def test_managers_change_them_in_a_list(rossi: Shop, rossi_client: Client, log_in: LogIn) -> None:
    boss = employee(rossi, "manager")
    with in_shop(rossi):
        NoticeSetting.objects.create(staff=boss, kind=NoticeKind.CALLBACK)
    client = log_in(rossi_client, boss, rossi)
    page = client.get(reverse("admin:receptionist_noticesetting_changelist"))
    assert "manager@rossi.example" in page.content.decode()


@pytest.mark.parametrize(("role", "kinds"), [("receptionist", 4), ("manager", 4)])
def test_everybody_who_is_told_has_a_page_of_their_own(
    rossi: Shop, rossi_client: Client, log_in: LogIn, role: str, kinds: int
) -> None:
    client = log_in(rossi_client, employee(rossi, role), rossi)
    form = client.get(MINE).context["form"]
    assert len([name for name in form.fields if name.endswith("_email")]) == kinds
    answer = client.post(MINE, {"phone": "+393331234567", "on_duty": "on", "new_appointment_whatsapp": "on"})
    assert answer.status_code == 302
    found = rows(rossi)
    assert len(found) == kinds
    assert found["new_appointment"] == (False, True)
    with in_shop(rossi):
        assert StaffUser.objects.get(role=role, email=f"{role}@rossi.example").phone == "+393331234567"
        assert NoticeSetting.objects.exclude(staff__email=f"{role}@rossi.example").count() == 0


def test_a_telephone_that_is_none_is_told(rossi: Shop, office: Client) -> None:
    answer = office.post(MINE, {"phone": "boh"})
    assert answer.status_code == 200
    assert answer.context["form"].errors["phone"]
    assert rows(rossi) == {}


def test_it_is_for_people_who_are_logged_in(rossi_client: Client) -> None:
    assert rossi_client.get(MINE).status_code == 302
