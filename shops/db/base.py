"""The database wrapper: every statement runs with the shop's search path **and** the shop's role.

Source: django-tenants 4's backend, of which it keeps the bookkeeping and replaces the statement. Two differences
matter. The role changes together with the path, in one statement string without parameters. And where the parent
ignores a SET that fails (the next query would then read the previous shop's rows), this one closes the connection
and raises.
"""

from typing import Any

import psycopg
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.backends.postgresql.base import ServerBindingCursor
from django_tenants.postgresql_backend import base
from psycopg.pq import TransactionStatus

from shops import roles

PUBLIC = "public"


class Platform:
    """What the operators' admin sets as tenant: the public schema with the platform's role."""

    schema_name = PUBLIC
    tenant_type = None


class OneStatementCursor(ServerBindingCursor):
    """Sends every statement in the extended protocol, with which the server refuses a second one after it.

    psycopg would send a statement without parameters in the simple protocol, and "SELECT 1; SET ROLE …" with it.
    """

    def _execute_send(self, query: Any, *, force_extended: bool = False, binary: bool | None = None) -> None:
        super()._execute_send(query, force_extended=True, binary=binary)  # type: ignore[misc]


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL with a schema and a role per shop. `settings_dict["AS_OWNER"]` leaves the role alone."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._applied: tuple[object, ...] | None = None
        super().__init__(*args, **kwargs)

    def get_connection_params(self) -> dict[str, Any]:
        """As Django's; the application's login may send one statement at a time."""
        parameters: dict[str, Any] = super().get_connection_params()
        if not self.settings_dict.get("AS_OWNER"):
            parameters["cursor_factory"] = OneStatementCursor
        return parameters

    # What the server has set is forgotten whenever the server may have forgotten it.
    def close(self) -> None:
        self._applied = None
        super().close()

    def rollback(self) -> None:
        self._applied = None
        super().rollback()

    def savepoint_rollback(self, sid: str) -> None:
        try:
            super().savepoint_rollback(sid)
        finally:
            self._applied = None

    def wanted_role(self) -> str | None:
        """The role for the current shop; None for the owner's process, which keeps its login."""
        if self.settings_dict.get("AS_OWNER"):
            return None
        where = (settings.INSTALLATION, self.settings_dict["NAME"])
        if self.schema_name != PUBLIC:
            return roles.shop_role(*where, self.schema_name)
        if isinstance(self.tenant, Platform):
            return roles.platform_role(*where)
        return roles.routing_role(*where)

    def _handle_search_path(self, cursor: Any = None) -> None:
        if not self.schema_name:
            raise ImproperlyConfigured("No schema is set on the connection.")
        # With the tenant's key: a shop that was deleted and made again has a new role of the same name.
        tenant = getattr(self.tenant, "pk", None)
        wanted = (self.schema_name, self.include_public_schema, self.wanted_role(), tenant)
        if self._applied == wanted:
            return
        self._applied = None
        if self.connection.pgconn.transaction_status == TransactionStatus.INERROR:
            return  # the server refuses everything but a rollback, after which path and role are set anew
        try:
            # A plain cursor: these are two statements in one message, so that both are in force or neither.
            with self.wrap_database_errors, psycopg.Cursor(self.connection) as raw:
                raw.execute(self._statement(wanted[2]))
        except Exception:
            # The previous shop's path and role may still be in force: this connection must not be used again.
            self.close()
            raise
        self._applied = wanted

    def _statement(self, role: str | None) -> str:
        path = ", ".join(self.ops.quote_name(name) for name in self._get_cursor_search_paths())
        if role is None:
            return f"SET search_path = {path}"
        if not roles.ROLE_NAME.match(role):
            raise ImproperlyConfigured(f"Not a role's name: {role!r}")
        return f'SET search_path = {path}; SET ROLE "{role}"'
