"""What workers do when the broker goes."""

import os
from unittest import mock

from kombu import Connection, Queue

import aros.celery  # noqa: F401 - with it the transport is what workers use


def test_a_connection_that_lost_its_broker_closes_with_work_in_hand() -> None:
    with Connection(os.environ["REDIS_URL"]) as connection:
        queue = Queue("test-of-a-lost-broker", channel=connection.default_channel)
        queue.declare()
        connection.Producer().publish({}, routing_key=queue.name)
        assert queue.get() is not None  # and not acknowledged
        channel = connection.default_channel
        with mock.patch.object(
            channel.connection, "client", None
        ):  # as kombu leaves it when a reconnect fails
            channel.close()
        connection.channel().queue_delete(queue.name)
