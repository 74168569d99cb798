"""How many rows did that write? For inserts that a conflict turns into nothing, which the ORM does not tell."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection


class WrittenRows:
    """The rows that the statements of the block wrote, in `count`."""

    count = 0

    def __call__(self, execute: Callable[..., Any], *statement: Any) -> Any:
        result = execute(*statement)
        self.count += statement[-1]["cursor"].rowcount
        return result


@contextmanager
def written_rows() -> Iterator[WrittenRows]:
    """Count what the block writes."""
    with connection.execute_wrapper(counted := WrittenRows()):
        yield counted
