"""The Celery application. Workers are started with `celery -A aros worker`."""

import os
import sys
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_init, worker_ready
from kombu.transport import redis as transport
from redis.exceptions import ConnectionError as BrokerGone

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aros.settings")

app = Celery("aros")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["shops"], related_name="tasks_provision")
app.autodiscover_tasks(["receptionist"], related_name="tasks_followups")


class PatientChannel(transport.Channel):
    """A broker's channel that says what is wrong when its connection is gone.

    A worker whose broker goes closes its connection while tasks are in hand. kombu 5.7 then gives them back, and
    acknowledges those that end later, over a connection that knows no address any more: an AttributeError, of which
    the worker dies. A connection error it gets over. Nothing is lost: the broker still holds what was not
    acknowledged, and the sweep finds the work before that comes again.
    """

    def _connparams(self, asynchronous: bool = False) -> Any:
        if self.connection is None or self.connection.client is None:
            raise BrokerGone("The connection to the broker is closed.")
        return super()._connparams(asynchronous)  # type: ignore[misc]  # not in the stubs


transport.Transport.Channel = PatientChannel


@setup_logging.connect
def keep_our_logging(**_kwargs: Any) -> None:
    """Connecting to this signal stops Celery from replacing the logging that settings configured."""


@worker_init.connect
def refuse_unsafe_database(sender: Any, **_kwargs: Any) -> None:
    """A worker starts on no database where a shop's role is no wall, and with no login that its queues are not for."""
    from shops.guard import verify_worker

    verify_worker(sender.app.amqp.queues.consume_from)


@worker_ready.connect
def make_what_was_ordered(**_kwargs: Any) -> None:
    """The provisioning worker begins with what waits for it: messages may be lost, orders are not."""
    from django.conf import settings

    from shops.tasks_provision import QUEUE, provision_waiting

    if settings.DATABASE_AS_OWNER:
        provision_waiting.apply_async(queue=QUEUE)


@worker_init.connect
def share_the_processor_often(**_kwargs: Any) -> None:
    """Fifty threads that mostly wait: one that has its answer should not wait 5 ms for each that computes (as gunicorn)."""
    sys.setswitchinterval(0.0005)


@worker_init.connect
def load_the_model_client(**_kwargs: Any) -> None:
    """Importing it takes a second or more: the first customer of the day does not wait for that."""
    from django.conf import settings

    from receptionist import llm

    if settings.OPENAI_API_KEY:
        llm.client()
