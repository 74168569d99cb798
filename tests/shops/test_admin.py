"""The two back offices: what the operators may change, and who sees the staff of a shop."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from shops import routing
from shops.admin_sites import platform_site, shop_site
from shops.context import as_platform, in_shop
from shops.models import Domain, PhoneLine, Shop, UnroutedEvent, WhatsAppNumber
from shops.staff.models import StaffUser
from tests.database import PASSWORD, superuser

Enter = Callable[[str], Client]
URLCONFS = {"platform": "aros.urls_platform", "shop": "aros.urls_shop"}


@pytest.fixture
def operator(platform_client: Client) -> Client:
    """The platform's admin, with an operator logged in."""
    with as_platform():
        user = StaffUser.objects.create_user("op@aros.example", PASSWORD, role="admin")
        platform_client.force_login(user)
    return platform_client


@pytest.fixture
def enter(rossi: Shop) -> Enter:
    """The first shop's admin, with somebody of the role logged in."""

    def enter(role: str) -> Client:
        client = Client(SERVER_NAME="rossi.example")
        with in_shop(rossi):
            client.force_login(StaffUser.objects.create_user(f"{role}@rossi.example", PASSWORD, role=role))
        return client

    return enter


def platform_url(name: str, *args: Any) -> str:
    return reverse(f"admin:{name}", args=args, urlconf=URLCONFS["platform"])


def shop_url(name: str, *args: Any) -> str:
    return reverse(f"admin:{name}", args=args, urlconf=URLCONFS["shop"])


# --- what is where --------------------------------------------------------------------------------------------


def test_the_operators_see_the_platform_and_nothing_of_a_shop() -> None:
    found = {model._meta.label_lower for model in platform_site._registry}
    assert found == {
        *("shops.shop", "shops.domain", "shops.phoneline", "shops.whatsappnumber", "shops.unroutedevent"),
        *("shops.shoporder", "shops.supportvisit", "staff.staffuser"),
    }


def test_a_shop_sees_nothing_of_the_platform() -> None:
    assert {
        model._meta.label_lower for model in shop_site._registry if model._meta.app_label == "shops"
    } == set()


@pytest.mark.parametrize("model", ["shop", "domain", "phoneline", "whatsappnumber", "unroutedevent"])
def test_every_page_of_the_operators_opens(
    model: str, operator: Client, rossi: Shop, django_assert_max_num_queries: Any
) -> None:
    with as_platform():
        WhatsAppNumber.objects.create(
            shop=rossi, phone_number_id="wa-1", number="3331234567", access_token="geheim"
        )
        UnroutedEvent.objects.create(channel="voice", external_id="line-x")
    operator.get("/admin/")  # warm: session, content types
    with django_assert_max_num_queries(14):
        answer = operator.get(platform_url(f"shops_{model}_changelist"), {"q": "ros"})
    assert answer.status_code == 200
    with as_platform():
        row = {"shop": Shop, "domain": Domain, "phoneline": PhoneLine, "whatsappnumber": WhatsAppNumber}.get(
            model, UnroutedEvent
        ).objects.first()
    answer = operator.get(platform_url(f"shops_{model}_change", row.pk))
    assert answer.status_code == 200
    assert b"geheim" not in answer.content


# --- shops ----------------------------------------------------------------------------------------------------


def fields_of(answer: Any) -> dict[str, Any]:
    """The values with which the form of a change page would be sent back, its inlines included."""
    form = answer.context["adminform"].form
    sent = {name: form.initial.get(name, "") for name in form.fields}
    for each in answer.context["inline_admin_formsets"]:
        prefix = each.formset.prefix
        sent |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
    return {name: "" if value is None else value for name, value in sent.items()}


def test_an_operator_changes_a_shop(operator: Client, rossi: Shop) -> None:
    url = platform_url("shops_shop_change", rossi.pk)
    page = operator.get(url)
    sent = fields_of(page)
    assert not {"slug", "schema_name", "db_role", "status", "settings", "id"} & sent.keys()
    answer = operator.post(url, sent | {"name": "Officina Rossi & Figli", "subscription_tier": "enterprise"})
    assert answer.status_code == 302
    assert (
        operator.post(url, sent | {"slug": "mine", "db_role": "mine", "status": "creating"}).status_code
        == 302
    )
    found = Shop.objects.get(pk=rossi.pk)
    assert (found.slug, found.db_role, found.status) == (rossi.slug, rossi.db_role, rossi.status)


