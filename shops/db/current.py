"""This thread's connection, with the type that it really has."""

from typing import cast

from django.db import connections

from shops.db.base import DatabaseWrapper


def here() -> DatabaseWrapper:
    """The connection of this thread."""
    return cast(DatabaseWrapper, connections["default"])
