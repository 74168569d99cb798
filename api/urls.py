"""Addresses of the API, below /api/v1/ of a shop's host. What is not here is a problem 404 as well."""

from django.urls import URLPattern, path, re_path

from api.docs.views import page, schema
from api.views import appointments, availability, conversations, customers, vehicles
from api.views.nowhere import nowhere

urlpatterns: list[URLPattern] = [
    path("schema", schema, name="api_schema"),
    path("docs", page, name="api_docs"),
    path("customers", customers.Customers.as_view(), name="api_customers"),
    path("customers/<uuid:pk>", customers.OneCustomer.as_view(), name="api_customer"),
    path("customers/<uuid:pk>/archive", customers.ArchiveCustomer.as_view(), name="api_customer_archive"),
    path("customers/<uuid:pk>/restore", customers.RestoreCustomer.as_view(), name="api_customer_restore"),
    path("vehicles", vehicles.Vehicles.as_view(), name="api_vehicles"),
    path("vehicles/<uuid:pk>", vehicles.OneVehicle.as_view(), name="api_vehicle"),
    path("vehicles/<uuid:pk>/archive", vehicles.ArchiveVehicle.as_view(), name="api_vehicle_archive"),
    path("vehicles/<uuid:pk>/restore", vehicles.RestoreVehicle.as_view(), name="api_vehicle_restore"),
    path("services", availability.Services.as_view(), name="api_services"),
    path("availability", availability.Availability.as_view(), name="api_availability"),
    path("appointments", appointments.Appointments.as_view(), name="api_appointments"),
    path("appointments/<uuid:pk>", appointments.OneAppointment.as_view(), name="api_appointment"),
    *(
        path(
            f"appointments/<uuid:pk>/{verb}",
            appointments.Act.as_view(verb=verb),
            name=f"api_appointment_{verb}",
        )
        for verb in appointments.VERBS
    ),
    path("conversations", conversations.Conversations.as_view(), name="api_conversations"),
    path("conversations/<uuid:pk>", conversations.OneConversation.as_view(), name="api_conversation"),
    path("conversations/<uuid:pk>/messages", conversations.Messages.as_view(), name="api_messages"),
    re_path(r"\A.*\Z", nowhere, name="api_nowhere"),
]
