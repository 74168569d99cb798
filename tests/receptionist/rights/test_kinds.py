"""Every table of a shop, and every text in it, is declared: a new one cannot be forgotten by a copy or an erasure."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models

from receptionist.rights import search
from receptionist.rights.kinds import FREE, PERSONAL, Fate, Kind
from shops.models import Shop

SAYS = (models.CharField, models.TextField, models.JSONField, models.FileField, models.BinaryField)


def tables() -> Iterator[type[models.Model]]:
    """Every model that lives in a shop's schema, links of many to many among them."""
    names = set(settings.TENANT_APPS)
    for config in apps.get_app_configs():
        if config.name in names:
            yield from config.get_models(include_auto_created=True)


def texts(model: type[models.Model]) -> set[str]:
    return {field.name for field in model._meta.concrete_fields if isinstance(field, SAYS)}


def test_every_table_is_declared_once() -> None:
    labels = [model._meta.label for model in tables()]
    personal = [kind.label for kind in PERSONAL]
    assert len(labels) > 30
    assert len(personal) == len(set(personal))
    assert set(personal) & set(FREE) == set()
    undeclared = set(labels) - set(personal) - set(FREE)
    assert undeclared == set(), "say in receptionist/rights/kinds.py what of a person they hold"
    assert (set(personal) | set(FREE)) - set(labels) == set(), "there is no such table (any more)"


@pytest.mark.parametrize("label", sorted(FREE))
def test_tables_without_people_have_the_texts_that_were_looked_at(label: str) -> None:
    assert texts(apps.get_model(label)) == FREE[label]


@pytest.mark.parametrize(
    "kind", [each for each in PERSONAL if each.fate is Fate.ANONYMOUS], ids=lambda k: k.label
)
def test_every_text_of_what_stays_is_emptied_or_kept_on_purpose(kind: Kind) -> None:
    assert kind.emptied & kind.kept == set()
    assert texts(kind.model) == kind.emptied | kind.kept


@pytest.mark.parametrize("kind", PERSONAL, ids=lambda k: k.label)
def test_what_a_copy_leaves_out_is_there(kind: Kind) -> None:
    names = {field.name for field in kind.model._meta.concrete_fields}
    assert kind.untold <= names


def test_the_search_sees_every_text_of_every_table(in_rossi: Shop) -> None:
    """The proof asks the database; what the models know of is among what it finds."""
    seen = {(each.table, each.name) for each in search.columns() if each.schema == in_rossi.schema_name}
    known = {
        (model._meta.db_table, field.column)
        for model in tables()
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField | models.JSONField | models.FileField)
    }
    assert known - seen == set()
    assert {each.schema for each in search.columns()} <= {in_rossi.schema_name, "public"}
