"""Creating, suspending and resuming a shop. Creating takes the owner's database login, which no web request has.

Creation goes in steps that do not need one outer transaction (a distributed PostgreSQL could not give it): the row,
schema and role, what an officina starts with, the first manager. Whatever fails takes everything back; what a killed
process left behind (status "creating") is swept away by the next attempt.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import structlog
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django_tenants.utils import schema_context

from shops import isolation, roles, schema_template
from shops.context import in_public, in_shop
from shops.lines import attach_line, attach_whatsapp
from shops.models import Domain, SchemaTemplate, Shop
from shops.phones import normalise_phone
from shops.refusals import Refused
from shops.removal import UNFINISHED, delete, dismantle, sole_hand, sweep_half_made
from shops.signals import shop_created
from shops.staff.models import StaffUser

__all__ = [
    "UNFINISHED",
    "NewShop",
    "Refused",
    "attach_line",
    "attach_whatsapp",
    "check",
    "create_shop",
    "delete",
    "exists",
    "resume",
    "suspend",
]

log = structlog.get_logger(__name__)
PUBLIC = "public"
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
Progress = Callable[[str], None]


@dataclass(frozen=True)
class NewShop:
    """What creating a shop takes. `slug` defaults to the name's; phone as people write it.

    Without a password the first manager is invited by e-mail to choose one. `key` is the id of the shop, if it is to
    have a certain one: a wish that is granted twice is then the same shop.
    """

    name: str
    domain: str
    phone_number: str
    manager_email: str
    manager_password: str | None = None
    slug: str = ""
    subscription_tier: str = Shop.Tier.STARTER
    timezone: str = "Europe/Rome"
    key: UUID | None = None

    @property
    def identifier(self) -> str:
        """The slug wished for, or the name's."""
        return self.slug or slugify(self.name)[:40].strip("-")


def schema_for(slug: str) -> str:
    """The schema of a shop's identifier."""
    return "shop_" + slug.replace("-", "_")


def exists(slug: str) -> bool:
    """Whether a finished shop has this identifier."""
    with schema_context(PUBLIC):
        return bool(Shop.objects.filter(slug=slug).exclude(status__in=UNFINISHED).exists())


def check(wish: NewShop) -> None:
    """Whether this shop could be made, as far as can be told without making it. Raises Refused in a sentence.

    Needs no more than to read which shops and hosts there are.
    """
    _validated(wish)


def create_shop(wish: NewShop, *, progress: Progress = lambda _step: None) -> Shop:
    """Create a shop, ready to answer, and return it.

    Side effects: rows in public, a role, a schema with seeds and the first manager; sends `shop_created` inside the
    new schema. Raises Refused when the name, domain or data are not possible; on any failure nothing is left behind.
    """
    shop, domain = _validated(wish)
    template = schema_template.latest()
    with sole_hand(shop.schema_name):
        sweep_half_made(shop.slug, domain.domain)
        _refuse_foreign_schema(shop.schema_name)
        _insert(shop, domain)
        try:
            _furnish(shop, wish, template, progress)
        except BaseException:
            dismantle(shop)
            raise
    log.info("shop created", orgId=str(shop.pk))
    return shop


def _insert(shop: Shop, domain: Domain) -> None:
    try:
        with schema_context(PUBLIC), transaction.atomic():
            shop.save(force_insert=True)
            domain.save(force_insert=True)
    except IntegrityError as error:
        text = _("%(slug)s o %(domain)s è appena stato preso: riprovare.")
        raise Refused(text % {"slug": shop.slug, "domain": domain.domain}) from error


def _furnish(shop: Shop, wish: NewShop, template: SchemaTemplate, progress: Progress) -> None:
    progress("schema e ruolo del database")
    schema_template.replay(template, shop.schema_name)
    isolation.secure_shop(shop.schema_name)
    with in_shop(shop):
        progress("servizi, orari, postazioni")
        shop_created.send(sender=Shop, shop=shop)
        progress("primo responsabile")
        _first_manager(wish)
    shop.schema_version, shop.status = template.version, Shop.Status.ACTIVE
    with schema_context(PUBLIC):
        shop.save(update_fields=["schema_version", "status"])


