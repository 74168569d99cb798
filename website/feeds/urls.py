"""Addresses: calendar feeds of the shop's people."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
