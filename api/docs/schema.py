"""OpenAPI by drf-spectacular, from the words about each operation."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from api import asked, pagination, problems
from api.docs.words import Operation
from api.serializers.problems import Problem

SECURITY = "shopKey"
ALWAYS = (400, 401, 403, 405, 406, 429, 503)
MEDIA = problems.CONTENT_TYPE


class Schema(AutoSchema):
    """Reads `operations` of the view (api.views.base) instead of guessing."""

    view: Any

    @property
    def words(self) -> Operation:
        """About this method."""
        found: Operation = self.view.operations[self.method.lower()]
        return found

    def get_operation_id(self) -> str:
        """Stable, for generated clients."""
        return self.words.name

    def get_summary(self) -> str:
        """A few words."""
        return str(self.words.summary)

    def get_description(self) -> str:  # type: ignore[override]  # spectacular has its own signature
        """What it does, and the scope it takes."""
        scope = self.view.scopes[self.method.lower()]
        return f"{self.words.text}\n\n" + _("Permesso: %(scope)s.") % {"scope": f"`{scope.value}`"}

    def get_tags(self) -> list[str]:
        """The group."""
        return [str(self.words.tag)]

    def get_auth(self) -> list[dict[str, Any]]:
        """The key."""
        return [{SECURITY: []}]

    def get_filter_backends(self) -> list[Any]:
        """The filters are among the parameters."""
        return []

    def _is_list_view(self, serializer: Any = None) -> bool:
        return False

    def get_request_serializer(self) -> Any:
        """What is sent."""
        return self.words.body

    def get_response_serializers(self) -> Any:
        """What is answered: the object, and every problem there may be."""
        found: dict[Any, Any] = {
            (status, "application/json"): OpenApiResponse(kind, description=_("Fatto."))
            for status, kind in self.words.answers.items()
        }
        if self.method == "GET":
            found[304] = OpenApiResponse(
                description=_("Non è cambiato: If-None-Match ha già questa versione.")
            )
        for status in sorted(self._problems()):
            found[(status, MEDIA)] = OpenApiResponse(Problem, description=str(problems.TITLES[status]))
        return found

    def _problems(self) -> set[int]:
        found = {*ALWAYS, *self.words.problems}
        if "{" in self.path:
            found.add(404)
        if self.method == "POST":
            found |= {409, 410, 412, 413, 415, 422}
        if self.method == "PATCH":
            found |= {409, 412, 413, 415, 428}
        return found

    def get_override_parameters(self) -> list[Any]:
        """The words of the address, and headers both ways."""
        return [*self._address(), *self._headers_in(), *self._headers_out()]

    def _address(self) -> Iterator[OpenApiParameter]:
        view, texts = self.view, self.words.filters
        if self.method != "GET":
            return
        if view.asked is not None:
            for name, each in view.asked.base_filters.items():
                kind, required = asked.kind_of(each), bool(each.extra.get("required"))
                yield OpenApiParameter(name, kind, required=required, description=str(texts[name]))
        if view.pages or view.limits:
            text = _("Quanti al massimo; di solito %(usual)d.") % {"usual": pagination.USUAL}
            kind = {"type": "integer", "minimum": 1, "maximum": pagination.MOST}
            yield OpenApiParameter("limit", kind, description=text)
        if view.pages:
            text = _("Dove riprendere: l'indirizzo in «next» ce l'ha già.")
            yield OpenApiParameter("cursor", {"type": "string", "minLength": 1}, description=text)

    def _headers_in(self) -> Iterator[OpenApiParameter]:
        def given(name: str, text: str, *, required: bool = False, **more: Any) -> OpenApiParameter:
            kind = {"type": "string", **more}
            return OpenApiParameter(name, kind, OpenApiParameter.HEADER, required=required, description=text)

        if self.method == "GET":
            yield given("If-None-Match", _("L'ETag che si ha già: se vale ancora, 304."))
        if self.method == "POST":
            text = _("La stessa richiesta con la stessa parola, per 24 ore, si fa una volta sola.")
            yield given("Idempotency-Key", text, minLength=1, maxLength=255, pattern="^[!-~]+$")
        if self.method == "PATCH":
            yield given("If-Match", _("L'ETag della versione letta, o *."), required=True)
        if self.method == "POST" and "{" in self.path:
            yield given("If-Match", _("L'ETag della versione letta: altrimenti 412."))

    def _headers_out(self) -> Iterator[OpenApiParameter]:
        def shown(name: str, text: str, statuses: list[Any]) -> OpenApiParameter:
            return OpenApiParameter(
                name, str, OpenApiParameter.HEADER, response=statuses, description=text, required=False
            )

        yield shown(
            "ETag", _("La versione di quello che si vede."), [str(each) for each in self.words.answers]
        )
        yield shown("Retry-After", _("Fra quanti secondi riprovare."), ["429", "503"])
        yield shown("WWW-Authenticate", _("Come si manda la chiave."), ["401"])
        if self.method == "POST":
            text = _("true: è la risposta conservata.")
            yield shown("Idempotent-Replayed", text, [str(each) for each in self.words.answers])

    def get_examples(self) -> list[OpenApiExample]:
        """What is sent and what comes back."""
        words, found = self.words, []
        if words.sent is not None:
            found.append(OpenApiExample("sent", value=dict(words.sent), request_only=True))
        if words.shown is not None:
            statuses = [str(each) for each in words.answers]
            found.append(
                OpenApiExample("shown", value=dict(words.shown), response_only=True, status_codes=statuses)
            )
        return found


def finish(result: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
    """Postprocessing hook: what is sent has no other fields than those named."""
    schemas: Mapping[str, Any] = result.get("components", {}).get("schemas", {})
    for name, each in schemas.items():
        if name.endswith("In"):
            each["additionalProperties"] = False
    return result
