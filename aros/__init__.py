"""The project: settings, addresses, Celery, WSGI, logging. It wires the rooms together; nobody imports it."""

from aros.celery import app as celery_app

__all__ = ["celery_app"]
