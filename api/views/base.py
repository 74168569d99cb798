"""What all views of the API share: key, scope, negotiation, conditions, one shape of errors."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from rest_framework import exceptions
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from api import authentication, etags, idempotency, problems, reading
from api.asked import Asked
from api.docs.schema import Schema
from api.docs.words import Operation
from api.models import ApiToken
from api.pagination import Order, page
from shops import history


class OnlyJSON(BaseContentNegotiation):
    """JSON for who accepts it, 406 for who does not. `?format=` is no word of ours."""

    ACCEPTED = frozenset({"*/*", "application/*", "application/json"})

    def select_parser(self, request: Request, parsers: Any) -> Any:
        """The body is read by api.reading."""
        return None

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        """The one there is. Raises NotAcceptable."""
        given = request._request.headers.get("Accept", "").strip()
        if given and not any(self._takes(each) for each in given.split(",")):
            raise exceptions.NotAcceptable
        return renderers[0], renderers[0].media_type

    def _takes(self, wish: str) -> bool:
        kind, *parameters = (part.strip().lower() for part in wish.split(";"))
        refused = any(each.replace(" ", "") in ("q=0", "q=0.0", "q=0.00", "q=0.000") for each in parameters)
        return kind in self.ACCEPTED and not refused


class ApiView(APIView):
    """Subclass it with `scopes` and `operations`, by method in small letters, and the methods themselves.

    A POST is written as `act`: it runs in a transaction, and once for each Idempotency-Key.
    """

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()
    parser_classes = (JSONParser,)
    renderer_classes = (JSONRenderer,)
    content_negotiation_class = OnlyJSON
    http_method_names = ["get", "head", "post", "patch"]
    schema = Schema()

    scopes: ClassVar[Mapping[str, str]] = {}
    operations: ClassVar[Mapping[str, Operation]] = {}
    asked: ClassVar[type[Asked] | None] = None
    """What the address of a GET may ask for; None: nothing."""
    pages: ClassVar[bool] = False
    """Whether GET answers page by page."""
    limits: ClassVar[bool] = False
    """Whether GET says how many it wants, without pages."""
    token: ApiToken

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """As DRF's; what is changed meanwhile was changed by the key."""
        with ExitStack() as self.stack:
            answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
            return answer

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """The method, the key, its pace, its scope, and only then what was sent."""
        http = request._request
        self.format_kwarg = None
        request.accepted_renderer = JSONRenderer()
        request.accepted_media_type = JSONRenderer.media_type
        method = (http.method or "").lower()
        if method not in self.http_method_names or not hasattr(self, method):
            raise exceptions.MethodNotAllowed(method)
        self.token = authentication.token_of(http)
        authentication.slow_down(self.token)
        authentication.require(self.token, self.scopes["get" if method == "head" else method])
        self.perform_content_negotiation(request)
        self.stack.enter_context(history.acting(name=f"API: {self.token.name}"))
        self._look_at_address(http, method)

    def _look_at_address(self, http: HttpRequest, method: str) -> None:
        reads = method in ("get", "head")
        known = set(self.asked.names()) if self.asked and reads else set()
        if reads and (self.pages or self.limits):
            known |= {"limit", "cursor"} if self.pages else {"limit"}
        Asked.require_plain(http, known)

    def get_exception_handler(self) -> Any:
        """Problems, whatever the project's default is."""
        return problems.handle

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """With the ETag of what is shown, and 304 for who has it."""
        response = super().finalize_response(request, response, *args, **kwargs)
        patch_vary_headers(response, ["Accept", "Authorization"])
        response.headers.setdefault("Cache-Control", "private, no-cache")
        if response.status_code not in (200, 201) or not isinstance(response, Response):
            return response
        etag = etags.of(response.data)
        response.headers["ETag"] = etag
        if request.method in ("GET", "HEAD") and etags.seen(self.http, etag):
            return HttpResponse(
                status=304, headers={k: response.headers[k] for k in ("ETag", "Cache-Control", "Vary")}
            )
        return response

    # --- for the views ------------------------------------------------------------------------------------------

    @property
    def http(self) -> HttpRequest:
        """Django's request."""
        found: HttpRequest = getattr(self.request, "_request", self.request)
        return found

    def allowed(self, scope: str) -> None:
        """Raise Problem 403 when the key lacks one more scope, which what was sent needs."""
        authentication.require(self.token, scope)

    def sent(self, kind: type[BaseSerializer[Any]], *, partial: bool = False) -> dict[str, Any]:
        """The body, checked. Raises problems 400, 413, 415."""
        serializer = kind(data=reading.decoded(self.http), partial=partial)
        serializer.is_valid(raise_exception=True)
        found: dict[str, Any] = serializer.validated_data
        return found

    def shown(
        self, kind: type[BaseSerializer[Any]], row: Any, *, status: int = 200, location: str = ""
    ) -> Response:
        """One object."""
        return Response(kind(row).data, status=status, headers={"Location": location} if location else None)

    def listed(self, kind: type[BaseSerializer[Any]], rows: QuerySet[Any], order: Order) -> Response:
        """One page of a list, filtered as the address asks."""
        if self.asked is not None:
            rows = self.asked(self.http.GET, queryset=rows).found()
        found = page(self.http, rows, order)
        return Response({"results": kind(found.rows, many=True).data, "next": found.next})

    def find[Row: Model](self, rows: QuerySet[Row], pk: UUID) -> Row:
        """The row, or a problem 404: of another shop none is ever seen."""
        row = rows.filter(pk=pk).first()
        if row is None:
            raise problems.Problem(404)
        return row

    def require_match(self, kind: type[BaseSerializer[Any]], row: Any, *, required: bool) -> None:
        """If-Match against the row as it is now; see etags.require_match."""
        etags.require_match(self.http, kind(row).data, required=required)


class Acts(ApiView):
    """With POST."""

    act: Callable[..., Response]
    """What the POST does, with the words of the address by name."""

    def post(self, request: Request, **kwargs: Any) -> Response:
        """Once for each Idempotency-Key."""
        reading.body_of(self.http)
        return idempotency.once(self.http, self.token, lambda: self.act(**kwargs))
