"""Deleting files at Meta: `DELETE /{media-id}`, for files that came by webhook too (Cloud API, Media API, v23.0 on).

The ids of files that came last seven days; after that Meta has nothing under them.
"""

from datetime import datetime, timedelta
from urllib.parse import quote

from django.utils import timezone
from django.utils.translation import gettext as _

from shops.context import current_shop
from shops.crypto import Undecryptable
from shops.http import OutboundError
from shops.models import WhatsAppNumber
from whatsapp import codes
from whatsapp.client import SERVICE, Graph, GraphError

LIVES = timedelta(days=7)
# "Unsupported request: object does not exist, or no permission"; and what Meta says of a file that it has no more.
GONE = frozenset({100, 131052})


def delete(*, external_id: str, line: str = "", asked_at: datetime | None = None) -> None:
    """Delete a file at Meta with the token of the shop's number it came by. Returns when it is gone or never was.

    `asked_at`: when the deletion was asked for; a file that came before then is gone seven days later by itself.
    Raises OutboundError: permanent, with a sentence for the operator, when no token may do it.
    """
    if asked_at is not None and timezone.now() - asked_at > LIVES:
        return
    try:
        Graph(_token(line)).delete_media(quote(external_id, safe=""))
    except GraphError as error:
        if error.code in GONE or (error.code is None and error.status in (404, 410)):
            return
        if error.code == codes.TOKEN_DEAD or error.status in (401, 403):
            said = (
                _("Meta rifiuta di cancellare: controllare il token del numero WhatsApp (%s)") % error.message
            )
            raise OutboundError(SERVICE, said[:300], status=error.status, permanent=True) from error
        raise


def _token(line: str) -> str:
    """The token of that number of the shop, or of any of its numbers. One query."""
    numbers = list(WhatsAppNumber.objects.filter(shop=current_shop()).order_by("created_at"))
    try:
        tokens = {each.phone_number_id: each.access_token for each in numbers}
    except Undecryptable as error:
        raise OutboundError(SERVICE, _("il token non si può decifrare"), permanent=True) from error
    token = tokens.get(line) or next((each for each in tokens.values() if each), "")
    if not token:
        raise OutboundError(
            SERVICE, _("il numero WhatsApp non ha un token: la copia resta presso Meta"), permanent=True
        )
    return token
