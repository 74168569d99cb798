"""Meta's rate limits as token buckets: 80 messages a second from a number; to one person one every 6 s, 45 at once."""

import threading
import time
from dataclasses import dataclass, field

from sandbox.meta.errors import GraphError

LINE_A_SECOND = 80.0
PAIR_BURST = 45.0
PAIR_SECONDS = 6.0


@dataclass
class _Bucket:
    size: float
    a_second: float
    left: float = -1.0
    at: float = field(default_factory=time.monotonic)

    def take(self) -> bool:
        now = time.monotonic()
        self.left = (
            min(self.size, self.left + (now - self.at) * self.a_second) if self.left >= 0 else self.size
        )
        self.at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


class Rates:
    """Counts what lines send."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lines: dict[str, _Bucket] = {}
        self._pairs: dict[tuple[str, str], _Bucket] = {}

    def check(self, line: str, person: str) -> None:
        """Count one message. Raises GraphError 130429 or 131056 when it is one too many."""
        with self._lock:
            bucket = self._lines.setdefault(line, _Bucket(LINE_A_SECOND, LINE_A_SECOND))
            pair = self._pairs.setdefault((line, person), _Bucket(PAIR_BURST, 1 / PAIR_SECONDS))
            if not bucket.take():
                raise GraphError(130429, "Cloud API message throughput has been reached.")
            if not pair.take():
                raise GraphError(
                    131056,
                    "Too many messages sent from this phone number to the same person in a short time.",
                )

    def forget(self) -> None:
        """Begin anew."""
        with self._lock:
            self._lines.clear()
            self._pairs.clear()
