"""Addresses below /api/v1/ that lead nowhere."""

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from api.problems import CONTENT_TYPE, Problem


@csrf_exempt
def nowhere(_request: HttpRequest, **_kwargs: Any) -> JsonResponse:
    """404 in the shape of every other error, whatever the method."""
    return JsonResponse(Problem(404).body(), status=404, content_type=CONTENT_TYPE)
