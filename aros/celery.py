"""The Celery application. Workers are started with `celery -A aros worker`."""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aros.settings")

app = Celery("aros")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_our_logging(**_kwargs: Any) -> None:
    """Connecting to this signal stops Celery from replacing the logging that settings configured."""


@worker_init.connect
def refuse_unsafe_database(**_kwargs: Any) -> None:
    """A worker does not start on a database where a shop's role is no wall."""
    from shops.guard import verify_database

    verify_database()
