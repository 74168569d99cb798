"""Addresses of a shop's public pages."""

from django.urls import include, path

urlpatterns = [
    path("", include("website.booking.urls")),
    path("", include("website.mine.urls")),
    path("", include("website.chat.urls")),
    path("", include("website.feeds.urls")),
    path("", include("website.privacy.urls")),
]
