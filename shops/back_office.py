"""What the admin classes of all rooms share."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import SEARCH_VAR
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action as unfold_action
from unfold.decorators import display as unfold_display

from shops.counting import Bounded
from shops.dates import in_a_sentence


class RoomAdmin(Bounded, ModelAdmin):
    """Unfold's class without the count of the whole table, which costs a scan on every page."""

    show_full_result_count = False
    list_per_page = 50
    list_filter_submit = True
    warn_unsaved_form = True

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """An id that no row can have is a row that is not there: Unfold asks for a row's buttons before anybody looks."""
        if object_id is not None:
            try:
                self.opts.pk.to_python(unquote(object_id))
            except (ValidationError, ValueError):
                return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """A filter's value that no row can have, and PostgreSQL does not take, is a page that is not there."""
        given = (value for name, values in request.GET.lists() if name != SEARCH_VAR for value in values)
        if any("\x00" in value for value in given):
            raise Http404
        return super().changelist_view(request, extra_context)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Who changed the row, when, from what to what."""
        page = getattr(self.admin_site, "history_page", None)
        shown: HttpResponse = (
            page(request, self, object_id)
            if page
            else super().history_view(request, object_id, extra_context)
        )
        return shown


class HistoryAdmin(RoomAdmin):
    """Rows that are proof of something: written once, never changed or deleted by hand."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False


class ReadOnly:
    """Nothing is added, changed or deleted here."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False


class ShownInline(ReadOnly, TabularInline):
    """Rows of another model, to be looked at; their own page changes them."""

    extra = 0
    show_title = False


class Labelled(tuple[Any, ...]):
    """A value and its word: lists show the word in the value's colour, a row's own page shows it as text."""

    __slots__ = ()

    def __str__(self) -> str:
        return str(self[-1])


def column[**P, R](description: Any, **values: Any) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Unfold's `display`, with the type of what it decorates. With `label` it returns a value and its word."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def shown(*args: P.args, **kwargs: P.kwargs) -> Any:
            found = function(*args, **kwargs)
            return Labelled(found) if isinstance(found, tuple) else found

        made: Callable[P, R] = unfold_display(shown, description=description, **values)
        return made

    return decorate


def button[**P, R](description: Any, **values: Any) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Unfold's `action`, with the type of what it decorates."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        made: Callable[P, R] = unfold_action(function, description=description, **values)
        return made

    return decorate


def short_when(moment: datetime | None) -> str:
    """A moment as the shop's people read it: "gio 26 nov 09:30"."""
    return in_a_sentence(date_format(timezone.localtime(moment), "D j M H:i")) if moment else ""
