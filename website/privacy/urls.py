"""Addresses: what the shop tells about personal data."""

from django.urls import path

from website.frame import public
from website.privacy.views import notice

urlpatterns = [path("privacy", public(notice), name="privacy_notice")]
