"""What every page here shares: its frame and what polls."""

import hashlib
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.template.loader import render_to_string

from shops.admin_sites import shop_site
from shops.staff.models import StaffUser


def page(
    request: HttpRequest, template: str, context: dict[str, Any], *, title: Any, status: int = 200
) -> HttpResponse:
    """A whole page inside the back office's frame; the template extends backoffice/page.html."""
    request.current_app = shop_site.name
    return render(
        request, template, {**shop_site.each_context(request), "title": title, **context}, status=status
    )


def fragment(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """A piece of a page that polls for it: with an ETag, and 304 while it is the same."""
    body = render_to_string(template, context, request)
    etag = f'"{hashlib.sha256(body.encode()).hexdigest()[:32]}"'
    if request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified(headers={"ETag": etag})
    return HttpResponse(body, headers={"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Cookie"})


def person(request: HttpRequest) -> StaffUser:
    """Who is logged in; the site lets nobody else in."""
    assert isinstance(request.user, StaffUser)  # noqa: S101 - the site's admin_view has asked
    return request.user
