"""The link of an invitation or of a forgotten password, put into its mail at the moment it is sent (see account_mail)."""

from dataclasses import replace
from uuid import UUID

from receptionist.content import Content
from receptionist.models import OutboundMessage, Purpose
from shops.http import OutboundError
from shops.staff import links
from shops.staff.links import Kind
from shops.staff.models import StaffUser


def with_link(row: OutboundMessage) -> Content:
    """What the mail says, with its link. Raises OutboundError, permanent, when the person is gone meanwhile."""
    content = Content.from_json(row.content)
    if row.purpose != Purpose.ACCOUNT:
        return content
    _account, kind, pk, _when = (row.key or ":::").split(":")
    person = StaffUser.objects.filter(pk=UUID(pk), is_active=True, email=row.recipient).first()
    if person is None:
        raise OutboundError("mail", "the account is closed or has another address", permanent=True)
    return replace(content, link=links.address(Kind(kind), person))
