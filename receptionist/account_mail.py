"""Invitations and forgotten passwords, by e-mail. settings.STAFF_MAIL names this to the room of the people.

The link is a key to the account, so it stands in no row that others may read and in no task: it is made at the moment
the mail is sent. A row's key says for whom and what for: `account:{kind}:{person}:{when}`.
"""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from uuid import uuid4

import structlog
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError as BrokerAway
from redis.exceptions import RedisError

from receptionist import outbox
from receptionist.content import Content
from receptionist.italian import one_line
from receptionist.mail import deliver
from receptionist.models import OutboundMessage, Purpose
from shops.context import NoShop, as_platform, current_shop
from shops.staff import links
from shops.staff.links import Kind
from shops.staff.models import StaffUser

log = structlog.get_logger(__name__)
# Nobody's letter box is filled by whoever knows the address.
MOST, WITHIN = 3, timedelta(minutes=15)
EMAIL = "email"


def send(*, kind: Kind, person: StaffUser) -> bool:
    """Put a link on its way to the person's address. False, with nothing sent, after MOST of them of late.

    In a shop: one OutboundMessage, sent on commit. For an operator: one task, on commit.
    """
    try:
        shop = current_shop()
    except NoShop:
        return _send_to_operator(kind, person)
    since = timezone.now() - WITHIN
    earlier = OutboundMessage.objects.filter(
        channel=EMAIL, recipient=person.email, created_at__gte=since, purpose=Purpose.ACCOUNT
    )
    if earlier.count() >= MOST:
        log.warning("no more account mails for now", person=str(person.pk))
        return False
    outbox.put(
        channel=EMAIL,
        recipient=person.email,
        content=_words(kind, person, shop.name),
        purpose=Purpose.ACCOUNT,
        key=f"account:{kind}:{person.pk}:{uuid4().hex[:12]}",
    )
    return True


def _words(kind: Kind, person: StaffUser, where: str) -> Content:
    with translation.override(person.language or settings.LANGUAGE_CODE):
        name = one_line(where)
        if kind == Kind.INVITATION:
            subject = _("Invito: %(shop)s") % {"shop": name}
            text = _(
                "È stato creato un accesso per lei su %(shop)s. Con questo link sceglie la password ed entra. "
                "Vale 72 ore e una volta sola; chi non se lo aspettava può ignorarlo."
            ) % {"shop": name}
        else:
            subject = _("Nuova password: %(shop)s") % {"shop": name}
            text = _(
                "Qualcuno ha chiesto una nuova password per questo indirizzo su %(shop)s. Con questo link la sceglie. "
                "Vale 2 ore e una volta sola; chi non l'ha chiesta può ignorarlo: non cambia niente."
            ) % {"shop": name}
        return Content(text, subject=subject)


# --- operators: the platform has no outbox ------------------------------------------------------------------------


def _send_to_operator(kind: Kind, person: StaffUser) -> bool:
    counter = f"account-mails:{person.pk}"
    try:
        cache.add(counter, 0, timeout=int(WITHIN.total_seconds()))
        if cache.incr(counter) > MOST:
            return False
    except (RedisError, ValueError) as error:
        log.warning("account mails are not counted", error=type(error).__name__)
    transaction.on_commit(partial(_queue, str(kind), str(person.pk)))
    return True


def _queue(kind: str, person_id: str) -> None:
    from receptionist.tasks import mail_operator as task

    try:
        task.apply_async(kwargs={"kind": kind, "person_id": person_id})
    except BrokerAway:
        log.warning("broker is away, the mail has to be asked for again")


def mail_operator(*, kind: str, person_id: str) -> None:
    """Mail a link to an operator. Outside a shop. Raises OutboundError."""
    with as_platform():
        person = StaffUser.objects.filter(pk=person_id, is_active=True).first()
        link = links.address(Kind(kind), person) if person else ""
    if person is not None:
        content = replace(_words(Kind(kind), person, "AROS-Voice"), link=link)
        deliver(recipient=person.email, content=content, message_id=str(uuid4()))
