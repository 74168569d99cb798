"""What came over the wire, made fit for PostgreSQL: no NUL, no broken Unicode, no NaN, nothing endless."""

import hashlib
import math
from typing import Any

MAX_TEXT = 500
MAX_ITEMS = 40
MAX_DEPTH = 4
_MAX_INTEGER = 2**53


def text(value: str, limit: int | None = None) -> str:
    """Text that PostgreSQL takes, cut at `limit` characters."""
    clean = value.replace("\x00", "").encode("utf-8", "replace").decode()
    return clean if limit is None or len(clean) <= limit else f"{clean[: limit - 1]}…"


def key(value: str, limit: int = 200) -> str:
    """An outside identifier as a key: as it is, or its hash when it is too long or cannot be stored."""
    clean = text(value)
    if clean == value and len(value) <= limit:
        return value
    return f"sha256:{hashlib.sha256(value.encode('utf-8', 'surrogatepass')).hexdigest()}"


def json(value: Any, depth: int = MAX_DEPTH) -> Any:
    """A JSON value that jsonb takes and a person can read: long texts cut, deep and wide ones pruned."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return text(value, MAX_TEXT)
    if isinstance(value, int):
        return value if abs(value) <= _MAX_INTEGER else "…"
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if depth <= 0:
        return "…"
    if isinstance(value, dict):
        return {text(str(name), 80): json(value[name], depth - 1) for name in list(value)[:MAX_ITEMS]}
    if isinstance(value, list | tuple):
        return [json(each, depth - 1) for each in value[:MAX_ITEMS]]
    return text(str(value), MAX_TEXT)
