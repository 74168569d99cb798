"""Who asks: the key in the Authorization header, how often it may ask, and what it may do."""

import structlog
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from api import tokens
from api.models import ApiToken
from api.problems import Problem
from shops.limits import Limit
from shops.staff.throttle import address

log = structlog.get_logger(__name__)
# Wrong keys from one address. A right one is let in all the same: the shop's own program may sit behind that address.
WRONG = Limit("api-wrong-key", 30, 300)
CHALLENGE = 'Bearer realm="AROS-Voice API"'


def token_of(http: HttpRequest) -> ApiToken:
    """The key that asks. One query. Raises Problem 401, and 429 after too many wrong ones from the address."""
    given = http.headers.get("Authorization", "")
    kind, _space, secret = given.partition(" ")
    token = tokens.recognise(secret.strip()) if kind.lower() == "bearer" else None
    if token is not None:
        return token
    if not WRONG.take(address(http)):
        log.warning("too many wrong api keys from an address")
        raise _too_many(WRONG.seconds)
    if not given:
        raise Problem(401, _("Mandare la chiave: Authorization: Bearer aros_…"), headers=_challenge(""))
    headers = _challenge(', error="invalid_token"')
    raise Problem(401, _("La chiave non esiste, è scaduta o è stata revocata."), headers=headers)


def _challenge(error: str) -> dict[str, str]:
    return {"WWW-Authenticate": f"{CHALLENGE}{error}"}


def slow_down(token: ApiToken) -> None:
    """Raise Problem 429 when the key asks too often (API_PER_MINUTE)."""
    if not Limit("api", settings.API_PER_MINUTE, 60).take(str(token.pk)):
        raise _too_many(60)


def _too_many(seconds: int) -> Problem:
    return Problem(
        429,
        _("Troppe richieste: riprovare fra %(seconds)d secondi.") % {"seconds": seconds},
        headers={"Retry-After": str(seconds)},
    )


def require(token: ApiToken, scope: str) -> None:
    """Raise Problem 403, which names the scope, when the key has it not."""
    if scope not in token.scopes:
        raise Problem(
            403,
            _("Alla chiave manca il permesso %(scope)s.") % {"scope": scope},
            code="missing_scope",
            extra={"missing_scope": scope},
            headers={"WWW-Authenticate": f'{CHALLENGE}, error="insufficient_scope", scope="{scope}"'},
        )
