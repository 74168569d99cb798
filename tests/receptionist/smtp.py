"""A small mail server on 127.0.0.1 that keeps what it gets and refuses on request."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.policy import default
from typing import Any


@dataclass
class Post:
    """What arrived, and what the server answers at each step ("RCPT": "550 no")."""

    mails: list[Message] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    hang_up_after_data: bool = False
    port: int = 0


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        post: Post = self.server.post  # type: ignore[attr-defined]
        self._say(post.answers.get("GREETING", "220 ready"))
        for line in self.rfile:
            verb = line.split(b" ")[0].strip().decode().upper()
            if verb == "DATA" and "DATA" not in post.answers:
                self._say("354 go on")
                self._keep(post)
                if post.hang_up_after_data:
                    return
                self._say(post.answers.get("END", "250 taken"))
            elif verb == "EHLO":
                self.wfile.write(b"250-here\r\n250-AUTH PLAIN\r\n250 8BITMIME\r\n")
            else:
                usual = {"QUIT": "221 bye", "AUTH": "235 welcome"}.get(verb, "250 ok")
                self._say(post.answers.get(verb, usual))
            if verb == "QUIT":
                return

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    def _keep(self, post: Post) -> None:
        lines: list[bytes] = []
        for line in self.rfile:
            if line == b".\r\n":
                break
            lines.append(line)
        post.mails.append(message_from_bytes(b"".join(lines), policy=default))


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@contextmanager
def serving(settings: Any) -> Iterator[Post]:
    """Start the server and have the settings name it."""
    post = Post()
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.post = post  # type: ignore[attr-defined]
        post.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", post.port
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_TIMEOUT = 3
        try:
            yield post
        finally:
            server.shutdown()
            thread.join(5)
