"""The schema as JSON or YAML, and the page. Both are the same for every shop, hold nothing of it, and need no key."""

import hashlib
import threading
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path
from django.utils import translation
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer

from api.docs import reading

_made: dict[str, dict[str, Any]] = {}
_making = threading.Lock()
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "public, max-age=300",
}


def described(language: str) -> dict[str, Any]:
    """The schema in a language, made once for a process."""
    with _making:
        if language not in _made:
            with translation.override(language):
                patterns = [path("api/v1/", include("api.urls"))]
                # Both are without types in drf-spectacular.
                generator = SchemaGenerator(patterns=patterns)  # type: ignore[no-untyped-call]  # see above
                made = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]  # see above
                _made[language] = made
        return _made[language]


def _language(request: HttpRequest) -> str:
    asked = request.GET.get("lingua", "")
    known = dict(settings.LANGUAGES)
    spoken = (translation.get_language() or "")[:2]
    return asked if asked in known else spoken if spoken in known else settings.LANGUAGE_CODE


@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """OpenAPI 3.1: JSON, or YAML for who asks for it (`?format=yaml`, or Accept)."""
    wanted = request.GET.get("format", "")
    as_yaml = wanted == "yaml" or (not wanted and "yaml" in request.headers.get("Accept", ""))
    renderer = OpenApiYamlRenderer() if as_yaml else OpenApiJsonRenderer()
    kind = "application/yaml" if as_yaml else "application/json"
    body = renderer.render(described(_language(request)), renderer_context={})
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {**HEADERS, "ETag": etag, "Vary": "Accept, Accept-Language"}
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304, headers=headers)
    return HttpResponse(body, content_type=f"{kind}; charset=utf-8", headers=headers)


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """What can be asked and how, to be read."""
    language = _language(request)
    with translation.override(language):
        context = {
            "groups": reading.groups(described(language), request.build_absolute_uri("/").rstrip("/")),
            "problems": reading.problems_there_are(),
            "scopes": reading.scopes_there_are(),
            "language": language,
            "languages": [(code, name) for code, name in settings.LANGUAGES if code != language],
        }
        answer = render(request, "api/docs.html", context)
    for name, value in HEADERS.items():
        answer.headers[name] = value
    return answer
