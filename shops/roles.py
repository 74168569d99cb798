"""Names of the database roles. Roles belong to the whole server, so a name carries installation, database and shop.

Four kinds: one role per shop; `shops`, the group that holds what every shop may see in public; `routing`, for a
connection that does not serve a shop yet; `platform`, which only the operators' admin takes.
"""

import hashlib
import re

MAX_NAME = 63
SCHEMA_NAME = re.compile(r"shop_[a-z0-9_]{1,40}\Z")
ROLE_NAME = re.compile(r"[a-z][a-z0-9_]{1,62}\Z")


def valid_schema(name: str) -> bool:
    """Whether `name` is one that provisioning gives: it goes unquoted-safe into SET statements."""
    return SCHEMA_NAME.match(name) is not None


def _name(installation: str, database: str, suffix: str) -> str:
    name = re.sub(r"[^a-z0-9_]", "_", f"{installation}_{database}_{suffix}".lower())
    if len(name) <= MAX_NAME:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:10]
    return f"{name[: MAX_NAME - 11]}_{digest}"


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
