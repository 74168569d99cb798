"""Showing that a message was read and that an answer is being written. Best effort: a failure is only logged."""

from uuid import UUID

import structlog
from django.db import connection

from shops.context import current_shop, log_conversation
from shops.crypto import Undecryptable, decrypt
from whatsapp import limits, render
from whatsapp.client import Graph, GraphError

log = structlog.get_logger(__name__)
# The number the chat came in on, and whether the message has its answer already: then nobody is typing any more.
_WHERE = """
SELECT n.phone_number_id, n.access_token, m.answered_at IS NOT NULL
  FROM receptionist_conversationmessage m
  JOIN receptionist_conversation v ON v.id = m.conversation_id
  JOIN shops_whatsappnumber n ON n.phone_number_id = v.line
 WHERE m.wire_id = %(wire_id)s AND v.id = %(conversation)s AND n.shop_id = %(shop)s AND n.stopped_at IS NULL
"""


def show_typing(*, conversation_id: UUID | str, wire_id: str) -> None:
    """Mark a person's message as read, with "is typing". One statement, one POST; not sent twice."""
    log_conversation(conversation_id)
    if not limits.first(kind="typing", what=wire_id):
        return
    values = {"wire_id": wire_id, "conversation": str(conversation_id), "shop": current_shop().pk}
    with connection.cursor() as cursor:
        cursor.execute(_WHERE, values)
        row = cursor.fetchone()
    if row is None or not row[1]:
        return
    line, sealed, is_answered = row
    try:
        Graph(decrypt(sealed)).mark_read(line, render.read(wire_id=wire_id, typing=not is_answered))
    except Undecryptable:
        log.error("token cannot be read", line=line)
    except GraphError as error:
        log.warning("typing not shown", code=error.code, reason=error.message)
