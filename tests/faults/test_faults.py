"""Whatever is killed, emptied, slow or away: every message is answered, once, and nothing is booked twice.

`make test-faults`. AROS_FAULT_CONVERSATIONS (100) says how many chats each fault has, AROS_FAULT_SEED repeats a run as far
as chance goes: processes have their own pace.
"""

import pytest

from tests.faults import trouble
from tests.faults.conftest import Suffer

pytestmark = [pytest.mark.faults, pytest.mark.timeout(400)]


def test_nothing_goes_wrong(suffer: Suffer) -> None:
    suffer(share=0.3, spread=4.0)


def test_the_worker_that_answers_is_killed(suffer: Suffer) -> None:
    suffer(trouble.kill("conversations"))


def test_the_worker_that_sends_is_killed(suffer: Suffer) -> None:
    suffer(trouble.kill("outbound"))


def test_valkey_is_emptied_and_killed(suffer: Suffer) -> None:
    suffer(trouble.valkey_goes)


def test_postgresql_is_restarted(suffer: Suffer) -> None:
    suffer(trouble.postgres_restarts)


def test_graph_is_slow_fails_and_loses_answers(suffer: Suffer) -> None:
    suffer(trouble.graph_misbehaves, trouble.graph_goes)


def test_everything_comes_three_times_in_any_order(suffer: Suffer) -> None:
    suffer(trouble.thrice)


def test_all_of_it_at_once(suffer: Suffer) -> None:
    suffer(
        trouble.kill("conversations", 2.0, 8.0),
        trouble.kill("outbound", 2.0, 8.0),
        trouble.valkey_goes,
        trouble.postgres_restarts,
        trouble.graph_misbehaves,
        trouble.thrice,
        share=0.4,
    )