def test_what_was_changed_is_saved_and_nothing_else(operator: Client, rossi: Shop) -> None:
    url = platform_url("shops_shop_change", rossi.pk)
    sent = fields_of(operator.get(url))
    operator.post(url, sent | {"name": "Officina Rossi & Figli"})
    assert Shop.objects.get(pk=rossi.pk).name == "Officina Rossi & Figli"
    bad = operator.post(url, sent | {"phone_number": "pronto", "timezone": "Europe/Roma"})
    assert bad.status_code == 200
    assert {"phone_number", "timezone"} == set(bad.context["adminform"].form.errors)


def test_suspending_from_the_list(operator: Client, rossi: Shop, bianchi: Shop, rossi_client: Client) -> None:
    chosen = {"action": "suspend", "_selected_action": [str(rossi.pk), str(bianchi.pk)]}
    answer = operator.post(platform_url("shops_shop_changelist"), chosen, follow=True)
    assert "Sospese: 2." in answer.content.decode()
    assert rossi_client.get("/admin/").status_code == 503
    assert routing.active_shop_ids() == []
    answer = operator.post(platform_url("shops_shop_changelist"), chosen | {"action": "resume"}, follow=True)
    assert "Riattivate: 2." in answer.content.decode()
    assert rossi_client.get("/admin/").status_code == 302


def test_suspending_from_the_shops_page(operator: Client, rossi: Shop) -> None:
    url = platform_url("shops_shop_change", rossi.pk)
    page = operator.get(url)
    text = page.content.decode()
    assert "shops_shop_suspend" in text
    assert "shops_shop_resume" not in text
    operator.post(url, fields_of(page) | {"shops_shop_suspend": "1"})
    assert Shop.objects.get(pk=rossi.pk).status == "suspended"
    assert "shops_shop_resume" in operator.get(url).content.decode()
    with as_platform():
        assert LogEntry.objects.filter(object_id=str(rossi.pk)).exists()


def test_a_shop_in_the_making_is_left_alone(operator: Client, rossi: Shop) -> None:
    with as_platform():
        Shop.objects.filter(pk=rossi.pk).update(status="creating")
    chosen = {"action": "resume", "_selected_action": [str(rossi.pk)]}
    answer = operator.post(platform_url("shops_shop_changelist"), chosen, follow=True)
    assert "in creazione" in answer.content.decode()
    assert Shop.objects.get(pk=rossi.pk).status == "creating"


def test_no_shop_is_made_or_deleted_through_the_web(operator: Client, rossi: Shop) -> None:
    assert operator.get(platform_url("shops_shop_add")).status_code == 403
    assert operator.post(platform_url("shops_shop_delete", rossi.pk), {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [str(rossi.pk)], "post": "yes"}
    operator.post(platform_url("shops_shop_changelist"), chosen)
    assert Shop.objects.filter(pk=rossi.pk).exists()


# --- what leads to shops --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("domain", "words"),
    [
        ("localhost", "piattaforma"),
        ("127.0.0.1", "piattaforma"),
        ("http://nuovo.example", "nome di host"),
        ("nuovo.example:80", "nome di host"),
        ("bianchi.example", ""),
    ],
)
def test_a_host_that_cannot_be(domain: str, words: str, operator: Client, rossi: Shop) -> None:
    answer = operator.post(platform_url("shops_domain_add"), {"domain": domain, "tenant": str(rossi.pk)})
    assert answer.status_code == 200
    assert words in str(answer.context["adminform"].form.errors)
    assert not Domain.objects.filter(domain=domain, tenant=rossi).exists()


def test_a_second_host_is_added_and_becomes_the_first(operator: Client, rossi: Shop) -> None:
    sent = {"domain": "Nuovo.Example", "tenant": str(rossi.pk), "is_primary": "on"}
    assert operator.post(platform_url("shops_domain_add"), sent).status_code == 302
    assert Shop.objects.get(pk=rossi.pk).primary_domain == "nuovo.example"
    assert Domain.objects.get(domain="rossi.example").is_primary is False
    assert routing.shop_for_host("nuovo.example") == rossi


