"""From a message written to its answer sent, through webhook, workers and stand-ins: what the product adds to the model.

The model takes 800 ms a round and needs two: 1.6 s are its own. What is beyond them is ours: storing, queueing, the
prompt, a tool, storing the answer, sending it.
"""

import os
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from benchmarks import stack
from benchmarks.report import Row
from receptionist.models import AIConfig
from sandbox.meta import Meta, meta_server
from sandbox.model_stub import ModelStub, model_stub
from scheduling.models import Customer
from shops import provisioning
from shops.context import in_shop
from shops.models import Shop

LINE = "wa-answers"
ROUND_MS = 800
ROUNDS = 2
IN_FLIGHT = 20
MESSAGES = 240
WARM_UP = 30
CALLS_AT_ONCE = 40
POSTGRES_CONNECTIONS = 100
SCRIPT = [
    {
        "when": "",
        "rounds": [
            {"tool_calls": [{"name": "check_availability", "arguments": {"service": "tagliando"}}]},
            {
                "content": "Per il tagliando ho posto nei prossimi giorni: preferisce la mattina o il pomeriggio?"
            },
        ],
    }
]


def measure(shop: Shop) -> list[Row]:
    """The rows. Raises RuntimeError when a message was not answered by the model, once."""
    secret = stack.SECRET
    port = stack.free_port()
    with (
        model_stub(SCRIPT, latency_ms=ROUND_MS) as model,
        meta_server(secret, f"http://127.0.0.1:{port}") as meta,
    ):
        # The processes that are started now read these.
        os.environ.update(OPENAI_API_KEY="bench", OPENAI_BASE_URL=model.url, WHATSAPP_API_URL=meta.url)
        meta.add_line(LINE, waba_id="waba-answers", token="token-answers")
        provisioning.attach_whatsapp(
            shop, phone_number_id=LINE, waba_id="waba-answers", access_token="token-answers"
        )
        stack.empty_queues()
        with stack.web(port), stack.workers():
            return [*_overhead(shop, meta, model), *_at_once(meta, model)]


def _overhead(shop: Shop, meta: Meta, model: ModelStub) -> list[Row]:
    with in_shop(shop):
        AIConfig.load()
        phones = [
            str(each) for each in Customer.objects.values_list("phone", flat=True)[: MESSAGES + WARM_UP]
        ]
    _write_all(meta, phones[:WARM_UP], gap=0.1)
    meta.clear()
    written = _write_all(meta, phones[WARM_UP:], gap=ROUNDS * ROUND_MS / 1000 / IN_FLIGHT)
    answers = {each.to.lstrip("+"): each for each in meta.messages(line=LINE)}
    if len(meta.messages(line=LINE)) != MESSAGES or model.misses:
        raise RuntimeError(f"{len(meta.messages(line=LINE))} answers to {MESSAGES} messages.")
    if not all("preferisce la mattina" in each.text for each in answers.values()):
        raise RuntimeError("The model did not answer everybody.")
    beyond = [
        (answers[phone.lstrip("+")].at - at) * 1000 - ROUNDS * ROUND_MS for phone, at in written.items()
    ]
    cuts = statistics.quantiles(beyond, n=100, method="inclusive")
    words = f"answer beyond the model's 1.6 s, {IN_FLIGHT} in flight"
    return [Row(f"{words}, p50", cuts[49], "ms"), Row(f"{words}, p95", cuts[94], "ms", 150)]


def _write_all(meta: Meta, phones: list[str], *, gap: float) -> dict[str, float]:
    """Everybody writes, `gap` seconds after the one before; waits until all are answered. When each wrote."""
    at: dict[str, float] = {}
    before, begin = len(meta.messages(line=LINE)), time.time()
    for number, phone in enumerate(phones):
        time.sleep(max(0.0, begin + number * gap - time.time()))
        at[phone] = time.time()
        meta.write(LINE, phone, "Buongiorno, vorrei fare il tagliando: quando avete posto?")
    meta.wait_messages(before + len(phones), line=LINE, seconds=60)
    return at


def _at_once(meta: Meta, model: ModelStub) -> list[Row]:
    """Forty people at the same moment, and a slow model: how many calls one worker holds, on how many connections."""
    model.latency_ms, model.most_at_once = 2500, 0
    with _watch_connections() as most:
        _write_all(meta, [f"+39348{n:07}" for n in range(CALLS_AT_ONCE)], gap=0)
    return [
        Row(
            "of 40 model calls, not held at once by one worker",
            CALLS_AT_ONCE - model.most_at_once,
            "missing",
            0,
        ),
        Row("PostgreSQL connections meanwhile, all processes", max(most), "", POSTGRES_CONNECTIONS),
    ]


@contextmanager
def _watch_connections() -> Iterator[list[int]]:
    """The count of the database's connections, every 50 ms while the block runs."""
    found: list[int] = [0]
    stop = threading.Event()

    def watch() -> None:
        with psycopg.connect(os.environ["SUPERUSER_DATABASE_URL"], autocommit=True) as connection:
            while not stop.wait(0.05):
                row = connection.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
                ).fetchone()
                found.append(int(row[0]) if row else 0)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield found
    finally:
        stop.set()
        thread.join()
