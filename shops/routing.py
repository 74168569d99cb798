"""Which shop does this host, line or number belong to? Asked before any shop is known.

Answers are kept in Valkey for a minute and forgotten when a shop or one of its addresses changes, so that a change is
in force at once. Shops come with their settings, so that a request needs no further query for them. Asked with the
routing role.
"""

import hashlib
import re
from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.core.cache import caches
from django.db import transaction
from django.db.models import F, Model, Q
from django.db.models.signals import post_delete, post_save, pre_delete, pre_save
from django.utils import timezone
from django_tenants.utils import get_public_schema_name, schema_context

from shops.db.current import here
from shops.models import Domain, PhoneLine, Shop, UnroutedEvent, WhatsAppNumber
from shops.phones import normalise_phone

MARK = "mark:"
PLAIN = re.compile(r"[A-Za-z0-9._+@-]{1,100}\Z")
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


def shops_for_waba(waba_id: str) -> list[Shop]:
    """The shops with a number in this WhatsApp Business account. Not cached: little comes for an account."""
    if not waba_id or len(waba_id) > MAX_KEY or not waba_id.isprintable():
        return []
    with schema_context(get_public_schema_name()):
        return list(Shop.objects.filter(whatsapp_numbers__waba_id=waba_id).distinct())


def shop_by_id(shop_id: UUID | str) -> Shop | None:
    """The shop of an id; for tasks."""
    try:
        key = UUID(str(shop_id))
    except ValueError:
        return None
    return _cached("id", str(key), Q(pk=key))


def active_shop_ids() -> list[UUID]:
    """Ids of all shops that are served; for tasks that fan out."""
    with schema_context(get_public_schema_name()):
        return list(Shop.objects.filter(status=Shop.Status.ACTIVE).values_list("pk", flat=True))


def kept_shop_ids() -> list[UUID]:
    """Ids of all shops that hold data, suspended ones too; for what has to be deleted whether they are served or not."""
    kept = (Shop.Status.ACTIVE, Shop.Status.SUSPENDED)
    with schema_context(get_public_schema_name()):
        return list(Shop.objects.filter(status__in=kept).values_list("pk", flat=True))


def count_unrouted(*, channel: str, external_id: str, kind: str) -> None:
    """Count an event of a line that belongs to no shop. Keeps no words and no caller."""
    with schema_context(get_public_schema_name()):
        line = {"channel": channel, "external_id": external_id.replace("\x00", "")[:100] or "?"}
        seen = {"count": F("count") + 1, "kind": kind[:60], "last_at": timezone.now()}
        if not UnroutedEvent.objects.filter(**line).update(**seen):
            UnroutedEvent.objects.bulk_create([UnroutedEvent(**line, kind=kind[:60])], ignore_conflicts=True)


def _key(kind: str, value: str) -> str:
    if not PLAIN.match(
        value
    ):  # an id that somebody made up; a cache's keys have neither spaces nor any length
        value = hashlib.sha256(value.encode()).hexdigest()
    return f"{settings.DATABASES['default']['NAME']}:{kind}:{value}"


def _cached(kind: str, value: str, condition: Q) -> Shop | None:
    """The shop kept under the key, unless it was forgotten since it was read.

    Every kept shop carries the mark that its key had before the database was asked. Forgetting gives the key a new
    mark, so that a reader who is slower than a change cannot bring the old shop back.
    """
    if not value or len(value) > MAX_KEY or not value.isprintable():  # NUL, half of a surrogate pair
        return None
    cache, key = caches["routing"], _key(kind, value)
    found = cache.get_many([key, MARK + key])
    mark, kept = found.get(MARK + key), found.get(key)
    if isinstance(kept, tuple) and len(kept) == 2 and kept[0] == mark and isinstance(kept[1], Shop):
        return kept[1]
    with schema_context(get_public_schema_name()):
        shop: Shop | None = Shop.objects.filter(condition).first()
    # A stranger's hosts must not fill the cache: only what exists is kept.
    if shop is not None:
        cache.set(key, (mark, shop))
    return shop


def keys_of(shop: Shop) -> set[str]:
    """Every key under which the shop, as it stands in the database, may be kept."""
    values: dict[str, Iterable[str]] = {
        "id": [str(shop.pk)],
        "host": shop.domains.values_list("domain", flat=True),
        "line": shop.phone_lines.values_list("phone_number_id", flat=True),
        "number": shop.phone_lines.values_list("number", flat=True),
        "whatsapp": shop.whatsapp_numbers.values_list("phone_number_id", flat=True),
    }
    return {_key(kind, value) for kind, found in values.items() for value in found}


def forget(keys: Iterable[str]) -> None:
    """Drop these keys from the cache: now, for this process, and once more when the change is committed."""
    marked = {MARK + key for key in keys}
    if not marked:
        return
    _mark(marked)
    connection = here()
    if connection.in_atomic_block:
        transaction.on_commit(lambda: _mark(marked))


def _mark(marked: Iterable[str]) -> None:
    """A mark outlives every shop that was read before it; afterwards none is needed."""
    caches["routing"].set_many(
        dict.fromkeys(marked, uuid4().hex), timeout=2 * settings.CACHES["routing"]["TIMEOUT"]
    )


def _address_keys(address: Domain | PhoneLine | WhatsAppNumber) -> set[str]:
    """The keys that the row itself names; an id at Meta is no line at Vapi, but forgetting too much costs nothing."""
    fields = {"host": "domain", "line": "phone_number_id", "number": "number", "whatsapp": "phone_number_id"}
    return {
        _key(kind, str(value)) for kind, field in fields.items() if (value := getattr(address, field, ""))
    }


def _forget_shop(sender: type, instance: Shop, **_kwargs: Any) -> None:
    forget(keys_of(instance))


def _forget_address(sender: type, instance: Domain | PhoneLine | WhatsAppNumber, **_kwargs: Any) -> None:
    forget(_address_keys(instance))


_ADDRESSES = ("domain", "phone_number_id", "number")


def _forget_former(sender: type[Model], instance: Model, **_kwargs: Any) -> None:
    """Before a save: what the row said until now."""
    if instance._state.adding:
        return
    # Only what names it: a token that no key reads must not keep a new one from being set.
    named = [each.name for each in sender._meta.concrete_fields if each.name in _ADDRESSES]
    former = sender._default_manager.filter(pk=instance.pk).only(*named).first()
    if isinstance(former, Domain | PhoneLine | WhatsAppNumber):
        forget(_address_keys(former))


def connect_invalidation() -> None:
    """Called once by the app's ready()."""
    post_save.connect(_forget_shop, sender=Shop)
    pre_delete.connect(_forget_shop, sender=Shop)
    for model in (Domain, PhoneLine, WhatsAppNumber):
        pre_save.connect(_forget_former, sender=model)
        post_save.connect(_forget_address, sender=model)
        post_delete.connect(_forget_address, sender=model)
