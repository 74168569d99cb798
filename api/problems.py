"""What a program is told when something cannot be done: RFC 9457, one shape everywhere, in the caller's language.

`code` is for programs and never changes; `title` and `detail` are sentences for people. `errors` names the fields.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions
from rest_framework.response import Response

from scheduling.availability import Slot
from scheduling.errors import Changed, Gone, NotBookable, SchedulingError
from shops.webhooks import where

log = structlog.get_logger(__name__)
CONTENT_TYPE = "application/problem+json"
TYPE = "/api/v1/docs#problem-"
TITLES = {
    400: gettext_lazy("La richiesta non è valida."),
    401: gettext_lazy("Manca una chiave valida."),
    403: gettext_lazy("La chiave non ha questo permesso."),
    404: gettext_lazy("Non c'è."),
    405: gettext_lazy("Questo indirizzo non conosce il metodo."),
    406: gettext_lazy("Si risponde solo in JSON."),
    409: gettext_lazy("Adesso non è possibile."),
    410: gettext_lazy("I dati sono stati cancellati."),
    412: gettext_lazy("Nel frattempo è cambiato."),
    413: gettext_lazy("La richiesta è troppo grande."),
    415: gettext_lazy("Si legge solo JSON."),
    422: gettext_lazy("La chiave della richiesta è già stata usata."),
    428: gettext_lazy("Serve If-Match."),
    429: gettext_lazy("Troppe richieste."),
    500: gettext_lazy("Qualcosa non ha funzionato, per colpa nostra."),
    503: gettext_lazy("Il servizio torna fra poco."),
}
CODES = {
    400: "invalid",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    409: "conflict",
    410: "erased",
    412: "changed",
    413: "too_large",
    415: "unsupported_media_type",
    422: "idempotency_mismatch",
    428: "if_match_required",
    429: "too_many_requests",
    500: "broken",
    503: "unavailable",
}


class Problem(Exception):
    """To be raised in a view. `detail` is a sentence in the caller's language; `extra` joins the body."""

    def __init__(
        self,
        status: int,
        detail: Any = "",
        *,
        code: str = "",
        errors: Sequence[tuple[str, Any]] = (),
        extra: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code or CODES[status])
        self.status, self.detail, self.code = status, detail, code or CODES[status]
        self.errors, self.extra, self.headers = list(errors), dict(extra or {}), dict(headers or {})

    def body(self) -> dict[str, Any]:
        """What is sent."""
        found: dict[str, Any] = {
            "type": f"{TYPE}{self.status}",
            "title": str(TITLES[self.status]),
            "status": self.status,
            "code": self.code,
            "detail": str(self.detail or TITLES[self.status]),
        }
        if self.errors:
            found["errors"] = [{"field": field, "message": str(text)} for field, text in self.errors]
        return found | self.extra

    def response(self) -> Response:
        """The answer itself."""
        answer = Response(self.body(), status=self.status, headers=self.headers, content_type=CONTENT_TYPE)
        answer.exception = True
        return answer


def field(name: str, text: Any, *, status: int = 400) -> Problem:
    """One value is wrong."""
    return Problem(status, _("Un valore non va bene: %(field)s.") % {"field": name}, errors=[(name, text)])


def handle(error: Exception, _context: Any = None) -> Response:
    """DRF's exception handler: every exception of a view as one problem."""
    found = of(error)
    if found.status >= 500:
        log.error(
            "api answered with a problem", status=found.status, error=type(error).__name__, at=where(error)
        )
    return found.response()


def of(error: Exception) -> Problem:
    """The problem that an exception is."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, SchedulingError):
        return _refusal(error)
    if isinstance(error, exceptions.ValidationError):
        return Problem(400, _("Alcuni valori non vanno bene."), errors=list(_flat(error.detail)))
    if isinstance(error, exceptions.MethodNotAllowed):
        return Problem(405)
    if isinstance(error, exceptions.NotAcceptable):
        return Problem(406)
    if isinstance(error, Http404 | exceptions.NotFound):
        return Problem(404)
    if isinstance(error, PermissionDenied | exceptions.PermissionDenied):
        return Problem(403)
    if isinstance(error, exceptions.APIException):
        return Problem(error.status_code if error.status_code in TITLES else 400)
    if isinstance(error, DataError | SuspiciousOperation):  # a value that no column takes; a thousand words
        return Problem(400)
    if isinstance(error, OperationalError | InterfaceError):
        return Problem(503, headers={"Retry-After": "60"})
    return Problem(500)


def _refusal(error: SchedulingError) -> Problem:
    if isinstance(error, Changed):
        return Problem(412, error.message)
    if isinstance(error, Gone):
        return Problem(404, error.message)
    extra = {}
    if isinstance(error, NotBookable):
        extra["alternatives"] = [slot(each) for each in error.alternatives]
    return Problem(409, error.message, code=error.code, extra=extra)


def slot(each: Slot) -> dict[str, str]:
    """A free slot as programs read it, in the shop's own time."""
    from django.utils import timezone

    return {
        "starts_at": timezone.localtime(each.starts_at).isoformat(),
        "ends_at": timezone.localtime(each.ends_at).isoformat(),
    }


def _flat(detail: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            plain = path if name == "non_field_errors" else f"{path}.{name}".strip(".")
            yield from _flat(inner, plain)
    elif isinstance(detail, list):
        for inner in detail:
            yield from _flat(inner, path)
    else:
        yield path, detail
