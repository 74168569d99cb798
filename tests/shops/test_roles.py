"""Names of roles: at most 63 characters, and no two shops, databases or installations arrive at the same one."""

import itertools

import pytest
from django.core.exceptions import ImproperlyConfigured

from shops import roles
from shops.provisioning import schema_for

LONGEST = "shop_" + "x" * 40


def test_readable_where_it_can_be() -> None:
    assert roles.shop_role("aros", "aros", "shop_officina_rossi") == "aros_aros_shop_officina_rossi"
    assert roles.routing_role("aros", "aros") == "aros_aros_routing"


@pytest.mark.parametrize("installation", ["aros", "a" * 40, "An-Installation", "aä-x"])
@pytest.mark.parametrize("database", ["aros", "d" * 63, "Database-Uno", "test_aros_gw3"])
def test_never_too_long(installation: str, database: str) -> None:
    for name in (
        roles.shop_role(installation, database, LONGEST),
        roles.shop_role(installation, database, "shop_a"),
        roles.group_role(installation, database),
        roles.routing_role(installation, database),
        roles.platform_role(installation, database),
    ):
        assert len(name) <= 63
        assert roles.ROLE_NAME.match(name)


def test_no_two_share_a_name() -> None:
    """Underscores part the three pieces, so pieces that have some themselves must not be confused."""
    installations = ["a", "a_b", "a-b", "A", "a_b_shop_c", "x" * 60, "x" * 61]
    databases = ["b", "b_shop_c", "b-shop-c", "c", "y" * 60, "y" * 61]
    schemas = ["shop_d", "shop_c_shop_d", "shop_routing", "shop_" + "z" * 40, "shop_" + "z" * 39]
    names = [roles.shop_role(*each) for each in itertools.product(installations, databases, schemas)]
    for pair in itertools.product(installations, databases):
        names += [roles.group_role(*pair), roles.routing_role(*pair), roles.platform_role(*pair)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("installation", ["pg", "9lives", "_x", "", "è"])
def test_an_installation_that_cannot_begin_a_name(installation: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="AROS_INSTALLATION"):
        roles.routing_role(installation, "aros")


@pytest.mark.parametrize(
    "schema", ["public", "pg_catalog", "aros_template", "shop_", "shop_A", "shop_x y", "shop_" + "x" * 41]
)
def test_only_shops_have_shop_roles(schema: str) -> None:
    with pytest.raises(ValueError, match="Not a shop's schema"):
        roles.shop_role("aros", "aros", schema)


def test_hyphens_become_underscores() -> None:
    assert schema_for("officina-rossi") == "shop_officina_rossi"
