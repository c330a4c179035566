import gzip
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from minillm.errors import InputError
from minillm.wikipedia import api
from minillm.wikipedia.api import WikiApi
from tests.wikipedia.faulty_server import Answer, Fault, FaultyServer, Request, json_answer

CONTACT = "prueba@example.org"
REPLY = {"batchcomplete": True, "query": {"pages": [{"pageid": 1, "title": "Ávila"}]}}


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with FaultyServer(lambda _request: json_answer(REPLY)).running() as server:
        yield server


@pytest.fixture
def waits() -> list[float]:
    """Seconds that the client would have slept."""
    return []


@pytest.fixture
def client(server: FaultyServer, waits: list[float]) -> WikiApi:
    return WikiApi(server.url, CONTACT, sleep=waits.append)


def ask(client: WikiApi) -> list[dict[str, object]]:
    return list(client.read(dict, prop="info", pageids="1"))


def test_a_query_is_answered(client: WikiApi, server: FaultyServer) -> None:
    assert ask(client) == [REPLY["query"]]
    (request,) = server.requests
    assert request.params == {
        "action": "query",
        "format": "json",
        "formatversion": "2",
        "maxlag": "5",
        "prop": "info",
        "pageids": "1",
    }


def test_a_packed_reply_is_unpacked(client: WikiApi, server: FaultyServer) -> None:
    plain = json_answer(REPLY)
    server.answer = lambda _: Answer(200, {"Content-Encoding": "gzip"}, gzip.compress(plain.body))
    assert ask(client) == [REPLY["query"]]


def test_the_connection_stays_open(client: WikiApi, server: FaultyServer) -> None:
    for _ in range(5):
        ask(client)
    assert all(request.headers.get("Connection") == "keep-alive" for request in server.requests)
    assert len(server.requests) == 5


def test_continue_is_followed_whole_and_an_endless_one_is_left(client: WikiApi, server: FaultyServer) -> None:
    def answer(request: Request) -> Answer:
        step = int(request.params.get("gapcontinue", 0))
        following = {"gapcontinue": min(step + 1, 3), "continue": "gapcontinue||"}
        return json_answer({"continue": following, "query": {"step": step}})

    server.answer = answer
    assert [query["step"] for query in ask(client)] == [0, 1, 2, 3]
    assert [request.params.get("continue") for request in server.requests] == [None, *["gapcontinue||"] * 3]


