"""The history of one row, in place of Django's, and of the shop's hours and rules."""

from typing import Any

from auditlog.models import LogEntry
from django.contrib.admin.utils import unquote
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice import pages
from backoffice.changes.reading import read
from shops.admin_sites import Page, shop_site
from shops.context import current_shop
from shops.models import Shop

PER_PAGE = 50


def history_of(request: HttpRequest, model_admin: Any, object_id: str) -> HttpResponse:
    """What became of one row, the latest first; for who may see the row."""
    key = unquote(object_id)
    row = None if "\x00" in key else model_admin.get_object(request, key)
    if row is None:
        raise Http404
    if not model_admin.has_view_or_change_permission(request, row):
        raise PermissionDenied
    content_type = ContentType.objects.get_for_model(row, for_concrete_model=False)
    entries = LogEntry.objects.filter(content_type=content_type, object_pk=str(row.pk))
    title = _("Storia: %(what)s") % {"what": row}
    context = {"opts": model_admin.opts, "original": row, "module_name": model_admin.opts.verbose_name_plural}
    return _shown(request, entries, title=title, context=context)


def history_of_shop(request: HttpRequest) -> HttpResponse:
    """What became of the opening hours and of the rules."""
    entries = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(Shop), object_pk=str(current_shop().pk)
    )
    return _shown(request, entries, title=_("Storia di orari e regole"), context={})


def _shown(
    request: HttpRequest, entries: QuerySet[LogEntry], *, title: str, context: dict[str, Any]
) -> HttpResponse:
    number = request.GET.get("pagina", "1")
    page = max(1, int(number)) if number.isascii() and number.isdigit() and len(number) < 6 else 1
    first = (page - 1) * PER_PAGE
    found = list(
        entries.select_related("content_type", "actor").order_by("-timestamp", "-pk")[
            first : first + PER_PAGE + 1
        ]
    )
    context |= {
        "changes": read(request, found[:PER_PAGE]),
        "newer": page - 1,
        "older": page + 1 if len(found) > PER_PAGE else 0,
    }
    return pages.page(request, "backoffice/changes/history.html", context, title=title)


shop_site.history_page = staticmethod(history_of)
shop_site.add_page(
    Page(
        app_label="backoffice",
        title=gettext_lazy("Storia di orari e regole"),
        path="officina/storia/",
        name="shop_history",
        view=history_of_shop,
        permission="scheduling.change_openinghours",
        in_menu=False,
    )
)
