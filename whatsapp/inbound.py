"""Messages of customers: read and stored one by one, each in a short transaction of its own.

The order they come in means nothing, and each may come again: what a message changes is the same whenever it is told.
"""

from collections.abc import Callable, Mapping

import structlog
from django.db import InterfaceError, OperationalError

from shops.webhooks import where
from whatsapp import changes, identities, reactions
from whatsapp.keeping import Said, said, store
from whatsapp.payloads import Change, Contacts, error_codes, objects_of, text
from whatsapp.reading import read, unsupported
from whatsapp.work import Work

log = structlog.get_logger(__name__)
DATABASE_AWAY = (OperationalError, InterfaceError)


def take(change: Change, work: Work) -> None:
    """Store every message of the change. One that breaks us is kept as not readable, and the rest is stored.

    Raises what the database raises, and what kept a message from being stored at all, once the others are.
    """
    items = objects_of(change.value.get("messages"))
    if not items and (codes := error_codes(change.value)):
        log.warning("whatsapp reports errors", codes=codes[:10])
    contacts, failed = Contacts(change.value), None
    for item in items:
        message = said(item, change, contacts)
        if message is None:
            log.warning("whatsapp message without a sender", type=_known(text(item.get("type"))))
            continue
        try:
            _store_safely(message, work)
        except DATABASE_AWAY:
            raise
        except Exception as error:  # noqa: BLE001 - told once the others are stored, so that Meta comes again
            failed = error
    if failed is not None:
        raise failed


def _store_safely(message: Said, work: Work) -> None:
    try:
        handler = HANDLERS.get(text(message.item.get("type")))
        if handler is not None:
            handler(message, work)
        else:
            store(message, read(message.item, message.value), work)
    except DATABASE_AWAY:
        raise
    except Exception as error:  # noqa: BLE001 - a mistake of ours must not lose a customer's message
        log.error("whatsapp message not understood", error=type(error).__name__, at=where(error))
        store(message, unsupported({"type": "broken"}), work)


# What changes something else than the chat's next line.
HANDLERS: Mapping[str, Callable[[Said, Work], None]] = {
    "reaction": reactions.take,
    "edit": changes.edit,
    "revoke": changes.revoke,
    "system": identities.take,
}


def _known(kind: str) -> str:
    """A type as the log may show it: a stranger's text stays out of it."""
    return kind if kind.isidentifier() and len(kind) < 40 else "?"