def test_waits_grow_and_the_tries_are_bounded(
    client: WikiApi, server: FaultyServer, waits: list[float]
) -> None:
    ask(client)
    server.faults.extend([Fault("drop")] * 100)
    with pytest.raises(InputError, match=r"given up after 10 tries \(RemoteDisconnected: .*again later"):
        ask(client)
    assert len(server.requests) == 11
    steps = [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert all(step <= wait <= step + 1 for step, wait in zip(steps, waits, strict=True))
    assert len({wait - step for step, wait in zip(steps, waits, strict=True)}) > 5  # jitter


@pytest.mark.parametrize("kind", ["seconds", "date"])
def test_retry_after_is_honoured(
    client: WikiApi,
    server: FaultyServer,
    waits: list[float],
    capsys: pytest.CaptureFixture[str],
    kind: str,
) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    value = "90" if kind == "seconds" else date
    server.faults.append(Fault(status=429, headers={"Retry-After": value}))
    assert ask(client) == [REPLY["query"]]
    assert waits == [pytest.approx(90, abs=5)]
    said = f"extract.api_url = {server.url}: HTTP 429; asking again in {waits[0]:.0f} s\n"
    assert capsys.readouterr().err == said


@pytest.mark.parametrize("value", ["", "soon", "-5", "Tue, 99 Nov 2026", "١٢", "0", "9" * 5000])
def test_a_senseless_retry_after_is_a_back_off(
    client: WikiApi, server: FaultyServer, waits: list[float], value: str
) -> None:
    headers = {"Retry-After": value.encode().decode("latin-1")}
    server.faults.append(Fault(status=503, headers=headers))
    assert ask(client) == [REPLY["query"]]
    assert waits == [1.0]


@pytest.mark.parametrize("seconds", [3600, 365 * 86_400])
def test_a_wiki_that_wants_to_be_left_alone_for_long_is(
    client: WikiApi, server: FaultyServer, waits: list[float], seconds: int
) -> None:
    server.faults.append(Fault(status=429, headers={"Retry-After": str(seconds)}))
    with pytest.raises(
        InputError, match=rf"HTTP 429.*; run it again in {seconds} s: what is downloaded stays"
    ):
        ask(client)
    assert waits == []


def test_a_wiki_that_is_down_from_the_start_is_soon_said(waits: list[float]) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    client = WikiApi(f"http://127.0.0.1:{port}/w/api.php", CONTACT, sleep=waits.append)
    with pytest.raises(InputError, match=r"no answer from a MediaWiki API in 3 tries \(.*refused"):
        ask(client)
    assert len(waits) == 2


def test_an_address_of_something_else_is_soon_said(client: WikiApi, server: FaultyServer) -> None:
    server.faults.extend([Fault("html")] * 100)
    with pytest.raises(InputError, match=r"in 3 tries \(\d+ bytes that are no JSON\); check the address"):
        ask(client)
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (
            Fault(status=403, body=b"Please set a user-agent"),
            r"HTTP 403 Forbidden, Please set a user-agent; check extract\.contact",
        ),
        (Fault(status=404), "HTTP 404 Not Found, .*; check the address"),
        (Fault(status=301, headers={"Location": "https://example.org/"}), "moved to https://example.org/"),
    ],
)
def test_what_stays_the_same_is_not_asked_again(
    client: WikiApi, server: FaultyServer, fault: Fault, message: str
) -> None:
    ask(client)
    server.faults.append(fault)
    with pytest.raises(InputError, match=message):
        ask(client)
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("error", "is_asked_again"),
    [
        ("maxlag", True),
        ("ratelimited", True),
        ("readonly", True),
        ("internal_api_error_DBQueryError", True),
        ("toomanyvalues", False),
        ("badvalue", False),
    ],
)
def test_errors_with_http_200_are_told_apart(
    client: WikiApi, server: FaultyServer, waits: list[float], error: str, is_asked_again: bool
) -> None:
    body = json_answer({"error": {"code": error, "info": "Some\nwords"}}).body
    server.faults.append(Fault(body=body, headers={"Retry-After": "5"}))
    if is_asked_again:
        assert ask(client) == [REPLY["query"]]
        assert len(waits) == 1
        assert waits[0] >= 5
    else:
        with pytest.raises(InputError, match=f"refused, {error}: Some words"):
            ask(client)


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'"x"', b"\xff", b"[" * 100_000, b'{"a": 1'])
def test_a_body_that_is_no_object_is_asked_again(client: WikiApi, server: FaultyServer, body: bytes) -> None:
    server.faults.append(Fault(body=body))
    assert ask(client) == [REPLY["query"]]
    assert len(server.requests) == 2


def test_a_reply_that_trickles_in_for_ever_is_left(
    client: WikiApi, server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "_REPLY_SECONDS", 0.2)
    server.faults.append(Fault("trickle", seconds=5))
    assert ask(client) == [REPLY["query"]]
    assert len(server.requests) > 1


def test_a_reply_without_end_does_not_fill_the_memory(
    client: WikiApi, server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "_MAX_REPLY_BYTES", 1000)
    bomb = Answer(200, {"Content-Encoding": "gzip"}, gzip.compress(b" " * 10_000_000))
    server.faults.append(Fault(headers=bomb.headers, body=bomb.body))
    assert ask(client) == [REPLY["query"]]
    assert len(server.requests) == 2


def test_a_public_wiki_is_asked_at_most_150_times_a_minute(server: FaultyServer, waits: list[float]) -> None:
    # 127.1 is this machine too, under a name that the client does not know.
    client = WikiApi(server.url.replace("127.0.0.1", "127.1"), CONTACT, sleep=waits.append)
    start = time.monotonic()
    for _ in range(5):
        ask(client)
    assert sum(waits) >= 4 * 0.4 - (time.monotonic() - start)
    assert len(waits) == 4
    assert max(waits) <= 0.4


@pytest.mark.parametrize("contact", ["", "nobody", "a@b.c\r\nX-Evil: 1", "ñandú@b.c", "(a@b.c)"])
def test_a_contact_is_required(contact: str) -> None:
    with pytest.raises(InputError, match=r"extract\.contact = .*write your e-mail address") as error:
        WikiApi("https://es.wikipedia.org/w/api.php", contact)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "es.wikipedia.org",
        "ftp://a/api.php",
        "https://a/api.php?x=1",
        "https://a/api.php#b",
        "https:///x",
        "http://[",
    ],
)
def test_an_address_that_is_none_is_said(url: str) -> None:
    with pytest.raises(InputError, match=r"extract\.api_url = .*as https://es\.wikipedia\.org/w/api\.php"):
        WikiApi(url, CONTACT)
