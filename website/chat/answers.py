"""What the chat's addresses have in common: who asks, what came, and sentences in place of errors."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from receptionist import webchat
from shops.context import current_shop
from shops.limits import Limit
from shops.refusals import Refused
from shops.staff.throttle import address
from shops.webhooks import Malformed, TooLarge, Unreadable, decode, read_body
from website import frame
from website.chat import tokens
from website.frame import public

# Two thousand characters, each of them written as an escaped pair of surrogates, and some fields.
MOST_BYTES = 32 * 1024
Json = dict[str, Any]
View = Callable[..., HttpResponseBase]


class Problem(Exception):
    """The request is answered with this sentence. `wait`: after how many seconds to come again; 0: not said."""

    def __init__(self, sentence: str, status: int, wait: int = 0) -> None:
        super().__init__(sentence)
        self.status = status
        self.headers = {"Retry-After": str(wait)} if wait else {}


def endpoint(method: str, *, visitor: bool = True) -> Callable[[View], View]:
    """An address of the chat: one method, JSON whatever happens, and the visitor's id as an argument.

    No cookie is read and none set, the token travels in a header that no other site can send: there is nothing to
    forge, and so no CSRF token.
    """

    def declare(view: View) -> View:
        @wraps(view)
        def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method != method:
                refused = HttpResponseNotAllowed([method])
                return _said(_("Qui non si può."), 405, headers={"Allow": refused["Allow"]})
            try:
                if not frame.of(request).site.chat_enabled:
                    raise Problem(_("La chat adesso è chiusa."), 404)
                return view(request, *([_visitor(request)] if visitor else []), *args, **kwargs)
            except Problem as problem:
                return _said(str(problem), problem.status, problem.headers)
            except Refused as refusal:
                return _said(str(refusal), 400)

        return csrf_exempt(public(answered))

    return declare


def _said(sentence: str, status: int, headers: dict[str, str] | None = None) -> HttpResponse:
    return JsonResponse({"error": sentence}, status=status, headers=headers or {})


def _visitor(request: HttpRequest) -> UUID:
    found = tokens.read(request.headers.get(tokens.HEADER, ""), shop=current_shop())
    if found is None or webchat.has_left(found):
        raise Problem(_("Questa chat è scaduta: ne cominci una nuova."), 401)
    return found


def body_of(request: HttpRequest) -> Json:
    """The JSON object that was sent. Raises Problem."""
    try:
        found = decode(read_body(request, MOST_BYTES))
    except TooLarge:
        raise Problem(_("Il messaggio è troppo lungo."), 413) from None
    except (Malformed, Unreadable):
        raise Problem(_("Il messaggio non è arrivato intero: lo mandi di nuovo."), 400) from None
    if not isinstance(found, dict):
        raise Problem(_("Il messaggio non è arrivato intero: lo mandi di nuovo."), 400)
    return found


def text_of(body: Json, name: str) -> str:
    """A text of the object; empty when it is none."""
    value = body.get(name)
    return value if isinstance(value, str) else ""


def count(request: HttpRequest, *limits: tuple[Limit, str]) -> None:
    """Count one more by address ("") or by whoever is named. Raises Problem, with the wait, when that is too many."""
    # Every limit counts, also when an earlier one is reached.
    reached = [limit.seconds for limit, who in limits if not limit.take(who or address(request))]
    if reached:
        sentence = _("Troppi messaggi in poco tempo: aspetti un momento, oppure ci chiami.")
        raise Problem(sentence, 429, wait=max(reached))
