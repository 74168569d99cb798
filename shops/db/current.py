"""This thread's connection, with the type that it really has."""

from typing import cast

from django.db import connections

from shops.db.base import DatabaseWrapper


class TransactionOpen(RuntimeError):
    """Something slow was about to be waited for inside a transaction. A mistake of ours, never of a service."""


def here() -> DatabaseWrapper:
    """The connection of this thread."""
    return cast(DatabaseWrapper, connections["default"])


def let_go() -> None:
    """Give this thread's connection back before waiting for the outside: the next query takes one again.

    The shop stays entered. Raises TransactionOpen inside a transaction, since that would hold the connection and
    its locks for as long as the outside takes; the transaction around a whole test does not count.
    """
    connection = here()
    if any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
        raise TransactionOpen("An outbound call was made inside a database transaction.")
    if not connection.in_atomic_block:
        connection.close()


def renew() -> None:
    """End this thread's connection for good, one of a pool too; the next query takes a new one.

    PostgreSQL keeps what it has learned of each table for as long as a connection lives, half a megabyte a shop: who
    visits all shops ends up with one that is too large. Inside a transaction nothing happens.
    """
    connection = here()
    if connection.connection is None or connection.in_atomic_block:
        return
    connection.connection.close()  # a pool discards it when it is given back
    connection.close()
