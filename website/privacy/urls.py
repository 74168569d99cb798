"""Addresses: what the shop tells about personal data."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
