"""What a measure says, as a table on the screen and in benchmarks/results/."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Row:
    """One measured number and its aim. `aim` None: told for itself."""

    measure: str
    value: float
    unit: str
    aim: float | None = None

    @property
    def verdict(self) -> str:
        if self.aim is None:
            return ""
        return "ok" if self.value <= self.aim else "MISSED"


def table(rows: Sequence[Row]) -> str:
    lines = [
        f"| {'measure':<58} | {'value':>10} | {'aim':>10} | {'':<6} |",
        f"|{'-' * 60}|{'-' * 11}:|{'-' * 11}:|{'-' * 8}|",
    ]
    for row in rows:
        aim = f"≤ {row.aim:g} {row.unit}" if row.aim is not None else ""
        lines.append(
            f"| {row.measure:<58} | {row.value:>7.2f} {row.unit:<2} | {aim:>10} | {row.verdict:<6} |"
        )
    return "\n".join(lines)


def save(rows: Sequence[Row]) -> Path:
    """Write the rows as JSON, named by the moment, and the table as latest.md. Returns the JSON's path."""
    RESULTS.mkdir(exist_ok=True)
    at = datetime.now(UTC)
    path = RESULTS / f"{at:%Y%m%dT%H%M%SZ}.json"
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    path.write_text(
        json.dumps(
            {"at": at.isoformat(), "machine": machine, "rows": [asdict(row) for row in rows]}, indent=1
        )
    )
    (RESULTS / "latest.md").write_text(f"{at:%Y-%m-%d}, {machine}\n\n{table(rows)}\n")
    return path
