"""Addresses: the web chat and the widget for other sites."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
