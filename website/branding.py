"""The shop's logo and the small files that browsers and search engines ask every host for."""

from pathlib import PurePosixPath

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.templatetags.static import static
from django.views.decorators.http import require_safe

from website.models import Site

MAX_BYTES = 200_000
# No SVG: it can hold scripts.
_SIGNATURES = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}
TYPES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}
# A new logo has a new name.
FOR_EVER = "public, max-age=31536000, immutable"
CLOSED_TO_ROBOTS = ("admin/", "api/", "appuntamento/", "prenota", "chat")
ROBOTS = "\n".join(["User-agent: *", *(f"Disallow: /{path}" for path in CLOSED_TO_ROBOTS), ""])


def image_kind(head: bytes) -> str | None:
    """ "png", "jpg" or "webp" by a file's first bytes, whatever its name says; None for anything else."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    return next((kind for start, kind in _SIGNATURES.items() if head.startswith(start)), None)


@require_safe
def logo(_request: HttpRequest, name: str) -> HttpResponseBase:
    """The shop's logo, under its present name only."""
    site = Site.load()
    if not site.logo or PurePosixPath(site.logo.name or "").name != name:
        raise Http404
    try:
        with site.logo.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise Http404 from error
    kind = image_kind(content)
    if kind is None:
        raise Http404
    headers = {
        "Cache-Control": FOR_EVER,
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return HttpResponse(content, content_type=TYPES[kind], headers=headers)


@require_safe
def robots(_request: HttpRequest) -> HttpResponse:
    """What search engines may read: the first page and the privacy notice."""
    return HttpResponse(
        ROBOTS, content_type="text/plain; charset=utf-8", headers={"Cache-Control": "public, max-age=86400"}
    )


@require_safe
def favicon(_request: HttpRequest) -> HttpResponseRedirect:
    """The icon that browsers ask for unasked."""
    response = HttpResponseRedirect(static("website/icon.svg"))
    response["Cache-Control"] = "public, max-age=86400"
    return response
