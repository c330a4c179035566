"""What the server refuses, whom it makes wait, and what it stops when nobody listens any more."""

import asyncio
import json
import re
import signal
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import openai
import pytest
from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send
from tokenizers import Tokenizer

from minillm.serving import app, completions
from minillm.serving.app import PAGE, Guard, Server, is_ours
from minillm.serving.prompts import Prompt, read_prompt
from minillm.serving.request import Limits
from minillm.serving.running import Connection
from minillm.tokens.tokenizer import EOS
from tests.conftest import ROOT
from tests.interface.project import make_project
from tests.serving.servers import ENDLESS, Running, biased, refused, running, wait_until

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_project(tmp_path_factory.mktemp("project")) / "checkpoints" / "best"


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Running]:
    """Two clients at most; no text ends by itself."""
    with (
        running({"best": folder}, Limits(tokens=ENDLESS, clients=2)) as found,
        biased(found.models["best"], EOS, -1e9),
    ):
        yield found


def asked(
    server: Running, method: str, path: str, body: bytes | str = b"", headers: dict[str, str] | None = None
) -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=120)
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer, content


def endless(server: Running, *, stream: bool) -> socket.socket:
    """A client that has asked for a text without end, and has been answered if it is a stream."""
    body = json.dumps({"model": "best", "prompt": "el río", "max_tokens": ENDLESS, "stream": stream})
    client = socket.create_connection(("127.0.0.1", server.port), timeout=120)
    head = "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    client.sendall(f"{head}Content-Length: {len(body.encode())}\r\n\r\n{body}".encode())
    if stream:
        assert client.recv(12) == b"HTTP/1.1 200"
    else:
        steps = server.engines["best"].steps
        wait_until(lambda: server.engines["best"].steps > steps + 5)
    return client


@pytest.mark.parametrize("stream", [True, False])
def test_a_client_that_goes_away_stops_its_generation(server: Running, stream: bool) -> None:
    engine = server.engines["best"]
    client = endless(server, stream=stream)
    assert server.server.clients == 1
    client.close()
    wait_until(lambda: server.server.clients == 0)
    wait_until(lambda: not engine.is_busy)


def test_one_client_too_many_is_told_to_come_back(server: Running) -> None:
    clients = [endless(server, stream=True) for _ in range(2)]
    with server.client() as client:
        with pytest.raises(openai.RateLimitError) as caught:
            client.completions.create(model="best", prompt="a " * 5000)  # too long, but it is not read
        assert refused(caught.value)["code"] == "rate_limit_exceeded"
        assert int(caught.value.response.headers["Retry-After"]) > 0
        assert [model.id for model in client.models.list()] == ["best"]
        clients[0].close()
        wait_until(lambda: server.server.clients == 1)
        assert client.completions.create(model="best", prompt="a", max_tokens=3).choices[0].text
    clients[1].close()
    wait_until(lambda: server.server.clients == 0)


def test_a_connection_whose_headers_do_not_come_is_closed(
    server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Connection, "header_seconds", 0.01)
    for sent in (b"", b"GET / HTTP/1.1\r\nHost: local"):
        with socket.create_connection(("127.0.0.1", server.port), timeout=120) as client:
            client.sendall(sent)
            assert client.recv(1) == b""


def test_a_connection_that_is_being_answered_is_not_closed(server: Running) -> None:
    engine = server.engines["best"]
    with endless(server, stream=True) as client:
        (connection,) = (
            one
            for one in server.program.server_state.connections
            if isinstance(one, Connection) and one.client == client.getsockname()
        )
        checks: list[bool] = []

        def check() -> None:
            connection.check()
            checks.append(connection.transport.is_closing())

        for _ in range(3):
            connection.loop.call_soon_threadsafe(check)
        wait_until(lambda: len(checks) == 3)
        assert checks == [False] * 3
        assert server.server.clients == 1
    wait_until(lambda: not engine.is_busy)


