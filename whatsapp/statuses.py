"""What became of our messages: sent, delivered, read, failed. Told in any order, more than once, or in part.

A message is found by Meta's id of it; one whose response was lost by ours, which Meta gives back
(`biz_opaque_callback_data`). It only moves forward: who has read it has got it, whatever is told later.
"""

from collections.abc import Mapping
from uuid import UUID

import structlog
from django.db import connection
from django.db.models import Q

from receptionist import storable
from receptionist.models import OutboundMessage, OutboundStatus
from whatsapp.payloads import MAX_ID, Change, Json, error_codes, moment, object_of, objects_of, text

log = structlog.get_logger(__name__)
KNOWN: Mapping[str, str] = {
    "sent": OutboundStatus.SENT,
    "delivered": OutboundStatus.DELIVERED,
    "read": OutboundStatus.READ,
    "played": OutboundStatus.READ,  # a voice note that was listened to
    "failed": OutboundStatus.FAILED,
}
# Locked before it is judged: two statuses of one message come at once, and the later must see what the earlier did.
# A row that waits keeps the id of the attempt that failed before: what is told of that one does not move it.
_NOTE = """
WITH told AS (
    SELECT %(wire_id)s::text AS wire_id, %(status)s::text AS status, %(at)s::timestamptz AS at
), was AS (
    SELECT found.id, found.status, found.recipient FROM (
        SELECT m.id, m.status, m.recipient, 1 AS rank FROM receptionist_outboundmessage m, told
         WHERE m.wire_id = told.wire_id
        UNION ALL
        SELECT m.id, m.status, m.recipient, 2 FROM receptionist_outboundmessage m
         WHERE m.id = %(message_id)s::uuid
    ) AS found ORDER BY rank LIMIT 1
), next AS (
    SELECT m.id, told.wire_id, told.status, told.at, m.status AS former, was.recipient,
           CASE told.status
           WHEN 'sent' THEN m.status IN ('queued', 'sending') AND m.wire_id IS DISTINCT FROM told.wire_id
           WHEN 'delivered' THEN m.status IN ('queued', 'sending', 'sent', 'failed')
           ELSE m.status <> 'read' END AS advances
      FROM receptionist_outboundmessage m, was, told WHERE m.id = was.id
       FOR NO KEY UPDATE OF m
)
UPDATE receptionist_outboundmessage m
   SET status = CASE WHEN next.advances THEN next.status ELSE m.status END,
       wire_id = CASE WHEN next.advances THEN coalesce(next.wire_id, m.wire_id)
                 ELSE coalesce(m.wire_id, next.wire_id) END,
       sent_at = CASE WHEN next.status = 'sent' THEN coalesce(m.sent_at, next.at) ELSE m.sent_at END,
       delivered_at = CASE WHEN next.status = 'delivered' THEN coalesce(m.delivered_at, next.at)
                      ELSE m.delivered_at END,
       read_at = CASE WHEN next.status = 'read' THEN coalesce(m.read_at, next.at) ELSE m.read_at END,
       failed_at = CASE WHEN next.advances THEN NULL ELSE m.failed_at END,
       error_code = CASE WHEN next.advances THEN NULL ELSE m.error_code END,
       error = CASE WHEN next.advances THEN '' ELSE m.error END
  FROM next
 WHERE m.id = next.id
   AND (next.advances
        OR (next.status = 'sent' AND m.sent_at IS NULL AND m.wire_id = next.wire_id
            AND m.status NOT IN ('queued', 'sending'))
        OR (next.status = 'delivered' AND m.delivered_at IS NULL AND m.status = 'read'))
RETURNING m.id, next.former, next.recipient
"""


def take(change: Change) -> None:
    """Note every status of the change: one statement each. Unknown ids and unknown statuses change nothing."""
    for item in objects_of(change.value.get("statuses")):
        status = KNOWN.get(text(item.get("status")))
        if status is None:
            log.info("whatsapp status of no use")
        elif status == OutboundStatus.FAILED:
            _note_failure(item)
        else:
            _note(item, status)


def _note(item: Json, status: str) -> None:
    wire_id = text(item.get("id"), MAX_ID)
    values = {
        "wire_id": storable.key(wire_id) if wire_id else None,
        "message_id": _our_id(item),
        "status": status,
        "at": moment(item.get("timestamp")),
    }
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, values)
        row = cursor.fetchone()
    if row is None:
        log.debug("whatsapp status changes nothing", status=status)
        return
    if row[1] in (OutboundStatus.QUEUED, OutboundStatus.SENDING):
        from whatsapp.sending import go_on

        log.info("message whose response was lost is recognised", message=str(row[0]))
        go_on(recipient=row[2])


def _our_id(item: Json) -> UUID | None:
    try:
        return UUID(text(item.get("biz_opaque_callback_data"), 40))
    except ValueError:
        return None


def _note_failure(item: Json) -> None:
    """Hand the code to who knows what to do with it. Two statements."""
    from whatsapp.failures import note_failure

    wire_id, ours = storable.key(text(item.get("id"), MAX_ID)), _our_id(item)
    by_wire = Q(wire_id=wire_id) if wire_id else Q()
    wanted = by_wire | Q(pk=ours) if ours else by_wire
    if not wanted:
        return
    found = list(OutboundMessage.objects.filter(wanted).values_list("pk", "wire_id"))
    found.sort(key=lambda row: row[1] != wire_id)
    if not found:
        log.debug("failure of an unknown message")
        return
    codes = error_codes(item)
    errors = objects_of(item.get("errors"))
    details = (
        object_of(errors[0].get("error_data")).get("details") or errors[0].get("title") if errors else ""
    )
    note_failure(
        message_id=found[0][0],
        code=codes[0] if codes else None,
        details=storable.text(text(details, 300)),
        wire_id=wire_id,
    )
