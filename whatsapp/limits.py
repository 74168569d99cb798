"""How fast a number may send, counted in Valkey for all workers: 80 a second, and to one person one every 6 seconds
after a burst of 45. Source: WhatsApp Cloud API, throughput and pair rate limits.

Both are counted by the generic cell rate algorithm in one script, so that a message takes its place in both or in
neither. With Valkey away everything may be sent: Meta counts as well, and says so with a code.
"""

import hashlib
from functools import lru_cache

import structlog
from django.conf import settings
from redis import Redis
from redis.commands.core import Script
from redis.exceptions import RedisError

from shops.context import current_shop

log = structlog.get_logger(__name__)
NUMBER_INTERVAL_MS, NUMBER_BURST = 12.5, 80
PAIR_INTERVAL_MS, PAIR_BURST = 6000.0, 45
# KEYS: one for each limit, and a pause. ARGV: interval and burst of each limit. Returns milliseconds to wait.
_GCRA = """
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local paused = redis.call('PTTL', KEYS[3])
local wait = paused > 0 and paused or 0
local planned = {}
for i = 1, 2 do
  local interval, burst = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local due = math.max(tonumber(redis.call('GET', KEYS[i]) or now), now)
  wait = math.max(wait, due - interval * (burst - 1) - now)
  planned[i] = due + interval
end
if wait > 0 then return math.ceil(wait) end
for i = 1, 2 do
  redis.call('SET', KEYS[i], string.format('%.3f', planned[i]), 'PX', math.ceil(planned[i] - now) + 1000)
end
return 0
"""


@lru_cache(maxsize=2)
def _valkey(url: str) -> tuple[Redis, Script]:
    client = Redis.from_url(url, socket_connect_timeout=0.3, socket_timeout=0.5)
    return client, client.register_script(_GCRA)


def _key(kind: str, *parts: str) -> str:
    """A key of this installation and shop; the shop in braces, so that a cluster keeps its keys together."""
    place = f"{settings.INSTALLATION}:{settings.DATABASES['default']['NAME']}"
    named = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]
    return f"{place}:{{{current_shop().schema_name}}}:whatsapp:{kind}:{named}"


def wait_for(*, line: str, recipient: str) -> float:
    """Take a place for one message; 0 when it may be sent now, else the seconds after which to ask again."""
    keys = [_key("number", line), _key("pair", line, recipient), _key("pause", line)]
    limits = [NUMBER_INTERVAL_MS, NUMBER_BURST, PAIR_INTERVAL_MS, PAIR_BURST]
    try:
        _client, script = _valkey(settings.REDIS_URL)
        return float(script(keys=keys, args=limits)) / 1000
    except RedisError as error:
        log.warning("limits are not counted, valkey is away", error=type(error).__name__)
        return 0.0


def pause(*, line: str, seconds: float) -> None:
    """Send nothing from this number for so long: Meta said that it sent too much."""
    try:
        _valkey(settings.REDIS_URL)[0].set(_key("pause", line), b"1", px=max(1, int(seconds * 1000)))
    except RedisError as error:
        log.warning("pause is not kept, valkey is away", error=type(error).__name__)


def first(*, kind: str, what: str, seconds: int = 60) -> bool:
    """Whether this is the first time that this is asked within so many seconds."""
    try:
        return bool(_valkey(settings.REDIS_URL)[0].set(_key(kind, what), b"1", nx=True, ex=seconds))
    except RedisError:
        return True
