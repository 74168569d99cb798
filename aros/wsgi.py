"""The WSGI application, served by gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aros.settings")
application = get_wsgi_application()

from shops.guard import verify_web  # noqa: E402 - needs the applications loaded

verify_web()
