"""Plain answers that need no shop."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.html import format_html


def healthy(_request: HttpRequest) -> JsonResponse:
    """Alive: the process answers. Asks neither the database nor the cache."""
    return JsonResponse({"status": "ok"})


def sentence(text: str, *, status: int) -> HttpResponse:
    """A page with one sentence, readable on a phone."""
    page = format_html(
        '<!doctype html><html lang="it"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>AROS-Voice</title>'
        '<body style="font: 1.1rem/1.5 system-ui; max-width: 32rem; margin: 20vh auto; padding: 0 1rem">'
        "<p>{}</p></body></html>",
        text,
    )
    return HttpResponse(page, status=status)
