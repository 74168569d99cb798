"""Addresses: the booking page."""

from django.urls import path

from website.booking import views

urlpatterns = [
    path("", views.home, name="home"),
]