def _validated(wish: NewShop) -> tuple[Shop, Domain]:
    slug = wish.identifier
    key = {"id": wish.key} if wish.key else {}
    phone = normalise_phone(wish.phone_number)
    if phone is None:
        raise Refused(_("«%(number)s» non è un numero di telefono.") % {"number": wish.phone_number})
    if wish.subscription_tier not in Shop.Tier.values:
        raise Refused(_("Il piano è uno fra %(plans)s.") % {"plans": ", ".join(Shop.Tier.values)})
    schema_name = schema_for(slug)
    if not SLUG.match(slug) or not roles.valid_schema(schema_name):
        text = _(
            "«%(slug)s» non può identificare un'officina: lettere minuscole, cifre e trattini, al massimo 40."
        )
        raise Refused(text % {"slug": slug})
    shop = Shop(
        **key,
        name=wish.name.strip(),
        slug=slug,
        schema_name=schema_name,
        db_role=roles.shop_role(*isolation.here(), schema_name),
        phone_number=phone,
        subscription_tier=wish.subscription_tier,
        timezone=wish.timezone,
    )
    domain = Domain(domain=wish.domain, tenant=shop, is_primary=True)
    try:
        domain.clean()
        _refuse_taken(shop, domain)
        shop.full_clean(validate_unique=False, validate_constraints=False)
        _validate_manager(wish)
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from error
    return shop, domain


def _refuse_taken(shop: Shop, domain: Domain) -> None:
    with in_public():
        ready = Shop.objects.exclude(status__in=UNFINISHED)
        if ready.filter(slug=shop.slug).exists():
            raise Refused(_("C'è già un'officina «%(slug)s».") % {"slug": shop.slug})
        if ready.filter(domains__domain=domain.domain).exists():
            text = _("Il dominio %(domain)s è di un'altra officina.")
            raise Refused(text % {"domain": domain.domain})


def _refuse_foreign_schema(schema_name: str) -> None:
    """A schema that no shop's row names was put there by hand: not ours to use, nor to drop when a step fails."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_catalog.to_regnamespace(%s) IS NOT NULL", [schema_name])
        row = cursor.fetchone()
    if row and row[0]:
        text = _("Nel database c'è già uno schema %(schema)s che non è di nessuna officina: guardare cos'è.")
        raise Refused(text % {"schema": schema_name})


def _validate_manager(wish: NewShop) -> None:
    manager = StaffUser(email=wish.manager_email.strip().lower(), role=StaffUser.Role.ADMIN)
    manager.clean_fields(exclude=["password"])
    if wish.manager_password is not None:
        validate_password(wish.manager_password, manager)


def _first_manager(wish: NewShop) -> StaffUser:
    """The first person of a shop may do everything, staff included. Invited where no password was given."""
    manager = StaffUser.objects.create_user(
        email=wish.manager_email, password=wish.manager_password, role=StaffUser.Role.ADMIN
    )
    if wish.manager_password is None:
        from shops.staff import accounts  # what mails it stands in a room above

        accounts.invite(person=manager)  # stored with the shop; the mail goes out once the shop is there
    return manager


def suspend(shop: Shop) -> bool:
    """Stop serving: pages answer 503, callers hear a polite sentence, tasks are dropped. False if it was already."""
    return _set_status(shop, Shop.Status.SUSPENDED)


def resume(shop: Shop) -> bool:
    """Serve again. False if it was being served."""
    return _set_status(shop, Shop.Status.ACTIVE)


def _set_status(shop: Shop, status: Shop.Status) -> bool:
    if shop.status in UNFINISHED:
        text = _("%(slug)s è %(status)s: prima finire quello.")
        raise Refused(text % {"slug": shop.slug, "status": shop.get_status_display()})
    if shop.status == status:
        return False
    shop.status = status
    shop.save(update_fields=["status"])
    log.info("shop status changed", orgId=str(shop.pk), status=str(status))
    return True
