"""One event, one line: timestamp, level, service, orgId, conversationId, message, metadata.

JSON in production, readable on a laptop. `orgId` (the shop) and `conversationId` come from structlog's context
variables, bound by shops.context. Values under a secret's name never leave the process.
"""

import logging
import logging.config
from collections.abc import MutableMapping
from typing import Any

import structlog

Event = MutableMapping[str, Any]
TOP_LEVEL = ("timestamp", "level", "service", "orgId", "conversationId", "message", "metadata")
SECRET_NAMES = ("secret", "token", "password", "authorization", "api_key", "apikey", "signature", "cookie")


def redact(_logger: Any, _method: str, event: Event) -> Event:
    """Replace values whose name says that they are secret, at any depth."""
    for key, value in event.items():
        event[key] = _redacted(key, value)
    return event


def _redacted(key: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _redacted(str(k), v) for k, v in value.items()}
    return "[redacted]" if any(name in key.lower() for name in SECRET_NAMES) else value


class OneShape:
    """Gather everything that is not one of the seven names under `metadata`."""

    def __init__(self, service: str) -> None:
        self.service = service

    def __call__(self, _logger: Any, _method: str, event: Event) -> Event:
        event["message"] = event.pop("event", "")
        event["service"] = self.service
        metadata = {k: event[k] for k in list(event) if k not in TOP_LEVEL and not k.startswith("_")}
        shaped: dict[str, Any] = {name: event.get(name) for name in TOP_LEVEL}
        shaped["metadata"] = metadata
        return shaped


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
        final += [OneShape(service), structlog.processors.JSONRenderer(ensure_ascii=False, default=str)]
    else:
        final += [structlog.dev.ConsoleRenderer(colors=False)]
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
            },
        }
    )
