"""Who may do what: role × model × action, and who gets in."""

from itertools import product
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client

from shops.context import as_platform, in_shop
from shops.models import Shop
from shops.staff.models import StaffUser
from shops.staff.permissions import ROLES, actions
from tests.database import PASSWORD

ACTIONS = ("view", "add", "change", "delete")
ROOMS = ("scheduling", "receptionist", "whatsapp", "website", "api", "staff")
SHOP_APPS = (*ROOMS, "admin", "auditlog", "auth", "sessions", "contenttypes")
MODELS = [model._meta.label_lower for app in SHOP_APPS for model in apps.get_app_config(app).get_models()]
# What each role may do, written out; a model that is not named for a role is closed to it.
V, VAC, VC, ALL = {"view"}, {"view", "add", "change"}, {"view", "change"}, set(ACTIONS)
VIEWED = ("admin", "auditlog", "whatsapp")
OWN_PAGE = "/admin/password_change/"  # open to everybody who is logged in
RECEPTIONIST = {
    "scheduling.appointment": VAC,
    "scheduling.customer": VAC,
    "scheduling.vehicle": VAC,
    "scheduling.consent": VAC,
    "scheduling.waitinglist": ALL,
    "scheduling.channelidentity": V,
    "receptionist.conversation": V,
    "receptionist.conversationmessage": V,
    "receptionist.toolcall": V,
    "receptionist.media": V,
    "receptionist.handover": VC,
    "receptionist.outboundmessage": V,
}
MECHANIC: dict[str, set[str]] = {}  # the board alone, which has a permission of its own


def expected(role: str, model: str) -> set[str]:
    app = model.partition(".")[0]
    if role == "admin":
        return ALL
    if role == "manager":  # everything but the staff and the keys of programs
        if model == "website.site":
            return VC
        return ALL if app in ("scheduling", "receptionist") else V if app in VIEWED else set()
    return {"receptionist": RECEPTIONIST, "mechanic": MECHANIC}[role].get(model, set())


def person(role: str, **values: Any) -> StaffUser:
    email = values.pop("email", f"{role}@rossi.example")
    return StaffUser.objects.create_user(email=email, password=PASSWORD, role=role, **values)


# --- the table ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["admin", "manager", "receptionist", "mechanic"])
def test_each_role_may_do_this_and_no_more(role: str, in_rossi: Shop) -> None:
    user = person(role)
    assert len(MODELS) > 20
    for model, action in product(MODELS, ACTIONS):
        app, _dot, name = model.partition(".")
        assert user.has_perm(f"{app}.{action}_{name}") == (action in expected(role, model)), (model, action)
    assert user.has_perm("scheduling.work_appointment")


def test_every_shop_has_the_same_groups(rossi: Shop, bianchi: Shop) -> None:
    found = []
    for shop in (rossi, bianchi):
        with in_shop(shop):
            groups = Group.objects.prefetch_related("permissions__content_type")
            found.append({group.name: {str(each) for each in group.permissions.all()} for group in groups})
    assert found[0] == found[1]
    assert found[0].keys() == ROLES.keys()
    assert all(found[0].values())


def test_the_rules_name_models_that_exist() -> None:
    known = set(MODELS) | {model.partition(".")[0] for model in MODELS}
    assert {name for rules in ROLES.values() for name in rules} <= known


def test_a_models_own_rule_wins_over_its_rooms() -> None:
    rules = {"scheduling": ("view",), "scheduling.bay": ()}
    assert actions(rules, "scheduling", "service") == ("view",)
    assert actions(rules, "scheduling", "bay") == ()
    assert actions(rules, "staff", "staffuser") == ()


def test_who_is_not_active_may_do_nothing(in_rossi: Shop) -> None:
    for role in ("admin", "manager"):
        user = person(role, is_active=False)
        assert not user.has_perm("scheduling.view_appointment")
        assert not user.has_module_perms("scheduling")
        assert not user.is_staff


def test_permissions_are_asked_once(in_rossi: Shop, django_assert_num_queries: Any) -> None:
    user = person("manager")
    with django_assert_num_queries(1):
        for model in MODELS:
            app, _dot, name = model.partition(".")
            user.has_perms([f"{app}.view_{name}", f"{app}.delete_{name}"])
        assert user.has_module_perms("scheduling")
        assert not user.has_module_perms("staff")
        assert user.get_all_permissions()


