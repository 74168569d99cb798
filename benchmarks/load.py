"""A small HTTP client for load: so many requests at once, each on a connection of its own, as a plain proxy sends them.

(Connections that are kept stay with the process that took them, and then chance decides how evenly they lie.)

Hand-written HTTP/1.1 over asyncio streams, because on two cores a client library would cost as much as the server.
It only ever talks to 127.0.0.1, and it stops by itself when the requests are used up.
"""

import asyncio
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Request:
    """One request, ready to be written to the socket."""

    host: str
    path: str
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()

    def encoded(self) -> bytes:
        method = "POST" if self.body else "GET"
        lines = [f"{method} {self.path} HTTP/1.1", f"Host: {self.host}", f"Content-Length: {len(self.body)}"]
        lines.append("Connection: close")
        if self.body:
            lines.append("Content-Type: application/json")
        lines += [f"{name}: {value}" for name, value in self.headers]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + self.body


@dataclass(frozen=True)
class Timing:
    """Milliseconds of all answers, the bodies, and how many were not 200."""

    milliseconds: list[float]
    bodies: list[bytes]
    failures: int

    def __add__(self, other: "Timing") -> "Timing":
        return Timing(
            self.milliseconds + other.milliseconds, self.bodies + other.bodies, self.failures + other.failures
        )

    def percentile(self, percent: int) -> float:
        return statistics.quantiles(self.milliseconds, n=100, method="inclusive")[percent - 1]

    @property
    def p50(self) -> float:
        return self.percentile(50)


def run(port: int, requests: Sequence[Request], *, at_once: int = 16) -> Timing:
    """Send all requests to 127.0.0.1:port over `at_once` connections and time each."""
    return asyncio.run(_run(port, requests, at_once))


async def _run(port: int, requests: Sequence[Request], at_once: int) -> Timing:
    queue = list(reversed(requests))
    times: list[float] = []
    bodies: list[bytes] = []
    failures = 0

    async def one_connection() -> None:
        nonlocal failures
        while queue:
            data = queue.pop().encoded()
            started = time.perf_counter()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(data)
            status, body = await _read(reader)
            times.append((time.perf_counter() - started) * 1000)
            writer.close()
            bodies.append(body)
            failures += status != 200

    await asyncio.gather(*(one_connection() for _ in range(at_once)))
    return Timing(times, bodies, failures)


async def _read(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {k.lower(): v.strip() for k, _sep, v in (line.partition(":") for line in head[1:])}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return int(head[0].split()[1]), body
