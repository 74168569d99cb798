"""Creating, suspending and deleting a shop. Runs with the owner's database login, never in a web request.

Creation goes in steps that do not need one outer transaction (a distributed PostgreSQL could not give it): the row,
schema and role, what an officina starts with, the first manager. Whatever fails takes everything back; what a killed
process left behind (status "creating") is swept away by the next attempt.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify
from django_tenants.utils import schema_context

from shops import isolation, pgtools, roles, routing, schema_template
from shops.context import in_shop
from shops.db.current import here
from shops.models import Domain, PhoneLine, Shop, WhatsAppNumber
from shops.phones import normalise_phone
from shops.signals import shop_created
from shops.staff.models import StaffUser

log = structlog.get_logger(__name__)
PUBLIC = "public"
Progress = Callable[[str], None]


class Refused(Exception):
    """The request cannot be carried out. The text says why, and what to do, to an operator."""


@dataclass(frozen=True)
class NewShop:
    """What creating a shop takes. `slug` defaults to the name's; phone as people write it."""

    name: str
    domain: str
    phone_number: str
    manager_email: str
    manager_password: str | None = None
    slug: str = ""
    subscription_tier: str = Shop.Tier.STARTER
    timezone: str = "Europe/Rome"


def schema_for(slug: str) -> str:
    return "shop_" + slug.replace("-", "_")


def create_shop(wish: NewShop, *, progress: Progress = lambda _step: None) -> Shop:
    """Create a shop, ready to answer, and return it.

    Side effects: rows in public, a role, a schema with seeds and the first manager. Raises Refused when the name,
    domain or data are not possible; on any failure nothing is left behind.
    """
    shop, domain = _validated(wish)
    template = schema_template.latest()
    _sweep_half_made(shop.slug)
    with schema_context(PUBLIC), transaction.atomic():
        shop.save()
        domain.save()
    try:
        progress("schema")
        schema_template.replay(template, shop.schema_name)
        isolation.secure_shop(shop.schema_name)
        with in_shop(shop):
            progress("services, hours, bays")
            shop_created.send(sender=Shop, shop=shop)
            progress("first manager")
            _first_manager(wish)
        shop.schema_version, shop.status = template.version, Shop.Status.ACTIVE
        with schema_context(PUBLIC):
            shop.save(update_fields=["schema_version", "status"])
    except BaseException:
        _dismantle(shop)
        raise
    log.info("shop created", orgId=str(shop.pk))
    return shop


def _validated(wish: NewShop) -> tuple[Shop, Domain]:
    slug = wish.slug or slugify(wish.name)[:40].strip("-")
    phone = normalise_phone(wish.phone_number)
    if phone is None:
        raise Refused(f"{wish.phone_number!r} is not a telephone number.")
    if wish.subscription_tier not in Shop.Tier.values:
        raise Refused(f"The tier is one of {', '.join(Shop.Tier.values)}.")
    schema_name = schema_for(slug)
    if not roles.valid_schema(schema_name):
        raise Refused(f"{slug!r} cannot name a shop: use letters, digits and hyphens, at most 40.")
    shop = Shop(
        name=wish.name.strip(),
        slug=slug,
        schema_name=schema_name,
        db_role=roles.shop_role(*isolation.here(), schema_name),
        phone_number=phone,
        subscription_tier=wish.subscription_tier,
        timezone=wish.timezone,
    )
    domain = Domain(domain=wish.domain.strip().lower(), tenant=shop, is_primary=True)
    _refuse_taken(shop, domain)
    try:
        shop.full_clean(validate_unique=False, validate_constraints=False)
        _validate_manager(wish)
    except ValidationError as error:
        raise Refused("; ".join(error.messages)) from error
    return shop, domain


def _refuse_taken(shop: Shop, domain: Domain) -> None:
    if not re.fullmatch(r"[a-z0-9]([a-z0-9.-]{0,250}[a-z0-9])?", domain.domain):
        raise Refused(f"{domain.domain!r} is not a host name (without http:// and port).")
    with schema_context(PUBLIC):
        ready = Shop.objects.exclude(status=Shop.Status.CREATING)
        if ready.filter(slug=shop.slug).exists():
            raise Refused(f"There is a shop {shop.slug!r} already.")
        if ready.filter(domains__domain=domain.domain).exists():
            raise Refused(f"The domain {domain.domain} belongs to another shop.")


def _validate_manager(wish: NewShop) -> None:
    manager = StaffUser(email=wish.manager_email.strip().lower(), role=StaffUser.Role.ADMIN)
    manager.clean_fields(exclude=["password"])


def _first_manager(wish: NewShop) -> StaffUser:
    """The first person of a shop may do everything, staff included."""
    return StaffUser.objects.create_user(
        email=wish.manager_email, password=wish.manager_password, role=StaffUser.Role.ADMIN
    )


