"""Addresses: my appointment: see, move, cancel, add to a calendar, behind a signed address."""

from django.urls import path

from website.mine import views

urlpatterns = [
    path("appuntamento/<str:token>", views.see, name="my_appointment"),
]