def test_one_connection_too_many_is_closed(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Connection, "header_seconds", 1e6)
    with ExitStack() as stack:
        clients = [
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=120))
            for _ in range(2 + 64 + 1)
        ]
        assert clients[-1].recv(1) == b""
    wait_until(lambda: not server.program.server_state.connections)
    assert asked(server, "GET", "/")[0].status == 200


def test_a_prompt_that_takes_long_to_read_keeps_nobody_waiting(
    server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, ended = threading.Event(), threading.Event()

    def slowly(prompt: str | list[int], tokenizer: Tokenizer, most: int, **how: bool) -> Prompt:
        begun.set()
        ended.wait(120)
        return read_prompt(prompt, tokenizer, most, **how)

    monkeypatch.setattr(completions, "read_prompt", slowly)
    with server.client() as client, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(client.completions.create, model="best", prompt="a", max_tokens=3)
        assert begun.wait(120)
        assert [model.id for model in client.models.list()] == ["best"]
        assert not answer.done()
        ended.set()
        assert answer.result().choices[0].text


def test_who_asks_for_too_much_time_is_told_so_in_a_stream_too(folder: Path) -> None:
    with (
        running({"best": folder}, Limits(tokens=ENDLESS, seconds=0.2)) as server,
        biased(server.models["best"], EOS, -1e9),
        server.client() as client,
    ):
        with pytest.raises(openai.InternalServerError) as caught:
            client.completions.create(model="best", prompt="a", max_tokens=ENDLESS)
        assert caught.value.status_code == 504
        assert refused(caught.value)["code"] == "timeout"
        assert caught.value.response.headers["x-should-retry"] == "false"
        # On a busy machine the time may be over before the first chunk: then the status says so.
        with pytest.raises(openai.APIError, match="not done after"):
            list(client.completions.create(model="best", prompt="a", max_tokens=ENDLESS, stream=True))
        wait_until(lambda: not server.engines["best"].is_busy)


def test_a_server_that_ends_tells_those_who_wait(folder: Path) -> None:
    errors: list[str] = []

    def ask(server: Running) -> None:
        with server.client() as client:
            try:
                client.completions.create(model="best", prompt="a", max_tokens=ENDLESS)
            except openai.InternalServerError as error:
                errors.append(str(refused(error)["message"]))

    with (
        running({"best": folder}, Limits(tokens=ENDLESS)) as server,
        biased(server.models["best"], EOS, -1e9),
    ):
        waiting = threading.Thread(target=ask, args=(server,))
        waiting.start()
        wait_until(lambda: server.server.clients == 1)
        server.server.stop()
        waiting.join()
    assert errors == ["this server stops"]


def test_a_second_ctrl_c_ends_it_as_the_first_does(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    with running({"best": folder}) as server:
        for _ in range(2):
            server.program.handle_exit(signal.SIGINT, None)
    assert not server.engines["best"]._thread.is_alive()
    assert caplog.text == ""


def test_a_server_can_be_stopped_before_it_has_begun() -> None:
    Server([], Limits()).stop()


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status", "words"),
    [
        ("POST", "/v1/completions", b"{", JSON, 400, "no JSON"),
        ("POST", "/v1/completions", b"\xff\xfe", JSON, 400, "no JSON"),
        ("POST", "/v1/completions", b"[" * 100_000, JSON, 400, "no JSON"),
        ("POST", "/v1/completions", b"[]", JSON, 400, "must be a JSON object"),
        ("POST", "/v1/completions", b'{"prompt": "a"}', JSON, 400, "model is missing"),
        ("POST", "/v1/completions", b'{"model": "best", "temperature": NaN}', JSON, 400, "finite"),
        ("POST", "/v1/completions", b'{"model": "best", "prompt": "\\ud800"}', JSON, 400, "surrogate"),
        ("POST", "/v1/completions", b'{"model": "best", "\\ud800": 1}', JSON, 400, "the name of a field"),
        ("POST", "/v1/completions", b"{}", {"Content-Type": "text/plain"}, 415, "application/json"),
        ("POST", "/v1/completions", b"{}", {}, 415, "application/json"),
        ("POST", "/v1/completions", b" " * 2**21, JSON, 413, "longer than 1,048,576 bytes"),
        ("GET", "/v1/completions", b"", {}, 405, "method not allowed"),
        ("OPTIONS", "/v1/completions", b"", {"Origin": "https://evil.example"}, 405, "not allowed"),
        ("GET", "/v1/chat/completions", b"", {}, 404, "not found"),
        ("GET", "/../../../../etc/passwd", b"", {}, 404, "not found"),
        ("GET", "/%2e%2e/%2e%2e/pyproject.toml", b"", {}, 404, "not found"),
        ("GET", "/page/app.js", b"", {}, 404, "not found"),
        ("GET", "/app.py", b"", {}, 404, "not found"),
        ("GET", "/", b"", {"Host": "evil.example"}, 421, "no name of this server"),
        ("GET", "/v1/models", b"", {"Host": "evil.example:8000"}, 421, "no name of this server"),
    ],
)
def test_what_is_not_served_is_one_error_in_openais_form(
    server: Running,
    method: str,
    path: str,
    body: bytes,
    headers: dict[str, str],
    status: int,
    words: str,
) -> None:
    answer, content = asked(server, method, path, body, headers)
    assert answer.status == status
    error = json.loads(content)["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert words in error["message"]
    assert len(error["message"]) < 400


@pytest.mark.parametrize("path", ["/", *(f"/{name}" for name in PAGE), "/v1/models", "/no"])
def test_every_answer_keeps_to_its_origin(server: Running, path: str) -> None:
    answer, content = asked(server, "GET", path, headers={"Origin": "https://evil.example"})
    assert content
    assert answer.status == (404 if path == "/no" else 200)
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]


def test_a_failure_of_the_server_is_an_error_with_the_same_headers(
    server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "_described", None)
    answer, content = asked(server, "GET", "/v1/models")
    assert answer.status == 500
    assert json.loads(content)["error"]["message"] == "the server failed; its log says how"
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("header", "host", "ours"),
    [
        ("127.0.0.1:8000", "127.0.0.1", True),
        ("localhost:8000", "127.0.0.1", True),
        ("LOCALHOST", "127.0.0.1", True),
        ("[::1]:8000", "127.0.0.1", True),
        ("192.168.1.5:8000", "0.0.0.0", True),  # noqa: S104
        ("box.lan", "box.lan", True),
        ("evil.example", "127.0.0.1", False),
        ("localhost.evil.example", "127.0.0.1", False),
        ("127.0.0.1.evil.example", "127.0.0.1", False),
        ("box.lan", "127.0.0.1", False),
        ("", "127.0.0.1", False),
        ("[", "127.0.0.1", False),
    ],
)
def test_a_host_is_an_address_or_a_name_of_this_server(header: str, host: str, ours: bool) -> None:
    assert is_ours(header, host) == ours


