"""The recorded-style payloads of tests/payloads/vapi, named event__condition."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "payloads" / "vapi"


def names(prefix: str = "") -> list[str]:
    """The payloads there are."""
    return sorted(path.stem for path in FOLDER.glob(f"{prefix}*.json"))


def load(name: str) -> Any:
    """One of them, decoded; a copy of its own."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def raw(payload: Any) -> bytes:
    """As it comes over the wire."""
    return json.dumps(payload, ensure_ascii=False).encode()
