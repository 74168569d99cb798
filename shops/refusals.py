"""What an operator is told when something cannot be done: one sentence, with the mend."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, InterfaceError, OperationalError, connection

# SQLSTATEs of a table, column, schema or function that is not there: the migrations were not applied.
NOT_MIGRATED = {"42P01", "42703", "3F000", "42883"}
NO_RIGHTS = {"42501"}
BAD_LOGIN = {"28000", "28P01", "3D000"}


class Refused(Exception):
    """The request cannot be carried out. The text says why, and what to do, to an operator."""


def sqlstate(error: BaseException) -> str:
    """PostgreSQL's code of a database error; empty when there was no answer at all."""
    return str(getattr(error.__cause__, "sqlstate", None) or "")


def sentence(error: Exception) -> str | None:
    """What to tell the operator about `error`; None for one that only a traceback explains."""
    if isinstance(error, Refused | ImproperlyConfigured):
        return str(error)
    if isinstance(error, DatabaseError | InterfaceError):
        return _database_sentence(error)
    return None


def _database_sentence(error: Exception) -> str | None:
    code = sqlstate(error)
    if (
        not code and connection.settings_dict["USER"] == "nobody"
    ):  # what settings put where no address is given
        return f"Impostare {_setting()}: l'indirizzo del database e il login con cui lavorano i comandi."
    if code in NOT_MIGRATED:
        return "Il database non è aggiornato: eseguire prima manage.py migrate."
    if code in NO_RIGHTS:
        return f"Il login {_setting()} non ha i diritti che servono: {_reason(error)}."
    if code in BAD_LOGIN or (isinstance(error, OperationalError | InterfaceError) and not code):
        return f"Il database di {_setting()} non risponde{_address()}: {_reason(error)}."
    return None


def _setting() -> str:
    return "DATABASE_OWNER_URL" if settings.DATABASE_AS_OWNER else "DATABASE_URL"


def _address() -> str:
    config = connection.settings_dict
    return f" ({config['HOST']}:{config['PORT'] or 5432})" if config["HOST"] else ""


def _reason(error: Exception) -> str:
    """The server's own words, on one line, without what leads to them."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (
        lines[0].rpartition("FATAL:")[2].rpartition("failed:")[2].strip(" .") if lines else "nessuna risposta"
    )
