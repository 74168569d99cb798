"""A caller on the line of the first shop, on a Tuesday morning."""

import itertools
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from receptionist import conversations, toolcalls
from receptionist.models import Conversation
from receptionist.toolcalls import ToolAnswer
from scheduling.models import Customer, Vehicle
from shops.context import in_shop
from shops.models import Shop
from tests import factories

ROME = ZoneInfo("Europe/Rome")
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=ROME)  # a Tuesday; the shop is open
MARIO = "+393331112223"
THURSDAY = "2026-11-26T09:30"
_ids = itertools.count(1)


def at(text: str) -> datetime:
    """A local moment from its ISO text."""
    return datetime.fromisoformat(text).replace(tzinfo=ROME)


def open_call(phone: str | None = MARIO, external_id: str = "") -> Conversation:
    """A call of its own, from `phone` (None: withheld)."""
    return conversations.open_call(external_id=external_id or f"call-{next(_ids)}", phone_number=phone)


def use(
    conversation: Conversation, name: str, call_id: str = "", now: datetime = NOW, **arguments: Any
) -> ToolAnswer:
    """The model calls a tool."""
    return toolcalls.answer(
        conversation=conversation,
        call_id=call_id or f"tool-{next(_ids)}",
        name=name,
        arguments=arguments,
        now=now,
    )


def statements(captured: CaptureQueriesContext) -> list[str]:
    """What was asked of the database, without the frame: SET, BEGIN, savepoints."""
    frame = ("SET ", "RESET ", "BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")
    return [query["sql"] for query in captured if not query["sql"].lstrip().upper().startswith(frame)]


def counted() -> CaptureQueriesContext:
    """Records what the block asks of the database."""
    return CaptureQueriesContext(connection)


@pytest.fixture
def mario(in_rossi: Shop) -> Customer:
    """A known customer with one car, calling from MARIO."""
    return factories.customer(first_name="Mario", last_name="Verdi", phone=MARIO)


@pytest.fixture
def panda(mario: Customer) -> Vehicle:
    """Mario's car."""
    return factories.vehicle(mario, license_plate="GA123BC")


@pytest.fixture
def call(panda: Vehicle) -> Conversation:
    """Mario is on the line."""
    return open_call()


@pytest.fixture
def stranger(in_rossi: Shop) -> Conversation:
    """Somebody nobody knows is on the line, with a number."""
    return open_call("+393209998877")


@pytest.fixture
def withheld(in_rossi: Shop) -> Conversation:
    """Somebody with a withheld number is on the line."""
    return open_call(None)


@pytest.fixture
def committed(transactional_db: None, rossi: Shop) -> Shop:
    """The first shop, with rows that other connections see."""
    return rossi


def at_once(shop: Shop, work: Callable[[int], Any], times: int) -> list[Any]:
    """Run `work` in so many threads that start together, each on its own connection inside the shop."""
    barrier = threading.Barrier(times)

    def run(number: int) -> Any:
        try:
            with in_shop(shop):
                barrier.wait(10)
                return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))
