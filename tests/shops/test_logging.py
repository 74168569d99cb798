"""One event, one line, one shape; no secret and no customer in it."""

import logging
import subprocess
import sys
import warnings
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import structlog
from django.db import IntegrityError, transaction
from django.test import Client

from scheduling.models import Customer
from shops.context import in_shop, log_conversation
from shops.models import Shop

Lines = Callable[[], list[dict[str, Any]]]
FIELDS = ["timestamp", "level", "service", "orgId", "conversationId", "message", "metadata"]
ROOT = Path(__file__).resolve().parents[2]

log = structlog.get_logger("tests.shops")
plain = logging.getLogger("tests.shops.plain")


def only(lines: list[dict[str, Any]]) -> dict[str, Any]:
    assert len(lines) == 1, lines
    return lines[0]


def test_an_event_has_these_fields_in_this_order(log_lines: Lines) -> None:
    log.info("tool called", tool="book_appointment", ms=12)
    line = only(log_lines())
    assert list(line) == FIELDS
    assert datetime.fromisoformat(line["timestamp"]).utcoffset() is not None
    assert (line["level"], line["message"], line["service"]) == ("info", "tool called", "web")
    assert (line["orgId"], line["conversationId"]) == (None, None)
    assert line["metadata"] == {"tool": "book_appointment", "ms": 12}


def test_the_standard_library_has_the_same_shape(log_lines: Lines) -> None:
    plain.warning("took %d ms", 12, extra={"tool": "x"})
    line = only(log_lines())
    assert list(line) == FIELDS
    assert (line["level"], line["message"], line["metadata"]) == ("warning", "took 12 ms", {"tool": "x"})


def test_python_warnings_are_lines_too(log_lines: Lines) -> None:
    logging.captureWarnings(True)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        logging.getLogger("py.warnings").warning("something is old")
    assert only(log_lines())["message"] == "something is old"


def test_shop_and_conversation_are_bound(log_lines: Lines, rossi: Shop, bianchi: Shop) -> None:
    with in_shop(rossi):
        log_conversation("c-1")
        log.info("inside")
        plain.info("inside, too")
        with in_shop(bianchi):
            log.info("in the other")
        log.info("back")
    log.info("outside")
    lines = {line["message"]: line for line in log_lines()}
    assert {name: line["orgId"] for name, line in lines.items()} == {
        "inside": str(rossi.pk),
        "inside, too": str(rossi.pk),
        "in the other": str(bianchi.pk),
        "back": str(rossi.pk),
        "outside": None,
    }
    assert lines["inside"]["conversationId"] == lines["inside, too"]["conversationId"] == "c-1"


@pytest.mark.parametrize("how", ["structlog", "standard library"])
def test_an_exception_stays_one_line(how: str, log_lines: Lines) -> None:
    try:
        raise ValueError("first line\nsecond line")
    except ValueError:
        (log if how == "structlog" else plain).exception("it failed")
    line = only(log_lines())
    assert line["level"] == "error"
    assert "second line" in line["metadata"]["exception"]


def test_what_is_called_like_our_fields_is_not_lost(log_lines: Lines) -> None:
    log.info("no answer", service="Vapi", message="hello", metadata={"a": 1})
    line = only(log_lines())
    assert (line["service"], line["message"]) == ("web", "no answer")
    assert line["metadata"] == {"service": "Vapi", "message": "hello", "metadata": {"a": 1}}


def test_what_cannot_be_written_costs_nothing(log_lines: Lines) -> None:
    log.info("odd", half="\ud800", newline="a\nb", thing=object(), zone=datetime, è="è")
    line = only(log_lines())
    assert line["metadata"]["è"] == "è"
    assert line["metadata"]["newline"] == "a\nb"
    assert "object" in line["metadata"]["thing"]


SECRET = "s3cr3t-v4lue"


@pytest.mark.parametrize(
    "event",
    [
        {"secret": SECRET},
        {"access_token": SECRET},
        {"Password": SECRET},
        {"X-Vapi-Secret": SECRET},
        {"headers": {"Authorization": f"Bearer {SECRET}"}},
        {"calls": [{"api_key": SECRET}]},
        {"calls": ({"deep": [{"cookie": SECRET}]},)},
        {"url": f"postgres://aros_app:{SECRET}@db:5432/aros"},
        {"text": f"cannot reach redis://:{SECRET}@cache:6379/0 today"},
        {"header": f"authorization was bearer {SECRET}"},
    ],
    ids=str,
)
@pytest.mark.parametrize("how", ["structlog", "standard library"])
def test_secrets_stay_in_the_process(how: str, event: dict[str, Any], log_lines: Lines) -> None:
    if how == "structlog":
        log.info("event", **event)
    else:
        plain.info("event", extra=event)
    line = only(log_lines())
    assert SECRET not in str(line)
    assert "[redacted]" in str(line)


def test_a_secret_in_the_text_itself(log_lines: Lines) -> None:
    plain.error("no connection to %s", f"postgres://aros_app:{SECRET}@db/aros")
    try:
        raise RuntimeError(f"redis://:{SECRET}@cache/0")
    except RuntimeError:
        plain.exception("away")
    assert SECRET not in str(log_lines())
    assert log_lines()[0]["message"] == "no connection to postgres://aros_app:[redacted]@db/aros"


def test_a_link_that_opens_an_account_is_not_in_it(log_lines: Lines, rossi: Shop) -> None:
    """A form that came without its cookie: Django's line about it names the address, and has the request with it."""
    for page in ("password", "invitation"):
        client = Client(SERVER_NAME="rossi.example", enforce_csrf_checks=True)
        assert client.post(f"/admin/{page}/{SECRET}:1xY:z-_9/", {}).status_code == 403
    lines = str(log_lines())
    assert "CSRF" in lines
    assert SECRET not in lines


def test_an_error_of_the_database_tells_nothing_of_the_row(log_lines: Lines, in_rossi: Shop) -> None:
    who = {"phone": "+393331234567", "first_name": "Ludovica"}  # a traceback quotes the line that failed
    Customer.objects.create(**who)
    try:
        with transaction.atomic():
            Customer.objects.create(**who)
    except IntegrityError:
        log.exception("twice")
        plain.exception("twice")
    for line in log_lines():
        assert "duplicate key value" in line["metadata"]["exception"]
        assert "3331234567" not in str(line)
        assert "Ludovica" not in str(line)
        assert "DETAIL: [redacted]" in line["metadata"]["exception"]


PROGRAM = """
import sys
from aros.logging import logging_config
logging_config(log_format=sys.argv[1], service="worker", level="INFO")
import logging, structlog
logging.getLogger("x").debug("not shown")
structlog.get_logger("y").info("shown", n=1, token="geheim")
"""


@pytest.mark.parametrize(("log_format", "beginning"), [("json", '{"timestamp"'), ("console", "20")])
def test_json_in_production_and_readable_on_a_laptop(log_format: str, beginning: str) -> None:
    command = [sys.executable, "-c", PROGRAM, log_format]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    (line,) = done.stdout.splitlines()
    assert line.startswith(beginning)
    assert "shown" in line
    assert "geheim" not in line
