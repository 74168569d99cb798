"""Lists that do not count a whole table: how many rows there are is known up to a bound, and "more than" beyond it."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

# So many rows are counted at most (some milliseconds); who wants more of them searches or filters.
BOUND = 2_000
PAGES_AHEAD = 10


class AtLeast(int):
    """A number that stands for itself and more. Templates and sentences show it as such."""

    def __str__(self) -> str:
        return _("oltre %(number)d") % {"number": int(self)}


class BoundedPaginator(Paginator):
    """Counts no more rows than `most`. One statement, whatever the table holds."""

    most = BOUND

    @cached_property
    def count(self) -> int:
        """How many rows, or AtLeast(most)."""
        rows: Any = self.object_list
        found: int = rows.order_by()[: self.most + 1].count()
        return AtLeast(self.most) if found > self.most else found


class Bounded:
    """Mixed into an admin class: its list has the paginator above. The pages behind the bound open as one gets there."""

    def get_paginator(
        self, request: HttpRequest, queryset: Any, per_page: int, *args: Any, **kwargs: Any
    ) -> Any:
        """With a bound that lies some pages behind the one that is asked for."""
        paginator = BoundedPaginator(queryset, per_page, *args, **kwargs)
        page = request.GET.get("p", "1")
        asked = int(page) if page.isascii() and page.isdigit() and len(page) < 7 else 1
        paginator.most = max(BOUND, (asked + PAGES_AHEAD) * per_page)
        return paginator
