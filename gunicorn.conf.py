"""gunicorn, for the laptop and the image alike; it finds this file by itself. Addresses come from the command line."""

import os

worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
# Requests are short (no model, no outbound call in them): a few threads cover the waits for the database.
threads = int(os.environ.get("WEB_THREADS", "8"))
timeout = 30
graceful_timeout = 20
keepalive = 65  # longer than the proxy in front keeps an idle connection
# A database backend remembers the catalogue of every shop it served: begin afresh now and then.
max_requests = 20_000
max_requests_jitter = 2_000
accesslog = None  # shops.middleware writes one line a request, without addresses of people
errorlog = "-"
