"""Taking a shop away: for good on an operator's word, or what a killed process left half made.

Whoever makes or removes a shop holds a lock of the session on it. A half-made shop whose lock is free belongs to a
process that is dead: it may be swept away.
"""

import json
import os
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import structlog
from django.core.cache import caches
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django_tenants.utils import schema_context

from shops import isolation, pgtools, roles
from shops.cache import TolerantRedisCache
from shops.context import in_shop
from shops.db.current import here
from shops.models import Domain, PhoneLine, Shop, WhatsAppNumber
from shops.refusals import Refused

log = structlog.get_logger(__name__)
PUBLIC = "public"
UNFINISHED = (Shop.Status.CREATING, Shop.Status.DELETING)


@contextmanager
def sole_hand(schema_name: str) -> Iterator[None]:
    """Run the block as the only process that makes or removes this shop. Raises Refused when another one does.

    The lock is the session's, so a killed process lets go of it, and holding it needs no open transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_catalog.pg_try_advisory_lock(pg_catalog.hashtextextended(%s, 0))", [schema_name]
        )
        row = cursor.fetchone()
    if not row or not row[0]:
        raise Refused(_("Un altro processo sta lavorando su questa officina: riprovare quando ha finito."))
    try:
        yield
    finally:
        _let_go(schema_name)


def _let_go(schema_name: str) -> None:
    if connection.connection is None or connection.connection.closed:
        return  # the server let go of it with the connection
    with schema_context(PUBLIC), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_catalog.pg_advisory_unlock(pg_catalog.hashtextextended(%s, 0))", [schema_name]
        )


def sweep_half_made(slug: str, domain: str) -> None:
    """Remove what killed processes left under this name or host. Raises Refused while one of them is at work.

    What is half deleted may not have its dump yet: that is for delete_shop to finish.
    """
    with schema_context(PUBLIC):
        same = Shop.objects.filter(Q(slug=slug) | Q(domains__domain=domain), status__in=UNFINISHED)
        left = list(same.distinct())
    for shop in left:
        if shop.status == Shop.Status.DELETING:
            text = _("%(slug)s è in cancellazione: finirla prima con delete_shop --shop %(slug)s.")
            raise Refused(text % {"slug": shop.slug})
        with sole_hand(shop.schema_name):
            dismantle(shop)
        log.info("half-made shop swept away", orgId=str(shop.pk))


def dismantle(shop: Shop) -> None:
    """Take away schema, role and rows; each step survives that the thing is already gone."""
    current = here()
    current.set_schema_to_public()
    if current.connection is not None and not current.is_usable():
        current.close()  # what failed may have been the connection itself; a new one does the rest
    if roles.valid_schema(shop.schema_name):
        isolation.drop_shop(shop.schema_name)
    with transaction.atomic():
        for model in (PhoneLine, WhatsAppNumber):
            for line in model.objects.filter(shop_id=shop.pk):
                line.delete()
        for domain in Domain.objects.filter(tenant_id=shop.pk):
            domain.delete()
        Shop.objects.filter(pk=shop.pk).delete()
    shop_cache = caches["default"]
    if isinstance(shop_cache, TolerantRedisCache):
        shop_cache.forget_schema(shop.schema_name)


def delete(shop: Shop, *, dump_to: Path) -> Path:
    """Write a dump of the shop into the folder `dump_to`, then delete the shop for good.

    The dump is SQL: the shop's schema, and its rows of the public schema (without WhatsApp tokens) as a comment at
    the top. Its files go into a tar beside it. From the first moment the shop is not served any more. Returns the
    dump's path. When the dump cannot be written, nothing is deleted and the shop is as before. What a killed process
    left unfinished, a further call finishes.
    """
    dump = dump_to / f"{shop.slug}-{shop.pk}.sql"
    with sole_hand(shop.schema_name):
        before, shop.status = shop.status, Shop.Status.DELETING
        shop.save(update_fields=["status"])
        try:
            _dump(shop, dump)
        except BaseException:
            shop.status = before
            shop.save(update_fields=["status"])
            raise
        _remove_files(shop)
        dismantle(shop)
    log.info("shop deleted", orgId=str(shop.pk))
    return dump


def _dump(shop: Shop, dump: Path) -> None:
    """Write beside the final name, then rename: what has the final name is whole, and is not written twice."""
    if dump.exists():
        return
    unfinished, archive, folder = dump.with_suffix(".unfinished"), dump.with_suffix(".tar"), files_of(shop)
    try:
        dump.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _private(unfinished) as file:
            file.write(f"-- {json.dumps(_public_rows(shop), ensure_ascii=False, default=str)}\n".encode())
            pgtools.pg_dump_into(file, f"--schema={shop.schema_name}", "--no-owner", "--no-privileges")
        if folder:
            with _private(archive) as file, tarfile.open(fileobj=file, mode="w") as tar:
                tar.add(folder, arcname=shop.slug)
        unfinished.rename(dump)
    except OSError as error:
        reason = error.strerror or error
        raise Refused(
            f"Non si può scrivere la copia in {dump.parent}: {reason}. Niente è stato cancellato."
        ) from error


def _private(path: Path) -> BinaryIO:
    """A new file that only its owner may read: dumps hold customers' data."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def _public_rows(shop: Shop) -> dict[str, object]:
    names = (
        *("name", "slug", "phone_number", "whatsapp_number", "subscription_tier"),
        *("settings", "timezone", "created_at"),
    )
    return {
        **{name: getattr(shop, name) for name in names},
        "domains": list(shop.domains.values("domain", "is_primary")),
        "phone_lines": list(shop.phone_lines.values("phone_number_id", "number")),
        "whatsapp_numbers": list(shop.whatsapp_numbers.values("phone_number_id", "waba_id", "number")),
    }


def files_of(shop: Shop) -> Path | None:
    """The folder of the shop's files; None when it has none, or when they are not kept on this machine's disk."""
    with in_shop(shop):
        try:
            folder = Path(default_storage.path(""))
        except NotImplementedError:  # a store elsewhere has no paths
            return None
    return folder if folder.is_dir() else None


def _remove_files(shop: Shop) -> None:
    folder = files_of(shop)
    if folder and folder.name == shop.schema_name:  # the shop's own folder, and never the common one
        shutil.rmtree(folder)
