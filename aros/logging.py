"""One event, one line: timestamp, level, service, orgId, conversationId, message, metadata.

JSON in production, readable on a laptop. `orgId` (the shop) and `conversationId` come from structlog's context
variables, bound by shops.context. Values under a secret's name never leave the process.
"""

import logging
import logging.config
import re
from collections.abc import MutableMapping
from typing import Any

import structlog

Event = MutableMapping[str, Any]
TOP_LEVEL = ("timestamp", "level", "service", "orgId", "conversationId", "message", "metadata")
BOUND = ("timestamp", "level", "orgId", "conversationId")  # what an event brings along itself
SECRET_NAMES = ("secret", "token", "password", "authorization", "api_key", "apikey", "signature", "cookie")


# Secrets inside of a text: the password of an address, a credential of a header.
IN_ADDRESS = re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s:/@]*:)[^\s/@]+(?=@)", re.IGNORECASE)
# A link that opens an account: Django names addresses in what it logs of errors and of forged forms.
IN_LINK = re.compile(r"(/admin/(?:password|invitation)/)[^/\s'\"]{9,}")
IN_HEADER = re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]{8,}", re.IGNORECASE)
# PostgreSQL's DETAIL quotes the row: "Key (phone)=(+39…) already exists."
ROW_OF_A_CUSTOMER = re.compile(
    r"^(DETAIL:).*?(?=^\S+:|^$|^The above|^During handling|\Z)", re.MULTILINE | re.DOTALL
)


def redact(_logger: Any, _method: str, event: Event) -> Event:
    """Replace values whose name says that they are secret, at any depth, and what is secret inside of a text."""
    for key, value in event.items():
        if not key.startswith("_"):  # structlog's own: the record and where it comes from
            event[key] = _redacted(key, value)
    return event


def _redacted(key: str, value: Any) -> Any:
    if any(name in key.lower() for name in SECRET_NAMES):
        return "[redacted]"
    if isinstance(value, str):
        return _without_secrets(value)
    if isinstance(value, dict):
        return {k: _redacted(str(k), v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted("", each) for each in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return _without_secrets(str(value))  # a request, say, which names its address


def _without_secrets(text: str) -> str:
    if "://" in text:
        text = IN_ADDRESS.sub(r"\1[redacted]", text)
    if "/admin/" in text:
        text = IN_LINK.sub(r"\1[redacted]", text)
    if "DETAIL:" in text:
        text = ROW_OF_A_CUSTOMER.sub(r"\1 [redacted]\n", text)
    return IN_HEADER.sub(r"\1 [redacted]", text)


class OneShape:
    """Gather everything that is not one of the seven names under `metadata`."""

    def __init__(self, service: str) -> None:
        self.service = service

    def __call__(self, _logger: Any, _method: str, event: Event) -> Event:
        text = event.pop("event", "")
        given = {k: event[k] for k in list(event) if k not in BOUND and not k.startswith("_")}
        shaped: dict[str, Any] = {name: event.get(name) for name in TOP_LEVEL}
        shaped["message"], shaped["service"] = text, self.service
        shaped["metadata"] = given  # also what the caller named like one of ours: service="Vapi"
        return shaped


def printable(_logger: Any, _method: str, line: str) -> str:
    """Half of a surrogate pair cannot be written; it must not cost the line."""
    return line.encode("utf-8", "backslashreplace").decode()


# Every task twice, every few seconds: on a terminal the lines that matter would scroll away.
TOO_MUCH_FOR_A_TERMINAL = {
    name: {"level": "WARNING"} for name in ("celery.app.trace", "celery.worker.strategy", "celery.beat")
}


def logging_config(*, log_format: str, service: str, level: str) -> None:
    """Send structlog's and the standard library's events through the same processors to standard output."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    final: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if log_format == "json":
        final += [
            OneShape(service),
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
            printable,
        ]
    else:
        final += [structlog.dev.ConsoleRenderer(colors=False), printable]
    logging.captureWarnings(True)
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "one_line": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "processors": final,
                    "foreign_pre_chain": shared,
                }
            },
            "handlers": {
                "out": {
                    "class": "logging.StreamHandler",
                    "formatter": "one_line",
                    "stream": "ext://sys.stdout",
                }
            },
            "root": {"handlers": ["out"], "level": level},
            "loggers": {
                # Django's own request log repeats what shops.middleware logs, with addresses of people in it.
                "django.request": {"level": "ERROR"},
                "django.server": {"level": "ERROR"},
                "httpx": {"level": "WARNING"},
                "faker": {"level": "WARNING"},
                **({} if log_format == "json" else TOO_MUCH_FOR_A_TERMINAL),
            },
        }
    )
