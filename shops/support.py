"""The platform's people inside a shop, to help: asked for, limited in time, shown to the shop, in its history.

An operator asks on the platform's host and gets a key (`open_visit`), which the shop's host takes once (`enter`): there
they are a person of the shop's schema who has no password, is in no list of the staff and may do what a manager may.
The visit ends at its time, when they leave, or when somebody of the shop ends it. Nothing of another session is used.

Who is inside stands in the shop's settings too, which every request has at hand: the banner costs no query.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.core import signing
from django.db import transaction
from django.db.models.signals import post_save
from django.utils import timezone
from django.utils.translation import gettext as _
from django_tenants.utils import get_public_schema_name

from shops import history, settings_store
from shops.context import current_shop
from shops.db.current import here
from shops.models import Shop, SupportVisit
from shops.refusals import Refused
from shops.staff.models import StaffUser

log = structlog.get_logger(__name__)
SECTION = "support"  # of the shop's settings
KEY_SECONDS = 120
MOST_MINUTES = 60
SALT = "shops.support"
# A top-level domain that no mail reaches, so that nobody can have a password sent there.
ADDRESS = "assistenza-{digest}@support.invalid"
SESSION_KEY = "support_visit"
# Who of the shop may end a visit, and say whether there may be one.
ANSWERS_FOR_THE_SHOP = "receptionist.change_aiconfig"
# Saved by themselves, they end every session of their person (shops.staff.accounts).
ENDS_SESSIONS = {"session_round", "password"}


def is_allowed(shop: Shop) -> bool:
    """Whether the shop lets the support in. No query."""
    return bool(settings_store.read(shop, SECTION).get("allowed", True))


def allow(*, allowed: bool) -> None:
    """Let the support into the current shop from now on, or not; not: whoever is inside has to leave."""
    settings_store.update(current_shop(), SECTION, {"allowed": allowed}, defaults={"allowed": True})
    if not allowed:
        for visit in SupportVisit.objects.filter(ended_at__isnull=True, shop_id=current_shop().pk):
            end(visit=visit, by=SupportVisit.EndedBy.SHOP)


def open_visit(
    *, shop: Shop, operator: StaffUser, reason: str, minutes: int, role: str = SupportVisit.Role.MANAGER
) -> tuple[SupportVisit, str]:
    """Ask to enter a shop; returns the visit and the key that lets the operator in once, within KEY_SECONDS.

    To be called on the platform. An earlier visit of this operator to this shop ends. Raises Refused, in words.
    """
    row = Shop.objects.filter(pk=shop.pk).first()
    if row is None or row.status != Shop.Status.ACTIVE:
        raise Refused(_("L'officina non è attiva: le sue pagine non rispondono a nessuno."))
    if not is_allowed(row):
        raise Refused(_("L'officina non permette l'accesso dell'assistenza: chiedere a chi la amministra."))
    if not reason.strip() or not 1 <= minutes <= MOST_MINUTES or role not in SupportVisit.Role.values:
        raise Refused(_("Serve un motivo, e da 1 a %(most)d minuti.") % {"most": MOST_MINUTES})
    now, key = timezone.now(), secrets.token_urlsafe(32)
    earlier = SupportVisit.objects.filter(shop=row, operator_email=operator.email, ended_at__isnull=True)
    earlier.update(ended_at=now, ended_by=SupportVisit.EndedBy.OPERATOR)
    visit = SupportVisit.objects.create(
        shop=row,
        operator_email=operator.email,
        operator_name=operator.get_full_name(),
        reason=reason.strip()[:300],
        role=role,
        until=now + timedelta(minutes=minutes),
        key_hash=_digest(key),
        key_until=now + timedelta(seconds=KEY_SECONDS),
    )
    log.info("support visit asked for", orgId=str(row.pk), visit=str(visit.pk))
    return visit, signing.dumps([str(visit.pk), str(row.pk), key], salt=SALT)


def enter(*, token: str) -> tuple[SupportVisit, StaffUser]:
    """Take a key, once, on the host of the shop that it is for; returns the visit and who they are here.

    Side effects: the visit's row, the person's, the history, the banner. Raises Refused for any other key.
    """
    shop = current_shop()
    refused = Refused(_("Questo accesso non vale, o non vale più: chiederne un altro dalla piattaforma."))
    try:
        visit_id, shop_id, key = signing.loads(token, salt=SALT, max_age=KEY_SECONDS)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise refused from error
    if shop_id != str(shop.pk) or not is_allowed(shop):
        raise refused
    now = timezone.now()
    with transaction.atomic():
        mine = SupportVisit.objects.filter(pk=visit_id, shop_id=shop.pk, key_hash=_digest(key))
        fresh = mine.filter(entered_at__isnull=True, ended_at__isnull=True, key_until__gt=now, until__gt=now)
        if not fresh.update(entered_at=now):
            raise refused
        visit = mine.get()
        _shut_out(visit, SupportVisit.EndedBy.OPERATOR)  # by an earlier visit, of which nobody saw the end
        person = _person(visit)
        said = _("%(who)s, dentro fino alle %(until)s: %(reason)s") % {
            "who": _who(visit),
            "until": timezone.localtime(visit.until).strftime("%H:%M"),
            "reason": visit.reason,
        }
        with history.acting(staff=person, name="support"):
            _note("", said)
        _show(now)
    log.info("support entered", visit=str(visit.pk))
    return visit, person


def end(*, visit: SupportVisit, by: str) -> bool:
    """End a visit, in the shop that it is to; at once, whatever page is open. False when it was over.

    The history tells who acts as the one who ended it; of a visit whose time is over, the support's person.
    """
    now = timezone.now()
    with transaction.atomic():
        mine = SupportVisit.objects.filter(pk=visit.pk, shop_id=current_shop().pk)
        ended = bool(mine.filter(ended_at__isnull=True).update(ended_at=min(now, visit.until), ended_by=by))
        if visit.entered_at is not None and not _came_back(visit):
            _shut_out(visit, by if ended else visit.ended_by)
        _show(now)
    if ended:
        log.info("support visit ended", visit=str(visit.pk), by=by)
    return ended


def end_all_of(operator: StaffUser) -> int:
    """End every visit of an operator, those too whose key was not taken yet; how many. To be called on the platform.

    The next page that they open inside is the login.
    """
    theirs = SupportVisit.objects.filter(operator_email=operator.email, ended_at__isnull=True)
    now = timezone.now()
    return theirs.filter(until__gt=now).update(ended_at=now, ended_by=SupportVisit.EndedBy.OPERATOR)


def _operator_saved(
    sender: type[StaffUser], instance: StaffUser, update_fields: Any = None, **_kwargs: Any
) -> None:
    """Whoever is shut out of the platform, or leaves all devices, leaves the shops with it."""
    is_out = not instance.is_active or bool(ENDS_SESSIONS & set(update_fields or ()))
    if is_out and here().schema_name == get_public_schema_name() and (count := end_all_of(instance)):
        log.info("support visits ended with their operator's sessions", count=count)


def connect() -> None:
    """Called once by the app's ready()."""
    post_save.connect(_operator_saved, sender=StaffUser, dispatch_uid="shops.support")


