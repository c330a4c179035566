"""HTTP of which every request ends: a thread beside it cuts the connection when the time is up.

A read timeout bounds only the silence between two bytes. A server that sends a byte a second, in the status
line, the headers, the sizes of chunks or the body, or `100 Continue` for ever, is never silent; so the socket
itself is shut, which ends whatever waits for it, with TLS too. (The handshake has its own end: the connect
timeout is for all of it.)

Beside that, what `requests` does without a bound is switched off: it reads the bodies of redirects to their
end, and keeps every cookie.
"""

import http.client
import re
import socket
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from weakref import WeakSet

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager

from minillm.wikipedia.replies import printable

_CUT_AGAIN_SECONDS = 0.5  # a connection that was being made when the time was up is cut as soon as it stands
_PIECE_BYTES = 2**16


class TooLargeError(Exception):
    """A body of more bytes than are allowed."""


class TimeLimit:
    """When a request has to be over; `extend` moves the end."""

    def __init__(self, seconds: float) -> None:
        self.is_over = False
        self.extend(seconds)

    def extend(self, seconds: float) -> None:
        """Let it take so many seconds from now on."""
        self.end = time.monotonic() + seconds


class Session(requests.Session):
    """Connections that stay open, that can be cut, and that keep no cookies."""

    def __init__(self) -> None:
        super().__init__()
        self._sockets: WeakSet[socket.socket] = WeakSet()
        self._lock = threading.Lock()
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        for scheme in ("http://", "https://"):
            self.mount(scheme, _Adapter(self._opened))

    @contextmanager
    def time_limit(self, seconds: float) -> Iterator[TimeLimit]:
        """Cut what is open once the time is up; one request at a time."""
        limit, is_done = TimeLimit(seconds), threading.Event()
        clock = threading.Thread(target=self._watch, args=(limit, is_done), daemon=True)
        clock.start()
        try:
            yield limit
        finally:
            is_done.set()
            clock.join()

    def get_redirect_target(self, _response: requests.Response) -> None:
        """None is followed here: requests would read the redirect's body first, however long it is."""
        return

    def _opened(self, opened: socket.socket) -> None:
        with self._lock:
            self._sockets.add(opened)

    def _watch(self, limit: TimeLimit, is_done: threading.Event) -> None:
        while not is_done.wait(max(0.0, limit.end - time.monotonic())):
            if time.monotonic() >= limit.end:
                limit.is_over = True
                break
        while not is_done.is_set():
            with self._lock:
                sockets = list(self._sockets)
            for each in sockets:
                with suppress(OSError):  # closed already
                    # That of the plain socket: a TLS socket's own would forget its key under the reader.
                    socket.socket.shutdown(each, socket.SHUT_RDWR)
            is_done.wait(_CUT_AGAIN_SECONDS)


class _Adapter(HTTPAdapter):
    """Tells of each socket that is opened."""

    def __init__(self, opened: Any) -> None:
        self._pools = {
            "http": _told(HTTPConnectionPool, opened),
            "https": _told(HTTPSConnectionPool, opened),
        }
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> PoolManager:
        manager: PoolManager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager


class _Response(http.client.HTTPResponse):
    """Refuses a chunk of -1 bytes, which the standard library reads as all that will ever come."""

    def _read_next_chunk_size(self) -> int:
        size: int = super()._read_next_chunk_size()  # type: ignore[misc]
        if size < 0:
            raise ValueError(f"a chunk of {size} bytes")
        return size


def _told(pool: type[HTTPConnectionPool], opened: Any) -> type[HTTPConnectionPool]:
    connection: Any = pool.ConnectionCls

    def connect(self: Any) -> None:
        connection.connect(self)
        opened(self.sock)

    members = {"connect": connect, "response_class": _Response}
    return type(pool.__name__, (pool,), {"ConnectionCls": type(connection.__name__, (connection,), members)})


def read_body(response: requests.Response, most_bytes: int) -> bytes:
    """The whole body, unpacked if it is gzip; TooLargeError if it is longer, packed or unpacked."""
    body = bytearray()
    while piece := response.raw.read(_PIECE_BYTES, decode_content=False):
        body += piece
        if len(body) > most_bytes:
            raise TooLargeError(f"a reply of more than {most_bytes} bytes")
    encoding = response.headers.get("Content-Encoding", "")
    if not re.fullmatch("(x-)?gzip", encoding.strip(), re.ASCII | re.IGNORECASE):
        return bytes(body)
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        unpacked = unpacking.decompress(bytes(body), most_bytes + 1)
    except zlib.error:
        return bytes(body)  # no gzip: whoever reads it says what it is not
    if len(unpacked) > most_bytes:
        raise TooLargeError(f"a reply of more than {most_bytes} bytes")
    return unpacked


def retry_after_seconds(response: requests.Response) -> float | None:
    """The header as seconds from now; it holds seconds or a date (RFC 9110, 10.2.3)."""
    value = response.headers.get("Retry-After", "").strip()
    if re.fullmatch("[0-9]+", value):
        return float(value[:9])
    try:
        date = parsedate_to_datetime(value)
        date = date.replace(tzinfo=UTC) if date.tzinfo is None else date
        return max(0.0, (date - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError, IndexError, OverflowError):  # what the parser makes of dates that are none
        return None


def in_short(error: Exception) -> str:
    """The innermost reason: requests and urllib3 wrap it several times."""
    while True:
        inner = next((each for each in error.args if isinstance(each, Exception)), None)
        inner = inner or getattr(error, "reason", None)
        if not isinstance(inner, Exception):
            return f"{type(error).__name__}: {printable(str(error))}"
        error = inner
