"""The key: who has it, what it may, how long, how often."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from auditlog.models import LogEntry
from django.test import Client
from django.utils import timezone

from api import authentication, tokens
from api.models import ApiToken, Scope
from shops.context import in_shop
from shops.limits import Limit
from shops.models import Shop
from shops.staff.models import StaffUser
from tests.api.conftest import Program, is_problem


def test_only_the_digest_of_the_secret_is_kept(in_rossi: Shop) -> None:
    made = tokens.make(name="gestionale", scopes=[Scope.CUSTOMERS_READ])
    row = ApiToken.objects.values().get(pk=made.token.pk)
    assert made.secret.startswith(f"aros_{made.token.prefix}_")
    assert row["digest"] == hashlib.sha256(made.secret.encode()).hexdigest()
    assert made.secret not in str(row)
    assert made.secret.rpartition("_")[2] not in str(row)


@pytest.mark.parametrize(
    "scopes", [[], ["all"], ["customers:read", "root"]], ids=["none", "unknown", "mixed"]
)
def test_scopes_that_there_are_not_are_refused(in_rossi: Shop, scopes: list[str]) -> None:
    with pytest.raises(ValueError, match="scopes"):
        tokens.make(name="x", scopes=scopes)


FORGED = {
    "none": "",
    "basic": "Basic YTpi",
    "empty": "Bearer ",
    "word": "Bearer aros",
    "long": "Bearer " + "a" * 5000,
    "unknown": "Bearer aros_000000000000_" + "0" * 64,
    "not ascii": "Bearer aros_é",
}


@pytest.mark.parametrize("header", FORGED.values(), ids=FORGED.keys())
def test_what_is_no_key_is_401(rossi: Shop, header: str) -> None:
    answer = Program("rossi.example", "").get("customers", **({"Authorization": header} if header else {}))
    is_problem(answer, 401, "unauthenticated")
    assert answer["WWW-Authenticate"].startswith("Bearer ")


def test_a_right_prefix_with_a_wrong_secret_is_401(api: Program) -> None:
    forged = api.secret[:-1] + ("0" if api.secret[-1] != "0" else "1")
    is_problem(api.get("customers", Authorization=f"Bearer {forged}"), 401)


def test_expired_and_revoked_keys_open_nothing(rossi: Shop) -> None:
    with in_shop(rossi):
        short = tokens.make(
            name="x", scopes=[Scope.CUSTOMERS_READ], expires_at=timezone.now() + timedelta(hours=1)
        )
        gone = tokens.make(name="y", scopes=[Scope.CUSTOMERS_READ])
        tokens.revoke(token=gone.token)
        first = gone.token.revoked_at
        assert tokens.revoke(token=gone.token).revoked_at == first
    program = Program("rossi.example", short.secret)
    assert program.get("customers").status_code == 200
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=2), tick=False):
        is_problem(program.get("customers"), 401)
    is_problem(Program("rossi.example", gone.secret).get("customers"), 401)


def test_a_missing_scope_is_named(make: Callable[..., Program]) -> None:
    program = make([Scope.CONVERSATIONS_READ])
    body = is_problem(program.get("customers"), 403, "missing_scope")
    assert body["missing_scope"] == "customers:read"
    assert "customers:read" in body["detail"]


def test_when_it_was_used_is_written_once_a_minute(
    api: Program, rossi: Shop, django_assert_num_queries: Any
) -> None:
    start = datetime(2026, 11, 23, 9, tzinfo=UTC)

    def used() -> Any:
        with in_shop(rossi):
            return ApiToken.objects.get().last_used_at

    for seconds, expected in ((0, start), (30, start), (61, start + timedelta(seconds=61))):
        with time_machine.travel(start + timedelta(seconds=seconds), tick=False):
            assert api.get("services").status_code == 200
        assert used() == expected


def test_a_key_that_asks_too_often_waits(api: Program, settings: Any) -> None:
    settings.API_PER_MINUTE = 2
    assert [api.get("services").status_code for _ in range(2)] == [200, 200]
    answer = api.get("services")
    is_problem(answer, 429, "too_many_requests")
    assert int(answer["Retry-After"]) == 60


def test_an_address_that_guesses_keys_is_slowed_down_but_a_right_key_still_opens(
    api: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authentication, "WRONG", Limit("api-wrong-key", 3, 300))
    wrong = Program("rossi.example", "aros_000000000000_" + "0" * 64)
    assert [wrong.get("services").status_code for _ in range(5)] == [401, 401, 401, 429, 429]
    assert wrong.get("services")["Retry-After"] == "300"
    assert api.get("services").status_code == 200


def test_sentences_are_in_the_callers_language(api: Program) -> None:
    italian = json.loads(api.get("customers?limit=0", Accept_Language="it").content)
    english = json.loads(api.get("customers?limit=0", Accept_Language="en").content)
    assert italian["code"] == english["code"] == "invalid"
    assert italian["title"] == "La richiesta non è valida."


def test_what_a_program_changes_carries_its_name(api: Program, rossi: Shop) -> None:
    made = api.post("customers", {"first_name": "Maria"})
    api.patch(f"customers/{made.json()['id']}", {"first_name": "Marta"}, If_Match=made["ETag"])
    with in_shop(rossi):
        rows = LogEntry.objects.filter(object_pk=made.json()["id"])
        assert {row.additional_data["by"] for row in rows} == {"API: gestionale"}
        assert rows.count() == 2


# --- the page -------------------------------------------------------------------------------------------------------


def test_the_page_shows_the_secret_once(
    rossi_client: Client, rossi: Shop, manager: StaffUser, log_in: Callable[..., Client]
) -> None:
    client = log_in(rossi_client, manager, rossi)
    form = {"name": "<b>gestionale</b>", "scopes": ["customers:read"], "expires_at_0": "", "expires_at_1": ""}
    answer = client.post("/admin/api/apitoken/add/", form)
    assert answer.status_code == 200
    with in_shop(rossi):
        token = ApiToken.objects.get()
        assert token.created_by == manager
    text = answer.content.decode()
    secret = next(
        word
        for word in text.replace("<", " ").replace(">", " ").split()
        if word.startswith("aros_") and len(word) > 70
    )
    assert "no-store" in answer["Cache-Control"]
    assert "<b>gestionale" not in text
    assert Program("rossi.example", secret).get("customers").status_code == 200
    for address in ("/admin/api/apitoken/", f"/admin/api/apitoken/{token.pk}/change/"):
        shown = client.get(address)
        assert shown.status_code == 200
        assert secret not in shown.content.decode()
        assert token.digest not in shown.content.decode()


def test_a_key_is_revoked_on_the_list_and_never_changed(
    rossi_client: Client, rossi: Shop, manager: StaffUser, log_in: Callable[..., Client]
) -> None:
    with in_shop(rossi):
        made = tokens.make(name="gestionale", scopes=[Scope.CUSTOMERS_READ])
    client = log_in(rossi_client, manager, rossi)
    address = f"/admin/api/apitoken/{made.token.pk}/change/"
    client.post(address, {"name": "altro", "scopes": list(Scope.values)})
    client.post("/admin/api/apitoken/", {"action": "revoke", "_selected_action": [str(made.token.pk)]})
    with in_shop(rossi):
        token = ApiToken.objects.get()
        assert (token.name, token.scopes) == ("gestionale", ["customers:read"])
        assert token.revoked_at is not None
        assert LogEntry.objects.filter(object_pk=str(token.pk), actor=manager).exists()
    is_problem(Program("rossi.example", made.secret).get("customers"), 401)


@pytest.mark.parametrize("role", ["manager", "receptionist", "mechanic"])
def test_only_who_answers_for_the_shop_sees_keys(
    rossi_client: Client, rossi: Shop, log_in: Callable[..., Client], role: str
) -> None:
    with in_shop(rossi):
        person = StaffUser.objects.create_user(f"{role}@rossi.example", "una password di prova", role=role)
    client = log_in(rossi_client, person, rossi)
    assert client.get("/admin/api/apitoken/").status_code in (302, 403)
    assert client.post(
        "/admin/api/apitoken/add/", {"name": "x", "scopes": ["customers:read"]}
    ).status_code in (302, 403)
    with in_shop(rossi):
        assert not ApiToken.objects.exists()
