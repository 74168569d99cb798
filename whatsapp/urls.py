"""WhatsApp's one address, on the platform's host."""

from django.urls import path

from whatsapp.webhook import WhatsAppWebhook

urlpatterns = [path("api/whatsapp/webhook", WhatsAppWebhook.as_view(), name="whatsapp-webhook")]
