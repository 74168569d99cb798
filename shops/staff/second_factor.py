"""The second factor: who needs it, setting it up, and what a login still lacks."""

from enum import Enum

import structlog
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from shops import settings_store
from shops.context import NoShop, current_shop
from shops.staff.authenticators import Authenticator
from shops.staff.models import StaffUser

log = structlog.get_logger(__name__)
SECTION = "access"  # of the shop's settings
ADMINS_NEED_IT = "admins_need_second_factor"


class Missing(Enum):
    """What a login lacks before anything is shown."""

    NOTHING = "nothing"
    CODE = "code"
    SET_UP = "set_up"


def missing(request: HttpRequest) -> Missing:
    """What the person who is logged in has still to do. No query beyond those of the login itself."""
    person = request.user
    if not isinstance(person, StaffUser):
        return Missing.NOTHING
    if person.second_factor_at:
        verified = getattr(person, "is_verified", None)
        return Missing.NOTHING if verified and verified() else Missing.CODE
    return Missing.SET_UP if required_of(person) else Missing.NOTHING


def required_of(person: StaffUser) -> bool:
    """Whether the shop, or the platform, asks it of the person. Not of the support: it has shown its own elsewhere."""
    return person.role == StaffUser.Role.ADMIN and not person.is_support and admins_need_it()


def admins_need_it() -> bool:
    """Whether administrators here have to have one. No query."""
    try:
        return bool(settings_store.read(current_shop(), SECTION).get(ADMINS_NEED_IT))
    except NoShop:
        return bool(settings.OPERATORS_NEED_SECOND_FACTOR)


def ask_of_admins(*, wanted: bool) -> None:
    """Let the shop's administrators in with a second factor only, or with a password alone."""
    settings_store.update(current_shop(), SECTION, {ADMINS_NEED_IT: wanted})
    log.info("second factor of administrators", wanted=wanted)


def begin(*, person: StaffUser, seen: str | None = None) -> Authenticator:
    """The authenticator that is being set up; it counts once its first code was right (`confirm`).

    `seen` is the mark of the secret that this session was shown before: another session gets another secret, so that
    nobody else who knew the password has seen the one that comes to count. None: whoever asks is no session.
    """
    with transaction.atomic():
        Authenticator.objects.get_or_create(
            user=person,
            defaults={"name": "app", "confirmed": False, "secret": Authenticator.new_secret()},
        )
        found: Authenticator = Authenticator.objects.select_for_update().get(user=person)
        if not found.confirmed and seen is not None and not found.is_marked(seen):
            found.secret = Authenticator.new_secret()
            found.save(update_fields=["secret"])
        return found


def confirm(
    *, person: StaffUser, code: str, seen: str | None = None
) -> tuple[Authenticator, list[str]] | None:
    """Switch it on with the first code; returns the codes for paper, which are shown this once. None: wrong code, or
    not the secret that was `seen` (as in `begin`)."""
    with transaction.atomic():
        found = Authenticator.objects.select_for_update().filter(user=person, confirmed=False).first()
        if found is None or (seen is not None and not found.is_marked(seen)):
            return None
        if not found.verify_token(tidy(code)):
            return None
        found.confirmed = True
        found.save(update_fields=["confirmed"])
        person.second_factor_at = timezone.now()
        person.save(update_fields=["second_factor_at"])
        log.info("second factor on", person=str(person.pk))
        return found, found.new_recovery_codes()


def verify(*, person: StaffUser, code: str) -> tuple[Authenticator | None, int]:
    """The authenticator if the code is right, else None and the seconds until another may be tried."""
    with transaction.atomic():
        found = Authenticator.objects.select_for_update().filter(user=person, confirmed=True).first()
        if found is None:
            return None, 0
        if found.verify_token(tidy(code)):
            return found, 0
        return None, found.pause()


def renew_codes(*, person: StaffUser) -> list[str]:
    """New codes for paper; the old ones are void."""
    with transaction.atomic():
        found: Authenticator = Authenticator.objects.select_for_update().get(user=person, confirmed=True)
        return found.new_recovery_codes()


def take_away(*, person: StaffUser) -> None:
    """Switch it off: the phone is lost, or it is not wanted any more."""
    with transaction.atomic():
        Authenticator.objects.filter(user=person).delete()
        if person.second_factor_at is not None:
            person.second_factor_at = None
            person.save(update_fields=["second_factor_at"])
    log.info("second factor off", person=str(person.pk))


def tidy(code: str) -> str:
    """As people type it: with a space or a dash in the middle."""
    return "".join(code.split()).replace("-", "")[:40]
