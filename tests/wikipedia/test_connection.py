"""What a server may put on the wire in place of a reply: it is bytes, or one line."""

import gzip
from collections.abc import Iterator

import pytest
import requests
from hypothesis import example, given
from hypothesis import strategies as st

from minillm.errors import InputError
from minillm.wikipedia.connection import Session, read_body
from minillm.wikipedia.retries import TransientError
from tests.wikipedia.wire import speaking

BODY = b'{"query": {}}'
CHUNKED = b"d\r\n" + BODY + b"\r\n0\r\nTrailer: x\r\n\r\n"
HEAD = b"HTTP/1.1 200 OK\r\nDate: Mon, 02 Nov 2026 01:00:00 GMT\r\n"
REPLIES = [
    HEAD + b"Content-Length: 13\r\n\r\n" + BODY,
    HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKED,
    HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(BODY, mtime=0),
    b"HTTP/1.1 302 Found\r\nLocation: /there?a=%41\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: Mon, 02 Nov 2026 01:00:00 GMT\r\n\r\n",
    b"HTTP/1.1 404 Not Found\r\n\r\n<html>",
]
ODD_BYTES = st.binary(max_size=8) | st.sampled_from(
    [
        *(b"\x00", b"\r\n", b"\x1b[2J", b"%00", b"-1", b"9" * 5000, b"x" * 70_000),
        *(b"http://[", b"http://a%00b/", b"//"),
    ]
)


class Wire:
    """A server that sends `reply` to whoever connects, and hangs up."""

    url: str
    reply = b""

    def asked(self, redirects: int = 0) -> bytes | str:
        """The body, or the line in its place; any other exception is a bug."""
        try:
            with (
                Session("extract.api_url = x", "") as session,
                session.time_limit(30, "a reply"),
                session.opened(self.url, redirects=redirects) as response,
            ):
                return read_body(response, 2**20)
        except (TransientError, InputError) as error:
            line = str(error)
        assert line.isprintable()
        assert len(line) < 1000
        return line


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    wire = Wire()
    with speaking(lambda connection, _request: connection.sendall(wire.reply)) as wire.url:
        yield wire


def test_honest_replies_are_read(wire: Wire) -> None:
    read = []
    for wire.reply in REPLIES:
        read.append(wire.asked())
    assert read[:3] == [BODY] * 3
    assert str(read[3]).startswith("extract.api_url = x: moved to /there?a=%41, after 0 redirects")
    assert read[4] == "HTTP 429"
    assert str(read[5]).startswith("extract.api_url = x: HTTP 404 Not Found, <html>; check the address")


@given(
    reply=st.sampled_from(REPLIES),
    place=st.floats(0, 1),
    removed=st.integers(0, 20),
    added=ODD_BYTES,
    redirects=st.integers(0, 2),
)
def test_a_reply_changed_anywhere_is_bytes_or_one_line(
    wire: Wire, reply: bytes, place: float, removed: int, added: bytes, redirects: int
) -> None:
    start = round(place * len(reply))
    wire.reply = reply[:start] + added + reply[start + removed :]
    wire.asked(redirects)


@pytest.mark.parametrize(
    "header",
    [
        *(
            f"Content-Length: {value}"
            for value in ("abc", "-5", "1_3", "9" * 5000, "13, 13", "13, 14", "\x00", "")
        ),
        *(f"Content-Encoding: {value}" for value in ("br", "zstd", "gzip, gzip", "\x00")),
        *(f"Transfer-Encoding: {value}" for value in ("gzip", "chunked, chunked", "identity")),
        "no colon",
        ": no name",
        "Set-Cookie: \x00=\x01; Max-Age=x; Expires=x",
        "Content-Type: \x00; charset=\x00",
    ],
)
def test_a_header_that_is_none_is_no_traceback(wire: Wire, header: str) -> None:
    wire.reply = HEAD + header.encode() + b"\r\n\r\n" + BODY
    assert wire.asked() in (BODY, BODY[:10]) or isinstance(wire.asked(), str)


@pytest.mark.parametrize(
    "target",
    [
        *(
            "http://[",
            "http://a%00b/",
            "http://%00/",
            "http://a\x00b/",
            "//",
            "http:///",
            "http://a:x/",
            "?",
            "#",
        ),
        *(
            "http://.a/",
            f"http://{'a' * 64}.example/",
            "file:///etc/passwd",
            "http://\xff/",
            "http://a:99999/",
        ),
    ],
)
def test_a_redirect_to_nowhere_is_one_line(wire: Wire, target: str) -> None:
    wire.reply = b"HTTP/1.1 302 Found\r\nLocation: " + target.encode("latin-1") + b"\r\n\r\n"
    assert isinstance(wire.asked(2), str)


@pytest.mark.parametrize(
    "environment",
    [
        {"REQUESTS_CA_BUNDLE": "/nowhere.pem"},
        {"HTTPS_PROXY": "x://["},
        {"HTTPS_PROXY": "nonsense://"},
        {"HTTPS_PROXY": "http://127.0.0.1:9"},
    ],
)
def test_certificates_and_proxies_that_are_not_there_are_one_line(
    wire: Wire, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.setattr(wire, "url", "https://w.invalid/api.php")
    assert isinstance(wire.asked(), str)


@given(st.text(st.characters(max_codepoint=255)) | st.from_regex(r"\w{3}, \d+ \w{3} \d+ [\d:]+ [+-]?\w+"))
@example("Tue, 02 Nov 99999 01:00:00 GMT")
@example("Mon, 01 Jan 0001 00:00:00 +2359")
@example("9" * 5000)
def test_any_retry_after_is_seconds(value: str) -> None:
    response = requests.Response()
    response.headers["Retry-After"] = value
    assert 0 <= TransientError("", response).retry_after_seconds <= 10**9
