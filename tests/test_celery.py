"""What workers do when the broker goes."""

import os
from collections.abc import Iterator
from unittest import mock

import pytest
from kombu import Connection, Message, Queue

import aros.celery  # noqa: F401 - with it the transport is what workers use

NAME = "test-of-a-lost-broker"


@pytest.fixture
def in_hand() -> Iterator[tuple[Connection, Message]]:
    """A message that was taken and not acknowledged, on a connection as kombu leaves it when the broker is away."""
    with Connection(os.environ["REDIS_URL"]) as connection:
        queue = Queue(NAME, channel=connection.default_channel)
        queue.declare()
        connection.Producer().publish({}, routing_key=NAME)
        message = queue.get()
        assert message is not None
        with mock.patch.object(connection.default_channel.connection, "client", None):
            yield connection, message
        connection.channel().queue_delete(NAME)


def test_a_connection_that_lost_its_broker_closes(in_hand: tuple[Connection, Message]) -> None:
    connection, _message = in_hand
    connection.maybe_close_channel(connection.default_channel)


def test_a_task_that_ends_when_the_connection_is_gone_is_not_acknowledged(
    in_hand: tuple[Connection, Message], caplog: pytest.LogCaptureFixture
) -> None:
    connection, message = in_hand
    connection.default_channel._pool = None
    message.ack_log_error(mock.Mock(), connection.connection_errors)
