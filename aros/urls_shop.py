"""Addresses of a shop's own host."""

from django.urls import include, path

from backoffice.support.views import enter
from shops.admin_sites import shop_site
from shops.views import healthy

urlpatterns = [
    path("healthz", healthy, name="healthz"),
    path("admin/support/enter/", enter, name="support_enter"),
    path("admin/", shop_site.urls),
    path("api/v1/", include("api.urls")),
    path("", include("website.urls")),
]

# A sentence in the reader's language in place of Django's.
handler400 = "shops.views.not_understood"
handler403 = "shops.views.not_allowed"
handler404 = "shops.views.not_found"
handler500 = "shops.views.broken"