def test_the_groups_follow_a_migration(as_owner: None, rossi: Shop) -> None:
    """As if waiting lists came with this release: no shop has heard of them, nor has the template."""
    with in_shop(rossi):
        Permission.objects.filter(content_type__model="waitinglist").delete()
        assert not person("receptionist").has_perm("scheduling.add_waitinglist")
    Shop.objects.filter(pk=rossi.pk).update(schema_version="of the release before")
    call_command("migrate", verbosity=0)
    with in_shop(rossi):
        assert StaffUser.objects.get(role="receptionist").has_perm("scheduling.add_waitinglist")
        assert Shop.objects.get(pk=rossi.pk).schema_version == rossi.schema_version


# --- getting in -----------------------------------------------------------------------------------------------


def gets_in(client: Client, email: str, password: str = PASSWORD) -> bool:
    """Whether the login page lets the person through."""
    answer = client.post("/admin/login/", {"username": email, "password": password})
    return answer.status_code == 302 and client.get(OWN_PAGE).status_code == 200


@pytest.mark.parametrize("email", ["anna@rossi.example", "ANNA@Rossi.Example", " anna@rossi.example "])
def test_addresses_are_compared_ignoring_case(email: str, rossi_client: Client) -> None:
    assert gets_in(rossi_client, email)


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("anna@rossi.example", "sbagliata"),
        ("anna@rossi.example", ""),
        ("nessuno@rossi.example", PASSWORD),
        ("bruno@bianchi.example", PASSWORD),  # of the other shop
        ("", PASSWORD),
        ("a" * 5000, PASSWORD),
        ("anna@rossi.example\x00", PASSWORD),
    ],
)
def test_nobody_else_gets_in(email: str, password: str, rossi_client: Client) -> None:
    assert not gets_in(rossi_client, email, password)


def test_the_same_address_in_two_shops_is_two_people(
    rossi_client: Client, bianchi: Shop, bianchi_client: Client
) -> None:
    assert not gets_in(bianchi_client, "anna@rossi.example")
    with in_shop(bianchi):
        StaffUser.objects.create_user("anna@rossi.example", "tutta un'altra password", role="mechanic")
    assert gets_in(rossi_client, "anna@rossi.example", PASSWORD)
    assert not gets_in(bianchi_client, "anna@rossi.example", PASSWORD)
    assert gets_in(bianchi_client, "anna@rossi.example", "tutta un'altra password")


def test_operators_and_shops_do_not_mix(rossi_client: Client, platform_client: Client, rossi: Shop) -> None:
    with as_platform():
        StaffUser.objects.create_user("op@aros.example", PASSWORD, role="admin")
    assert gets_in(platform_client, "op@aros.example")
    assert not gets_in(rossi_client, "op@aros.example")
    assert not gets_in(Client(SERVER_NAME="localhost"), "anna@rossi.example")


def test_who_is_deactivated_is_out_at_the_next_click(rossi: Shop, rossi_client: Client) -> None:
    with in_shop(rossi):
        user = person("receptionist")
    assert gets_in(rossi_client, user.email)
    with in_shop(rossi):
        StaffUser.objects.filter(pk=user.pk).update(is_active=False)
    assert rossi_client.get(OWN_PAGE).status_code == 302
    assert not gets_in(rossi_client, user.email)


def test_without_a_password_nobody_gets_in(rossi: Shop, rossi_client: Client) -> None:
    with in_shop(rossi):
        StaffUser.objects.create_user("nuova@rossi.example", None, role="manager")
    for password in ("", "!", "None"):
        assert not gets_in(rossi_client, "nuova@rossi.example", password)


# --- the model ------------------------------------------------------------------------------------------------


def test_an_address_is_there_once_in_any_case(in_rossi: Shop) -> None:
    person("manager", email="Carla@Rossi.Example")
    with pytest.raises(ValidationError, match="c'è già"):
        person("mechanic", email="carla@rossi.example")
    with pytest.raises(IntegrityError), transaction.atomic():
        StaffUser.objects.create(email="CARLA@rossi.example")
    assert StaffUser.objects.get_by_natural_key("CARLA@ROSSI.example").role == "manager"


def test_somebody_is_left_who_may_do_everything(in_rossi: Shop) -> None:
    anna = StaffUser.objects.get()
    for change in ({"role": "manager"}, {"is_active": False}):
        for name, value in change.items():
            setattr(anna, name, value)
        with pytest.raises(ValidationError, match="unico amministratore"):
            anna.full_clean()
        anna.refresh_from_db()
    person("admin", email="due@rossi.example")
    anna.role = "manager"
    anna.full_clean()
    anna.save()
    other = StaffUser.objects.get(email="due@rossi.example")
    other.is_active = False
    with pytest.raises(ValidationError, match="unico amministratore"):
        other.full_clean()
