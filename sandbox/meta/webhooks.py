"""The webhook as Meta sends it: signed, again with backoff until it is answered with 200, one never waiting for another."""

import hashlib
import heapq
import hmac
import itertools
import json
import queue
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import urllib3

PATH = "/api/whatsapp/webhook"
THREADS = 48
FIRST_RETRY_SECONDS = 1.0
LONGEST_RETRY_SECONDS = 60.0
TIMEOUT_SECONDS = 20.0
Done = Callable[[], None]


def signature(app_secret: str, body: bytes) -> str:
    """The value of X-Hub-Signature-256."""
    return f"sha256={hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()}"


def encoded(payload: Any) -> bytes:
    """A payload as Meta writes it: JSON with everything beyond ASCII escaped, slashes too."""
    return json.dumps(payload, separators=(",", ":")).replace("/", "\\/").encode()


@dataclass(order=True)
class Delivery:
    """One webhook on its way. Ordered by when it is due."""

    due: float
    number: int
    body: bytes = field(compare=False)
    on_done: Done | None = field(compare=False, default=None)
    attempts: int = field(compare=False, default=0)


class Deliverer:
    """Sends webhooks from threads of its own until it is closed. What is held waits for `release`.

    One thread waits for what is due later; the others take what is due now.
    """

    def __init__(self, product_url: str, app_secret: str, first_retry: float = FIRST_RETRY_SECONDS) -> None:
        """`product_url` is the platform's address, without the path of the webhook."""
        self.url, self._secret, self.first_retry = f"{product_url.rstrip('/')}{PATH}", app_secret, first_retry
        self.delivered = 0
        self.refused: list[dict[str, Any]] = []
        self._pool = urllib3.PoolManager(maxsize=THREADS, retries=False)
        self._lock = threading.Lock()
        self._earlier, self._settled = threading.Condition(self._lock), threading.Condition(self._lock)
        self._ready: queue.SimpleQueue[Delivery | None] = queue.SimpleQueue()
        self._later: list[Delivery] = []
        self._held: list[Delivery] = []
        self._open = 0  # ready, later or under way
        self._busy = 0
        self._numbers = itertools.count()
        self._workers = 0
        self._closed = False
        threading.Thread(target=self._wait_for_later, name="webhooks", daemon=True).start()

    def send(
        self, payload: Any, *, delay: float = 0.0, hold: bool = False, on_done: Done | None = None
    ) -> None:
        """Send this webhook in `delay` seconds; `on_done` is called once it was answered with 200."""
        delivery = Delivery(time.monotonic() + delay, next(self._numbers), encoded(payload), on_done)
        with self._lock:
            if hold:
                self._held.append(delivery)
                return
            self._open += 1
            self._push(delivery)

    def send_now(self, payload: Any) -> int:
        """Send it once, in this thread; returns the HTTP status (0: no answer). `payload` may be raw bytes."""
        return self._post(payload if isinstance(payload, bytes) else encoded(payload))

    def release(self, order: Callable[[list[Delivery]], None] | None = None) -> int:
        """Send everything that is held, in the order that `order` puts the list in; returns how many."""
        with self._lock:
            held, self._held = self._held, []
            if order is not None:
                order(held)
            for delivery in held:
                delivery.due = 0.0
                self._open += 1
                self._push(delivery)
            return len(held)

    @property
    def waiting(self) -> int:
        """How many webhooks are under way or will be tried again; held ones do not count."""
        with self._lock:
            return self._open

    @property
    def held(self) -> int:
        """How many wait for `release`."""
        with self._lock:
            return len(self._held)

    def wait_idle(self, seconds: float = 10.0) -> bool:
        """Wait until everything was delivered; False when that takes longer."""
        with self._lock:
            return self._settled.wait_for(lambda: not self._open, seconds)

    def forget(self) -> None:
        """Give up what waits for its time or is held."""
        with self._lock:
            self._open -= len(self._later)
            self._later.clear()
            self._held.clear()
            self._settled.notify_all()

    def close(self) -> None:
        """Stop; what was not delivered is given up."""
        with self._lock:
            self._closed = True
            self._earlier.notify_all()
            for _ in range(self._workers):
                self._ready.put(None)

    def _push(self, delivery: Delivery) -> None:
        """Put it where it belongs; the lock is held."""
        if delivery.due > time.monotonic():
            heapq.heappush(self._later, delivery)
            if self._later[0] is delivery:
                self._earlier.notify()
            return
        if self._workers < THREADS and self._ready.qsize() + self._busy >= self._workers:
            self._workers += 1
            threading.Thread(target=self._work, name="webhook", daemon=True).start()
        self._ready.put(delivery)

    def _wait_for_later(self) -> None:
        with self._lock:
            while not self._closed:
                pause = self._later[0].due - time.monotonic() if self._later else None
                if pause is not None and pause <= 0:
                    self._push(heapq.heappop(self._later))
                else:
                    self._earlier.wait(pause)

    def _work(self) -> None:
        while (delivery := self._ready.get()) is not None and not self._closed:
            with self._lock:
                self._busy += 1
            status = self._post(delivery.body)
            if status == 200 and delivery.on_done is not None:
                delivery.on_done()
            with self._lock:
                self._busy -= 1
                self._settle(delivery, status)

    def _settle(self, delivery: Delivery, status: int) -> None:
        if status == 200 or self._closed:
            self.delivered += status == 200
            self._open -= 1
            self._settled.notify_all()
            return
        delivery.attempts += 1
        self.refused.append({"status": status, "attempt": delivery.attempts, "at": time.time()})
        del self.refused[:-1000]
        pause = min(self.first_retry * 2 ** min(delivery.attempts - 1, 20), LONGEST_RETRY_SECONDS)
        delivery.due = time.monotonic() + pause
        self._push(delivery)

    def _post(self, body: bytes) -> int:
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "facebookexternalua",
            "X-Hub-Signature-256": signature(self._secret, body),
        }
        try:
            answer = self._pool.request(
                "POST", self.url, body=body, headers=headers, timeout=TIMEOUT_SECONDS, redirect=False
            )
        except urllib3.exceptions.HTTPError:
            return 0
        return answer.status

    def verify(self, token: str) -> bool:
        """Meta's GET when the webhook is set up: whether the product returns the challenge."""
        challenge = "1158201444"
        fields = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": token}
        try:
            answer = self._pool.request(
                "GET", self.url, fields=fields, timeout=TIMEOUT_SECONDS, redirect=False
            )
        except urllib3.exceptions.HTTPError:
            return False
        return answer.status == 200 and answer.data == challenge.encode()


def payload(waba_id: str, changes: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The whole of a webhook for one WhatsApp account."""
    entry = {"id": waba_id, "changes": list(changes)}
    return {"object": "whatsapp_business_account", "entry": [entry]}


def messages_change(
    phone_number_id: str,
    display: str,
    *,
    contacts: list[dict[str, Any]] | None = None,
    messages: list[dict[str, Any]] | None = None,
    statuses: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """One change of the field `messages`; what is absent is left out, as Meta does."""
    value: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": display, "phone_number_id": phone_number_id},
    }
    given = {"contacts": contacts, "messages": messages, "statuses": statuses}
    return {"field": "messages", "value": value | {name: item for name, item in given.items() if item}}
