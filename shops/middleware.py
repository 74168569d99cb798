"""Host → shop, before anything else of the application runs."""

import time
from collections.abc import Callable

import structlog
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.utils.translation import gettext as _

from shops import routing
from shops.context import as_platform, in_shop
from shops.db.current import here
from shops.views import refusal

log = structlog.get_logger(__name__)
DATABASE_AWAY = (OperationalError, InterfaceError)
GetResponse = Callable[[HttpRequest], HttpResponse]


class RequestLogMiddleware:
    """One line a request: method, address without its query, status, milliseconds. Nothing of who asked."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        with structlog.contextvars.bound_contextvars():
            response = self.get_response(request)
            log.info(
                "request",
                method=request.method,
                path=request.resolver_match.route if request.resolver_match else "?",
                status=response.status_code,
                ms=round((time.perf_counter() - started) * 1000, 1),
            )
        structlog.contextvars.clear_contextvars()
        return response


class ShopMiddleware:
    """Serve a shop's host inside its shop, the platform's host without one, and no other host at all."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        here().set_schema_to_public()
        try:
            return self._serve(request)
        except DATABASE_AWAY as error:
            return _database_away(request, error)
        finally:
            here().set_schema_to_public()

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A page that the database left in the lurch says so; any other exception is Django's."""
        return _database_away(request, error) if isinstance(error, DATABASE_AWAY) else None

    def _serve(self, request: HttpRequest) -> HttpResponse:
        try:
            host = split_domain_port(request.get_host())[0]  # lower case, without port and final dot
        except DisallowedHost:
            return refusal(request, _("Questo indirizzo non è valido."), status=400)
        if host in settings.PLATFORM_HOSTS:
            return self._serve_platform(request)
        shop = routing.shop_for_host(host)
        if shop is None:
            return refusal(request, _("A questo indirizzo non risponde nessuna officina."), status=404)
        if shop.is_suspended:
            return refusal(request, _("Il servizio di questa officina è sospeso."), status=503)
        with in_shop(shop):
            return self.get_response(request)

    def _serve_platform(self, request: HttpRequest) -> HttpResponse:
        request.urlconf = settings.PLATFORM_URLCONF  # Django reads it from here
        if request.path_info.startswith("/admin/"):
            with as_platform():
                return self.get_response(request)
        return self.get_response(request)


def _database_away(request: HttpRequest, error: Exception) -> HttpResponse:
    log.error("database away", error=type(error).__name__)
    response = refusal(request, _("Il servizio torna fra poco: riprovi tra un minuto."), status=503)
    response["Retry-After"] = "60"
    return response
