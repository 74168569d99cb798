"""Fetching a file from an address that somebody else wrote down.

The address comes from a webhook, so it may point anywhere. Only public addresses are connected to: the
check is made on the connected socket, after the name was looked up, so that a name which changes its answer
gains nothing. Redirects are followed by hand, each checked like the first. Only https in production.
Nothing is kept in memory.
"""

import hashlib
import ipaddress
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO, Any
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from shops.http import RETRYABLE_STATUSES, OutboundError

MAX_REDIRECTS = 3
CONNECT_TIMEOUT = 5  # seconds
READ_TIMEOUT = 20  # seconds between bytes
PIECE = 256 * 1024
# Where a network's translator leads to the IPv4 address in the last four bytes (RFC 6052).
TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")


class PrivateAddress(urllib3.exceptions.HTTPError):
    """The name leads to a machine that is not public."""


def _refuse_private(connection: HTTPConnection) -> None:
    if settings.DOWNLOAD_FROM_PRIVATE_ADDRESSES:
        return
    if not is_public(connection.sock.getpeername()[0].partition("%")[0]):
        connection.close()
        raise PrivateAddress("the address is not public")


def is_public(name: str) -> bool:
    """Whether an address is of a public machine; one that stands for an IPv4 address is what that is."""
    address = ipaddress.ip_address(name)
    if isinstance(address, ipaddress.IPv6Address) and (address.ipv4_mapped or address in TRANSLATED):
        address = ipaddress.IPv4Address(address.packed[-4:])
    return address.is_global and not address.is_multicast


class _PublicHTTP(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        _refuse_private(self)


class _PublicHTTPS(HTTPSConnection):
    def _new_conn(self) -> Any:
        # Checked before the TLS handshake: a private machine is not even greeted.
        self.sock = super()._new_conn()
        _refuse_private(self)
        return self.sock


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _PublicHTTP


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _PublicHTTPS


class _PublicOnly(HTTPAdapter):
    """An adapter whose connections end at public machines."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}


@dataclass
class Download:
    """A fetched file, open at its start; gone when the context ends."""

    file: IO[bytes]
    content_type: str
    size: int
    sha256: str


class TooLarge(OutboundError):
    """The file is larger than the caller takes."""

    def __init__(self, service: str, max_bytes: int) -> None:
        super().__init__(service, f"larger than {max_bytes} bytes", permanent=True)


@contextmanager
def fetch(
    service: str,
    url: str,
    *,
    max_bytes: int,
    max_seconds: float,
    headers: Mapping[str, str] | None = None,
) -> Iterator[Download]:
    """Download `url` into a temporary file.

    `max_bytes` and `max_seconds` bound the whole download. `headers` (a token) go to the host of `url` and are not
    taken along when it redirects to another. Raises OutboundError: permanent for an address that is not allowed, a
    file that is too large (TooLarge) and statuses that will not change.
    """
    deadline = time.monotonic() + max_seconds
    with requests.Session() as session, TemporaryFile() as file:
        session.trust_env = False  # no proxy and no .netrc from the environment
        for scheme in ("http://", "https://"):
            session.mount(scheme, _PublicOnly())
        with _get(service, session, url, headers or {}) as response:
            size, digest = _copy(service, response, file, max_bytes, deadline)
            content_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        file.seek(0)
        yield Download(file=file, content_type=content_type, size=size, sha256=digest)


def _get(service: str, session: requests.Session, url: str, headers: Mapping[str, str]) -> requests.Response:
    first = url
    for _hop in range(MAX_REDIRECTS + 1):
        _refuse_address(service, url)
        response = _get_once(service, session, url, headers if _same_host(first, url) else {})
        if not response.is_redirect:
            return _checked(service, response)
        url = urljoin(url, response.headers["Location"])
        response.close()
    raise OutboundError(service, "too many redirects", permanent=True)


def _refuse_address(service: str, url: str) -> None:
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise OutboundError(service, "the address is not valid", permanent=True) from error
    allowed = ("https",) if settings.PRODUCTION else ("http", "https")
    if parts.scheme not in allowed or not host:
        raise OutboundError(service, f"the address is not {' or '.join(allowed)}", permanent=True)
    if parts.username or parts.password:
        raise OutboundError(service, "the address carries a login", permanent=True)


def _same_host(first: str, url: str) -> bool:
    """Scheme, host and port alike: a token that went to one may go to the other. Both were found valid."""
    one, other = urlsplit(first), urlsplit(url)
    return (one.scheme, one.hostname, one.port) == (other.scheme, other.hostname, other.port)


def _get_once(
    service: str, session: requests.Session, url: str, headers: Mapping[str, str]
) -> requests.Response:
    try:
        return session.get(
            url,
            stream=True,
            allow_redirects=False,
            timeout=(CONNECT_TIMEOUT, READ_TIMEOUT),
            headers={"Accept-Encoding": "identity", **headers},
        )
    except PrivateAddress as error:
        raise OutboundError(service, str(error), permanent=True) from error
    except requests.RequestException as error:
        permanent = isinstance(error, ValueError)  # requests' invalid addresses and schemes
        raise OutboundError(service, f"no answer ({type(error).__name__})", permanent=permanent) from error
    except (urllib3.exceptions.HTTPError, UnicodeError) as error:
        raise OutboundError(service, "the address is not valid", permanent=True) from error


def _checked(service: str, response: requests.Response) -> requests.Response:
    status = response.status_code
    if response.ok:
        return response
    response.close()
    # 404 may still become a file: a link is often announced before its upload is done.
    permanent = 400 <= status < 500 and status not in {*RETRYABLE_STATUSES, 404}
    raise OutboundError(service, f"refused (status {status})", status=status, permanent=permanent)


def _copy(
    service: str, response: requests.Response, file: IO[bytes], max_bytes: int, deadline: float
) -> tuple[int, str]:
    announced = response.headers.get("Content-Length", "")
    if announced.isdigit() and int(announced) > max_bytes:
        raise TooLarge(service, max_bytes)
    size, digest = 0, hashlib.sha256()
    try:
        # What has come, not a whole piece: one that comes in drops would take for ever.
        while piece := response.raw.read1(PIECE, decode_content=True):
            size += len(piece)
            if size > max_bytes:
                raise TooLarge(service, max_bytes)
            if time.monotonic() > deadline:
                raise OutboundError(service, "took too long")
            digest.update(piece)
            file.write(piece)
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        raise OutboundError(service, f"broke off ({type(error).__name__})") from error
    if announced.isdigit() and size < int(announced):
        raise OutboundError(service, "broke off")
    return size, digest.hexdigest()
