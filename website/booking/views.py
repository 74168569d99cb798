"""The booking page's views."""

from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect

from website.frame import public


@public
def home(_request: HttpRequest) -> HttpResponseBase:
    """Where the shop's host begins: booking, or the shop's own people's door where the site is off."""
    return HttpResponseRedirect("/admin/")
