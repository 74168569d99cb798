"""The script for the officina's own site: a button, and the chat in a frame of the shop's host."""

import hashlib
import json
from functools import lru_cache
from pathlib import Path

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from website import frame
from website.frame import public

SOURCE = Path(__file__).with_name("widget_source.js")
PLACE = "{/* settings */}"
# Switched off or recoloured, the script is the new one within minutes.
CACHED = "public, max-age=300"
OFF = "/* La chat di questo sito adesso è chiusa. */\n"


@require_safe
def _script(request: HttpRequest) -> HttpResponseBase:
    page = frame.of(request)
    body = _filled(page) if page.site.chat_enabled else OFF
    tag = f'"{hashlib.sha256(body.encode()).hexdigest()[:24]}"'
    headers = {
        "ETag": tag,
        "Cache-Control": CACHED,
        # Other sites load it, also those that isolate themselves.
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    if request.headers.get("If-None-Match", "").removeprefix("W/") == tag:
        return HttpResponseNotModified(headers=headers)
    return HttpResponse(body, content_type="text/javascript; charset=utf-8", headers=headers)


script = public(_script, framable=True)


def _filled(page: frame.Frame) -> str:
    settings = {
        "query": page.tail.removeprefix("?"),
        "brand": page.colours.brand,
        "ink": page.colours.on_brand,
        "open": _("Apri la chat con %(shop)s") % {"shop": page.name},
        "close": _("Chiudi la chat"),
        "title": _("Chat con %(shop)s") % {"shop": page.name},
        "label": _("Chat"),
    }
    # ASCII, and no "<": the script means the same in whatever page and encoding it is read.
    return _source().replace(PLACE, json.dumps(settings).replace("<", "\\u003c"))


@lru_cache(maxsize=1)
def _source() -> str:
    return SOURCE.read_text(encoding="utf-8")
