"""The Celery application. Workers are started with `celery -A aros worker`."""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_init
from kombu.transport import redis as transport

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aros.settings")

app = Celery("aros")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


class PatientQoS(transport.QoS):
    """What a worker has taken and not finished.

    kombu 5.7 gives it back to the broker when a connection is closed. When the broker is away at that moment the
    connection knows no address any more, kombu fails with an AttributeError, and the worker ends. Nothing has to be
    given back there: the broker holds it until the visibility timeout, and the sweep finds the work before that.
    """

    def restore_unacked(self, client: Any = None) -> Any:
        """Give the messages back, unless there is nobody to give them to."""
        if self.channel.connection is None or self.channel.connection.client is None:
            return None
        return super().restore_unacked(client)


transport.Channel.QoS = PatientQoS


@setup_logging.connect
def keep_our_logging(**_kwargs: Any) -> None:
    """Connecting to this signal stops Celery from replacing the logging that settings configured."""


@worker_init.connect
def refuse_unsafe_database(**_kwargs: Any) -> None:
    """A worker does not start on a database where a shop's role is no wall."""
    from shops.guard import verify_database

    verify_database()


@worker_init.connect
def load_the_model_client(**_kwargs: Any) -> None:
    """Importing it takes a second or more: the first customer of the day does not wait for that."""
    from django.conf import settings

    from receptionist import llm

    if settings.OPENAI_API_KEY:
        llm.client()
