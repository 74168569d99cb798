"""A shop's addresses, and the bare view."""

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from aros.urls_shop import urlpatterns as shop_urlpatterns
from scheduling.models import Customer


class Bare(APIView):
    """What any answer of a shop costs at least: middleware, host → shop, path and role, one indexed SELECT, JSON."""

    def get(self, _request: Request, pk: str) -> Response:
        return Response({"name": Customer.objects.get(pk=pk).full_name})


urlpatterns = [*shop_urlpatterns, path("bare/<uuid:pk>", Bare.as_view())]
