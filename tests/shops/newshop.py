"""A shop to be made, and what there is of it in the database."""

from typing import Any

from shops import isolation, roles
from shops.provisioning import NewShop
from tests.database import superuser

WISH = NewShop(
    name="Gomme Verdi",
    domain="verdi.example",
    phone_number="02 1122334",
    manager_email="Vera@Verdi.example",
    manager_password="una password di prova",
)
SCHEMA = "shop_gomme_verdi"


class Oops(Exception):
    """The step that fails."""


def traces(schema: str = SCHEMA) -> dict[str, int]:
    """What there is of a shop, asked as superuser."""
    slug = schema.removeprefix("shop_").replace("_", "-")
    role = roles.shop_role(*isolation.here(), schema)
    questions = {
        "schemas": ("SELECT count(*) FROM pg_namespace WHERE nspname = %s", schema),
        "roles": ("SELECT count(*) FROM pg_roles WHERE rolname = %s", role),
        "shops": ("SELECT count(*) FROM shops_shop WHERE slug = %s", slug),
        "domains": ("SELECT count(*) FROM shops_domain WHERE domain = %s", WISH.domain),
        "default rights": (
            "SELECT count(*) FROM pg_default_acl d JOIN pg_namespace n ON n.oid = d.defaclnamespace"
            " WHERE n.nspname = %s",
            schema,
        ),
    }
    with superuser() as admin:
        found = {name: admin.execute(*_question(question)).fetchone() for name, question in questions.items()}
    return {name: row[0] for name, row in found.items() if row and row[0]}


def _question(question: tuple[str, str]) -> tuple[Any, list[str]]:
    return question[0], [question[1]]
