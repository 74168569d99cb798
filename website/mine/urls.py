"""Addresses: my appointment: see, move, cancel, add to a calendar, behind a signed address."""

from django.urls import path

from website.mine import changing, offered, views

urlpatterns = [
    path("appuntamento/<str:token>", views.see, name="my_appointment"),
    path("appuntamento/<str:token>/sposta", changing.move, name="my_appointment_move"),
    path("appuntamento/<str:token>/annulla", changing.cancel, name="my_appointment_cancel"),
    path("appuntamento/<str:token>/posto", offered.answer, name="my_appointment_offer"),
    path("appuntamento/<str:token>/calendario.ics", views.calendar_file, name="my_appointment_calendar"),
]