def test_the_first_host_stays(operator: Client, rossi: Shop) -> None:
    domain = Domain.objects.get(domain="rossi.example")
    assert operator.post(platform_url("shops_domain_delete", domain.pk), {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [str(domain.pk)], "post": "yes"}
    operator.post(platform_url("shops_domain_changelist"), chosen)
    assert Domain.objects.filter(pk=domain.pk).exists()


def test_a_line_is_moved(operator: Client, rossi: Shop, bianchi: Shop) -> None:
    assert routing.shop_for_line("line-rossi", None) == rossi
    line = PhoneLine.objects.get(phone_number_id="line-rossi")
    url = platform_url("shops_phoneline_change", line.pk)
    sent = {"shop": str(bianchi.pk), "phone_number_id": "line-rossi", "number": "02 1234 5678"}
    assert operator.post(url, sent).status_code == 302
    assert routing.shop_for_line("line-rossi", None) == bianchi
    twice = operator.post(url, sent | {"number": "+390287654321"})
    assert "number" in twice.context["adminform"].form.errors


def test_a_token_is_written_and_never_shown(operator: Client, rossi: Shop) -> None:
    sent = {
        "shop": str(rossi.pk),
        "phone_number_id": "wa-1",
        "number": "",
        "waba_id": "",
        "new_token": "geheim-1",
    }
    assert operator.post(platform_url("shops_whatsappnumber_add"), sent).status_code == 302
    with as_platform():
        number = WhatsAppNumber.objects.get()
    url = platform_url("shops_whatsappnumber_change", number.pk)

    def stored() -> str:
        with as_platform():
            return str(WhatsAppNumber.objects.get().access_token)

    assert stored() == "geheim-1"
    for page in (operator.get(url), operator.get(platform_url("shops_whatsappnumber_changelist"))):
        assert b"geheim" not in page.content
    operator.post(url, sent | {"new_token": "", "waba_id": "55"})
    assert stored() == "geheim-1"
    operator.post(url, sent | {"new_token": " geheim-2 "})
    assert stored() == "geheim-2"
    refused = operator.post(url, sent | {"new_token": "geheim-3", "phone_number_id": ""})
    assert b"geheim" not in refused.content


def test_a_token_of_a_lost_key_does_not_close_the_page(operator: Client, rossi: Shop, settings: Any) -> None:
    with as_platform():
        number = WhatsAppNumber.objects.create(shop=rossi, phone_number_id="wa-1", access_token="geheim")
    settings.FIELD_ENCRYPTION_KEYS = ["bmV3LWtleS1uZXcta2V5LW5ldy1rZXktbmV3LWtleSE="]
    assert operator.get(platform_url("shops_whatsappnumber_changelist")).status_code == 200
    assert operator.get(platform_url("shops_whatsappnumber_change", number.pk)).status_code == 200
    assert operator.get(platform_url("shops_shop_change", rossi.pk)).status_code == 200


def test_unrouted_events_are_only_read(operator: Client) -> None:
    with as_platform():
        event = UnroutedEvent.objects.create(channel="voice", external_id="line-x")
    assert operator.get(platform_url("shops_unroutedevent_add")).status_code == 403
    assert (
        operator.post(platform_url("shops_unroutedevent_change", event.pk), {"count": 9}).status_code == 403
    )
    assert (
        operator.post(platform_url("shops_unroutedevent_delete", event.pk), {"post": "yes"}).status_code
        == 403
    )


# --- staff ----------------------------------------------------------------------------------------------------

NEW = {"email": "Carla@Rossi.Example", "first_name": "Carla", "last_name": "Neri", "role": "receptionist"}
NO_NOTICES = {"notices-TOTAL_FORMS": "0", "notices-INITIAL_FORMS": "0"}
PASSWORDS = {"password1": "una password sicura", "password2": "una password sicura"}


@pytest.mark.parametrize("role", ["manager", "receptionist", "mechanic"])
def test_only_the_role_admin_sees_the_staff(role: str, enter: Enter, rossi: Shop) -> None:
    client = enter(role)
    assert "staffuser" not in client.get("/admin/").content.decode()
    with in_shop(rossi):
        anna = StaffUser.objects.get(email="anna@rossi.example")
    for url in (
        shop_url("staff_staffuser_changelist"),
        shop_url("staff_staffuser_add"),
        shop_url("staff_staffuser_change", anna.pk),
        f"/admin/staff/staffuser/{anna.pk}/password/",
    ):
        assert client.get(url).status_code == 403, url
        assert client.post(url, NEW | PASSWORDS).status_code == 403, url


def test_somebody_new_is_invited(enter: Enter, rossi: Shop, rossi_client: Client) -> None:
    """What comes of the invitation: test_staff_accounts."""
    admin = enter("admin")
    assert admin.get(shop_url("staff_staffuser_add")).status_code == 200
    # A password that is sent along is nobody's.
    assert admin.post(shop_url("staff_staffuser_add"), NEW | PASSWORDS | NO_NOTICES).status_code == 302
    with in_shop(rossi):
        carla = StaffUser.objects.get(email="carla@rossi.example")
        assert carla.role == "receptionist"
        assert carla.waits_for_invitation
    login = {"username": "carla@rossi.example", "password": "una password sicura"}
    assert rossi_client.post("/admin/login/", login).status_code == 200
    page = admin.get(shop_url("staff_staffuser_change", carla.pk))
    assert page.status_code == 200
    assert carla.password not in page.content.decode()
    assert "Carla Neri" in admin.get(shop_url("staff_staffuser_changelist")).content.decode()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "ANNA@rossi.example"}, "email"),
        ({"email": "carla"}, "email"),
        ({"role": "boss"}, "role"),
        ({"first_name": "Carla\r\nBcc: tutti@rossi.example"}, "first_name"),
    ],
)
def test_somebody_new_who_cannot_be(change: dict[str, str], field: str, enter: Enter) -> None:
    answer = enter("admin").post(shop_url("staff_staffuser_add"), NEW | change)
    assert answer.status_code == 200
    assert set(answer.context["adminform"].form.errors) == {field}


