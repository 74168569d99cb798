"""The frame of the operators' pages that show no model's form."""

import hashlib
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.template.loader import render_to_string

from shops.admin_sites import platform_site
from shops.staff.models import StaffUser


def operator_of(request: HttpRequest) -> StaffUser:
    """Who is logged in; the site lets nobody else in."""
    assert isinstance(request.user, StaffUser)  # noqa: S101 - the site's admin_view has asked
    return request.user


def page(
    request: HttpRequest, template: str, context: dict[str, Any], *, title: Any, status: int = 200
) -> HttpResponse:
    """A whole page; the template extends shops/page.html."""
    request.current_app = platform_site.name
    values = {**platform_site.each_context(request), "title": title, **context}
    return render(request, template, values, status=status)


def fragment(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """A piece of a page that polls for it: with an ETag, and 304 while it is the same."""
    body = render_to_string(template, context, request)
    etag = f'"{hashlib.sha256(body.encode()).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Cookie"}
    if request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified(headers=headers)
    return HttpResponse(body, headers=headers)
