"""Changing the key that encrypts secrets: every encrypted column, in the public schema and in every shop's."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.apps import apps
from django.conf import settings
from django.db.models import F, Model, TextField, Value
from django.db.models.functions import Cast

from shops.context import in_shop
from shops.crypto import EncryptedTextField, Undecryptable, with_first_key
from shops.models import Shop


@dataclass
class Rotated:
    """What was done: values encrypted anew, values that needed nothing, and where one cannot be read."""

    changed: int = 0
    same: int = 0
    unreadable: list[str] = field(default_factory=list)


def rotate(shops: Iterable[Shop]) -> Rotated:
    """Encrypt every secret with the first of FIELD_ENCRYPTION_KEYS. Safe to repeat, and while the product runs.

    A value that no key reads is named and left as it is. To be called in the public schema with the owner's login.
    """
    done = Rotated()
    _columns(done, _encrypted(settings.SHARED_APPS), "public")
    in_shops = list(_encrypted(settings.TENANT_APPS))
    for shop in shops if in_shops else ():
        with in_shop(shop):
            _columns(done, in_shops, shop.slug)
    return done


def _encrypted(names: Iterable[str]) -> Iterator[tuple[type[Model], str]]:
    wanted = {config.label for config in apps.get_app_configs() if config.name in set(names)}
    for model in apps.get_models():
        if model._meta.app_label in wanted:
            for each in model._meta.concrete_fields:
                if isinstance(each, EncryptedTextField):
                    yield model, each.attname


def _columns(done: Rotated, columns: Iterable[tuple[type[Model], str]], where: str) -> None:
    for model, name in columns:
        # As text: the field itself would decrypt what it reads.
        stored = model._default_manager.annotate(stored=Cast(F(name), TextField())).exclude(stored="")
        for pk, token in stored.values_list("pk", "stored").iterator():
            try:
                new = with_first_key(token)
            except Undecryptable:
                done.unreadable.append(f"{where}: {model._meta.verbose_name} {pk}")
                continue
            if new is None:
                done.same += 1
                continue
            # Only what is still there: a token that was set meanwhile has the first key already.
            value = Value(new, output_field=TextField())
            done.changed += stored.filter(pk=pk, stored=token).update(**{name: value})
