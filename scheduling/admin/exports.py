"""The buttons that take a list away as a file: what the filters and the search show, and who may."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from scheduling import exporting
from scheduling.errors import SchedulingError
from shops import history
from shops.staff.models import StaffUser


class Exported:
    """Mixed into a list's admin. Exporting needs `export_<model>` besides viewing: managers have it.

    A receptionist looks up who is at the desk; the whole list of customers leaves the shop only by the hand of who
    answers for it (GDPR art. 32: what the work needs). Everything exported is noted in the history.
    """

    list_before_template = "scheduling/export.html"

    def may_export(self, request: HttpRequest) -> bool:
        """Whether the person may take this list away."""
        meta = self.model._meta  # type: ignore[attr-defined]  # a mixin: ModelAdmin has it
        return request.user.has_perms(
            [f"{meta.app_label}.{action}_{meta.model_name}" for action in ("view", "export")]
        )

    def get_urls(self) -> list[URLPattern]:
        """The file's address, before the admin's."""
        meta = self.model._meta  # type: ignore[attr-defined]  # a mixin, as above
        view = self.admin_site.admin_view(self.export_view)  # type: ignore[attr-defined]
        name = f"{meta.app_label}_{meta.model_name}_export"
        return [path("export/", view, name=name), *super().get_urls()]  # type: ignore[misc]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """With the buttons for who may."""
        meta = self.model._meta  # type: ignore[attr-defined]  # a mixin, as above
        address = reverse(f"admin:{meta.app_label}_{meta.model_name}_export")
        query = request.GET.urlencode()
        extra = {"export_url": f"{address}?{query}" if self.may_export(request) else ""}
        shown: HttpResponse = super().changelist_view(  # type: ignore[misc]  # a mixin, as above
            request, {**(extra_context or {}), **extra}
        )
        return shown

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """The file of what the list shows with the address's filters. By POST; noted in the history."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.may_export(request):
            raise PermissionDenied
        meta = self.model._meta  # type: ignore[attr-defined]  # a mixin, as above
        kind = "xlsx" if request.POST.get("format") == "xlsx" else "csv"
        try:
            rows = self.get_changelist_instance(request).queryset  # type: ignore[attr-defined]
            file, count = exporting.export(rows=rows, model=self.model, kind=kind)  # type: ignore[attr-defined]
        except (SchedulingError, IncorrectLookupParameters) as error:
            said = error.message if isinstance(error, SchedulingError) else _("Filtri non validi.")
            messages.error(request, said)
            return HttpResponseRedirect(reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist"))
        name = str(meta.verbose_name_plural)
        _note(request, name, count, kind)
        return FileResponse(
            file,
            as_attachment=True,
            filename=f"{slugify(name)}-{timezone.localdate():%Y-%m-%d}.{kind}",
            content_type=exporting.FORMATS[kind],
        )


def _note(request: HttpRequest, name: str, count: int, kind: str) -> None:
    """Who took how many rows away, and of which list."""
    if not isinstance(request.user, StaffUser):
        return
    what = _("%(list)s: %(count)d righe, %(format)s") % {"list": name, "count": count, "format": kind.upper()}
    filters = [f"{key}={value}" for key, value in request.GET.items() if value]
    text = f"{what} ({', '.join(filters)})"[:500] if filters else what
    history.record(_person(request.user), {}, {_("esportazione"): text})


def _person(user: StaffUser) -> StaffUser:
    """The row itself, not the stand-in of the request."""
    return StaffUser.objects.get(pk=user.pk)


__all__: Sequence[str] = ["Exported"]
