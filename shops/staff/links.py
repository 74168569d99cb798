"""Links that go out by e-mail and let their person choose a password: signed, for one person of one shop, good once.

What is signed carries a fingerprint of the account (its password, address and round of sessions), so a link that was
used, or was sent to an address that is no longer theirs, opens nothing. They lead to the shop's own primary host,
whatever host the request came in on.
"""

from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from shops.context import NoShop, current_shop
from shops.db.current import here
from shops.staff.models import StaffUser


class Kind(StrEnum):
    """What a link is for."""

    INVITATION = "invitation"
    RESET = "reset"


GOOD_FOR = {Kind.INVITATION: timedelta(hours=72), Kind.RESET: timedelta(hours=2)}
PAGES = {Kind.INVITATION: "invitation", Kind.RESET: "reset_password"}


def token(kind: Kind, person: StaffUser) -> str:
    """The secret part of a link for this person of the current schema. It expires after GOOD_FOR."""
    what = {"s": here().schema_name, "p": person.pk.hex, "f": _fingerprint(person)}
    return signing.dumps(what, salt=f"shops.staff.{kind}", compress=False)


def holder(kind: Kind, token: str) -> StaffUser | None:
    """Whose link it is; None when it is forged, expired, used, another shop's, or of somebody who was shut out."""
    try:
        what = signing.loads(token, salt=f"shops.staff.{kind}", max_age=GOOD_FOR[kind])
        schema, pk, fingerprint = what["s"], UUID(what["p"]), what["f"]
    except (signing.BadSignature, ValueError, KeyError, TypeError):
        return None
    if schema != here().schema_name:
        return None
    person = StaffUser.objects.filter(pk=pk, is_active=True, is_support=False).first()
    if person is None or not constant_time_compare(fingerprint, _fingerprint(person)):
        return None
    return person


def address(kind: Kind, person: StaffUser) -> str:
    """A new link, absolute: on the shop's primary host, or on the platform's for an operator."""
    args = [token(kind, person)]
    try:
        return current_shop().url(reverse(f"admin:{PAGES[kind]}", args=args, urlconf=settings.ROOT_URLCONF))
    except NoShop:
        path = reverse(f"admin:{PAGES[kind]}", args=args, urlconf=settings.PLATFORM_URLCONF)
        return f"{settings.PUBLIC_URL}{path}"


def _fingerprint(person: StaffUser) -> str:
    state = f"{person.password}|{person.email}|{person.session_round}"
    return salted_hmac("shops.staff.link", state, algorithm="sha256").hexdigest()[:32]
