"""gunicorn, for the laptop and the image alike; it finds this file by itself. Addresses come from the command line."""

import os
import sys
from typing import Any

from gunicorn.glogging import Logger

from aros.logging import logging_config


class OneLineLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's own words, from before Django is loaded too, in the shape of every other line."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        in_production = os.environ.get("AROS_ENV", "production") == "production"
        logging_config(
            log_format=os.environ.get("LOG_FORMAT", "json" if in_production else "console"),
            service=os.environ.get("AROS_SERVICE", "web"),
            level=os.environ.get("LOG_LEVEL", "INFO"),
        )
        self.error_log.handlers.clear()
        self.error_log.propagate = True


logger_class = OneLineLogger
worker_class = "gthread"
# Two for each core, as one of them often waits for the database; memory is the limit on large machines.
workers = int(os.environ.get("WEB_CONCURRENCY") or min(2 * (os.cpu_count() or 1), 8))
# Requests are short (no model, no outbound call in them): a few threads cover the waits for the database.
threads = int(os.environ.get("WEB_THREADS", "4"))
timeout = 30
graceful_timeout = 20
keepalive = 65  # longer than the proxy in front keeps an idle connection
# A database backend remembers the catalogue of every shop it served: begin afresh now and then.
max_requests = 20_000
max_requests_jitter = 2_000
accesslog = None  # shops.middleware writes one line a request, without addresses of people
errorlog = "-"

# A thread whose answer came from the database takes its turn after half a millisecond, not after five: it may hold
# the lock for which others wait.
sys.setswitchinterval(0.0005)
