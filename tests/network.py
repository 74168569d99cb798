"""Closes the network for the tests: only this machine may be reached."""

import ipaddress
import socket
from typing import Any

ADVICE = (
    "This test tried to reach {host}, outside of this machine. Fake the answer with the `responses` library "
    "(recorded payloads stand in tests/payloads), or serve it from 127.0.0.1."
)


class NetworkCallNotFaked(AssertionError):
    """A call went out that no test faked."""


def is_here(host: Any) -> bool:
    if host in (None, "", "localhost", b"localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def close_network() -> None:
    """Replace connect and name look-up for the rest of this process."""
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def refuse(host: Any) -> None:
        if not is_here(host):
            raise NetworkCallNotFaked(ADVICE.format(host=host))

    def guarded_connect(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            refuse(address[0])
        return connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            refuse(address[0])
        return connect_ex(self, address)

    def guarded_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        refuse(host)
        return getaddrinfo(host, *args, **kwargs)

    socket.socket.connect = guarded_connect  # type: ignore[method-assign,assignment]
    socket.socket.connect_ex = guarded_connect_ex  # type: ignore[method-assign,assignment]
    socket.getaddrinfo = guarded_getaddrinfo