def _sweep_half_made(slug: str) -> None:
    with schema_context(PUBLIC):
        half_made = Shop.objects.filter(
            slug=slug, status__in=[Shop.Status.CREATING, Shop.Status.DELETING]
        ).first()
    if half_made:
        _dismantle(half_made)


def _dismantle(shop: Shop) -> None:
    """Take away schema, role and rows; each step survives that the thing is already gone."""
    here().set_schema_to_public()
    isolation.drop_shop(shop.schema_name)
    with transaction.atomic():
        for model in (PhoneLine, WhatsAppNumber):
            model.objects.filter(shop_id=shop.pk).delete()
        Domain.objects.filter(tenant_id=shop.pk).delete()
        Shop.objects.filter(pk=shop.pk).delete()


def suspend(shop: Shop) -> bool:
    """Stop serving: pages answer 503, callers hear a polite sentence, tasks are dropped. False if it was already."""
    return _set_status(shop, Shop.Status.SUSPENDED)


def resume(shop: Shop) -> bool:
    """Serve again. False if it was being served."""
    return _set_status(shop, Shop.Status.ACTIVE)


def _set_status(shop: Shop, status: str) -> bool:
    if shop.status in (Shop.Status.CREATING, Shop.Status.DELETING):
        raise Refused(f"{shop.slug} is {shop.status}: finish that first.")
    if shop.status == status:
        return False
    shop.status = status
    with schema_context(PUBLIC):
        shop.save(update_fields=["status"])
    log.info("shop status changed", orgId=str(shop.pk), status=str(status))
    return True


def delete(shop: Shop, *, dump_to: Path) -> Path:
    """Write a dump of the shop's schema into the folder `dump_to`, then delete the shop for good.

    Returns the dump's path. Raises before anything is deleted when the dump cannot be written.
    """
    dump_to.mkdir(parents=True, exist_ok=True)
    dump = dump_to / f"{shop.slug}-{shop.pk}.sql"
    dump.touch(mode=0o600)
    dump.write_text(pgtools.pg_dump(f"--schema={shop.schema_name}", "--no-owner", "--no-privileges"))
    shop.status = Shop.Status.DELETING
    with schema_context(PUBLIC):
        shop.save(update_fields=["status"])
    _dismantle(shop)
    log.info("shop deleted", orgId=str(shop.pk))
    return dump


def attach_line(shop: Shop, *, phone_number_id: str, number: str) -> tuple[PhoneLine, bool]:
    """Attach a Vapi line to the shop, or move it there from another. Returns the line and whether anything changed."""
    e164 = normalise_phone(number)
    if e164 is None:
        raise Refused(f"{number!r} is not a telephone number.")
    with schema_context(PUBLIC), transaction.atomic():
        clash = PhoneLine.objects.filter(number=e164).exclude(phone_number_id=phone_number_id).first()
        if clash:
            raise Refused(f"{e164} is the line {clash.phone_number_id} of {clash.shop.slug}: move that one.")
        line = PhoneLine.objects.select_for_update().filter(phone_number_id=phone_number_id).first()
        if line and line.shop_id == shop.pk and line.number == e164:
            return line, False
        if line:
            _forget_before_moving(line)
            line.shop, line.number = shop, e164
            line.save()
        else:
            line = PhoneLine.objects.create(shop=shop, phone_number_id=phone_number_id, number=e164)
        return line, True


def attach_whatsapp(
    shop: Shop, *, phone_number_id: str, waba_id: str = "", number: str = "", access_token: str | None = None
) -> tuple[WhatsAppNumber, bool]:
    """Attach a WhatsApp number to the shop, or move it there. An absent token keeps the stored one."""
    e164 = normalise_phone(number) if number else ""
    if e164 is None:
        raise Refused(f"{number!r} is not a telephone number.")
    wanted = {"shop": shop, "waba_id": waba_id, "number": e164}
    wanted = {name: value for name, value in wanted.items() if value}
    if access_token:
        wanted["access_token"] = access_token
    with schema_context(PUBLIC), transaction.atomic():
        found = WhatsAppNumber.objects.select_for_update().filter(phone_number_id=phone_number_id).first()
        if found is None:
            return WhatsAppNumber.objects.create(phone_number_id=phone_number_id, **wanted), True
        if all(getattr(found, name) == value for name, value in wanted.items()):
            return found, False
        _forget_before_moving(found)
        for name, value in wanted.items():
            setattr(found, name, value)
        found.save()
        return found, True


def _forget_before_moving(line: PhoneLine | WhatsAppNumber) -> None:
    """The cache may hold the line under the shop that loses it."""
    routing.forget(line.shop)
