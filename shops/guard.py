"""Refuses to serve from a database where a shop's role would be no wall."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection

# has_function_privilege needs the signature; the login must not bypass row level security nor own anything.
QUESTION = """
SELECT has_function_privilege(session_user, 'pg_catalog.set_config(text,text,boolean)', 'EXECUTE'),
       rolsuper OR rolbypassrls OR rolcreaterole,
       EXISTS (SELECT 1 FROM pg_catalog.pg_class WHERE relowner = pg_roles.oid),
       current_setting('TimeZone')
  FROM pg_catalog.pg_roles WHERE rolname = session_user
"""


def verify_database() -> None:
    """Ask the server about this process's login. Raises ImproperlyConfigured with the mend; a server that is away is
    left to the first request. The owner's processes are not asked."""
    if settings.DATABASE_AS_OWNER:
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute(QUESTION)
            row = cursor.fetchone()
    except OperationalError:
        return
    finally:
        connection.close()
    for fault in _faults(*(row or (False, False, False, "UTC"))):
        raise ImproperlyConfigured(fault)


def _faults(may_set_config: bool, is_powerful: bool, owns: bool, zone: str) -> list[str]:
    faults = []
    if may_set_config and not settings.ACCEPT_PUBLIC_SET_CONFIG:
        faults.append(
            "The login of DATABASE_URL may call set_config, with which one injected SELECT changes the role. As superuser: "
            "REVOKE EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) FROM PUBLIC; "
            "or accept it knowingly with AROS_ACCEPT_PUBLIC_SET_CONFIG=1."
        )
    if is_powerful:
        faults.append(
            "The login of DATABASE_URL may not be superuser, bypass row level security or create roles."
        )
    if owns:
        faults.append("The login of DATABASE_URL owns tables: give them to the login of DATABASE_OWNER_URL.")
    if zone != "UTC":
        faults.append("Give the login of DATABASE_URL its time zone: ALTER ROLE … SET timezone TO 'UTC'.")
    return faults