def test_the_python_of_the_document_runs(server: Running, capsys: pytest.CaptureFixture[str]) -> None:
    document = (ROOT / "docs" / "use.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^```py\n(.*?)^```$", document, re.M | re.S)
    assert "http://127.0.0.1:8000" in code
    exec(code.replace("http://127.0.0.1:8000", server.url), {})  # noqa: S102
    assert len(capsys.readouterr().out) > 20


def test_a_client_that_reads_nothing_is_given_up() -> None:
    sent: list[str] = []

    async def endless_answer(scope: Scope, receive: Receive, send: Send) -> None:
        async def parts() -> AsyncIterator[str]:
            while True:
                yield "part"

        await StreamingResponse(parts())(scope, receive, send)

    async def no_more() -> Message:
        return await asyncio.Future()

    async def stuck(message: Message) -> None:
        sent.append(message["type"])
        if message["type"] == "http.response.body":
            await asyncio.Future()

    scope = {"type": "http", "headers": [(b"host", b"localhost")], "asgi": {"spec_version": "2.3"}}
    guard = Guard(endless_answer, "127.0.0.1", seconds=0.01)
    asyncio.run(asyncio.wait_for(guard(scope, no_more, stuck), timeout=60))
    assert sent == ["http.response.start", "http.response.body"]
