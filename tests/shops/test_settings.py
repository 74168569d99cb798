"""Settings: production does not start with what a laptop may have, and says which setting is at fault."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

ROOT = Path(__file__).resolve().parents[2]
GOOD = {
    "AROS_ENV": "production",
    "SECRET_KEY": "k" * 50,
    "FIELD_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
    "PUBLIC_URL": "https://app.aros.example",
    "DATABASE_URL": "postgres://aros_app:x@db/aros",
    "DATABASE_OWNER_URL": "postgres://aros_owner:x@db/aros",
    "REDIS_URL": "redis://cache/0",
}
INSECURE_KEY = "insecure-only-for-development-and-tests"
INSECURE_FIELD_KEY = "aW5zZWN1cmUtb25seS1mb3ItZGV2LWFuZC10ZXN0cy4="


CASES = {
    "good": {},
    "no secret key": {"SECRET_KEY": ""},
    "short secret key": {"SECRET_KEY": "short"},
    "secret key of the laptop": {"SECRET_KEY": INSECURE_KEY},
    "debug": {"DEBUG": "1"},
    "no field key": {"FIELD_ENCRYPTION_KEYS": ""},
    "field key of the laptop": {"FIELD_ENCRYPTION_KEYS": INSECURE_FIELD_KEY},
    "short webhook secret": {"VAPI_WEBHOOK_SECRETS": "short"},
    "no address": {"PUBLIC_URL": ""},
    "no database": {"DATABASE_URL": ""},
    "another database": {"DATABASE_URL": "mysql://x@db/aros"},
    "database without a name": {"DATABASE_URL": "postgres://x@db"},
    "no cache": {"REDIS_URL": ""},
    "no owner, for the owner": {"DATABASE_OWNER_URL": "", "AROS_DATABASE_AS": "owner"},
    "no owner, for the web": {"DATABASE_OWNER_URL": ""},
    "no such environment": {"AROS_ENV": "prod"},
    "two faults": {"SECRET_KEY": "", "DEBUG": "1"},
    "laptop": dict.fromkeys(GOOD, "") | {"AROS_ENV": "development"},
}
# Loads the settings once for each environment on standard input, and tells what came of it.
PROGRAM = """
import importlib, json, os, sys
kept = {"PATH": os.environ["PATH"]}
answers = {}
for name, environment in json.load(sys.stdin).items():
    os.environ.clear()
    os.environ.update(kept | {key: value for key, value in environment.items() if value})
    sys.modules.pop("aros.settings", None)
    try:
        s = importlib.import_module("aros.settings")
        answers[name] = [True, [s.DEBUG, s.LOG_FORMAT, s.SESSION_COOKIE_SECURE, s.PLATFORM_HOSTS[0]]]
    except Exception as error:
        answers[name] = [False, f"{type(error).__name__}: {error}"]
print(json.dumps(answers))
"""


@pytest.fixture(scope="module")
def started() -> dict[str, tuple[bool, Any]]:
    """What came of each case: whether the settings loaded, and their values or the error."""
    cases = json.dumps({name: GOOD | changes for name, changes in CASES.items()})
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, cwd=ROOT, input=cases, capture_output=True, text=True, check=True)
    answers: dict[str, tuple[bool, Any]] = json.loads(done.stdout)
    return answers


def test_production_starts_with_everything_in_place(started: dict[str, tuple[bool, Any]]) -> None:
    assert started["good"] == [True, [False, "json", True, "app.aros.example"]]


@pytest.mark.parametrize(
    ("case", "named"),
    [
        ("no secret key", "SECRET_KEY"),
        ("short secret key", "SECRET_KEY"),
        ("secret key of the laptop", "SECRET_KEY"),
        ("debug", "DEBUG"),
        ("no field key", "FIELD_ENCRYPTION_KEYS"),
        ("field key of the laptop", "FIELD_ENCRYPTION_KEYS"),
        ("short webhook secret", "VAPI_WEBHOOK_SECRETS"),
        ("no address", "PUBLIC_URL"),
        ("no database", "DATABASE_URL"),
        ("another database", "DATABASE_URL"),
        ("database without a name", "DATABASE_URL"),
        ("no cache", "REDIS_URL"),
        ("no owner, for the owner", "DATABASE_OWNER_URL"),
        ("no such environment", "AROS_ENV"),
        ("two faults", "SECRET_KEY, DEBUG"),
    ],
)
def test_production_refuses_and_names_the_setting(
    case: str, named: str, started: dict[str, tuple[bool, Any]]
) -> None:
    loaded, error = started[case]
    assert not loaded
    assert error.startswith("ImproperlyConfigured")
    assert named in error
    for secret in (INSECURE_KEY, GOOD["SECRET_KEY"], GOOD["FIELD_ENCRYPTION_KEYS"]):
        assert secret not in error


def test_the_web_needs_no_owner(started: dict[str, tuple[bool, Any]]) -> None:
    assert started["no owner, for the web"][0]


def test_a_laptop_needs_nothing(started: dict[str, tuple[bool, Any]]) -> None:
    assert started["laptop"] == [True, [False, "console", False, "localhost"]]
