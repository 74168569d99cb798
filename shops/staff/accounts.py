"""The verbs of a person's account: invite, choose a password, forget it, leave every device."""

from collections.abc import Callable

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from shops.staff.links import Kind
from shops.staff.models import StaffUser

log = structlog.get_logger(__name__)


def invite(*, person: StaffUser) -> bool:
    """Mail the person a link with which they choose a password. An earlier invitation's link is good no more.

    False, with nothing sent, when too many were sent of late (the mail's own limit). Side effects: the row, one mail
    on commit. For somebody who has a password this does nothing: they reset it.
    """
    if person.has_usable_password():
        return False
    with transaction.atomic():
        person.set_unusable_password()  # a new random one: it is in the fingerprint of the link
        person.invited_at = timezone.now()
        person.save(update_fields=["password", "invited_at"])
        return _mail(Kind.INVITATION, person)


def forgot(*, email: str) -> None:
    """Mail a link to whoever has this address, if anybody has. The caller learns nothing.

    Not to the platform's support, which comes in with a ticket and has no password here.
    """
    person = StaffUser.objects.filter(
        email=email.strip().lower()[:254], is_active=True, is_support=False
    ).first()
    if person is not None:
        with transaction.atomic():
            sent = _mail(Kind.RESET, person)
        log.info("password forgotten", person=str(person.pk), sent=sent)


def choose_password(*, person: StaffUser, password: str) -> bool:
    """Set the password. Every session of the person ends, and every link of theirs is used up.

    False, with nothing done, when that has happened since `person` was read: a link is good once, for one of two that
    use it at the same moment too.
    """
    with transaction.atomic():
        same = {"pk": person.pk, "password": person.password, "session_round": person.session_round}
        if not StaffUser.objects.select_for_update().filter(**same, is_active=True).exists():
            return False
        person.set_password(password)
        person.save(update_fields=["password"])
    log.info("password chosen", person=str(person.pk))
    return True


def leave_everywhere(*, person: StaffUser) -> None:
    """End every session of the person, on every device. Links that went out by e-mail are good no more."""
    person.session_round += 1
    person.save(update_fields=["session_round"])
    log.info("all sessions ended", person=str(person.pk))


def _mail(kind: Kind, person: StaffUser) -> bool:
    # A room above sends it: settings name which.
    send: Callable[..., bool] = import_string(settings.STAFF_MAIL)
    return send(kind=kind, person=person)
