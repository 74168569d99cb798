"""The register of processing: to be read, printed and kept as a file."""

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice import pages
from receptionist import register
from shops.context import current_shop


def register_page(request: HttpRequest) -> HttpResponse:
    """The register as a page; with `?file`, as a document of its own to print and keep."""
    context = {**register.as_context(register.load()), "now": timezone.now(), "shop": current_shop()}
    if "file" not in request.GET:
        return pages.page(
            request, "backoffice/privacy/register.html", context, title=_("Registro dei trattamenti")
        )
    body = render_to_string("backoffice/privacy/register_file.html", context, request)
    name = f"registro-trattamenti-{timezone.localdate():%Y-%m-%d}.html"
    return HttpResponse(
        body,
        content_type="text/html; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        },
    )
