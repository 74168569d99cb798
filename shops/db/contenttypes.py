"""Content types by schema: their ids are each schema's own, and Django remembers one set for the whole process."""

from collections import OrderedDict
from threading import Lock
from typing import Any

from django.contrib.contenttypes.models import ContentType

from shops.db.current import here

# Some forty rows a schema, and a worker may serve thousands of shops.
MOST_SCHEMAS = 200


class CacheBySchema:
    """In place of the manager's dict, database alias → types: the types of the schema that is served now."""

    def __init__(self) -> None:
        self._schemas: OrderedDict[tuple[str, str, Any], dict[Any, ContentType]] = OrderedDict()
        self._lock = Lock()

    def __getitem__(self, alias: str) -> dict[Any, ContentType]:
        # With the shop's own key: one that is made anew under a name that was deleted has ids of its own.
        key = (alias, here().schema_name, getattr(here().tenant, "pk", None))
        with self._lock:
            found = self._schemas.setdefault(key, {})
            self._schemas.move_to_end(key)
            if len(self._schemas) > MOST_SCHEMAS:
                self._schemas.popitem(last=False)
        return found

    def setdefault(self, alias: str, _empty: dict[Any, ContentType]) -> dict[Any, ContentType]:
        """As dict's; the schema's types are there always."""
        return self[alias]

    def clear(self) -> None:
        """Forget all of them: migrations make new ones."""
        with self._lock:
            self._schemas.clear()


def connect() -> None:
    """Called once by the app's ready()."""
    # The stubs leave Django's own dict out; it uses no more of it than the class above has.
    ContentType.objects._cache = CacheBySchema()  # type: ignore[attr-defined]
