"""Addresses: my appointment: see, move, cancel, add to a calendar, behind a signed address."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
