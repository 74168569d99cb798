"""Plain answers that need no shop."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext as _

# Below this address programs read, not people; the words for them are those of the room behind it.
API = "/api/v1/"
CODES = {400: "invalid", 403: "forbidden", 404: "not_found", 500: "broken", 503: "unavailable"}


def healthy(_request: HttpRequest) -> JsonResponse:
    """Alive: the process answers. Asks neither the database nor the cache."""
    return JsonResponse({"status": "ok"})


def sentence(text: str, *, status: int, way_back: str = "") -> HttpResponse:
    """A page with one sentence, readable on a phone; with the way back to the first page where there is one."""
    link = format_html('<p><a href="{}">{}</a></p>', way_back, _("Alla prima pagina")) if way_back else ""
    page = format_html(
        '<!doctype html><html lang="{}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>AROS-Voice</title>'
        '<body style="font: 1.1rem/1.5 system-ui; max-width: 32rem; margin: 20vh auto; padding: 0 1rem">'
        "<main><p>{}</p>{}</main></body></html>",
        get_language() or "it",
        text,
        link,
    )
    return HttpResponse(page, status=status)


def refusal(request: HttpRequest, text: str, *, status: int, way_back: str = "") -> HttpResponse:
    """A page with the sentence; or, where a program asks, a problem (RFC 9457) that says it."""
    if not request.path_info.startswith(API):
        return sentence(text, status=status, way_back=way_back)
    body = {"type": f"{API}docs#problem-{status}", "title": text, "status": status, "code": CODES[status]}
    return JsonResponse({**body, "detail": text}, status=status, content_type="application/problem+json")


def _first_page(request: HttpRequest) -> str:
    """Where somebody begins again: in the back office, on the platform's host too, else on the shop's public page."""
    inside = request.path_info.startswith("/admin/") or getattr(request, "urlconf", None)
    return "/admin/" if inside else "/"


def not_understood(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request that makes no sense (400)."""
    return refusal(request, _("La richiesta non è valida."), status=400, way_back=_first_page(request))


def not_allowed(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A page or an act that the person's role does not have (403)."""
    return refusal(
        request,
        _("Il suo ruolo non permette di aprire questa pagina."),
        status=403,
        way_back=_first_page(request),
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """An address that leads nowhere, or a row that is not there (404)."""
    return refusal(request, _("Questa pagina non c'è."), status=404, way_back=_first_page(request))


def broken(request: HttpRequest) -> HttpResponse:
    """A mistake of ours (500); the log has it."""
    text = _("Qualcosa non ha funzionato, per colpa nostra. Riprovi; se succede ancora, ce lo dica.")
    return refusal(request, text, status=500, way_back=_first_page(request))


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that does not belong to who is logged in now: left open over another login, or without cookies (403)."""
    text = _("La pagina era rimasta aperta troppo a lungo. Torni indietro, la ricarichi e riprovi.")
    return sentence(text, status=403, way_back=_first_page(request))
