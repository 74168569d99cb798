"""Addresses of the API, below /api/v1/ of a shop's host."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
