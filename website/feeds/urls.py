"""Addresses: calendar feeds of the shop's people."""

from django.urls import path

from website.feeds import views

urlpatterns = [
    path("calendario/<str:token>.ics", views.feed, name="calendar_feed"),
]
