"""Addresses: the booking page."""

from django.urls import path

from website.booking import views
from website.branding import favicon, logo, robots

urlpatterns = [
    path("", views.home, name="home"),
    path("prenota", views.times, name="booking_times"),
    path("prenota/dati", views.details, name="booking_details"),
    path("prenota/fatto/<uuid:form_id>", views.done, name="booking_done"),
    path("logo/<str:name>", logo, name="site_logo"),
    path("robots.txt", robots, name="robots"),
    path("favicon.ico", favicon, name="favicon"),
]
