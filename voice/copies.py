"""Deleting what Vapi keeps of a call: `DELETE /call/{id}` ("delete call data" in Vapi's OpenAPI description)."""

from datetime import datetime
from urllib.parse import quote
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from shops.http import OutboundError
from voice.client import SERVICE, Vapi

# There is no such call (any more).
GONE = frozenset({404, 410})
REFUSED = frozenset({401, 403})
# Calls that came without an id are known by a digest of ours: Vapi has nothing under that name.
OURS = "request:"


def delete(*, external_id: str, line: str = "", asked_at: datetime | None = None) -> None:
    """Delete a call with its recording, transcript and log at Vapi. Returns when it is gone or never was there.

    Raises OutboundError: permanent, with a sentence for the operator, when the key is missing or may not delete.
    """
    if external_id.startswith(OURS):
        return
    if not settings.VAPI_API_KEY:
        raise OutboundError(SERVICE, _("manca VAPI_API_KEY: la copia resta presso Vapi"), permanent=True)
    try:
        Vapi.from_settings().delete_call(quote(external_id, safe=""))
    except OutboundError as error:
        # An id that is no UUID is none of Vapi's and answered with 400.
        if error.status in GONE or (error.status == 400 and not _is_uuid(external_id)):
            return
        if error.status in REFUSED:
            said = _(
                "Vapi rifiuta di cancellare: controllare che VAPI_API_KEY sia la chiave privata (stato %s)"
            )
            raise OutboundError(SERVICE, said % error.status, status=error.status, permanent=True) from error
        raise


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
