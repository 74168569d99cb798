"""Model instances from rows of written-out SQL."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Model


def as_fetched[M: Model](model: type[M], names: Sequence[str], row: Sequence[Any]) -> M:
    """The instance as if the ORM had fetched these columns (attribute names, in any order) and no others.

    What was left out is fetched when it is asked for, with a query of its own.
    """
    given = dict(zip(names, row, strict=True))
    # from_db takes the values in the order in which the model declares its fields.
    ordered = [field.attname for field in model._meta.concrete_fields if field.attname in given]
    return model.from_db("default", ordered, [given[name] for name in ordered])
