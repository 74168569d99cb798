"""The phone's one address, on the platform's host."""

from django.urls import path

from voice.webhook import VapiWebhook

urlpatterns = [path("api/vapi/webhook", VapiWebhook.as_view(), name="vapi-webhook")]
