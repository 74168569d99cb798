"""Addresses of the platform's host: webhooks of all shops, the operators' admin."""

from django.urls import include, path
from django.views.generic import RedirectView

from shops.admin_sites import platform_site
from shops.views import healthy

urlpatterns = [
    path("", RedirectView.as_view(url="/admin/"), name="home"),
    path("healthz", healthy, name="healthz"),
    path("", include("voice.urls")),
    path("", include("whatsapp.urls")),
    path("admin/", platform_site.urls),
]

# A sentence in the reader's language in place of Django's.
handler400 = "shops.views.not_understood"
handler403 = "shops.views.not_allowed"
handler404 = "shops.views.not_found"
handler500 = "shops.views.broken"