def tidy(now: datetime | None = None) -> None:
    """Note the end of visits whose time is over, or that the operator ended on the platform. No query while nobody is
    inside."""
    now = now or timezone.now()
    ids = [row["id"] for row in settings_store.read(current_shop(), SECTION).get("inside") or []]
    for visit in SupportVisit.objects.filter(pk__in=ids, shop_id=current_shop().pk) if ids else ():
        if not visit.is_open(now):
            end(visit=visit, by=SupportVisit.EndedBy.TIME)


def shown(shop: Shop, now: datetime | None = None) -> list[dict[str, Any]]:
    """Who is inside at the moment, for the banner: id, who, until (aware), reason. No query."""
    now = now or timezone.now()
    found = []
    for row in settings_store.read(shop, SECTION).get("inside") or []:
        until = datetime.fromisoformat(row["until"])
        if until > now:
            found.append({**row, "until": until})
    return found


def visit_of(session_value: str) -> SupportVisit | None:
    """The visit that a session is of; None when there is none, in the current shop, that is open. One query."""
    visit = SupportVisit.objects.filter(pk=session_value, shop_id=current_shop().pk).first()
    return visit if visit is not None and visit.is_open() else None


def _show(now: datetime) -> None:
    """Put who is inside where every request has it."""
    inside = SupportVisit.objects.filter(shop_id=current_shop().pk, entered_at__isnull=False, until__gt=now)
    rows = [
        {"id": str(each.pk), "who": each.who, "until": each.until.isoformat(), "reason": each.reason}
        for each in inside.filter(ended_at__isnull=True).order_by("entered_at")
    ]
    settings_store.update(current_shop(), SECTION, {"inside": rows}, noted=False)


def _came_back(visit: SupportVisit) -> bool:
    """Whether the same operator is here again by a later visit."""
    theirs = SupportVisit.objects.filter(shop_id=visit.shop_id, operator_email=visit.operator_email)
    return theirs.filter(entered_at__gt=visit.entered_at).exists()


def _address(visit: SupportVisit) -> str:
    digest = hashlib.sha256(visit.operator_email.lower().encode()).hexdigest()[:12]
    return ADDRESS.format(digest=digest)


def _person(visit: SupportVisit) -> StaffUser:
    """The operator as a person of this schema: no password, no notices, the visit's role. Made anew ready each time."""
    address = _address(visit)
    person = StaffUser.objects.filter(email=address).first() or StaffUser(email=address)
    person.is_support, person.is_active, person.on_duty = True, True, False
    person.role, person.second_factor_at = visit.role, None
    person.first_name, person.last_name = visit.who[:80], "(assistenza)"
    person.set_unusable_password()  # a new one: what an earlier session was signed with is gone
    with history.by_hand():
        person.save()
    return person


def _shut_out(visit: SupportVisit, by: str) -> None:
    """End every session of the person, and note that they left. Nothing when that was done."""
    people = StaffUser.objects.filter(email=_address(visit), is_support=True, is_active=True)
    person = people.first()
    if person is None or not people.update(is_active=False):
        return
    ended = _("finita alle %(when)s: %(by)s") % {
        "when": timezone.localtime().strftime("%H:%M"),
        "by": SupportVisit.EndedBy(by).label if by else "",
    }
    before = _who(visit)
    if by == SupportVisit.EndedBy.SHOP:  # whoever of the shop acts at the moment
        _note(before, ended)
        return
    with history.acting(staff=person, name="support"):
        _note(before, ended)


def _who(visit: SupportVisit) -> str:
    """The operator's name and address; the address alone of one who gave no name."""
    email = visit.operator_email
    return email if visit.who == email else f"{visit.who} ({email})"


def _note(before: str, after: str) -> None:
    history.record(current_shop(), {"support.visit": before}, {"support.visit": after})


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
