"""A recording that can be fetched: a second of tone, served from this machine while the caller waits."""

import contextlib
import io
import math
import struct
import threading
import wave
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

RATE = 8000


def tone(seconds: float = 1.0) -> bytes:
    """A quiet tone as WAV, 8 kHz mono."""
    samples = (int(3000 * math.sin(2 * math.pi * 440 * n / RATE)) for n in range(int(RATE * seconds)))
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return buffer.getvalue()


class Tape:
    """Where the recording is, and whether somebody fetched it. Without a `url` there is none."""

    def __init__(self, url: str = "") -> None:
        self.url = url
        self._fetched = threading.Event()

    def taken(self) -> None:
        """Somebody has it now."""
        self._fetched.set()

    def wait(self, seconds: float) -> bool:
        """Wait until it was fetched; whether it was."""
        return self._fetched.wait(seconds)


@contextlib.contextmanager
def served(wanted: bool, server_url: str) -> Iterator[Tape]:
    """Serve a recording on 127.0.0.1 while the block runs, if one is wanted and the server is on this
    machine.
    """
    host = urlsplit(server_url).hostname or ""
    if not wanted or not (host == "127.0.0.1" or host == "localhost" or host.endswith(".localhost")):
        yield Tape()
        return
    tape, sound = Tape(), tone()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "audio/wav")
            self.send_header("Content-Length", str(len(sound)))
            self.end_headers()
            self.wfile.write(sound)
            tape.taken()

        def log_message(self, *_args: object) -> None:
            """Silent: the dialogue is on the screen."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as web:
        tape.url = f"http://127.0.0.1:{web.server_port}/recording.wav"
        thread = threading.Thread(target=web.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield tape
        finally:
            web.shutdown()