def test_a_new_password_for_somebody(enter: Enter, rossi: Shop) -> None:
    admin = enter("admin")
    with in_shop(rossi):
        anna = StaffUser.objects.get(email="anna@rossi.example")
    url = f"/admin/staff/staffuser/{anna.pk}/password/"
    assert admin.get(url).status_code == 200
    assert admin.post(url, PASSWORDS).status_code == 302
    with in_shop(rossi):
        anna.refresh_from_db()
        assert anna.check_password("una password sicura")
    assert admin.post(url, {"password1": "corta", "password2": "corta"}).status_code == 200


def test_the_last_admin_is_not_shut_out(enter: Enter, rossi: Shop) -> None:
    admin = enter("admin")
    with in_shop(rossi):
        anna = StaffUser.objects.get(email="anna@rossi.example")
        me = StaffUser.objects.get(email="admin@rossi.example")
    sent = {"email": anna.email, "first_name": "", "last_name": "", "role": "mechanic", "is_active": "on"}
    sent |= NO_NOTICES
    assert admin.post(shop_url("staff_staffuser_change", anna.pk), sent).status_code == 302
    refused = admin.post(shop_url("staff_staffuser_change", me.pk), sent | {"email": me.email})
    assert "unico amministratore" in str(refused.context["adminform"].form.errors)
    chosen = {"action": "deactivate", "_selected_action": [str(anna.pk), str(me.pk)]}
    answer = admin.post(shop_url("staff_staffuser_changelist"), chosen, follow=True)
    assert "unico amministratore" in answer.content.decode()
    with in_shop(rossi):
        assert dict(StaffUser.objects.values_list("email", "is_active")) == {
            anna.email: False,
            me.email: True,
        }


def test_nobody_is_deleted(enter: Enter, operator: Client, rossi: Shop) -> None:
    with in_shop(rossi):
        anna = StaffUser.objects.get(email="anna@rossi.example")
    admin = enter("admin")
    assert admin.post(shop_url("staff_staffuser_delete", anna.pk), {"post": "yes"}).status_code == 403
    with as_platform():
        me = StaffUser.objects.get(email="op@aros.example")
    assert operator.post(platform_url("staff_staffuser_delete", me.pk), {"post": "yes"}).status_code == 403


def test_a_new_operator_may_do_everything(operator: Client) -> None:
    page = operator.get(platform_url("staff_staffuser_add"))
    assert "role" not in page.context["adminform"].form.fields
    sent = {"email": "due@aros.example", "role": "mechanic", **PASSWORDS}
    assert operator.post(platform_url("staff_staffuser_add"), sent).status_code == 302
    with as_platform():
        assert StaffUser.objects.get(email="due@aros.example").role == "admin"
    assert operator.get(platform_url("staff_staffuser_changelist")).status_code == 200


def test_a_person_of_a_shop_is_no_operator(enter: Enter, rossi: Shop) -> None:
    client = enter("admin")
    answer = client.get("/admin/", headers={"host": "localhost"})
    assert answer.status_code == 302
    assert "/login/" in answer["Location"]


def test_no_page_shows_a_password_of_a_shops_staff_to_the_operators(rossi: Shop, operator: Client) -> None:
    with superuser() as admin:
        row = admin.execute(f"SELECT password FROM {rossi.schema_name}.staff_staffuser").fetchone()
    assert row
    assert row[0] not in operator.get(platform_url("staff_staffuser_changelist")).content.decode()
