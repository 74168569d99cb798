"""Which shop does this host, line or number belong to? Asked before any shop is known.

Answers are cached in Valkey for a minute and forgotten on commit when a shop or one of its addresses changes.
Shops come with their settings, so that a request needs no further query for them. Runs with the routing role.
"""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.cache import caches
from django.db import connection, transaction
from django.db.models import F, Q
from django.db.models.signals import post_delete, post_save, pre_delete
from django.utils import timezone
from django_tenants.utils import get_public_schema_name, schema_context

from shops.models import Domain, PhoneLine, Shop, UnroutedEvent, WhatsAppNumber
from shops.phones import normalise_phone

NOBODY = "nobody"
MAX_KEY = 200


def shop_for_host(host: str) -> Shop | None:
    """The shop of a host name (without port, any case)."""
    host = host.lower()
    return _cached("host", host, Q(domains__domain=host))


def shop_for_line(phone_number_id: str | None, number: str | None) -> Shop | None:
    """The shop of a telephone line: by Vapi's phoneNumberId, else by the number called."""
    if phone_number_id and (
        shop := _cached("line", phone_number_id, Q(phone_lines__phone_number_id=phone_number_id))
    ):
        return shop
    called = normalise_phone(number)
    return _cached("number", called, Q(phone_lines__number=called)) if called else None


def shop_for_whatsapp(phone_number_id: str) -> Shop | None:
    """The shop of Meta's phone_number_id."""
    return _cached("whatsapp", phone_number_id, Q(whatsapp_numbers__phone_number_id=phone_number_id))


def shop_by_id(shop_id: UUID | str) -> Shop | None:
    """The shop of an id; for tasks."""
    return _cached("id", str(shop_id), Q(pk=shop_id))


def active_shop_ids() -> list[UUID]:
    """Ids of all shops that are served; for tasks that fan out."""
    with schema_context(get_public_schema_name()):
        return list(Shop.objects.filter(status=Shop.Status.ACTIVE).values_list("pk", flat=True))


def count_unrouted(*, channel: str, external_id: str, kind: str) -> None:
    """Count an event of a line that belongs to no shop. Keeps no words and no caller."""
    with schema_context(get_public_schema_name()):
        line = {"channel": channel, "external_id": external_id.replace("\x00", "")[:100] or "?"}
        seen = {"count": F("count") + 1, "kind": kind[:60], "last_at": timezone.now()}
        if not UnroutedEvent.objects.filter(**line).update(**seen):
            UnroutedEvent.objects.bulk_create([UnroutedEvent(**line, kind=kind[:60])], ignore_conflicts=True)


def _key(kind: str, value: str) -> str:
    return f"{settings.DATABASES['default']['NAME']}:{kind}:{value}"


def _cached(kind: str, value: str, condition: Q) -> Shop | None:
    if len(value) > MAX_KEY or "\x00" in value:
        return None
    cache = caches["routing"]
    found = cache.get(_key(kind, value))
    if found is None:
        with schema_context(get_public_schema_name()):
            found = Shop.objects.filter(condition).first() or NOBODY
        # A stranger's hosts must not fill the cache: only what exists is kept.
        if found != NOBODY:
            cache.set(_key(kind, value), found)
    return found if isinstance(found, Shop) else None


def keys_of(shop: Shop) -> list[str]:
    """Every key under which the shop may be cached."""
    values: dict[str, Iterable[str]] = {
        "id": [str(shop.pk)],
        "host": shop.domains.values_list("domain", flat=True),
        "line": shop.phone_lines.values_list("phone_number_id", flat=True),
        "number": shop.phone_lines.values_list("number", flat=True),
        "whatsapp": shop.whatsapp_numbers.values_list("phone_number_id", flat=True),
    }
    return [_key(kind, value) for kind, found in values.items() for value in found]


def forget(shop: Shop, extra: Iterable[str] = ()) -> None:
    """Drop the shop from the cache, now and once more after the commit (a reader may have put it back between)."""
    keys = [*keys_of(shop), *extra]
    cache = caches["routing"]
    cache.delete_many(keys)
    if connection.in_atomic_block:
        transaction.on_commit(lambda: cache.delete_many(keys))


def _forget_shop(sender: type, instance: Shop, **_kwargs: Any) -> None:
    forget(instance)


def _forget_owner(sender: type, instance: Domain | PhoneLine | WhatsAppNumber, **_kwargs: Any) -> None:
    values = {"host": "domain", "line": "phone_number_id", "number": "number", "whatsapp": "phone_number_id"}
    extra = [_key(kind, str(getattr(instance, field, ""))) for kind, field in values.items()]
    forget(instance.tenant if isinstance(instance, Domain) else instance.shop, extra)


def connect_invalidation() -> None:
    """Called once by the app's ready()."""
    receivers: list[tuple[type, Callable[..., None]]] = [
        (Shop, _forget_shop),
        (Domain, _forget_owner),
        (PhoneLine, _forget_owner),
        (WhatsAppNumber, _forget_owner),
    ]
    for model, receiver in receivers:
        post_save.connect(receiver, sender=model)
        (pre_delete if model is Shop else post_delete).connect(receiver, sender=model)
