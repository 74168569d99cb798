"""Promemoria e messaggi: what is set there holds, what cannot be used is refused with what to do."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format

from receptionist.followups import kinds
from receptionist.models import FollowUp, FollowUpConfig, FollowUpKind, FollowUpSetting
from shops.context import in_shop
from shops.models import Shop
from shops.staff.models import StaffUser
from tests import factories
from tests.database import PASSWORD
from tests.receptionist.followups.conftest import agree
from tests.scheduling.desk import Desk

PAGE, PREVIEW = (
    reverse(f"admin:{name}", urlconf="aros.urls_shop") for name in ("follow_ups", "follow_ups_preview")
)
LIST = reverse("admin:receptionist_followup_changelist", urlconf="aros.urls_shop")


def typed(desk: Desk, **changes: Any) -> dict[str, Any]:
    """The page as it is shown, with what somebody changes; None takes a field away (a switch that is off)."""
    context = desk.get(PAGE).context
    forms = [context["config"], *(each.form for each in (*context["service"], *context["promotional"]))]
    data = {}
    for form in forms:
        for field in form:
            value = field.value()
            if value is not None and value is not False:
                data[field.html_name] = field.field.widget.format_value(value) or value
    data |= {name.replace("__", "-"): value for name, value in changes.items()}
    return {name: value for name, value in data.items() if value is not None}


def faults(answer: Any) -> str:
    return " ".join(answer.content.decode().split("bo-error"))


def test_saved_as_it_is_shown_nothing_changes(desk: Desk) -> None:
    answer = desk.post(PAGE, typed(desk))

    assert answer.status_code == 302
    assert not FollowUpSetting.objects.exists()


def test_what_is_set_holds(desk: Desk) -> None:
    data = typed(
        desk,
        day_before__text="Ciao {nome}, {giorno} alle {ora}.\r\nA presto",
        day_before__send_at="18:30",
        ready__enabled=None,
        revision__enabled="on",
        revision__days="45",
        config__quiet_from="21:00",
        config__most_promotions_a_day="12",
    )

    assert desk.post(PAGE, data).status_code == 302

    wanted = kinds.all_wanted()
    assert wanted[FollowUpKind.DAY_BEFORE].text == "Ciao {nome}, {giorno} alle {ora}.\nA presto"
    assert f"{wanted[FollowUpKind.DAY_BEFORE].send_at:%H:%M}" == "18:30"
    assert not wanted[FollowUpKind.READY].enabled
    assert (wanted[FollowUpKind.REVISION].enabled, wanted[FollowUpKind.REVISION].days) == (True, 45)
    assert FollowUpConfig.load().most_promotions_a_day == 12
    assert "A presto" in desk.get(PAGE).content.decode()


def test_empty_words_are_the_standard_ones_again(desk: Desk) -> None:
    desk.post(PAGE, typed(desk, missed_call__text="Qui {officina}"))
    desk.post(PAGE, typed(desk, missed_call__text=""))

    assert FollowUpSetting.objects.get(pk=FollowUpKind.MISSED_CALL).text == ""


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"day_before__text": "Ciao {cognome} {giorno} {ora}"}, "{cognome}"),
        ({"day_before__text": "Ciao {nome}"}, "{giorno}"),
        ({"day_before__text": "{giorno} {ora} {"}, "parentesi graffa"),
        ({"day_before__text": "{giorno} {ora}" + "x" * 10_000}, "900"),
        ({"day_before__send_at": "22:00"}, "cadono nel silenzio"),
        ({"day_before__send_at": "ieri"}, "valida"),
        ({"revision__days": "121"}, "120"),
        ({"revision__days": "-1"}, "0"),
        ({"revision__days": "9" * 400}, "fu-kind"),
        ({"thanks__enabled": "on"}, "indirizzo delle recensioni"),
        ({"config__review_link": "javascript:alert(1)"}, "URL"),
        ({"config__most_promotions_a_day": "0"}, "1"),
        ({"config__offer_minutes": "5"}, "10"),
        ({"day_before__text": "{giorno} {ora} \x00"}, "nul"),
    ],
    ids=range(14),
)
def test_what_cannot_be_used_is_refused(desk: Desk, changes: dict[str, Any], said: str) -> None:
    answer = desk.post(PAGE, typed(desk, **changes))

    assert answer.status_code == 200
    assert "Non ho salvato" in answer.content.decode()
    assert said in faults(answer)
    assert not FollowUpSetting.objects.exists()


def test_the_preview_is_what_a_customer_would_read(desk: Desk) -> None:
    data = typed(desk, missed_call__text="<script>alert(1)</script> {officina}", day_before__text="{cognome}")

    said = desk.post(PREVIEW, data).json()
    without_script = desk.post(PAGE, data | {"preview": "1"})

    assert said["missed_call"] == {"text": f"<script>alert(1)</script> {desk.shop.name}", "problem": ""}
    assert said["day_before"]["text"] == ""
    assert "{cognome}" in said["day_before"]["problem"]
    assert "Maria Bianchi" in said["ready"]["text"]
    assert "<script>alert(1)" not in without_script.content.decode()
    assert "&lt;script&gt;alert(1)" in without_script.content.decode()
    assert not FollowUpSetting.objects.exists()
    assert desk.get(PREVIEW).status_code == 405


def test_the_preview_is_italian_for_who_reads_english(desk: Desk) -> None:
    said = desk.post(PREVIEW, typed(desk), HTTP_ACCEPT_LANGUAGE="en").json()

    with translation.override("it"):
        tomorrow = date_format(timezone.localdate() + timedelta(days=1), "l j F").lower()
    assert tomorrow in said["day_before"]["text"]


def test_the_page_says_who_agreed_and_what_became_of_each(desk: Desk) -> None:
    who = factories.customer(first_name="Zoe", last_name="Zanetti")
    agree(who)
    FollowUp.objects.create(
        kind=FollowUpKind.READY, key="k", customer=who, day="2026-11-24", outcome="skipped", reason="stopped"
    )

    said = desk.get(PAGE).content.decode()

    assert "1 cliente ha acconsentito." in said
    assert "Zoe Zanetti" in said
    assert "il cliente ha scritto STOP" in said
    assert "il cliente ha scritto STOP" in desk.get(LIST).content.decode()


@pytest.mark.parametrize(("role", "status"), [("manager", 200), ("receptionist", 403), ("mechanic", 403)])
def test_managers_and_admins_alone(rossi: Shop, log_in: Any, role: str, status: int) -> None:
    with in_shop(rossi):
        person = StaffUser.objects.create_user(f"{role}@rossi.example", PASSWORD, role=role)
    client = log_in(Client(SERVER_NAME="rossi.example"), person, rossi)

    assert client.get(PAGE).status_code == status
    assert client.post(PREVIEW, {}).status_code == status
