"""Names of the database roles. Roles belong to the whole server, so a name carries installation, database and shop.

Four kinds: one role per shop; `shops`, the group that holds what every shop may see in public; `routing`, for a
connection that does not serve a shop yet; `platform`, which only the operators' admin takes.
"""

import hashlib
import re

from django.core.exceptions import ImproperlyConfigured

MAX_NAME = 63
SCHEMA_NAME = re.compile(r"shop_[a-z0-9_]{1,40}\Z")
ROLE_NAME = re.compile(r"[a-z][a-z0-9_]{1,62}\Z")


def valid_schema(name: str) -> bool:
    """Whether `name` is one that provisioning gives: it goes unquoted-safe into SET statements."""
    return SCHEMA_NAME.match(name) is not None


def _name(installation: str, database: str, suffix: str) -> str:
    """A name that no other installation, database or shop arrives at, readable where it can be.

    The three parts are told apart by underscores. Where a part has one of its own, or other letters than a role may
    have, or where it all gets too long, a digest of the exact parts goes in between. Raises ImproperlyConfigured when
    the installation's name cannot begin a role's name.
    """
    exact = f"{installation}_{database}_{suffix}"
    name = re.sub(r"[^a-z0-9_]", "_", exact.lower())
    if name != exact or "_" in installation + database or len(name) > MAX_NAME:
        digest = hashlib.sha256(repr((installation, database, suffix)).encode()).hexdigest()[:10]
        tail = f"_{digest}_{suffix}"[:MAX_NAME]
        name = name.removesuffix(f"_{suffix}")[: MAX_NAME - len(tail)] + tail
    if not ROLE_NAME.match(name) or name.startswith("pg_"):
        raise ImproperlyConfigured(f"AROS_INSTALLATION begins with a letter and is not pg: {installation!r}")
    return name


def shop_role(installation: str, database: str, schema_name: str) -> str:
    if not valid_schema(schema_name):
        raise ValueError(f"Not a shop's schema: {schema_name!r}")
    return _name(installation, database, schema_name)


def group_role(installation: str, database: str) -> str:
    return _name(installation, database, "shops")


def routing_role(installation: str, database: str) -> str:
    return _name(installation, database, "routing")


def platform_role(installation: str, database: str) -> str:
    return _name(installation, database, "platform")
