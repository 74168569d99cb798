"""The phone under load: assistant-request, check_availability, book_appointment over HTTP, 16 at once."""

import itertools
import json
from typing import Any

from benchmarks import workshop
from benchmarks.load import Request, Timing, run
from benchmarks.report import Row
from benchmarks.stack import SECRET
from scheduling.models import Appointment, Customer
from shops.context import in_shop
from shops.models import Shop

CALLS = workshop.CUSTOMERS
WARM_UP = 64
TURNS = 6
_ids = itertools.count()


def _message(kind: str, caller: int, **more: Any) -> Request:
    number = f"+39333{caller:07}"
    call = {"id": f"bench-{caller}", "phoneNumberId": workshop.LINE, "customer": {"number": number}}
    body = json.dumps(
        {"message": {"type": kind, "call": call, "customer": {"number": number}, **more}}
    ).encode()
    return Request("localhost", "/api/vapi/webhook", body, (("X-Vapi-Secret", SECRET),))


def _tool(caller: int, name: str, arguments: dict[str, Any]) -> Request:
    call = {
        "id": f"call_{next(_ids)}",
        "type": "function",
        "function": {"name": name, "arguments": arguments},
    }
    return _message("tool-calls", caller, toolCallList=[call])


def _in_turns(port: int, *kinds: list[Request]) -> list[Timing]:
    """Each kind's requests, the kinds taking turns: so that a busy moment of the machine is shared by all."""
    timings = [Timing([], [], 0) for _ in kinds]
    for turn in range(TURNS):
        for index, requests in enumerate(kinds):
            timings[index] += run(port, requests[turn::TURNS])
    return timings


def _failed(timing: Timing, expected: bytes) -> int:
    """Answers that are not what a caller should hear."""
    return timing.failures + sum(expected not in body for body in timing.bodies)


def measure(shop: Shop, port: int) -> list[Row]:
    """All rows of the phone. Raises RuntimeError when an answer was not a real one."""
    with in_shop(shop):
        customer = str(shop_customer())
        starts = workshop.free_starts(shop, CALLS)
        before = Appointment.objects.count()
    bare_requests = [Request("prova.example", f"/bare/{customer}")] * CALLS
    run(port, bare_requests[:WARM_UP])
    run(
        port, [_message("assistant-request", CALLS + n) for n in range(WARM_UP)]
    )  # people who are not customers
    assistant = run(port, [_message("assistant-request", n) for n in range(CALLS)])
    check_requests = [_tool(n, "check_availability", {"service": "il tagliando"}) for n in range(CALLS)]
    book_requests = [
        _tool(n, "book_appointment", {
            "service": "tagliando", "start": f"{start:%Y-%m-%dT%H:%M}", "license_plate": workshop.plate(n),
        })
        for n, start in enumerate(starts)
    ]  # fmt: skip
    bare, check, book = _in_turns(port, bare_requests, check_requests, book_requests)
    with in_shop(shop):
        booked = Appointment.objects.count() - before
    for name, failed in {
        "bare": bare.failures,
        "assistant-request": _failed(assistant, b'"assistant"'),
        "check_availability": _failed(check, b'"result"'),
        "book_appointment": _failed(book, b'"result"') + (CALLS - booked),
    }.items():
        if failed:
            raise RuntimeError(f"{failed} of {CALLS} answers to {name} were not what they should be.")
    return [
        *_percentiles("bare DRF view, one indexed SELECT", bare),
        *_percentiles("check_availability", check),
        Row("check_availability ÷ bare view, p50", check.p50 / bare.p50, "×", 2.5),
        *_percentiles("book_appointment", book),
        Row("book_appointment ÷ bare view, p50", book.p50 / bare.p50, "×", 4),
        *_percentiles("assistant-request", assistant, p95_aim=200),
    ]


def shop_customer() -> Any:
    return Customer.objects.values_list("pk", flat=True)[0]


def _percentiles(name: str, timing: Timing, p95_aim: float | None = None) -> list[Row]:
    aims = {50: None, 95: p95_aim, 99: None}
    return [Row(f"{name}, p{p}, 16 at once", timing.percentile(p), "ms", aim) for p, aim in aims.items()]
