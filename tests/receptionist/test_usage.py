"""What the models cost: counted per shop and day, by any number of threads, and shown."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from receptionist import usage
from receptionist.models import ModelUsage
from scheduling.models import Vehicle
from shops.context import in_shop
from shops.models import Shop
from shops.staff.models import StaffUser
from tests.receptionist.chatting import Chat, call, says
from tests.receptionist.conftest import at_once, counted, statements


@pytest.fixture(autouse=True)
def prices(settings: Any) -> None:
    settings.AI_PRICES = {"gpt-4o": [2.5, 10.0], "gpt-4o-mini": [0.15, 0.6]}


@pytest.mark.parametrize(
    ("model", "cost"),
    [
        ("gpt-4o", "12.5"),
        ("gpt-4o-2024-08-06", "12.5"),
        ("gpt-4o-mini", "0.75"),
        ("gpt-4o-mini-transcribe", "0"),
        ("another", "0"),
    ],
)
def test_a_million_tokens_each_way(model: str, cost: str) -> None:
    found = usage.price(model=model, prompt_tokens=1_000_000, completion_tokens=1_000_000)
    assert found == Decimal(cost)


def test_one_row_a_day_and_model_in_one_statement(in_rossi: Shop) -> None:
    evening, night = datetime(2026, 11, 24, 22, 59, tzinfo=UTC), datetime(2026, 11, 24, 23, 1, tzinfo=UTC)
    with counted() as queries:
        usage.count(model="gpt-4o", prompt_tokens=1000, completion_tokens=10, now=evening)
    assert len(statements(queries)) == 1
    usage.count(model="gpt-4o", prompt_tokens=500, completion_tokens=5, now=evening)
    usage.count(model="gpt-4o", prompt_tokens=1, now=night)
    usage.count(model="whisper-1", audio_seconds=7, now=evening)
    rows = list(
        ModelUsage.objects.order_by("day", "model").values_list("day", "model", "requests", "prompt_tokens")
    )
    assert [(f"{day:%d}", *rest) for day, *rest in rows] == [
        ("24", "gpt-4o", 2, 1500),
        ("24", "whisper-1", 1, 0),
        ("25", "gpt-4o", 1, 1),
    ]
    first = ModelUsage.objects.order_by("day", "model").first()
    assert first
    assert first.cost == Decimal("0.003900")


def test_many_threads_count_at_once(transactional_db: None, rossi: Shop) -> None:
    def count(_number: int) -> None:
        for _time in range(20):
            usage.count(model="gpt-4o", prompt_tokens=10, completion_tokens=1, audio_seconds=1)

    at_once(rossi, count, 8)
    with in_shop(rossi):
        row = ModelUsage.objects.get()
        assert (row.requests, row.prompt_tokens, row.completion_tokens, row.audio_seconds) == (
            160,
            1600,
            160,
            160,
        )


def test_every_request_of_a_turn_is_counted_in_its_own_shop(
    bianchi: Shop, panda: Vehicle, settings: Any
) -> None:
    Chat(settings).write("Quando siete aperti?", call("shop_info", topic="orari"), says("Siamo aperti."))
    row = ModelUsage.objects.get()
    assert (row.model, row.requests, f"{row.day:%Y-%m-%d}") == ("gpt-4o", 2, "2026-11-24")
    assert row.prompt_tokens > row.completion_tokens > 0
    assert row.cost > 0
    with in_shop(bianchi):
        assert not ModelUsage.objects.exists()


def test_a_model_that_counts_in_words_costs_nothing(panda: Vehicle, settings: Any) -> None:
    odd = {
        "choices": [{"message": {"content": "Siamo aperti."}}],
        "usage": {"prompt_tokens": "many", "completion_tokens": -5},
    }
    assert Chat(settings).write("Aperti?", {"raw": odd}).mode == "model"
    row = ModelUsage.objects.get()
    assert (row.requests, row.prompt_tokens, row.completion_tokens, row.cost) == (1, 0, 0, 0)


def test_managers_see_it_and_change_nothing(
    rossi: Shop,
    manager: StaffUser,
    rossi_client: Client,
    log_in: Callable[[Client, StaffUser, Shop], Client],
) -> None:
    with in_shop(rossi):
        usage.count(model="gpt-4o", prompt_tokens=1000, completion_tokens=100)
        row = ModelUsage.objects.get()
    log_in(rossi_client, manager, rossi)
    page = rossi_client.get("/admin/receptionist/modelusage/")
    assert page.status_code == 200
    assert "0,0035" in page.content.decode()
    assert rossi_client.get(f"/admin/receptionist/modelusage/{row.pk}/change/").status_code == 200
    assert rossi_client.get("/admin/receptionist/modelusage/add/").status_code == 403
    assert (
        rossi_client.post(f"/admin/receptionist/modelusage/{row.pk}/delete/", {"post": "yes"}).status_code
        == 403
    )
