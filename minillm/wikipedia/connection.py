"""HTTP of which every request ends: a thread beside it cuts the connection when the time is up.

A read timeout bounds only the silence between two bytes. A server that sends a byte a second, in the status
line, the headers, the sizes of chunks or the body, or `100 Continue` for ever, is never silent; so the socket
itself is shut, which ends whatever waits for it, with TLS too. (The handshake has its own end: the connect
timeout is for all of it.)

Beside that, what `requests` does without a bound is switched off: it reads the bodies of redirects to their
end, and keeps every cookie.

What may pass is a TransientError; what stays the same however often one asks, an InputError, and so are an
address that is none, and proxies or certificates of the environment that are not there.
"""

import http.client
import re
import socket
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.cookiejar import DefaultCookiePolicy
from importlib.metadata import version
from typing import Any
from urllib.parse import urljoin
from weakref import WeakSet

import requests
from requests.adapters import HTTPAdapter
from requests.exceptions import InvalidHeader
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.exceptions import HTTPError

from minillm.errors import InputError, shown
from minillm.wikipedia.replies import printable
from minillm.wikipedia.retries import RETRIES, TransientError

_CONNECT_SECONDS, _SILENCE_SECONDS = 10.0, 60.0
_CUT_AGAIN_SECONDS = 0.5  # a connection that was being made when the time was up is cut as soon as it stands
_PIECE_BYTES = 2**16
_WORDS_BYTES = 1000  # of an error's page
_REDIRECTS = {301, 302, 303, 307, 308}


class TimeLimit:
    """When a request has to be over; `extend` moves the end."""

    def __init__(self, seconds: float) -> None:
        self.is_over = False
        self.extend(seconds)

    def extend(self, seconds: float) -> None:
        """Let it take so many seconds from now on."""
        self.end = time.monotonic() + seconds


class Session(requests.Session):
    """Connections that stay open, that can be cut, and that keep no cookies.

    `source`: the parameter that names the server, and its value, for messages.
    """

    def __init__(self, source: str, contact: str) -> None:
        super().__init__()
        self.source = source
        self.headers["User-Agent"] = user_agent(contact)
        self._sockets: WeakSet[socket.socket] = WeakSet()
        self._lock = threading.Lock()
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        for scheme in ("http://", "https://"):
            self.mount(scheme, _Adapter(self._remember))

    @contextmanager
    def time_limit(self, seconds: float, what: str) -> Iterator[TimeLimit]:
        """Cut what is open once the time for `what` is up; one request at a time.

        Raises TransientError then, and for whatever else network and server may do to a reply.
        """
        limit, is_done = TimeLimit(seconds), threading.Event()
        clock = threading.Thread(target=self._watch, args=(limit, is_done), daemon=True)
        clock.start()
        fault: TransientError | None = None
        try:
            yield limit
        except TransientError as error:
            fault = error
        except HTTPError as error:
            fault = TransientError(in_short(error))
        finally:
            is_done.set()
            clock.join()
        if limit.is_over:
            fault = TransientError(f"{what} was not there after {seconds:.0f} s")
        if fault:
            raise fault

    def opened(self, url: str, *, redirects: int = 0, **request: Any) -> requests.Response:
        """The reply to a GET, its body still to be read: one with HTTP 200, 206 or 416.

        Of another status TransientError or InputError; the bodies of redirects are not read.
        """
        address, target = url, ""
        for _ in range(redirects + 1):
            try:
                address = urljoin(address, target)
                response = self.get(
                    address, stream=True, timeout=(_CONNECT_SECONDS, _SILENCE_SECONDS), **request
                )
            except (requests.ConnectionError, requests.Timeout, InvalidHeader) as error:
                raise TransientError(in_short(error)) from None
            except (ValueError, OSError) as error:  # OSError: of files that the environment names
                raise InputError(
                    f"{self.source}: {printable(f'{target} {in_short(error)}')}; check the address, and the "
                    "environment's proxies and certificates"
                ) from None
            status, target = response.status_code, response.headers.get("Location", "")
            if status in (200, 206, 416):
                return response
            with response:
                if RETRIES.is_retry("GET", status, "Retry-After" in response.headers):
                    raise TransientError(f"HTTP {status}", response)
                if status not in _REDIRECTS or not target:
                    words = response.raw.read(_WORDS_BYTES, decode_content=False).decode(errors="replace")
                    advice = "extract.contact" if status == 403 else "the address"
                    said = printable(f"{response.reason}, {words}")
                    raise InputError(f"{self.source}: HTTP {status} {said}; check {advice}")
        raise InputError(
            f"{self.source}: moved to {printable(target)}, after {redirects} redirects; write that address"
        )

    def get_redirect_target(self, _response: requests.Response) -> None:
        """None that requests follows: it would read the redirect's body first, however long it is."""
        return

    def _remember(self, opened: socket.socket) -> None:
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
    """The whole body, unpacked if it is gzip; TransientError if it is longer, packed or unpacked."""
    body = bytearray()
    while piece := response.raw.read(_PIECE_BYTES, decode_content=False):
        body += piece
        if len(body) > most_bytes:
            raise TransientError(f"a reply of more than {most_bytes} bytes")
    encoding = response.headers.get("Content-Encoding", "")
    if not re.fullmatch("(x-)?gzip", encoding.strip(), re.ASCII | re.IGNORECASE):
        return bytes(body)
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        unpacked = unpacking.decompress(bytes(body), most_bytes + 1)
    except zlib.error:
        return bytes(body)  # no gzip: whoever reads it says what it is not
    if len(unpacked) > most_bytes:
        raise TransientError(f"a reply of more than {most_bytes} bytes")
    return unpacked


def in_short(error: Exception) -> str:
    """The innermost reason: requests and urllib3 wrap it several times."""
    while True:
        inner = next((each for each in error.args if isinstance(each, Exception)), None)
        inner = inner or getattr(error, "reason", None)
        if not isinstance(inner, Exception):
            return f"{type(error).__name__}: {printable(str(error))}"
        error = inner


def check_contact(contact: str) -> None:
    """InputError if it does not say whom to write to, or cannot stand in a header."""
    is_header_safe = contact.isascii() and contact.isprintable() and not set(contact) & set("()")
    if not (is_header_safe and ("@" in contact or "://" in contact)):
        raise InputError(
            f"extract.contact = {shown(contact)}: a wiki has to know whom to write to when a download "
            "disturbs it; write your e-mail address or the URL of your user page, in ASCII: "
            "dvc exp run -S extract.contact=you@example.org"
        )


def user_agent(contact: str) -> str:
    """`name/version (contact) library/version`, the form of Wikimedia's User-Agent policy."""
    whom = f" ({contact})" if contact else ""
    return f"miniLLM/{version('minillm')}{whom} python-requests/{requests.__version__}"
