"""Places for servers that a test starts itself, removed afterwards."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import place as places
from sandbox.place import Place
from sandbox.postgres import EmbeddedPostgres
from sandbox.watchdog import stop_postgres, stop_valkey


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder, as `make run DATA=…` gets it."""
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture
def place(data: Path) -> Iterator[Place]:
    """The servers' place of that folder; whatever runs there is stopped and removed."""
    found = places.for_data(data)
    yield found
    stop_postgres(found.folder / "postgres")
    stop_valkey(found.folder / "valkey")
    if found.folder != data:
        shutil.rmtree(found.folder)


@pytest.fixture
def postgres(place: Place) -> EmbeddedPostgres:
    """A server on that place, not started; it does not wait for the disk."""
    return EmbeddedPostgres(place, throwaway=True)
