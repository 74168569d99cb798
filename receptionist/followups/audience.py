"""How many can be reached by promotional messages."""

from django.db import connection

_AGREED = """
SELECT count(DISTINCT y.customer_id)
  FROM scheduling_consent y JOIN scheduling_customer c ON c.id = y.customer_id
 WHERE y.purpose = 'marketing' AND y.granted AND y.withdrawn_at IS NULL AND c.archived_at IS NULL AND c.erased_at IS NULL
   AND NOT EXISTS (SELECT 1 FROM scheduling_consent n
                    WHERE n.customer_id = y.customer_id AND n.purpose = 'marketing'
                      AND (NOT n.granted AND n.given_at >= y.given_at OR n.withdrawn_at >= y.given_at))
   AND NOT EXISTS (SELECT 1 FROM scheduling_channelidentity i
                    WHERE i.customer_id = c.id AND i.channel = 'whatsapp' AND i.opted_out_at IS NOT NULL)
"""


def agreed() -> int:
    """How many customers agreed to promotional messages, did not write STOP and are still customers. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_AGREED)
        return int(cursor.fetchone()[0])
