"""An HTTP server on loopback that keeps a list of its requests and fails on demand, as real ones do."""

import gzip
import json
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

HTML = b"<!DOCTYPE html><title>Wikimedia Error</title><p>Our servers are currently under maintenance."

Kind = Literal["reply", "drop", "break_off", "cut_json", "empty", "html", "spoil", "slow", "trickle"]


@dataclass(frozen=True)
class Fault:
    """What happens to one request. `reply`: `status` and `headers` instead of the answer's; `drop`: no
    reply; `break_off`: half of the promised bytes; `cut_json`: half of the JSON as if it were all; `spoil`:
    a letter of the content changed; `slow`, `trickle`: the true answer, late or in pieces."""

    kind: Kind = "reply"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = HTML
    seconds: float = 0.05


@dataclass(frozen=True)
class Request:
    """A request as it came."""

    path: str
    params: dict[str, str]
    headers: dict[str, str]
    fault: Fault | None

    @property
    def revision_ids(self) -> list[int]:
        """Revisions whose text it asks for."""
        is_content = "content" in self.params.get("rvprop", "") and "revids" in self.params
        return [int(number) for number in self.params["revids"].split("|")] if is_content else []


@dataclass(frozen=True)
class Answer:
    """Status, headers, body."""

    status: int
    headers: dict[str, str]
    body: bytes


class QuietServer(ThreadingHTTPServer):
    """Says nothing where a client goes away: socketserver prints a traceback into what a test reads."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class FaultyServer:
    """Answers with `answer`, except for requests that meet the next fault of `faults` (None: no fault)."""

    def __init__(self, answer: Callable[[Request], Answer]) -> None:
        self.answer = answer
        self.requests: list[Request] = []
        self.faults: deque[Fault | None] = deque()
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 60
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                outer._handle(self)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = QuietServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/w/api.php"

    @contextmanager
    def running(self) -> Iterator["FaultyServer"]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()

    def _handle(self, handler: BaseHTTPRequestHandler) -> None:
        params = dict(parse_qsl(urlsplit(handler.path).query, keep_blank_values=True))
        with self._lock:
            fault = self.faults.popleft() if self.faults else None
            request = Request(handler.path, params, dict(handler.headers.items()), fault)
            self.requests.append(request)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        self._send(handler, request)

    def _done(self) -> None:
        """From here on the client may have its reply, and send another request."""
        with self._lock:
            self._at_once -= 1

    def _send(self, handler: BaseHTTPRequestHandler, request: Request) -> None:
        fault = request.fault or Fault("slow", seconds=0)
        match fault.kind:
            case "drop":
                self._done()
                handler.close_connection = True
                return
            case "reply":
                answer = Answer(fault.status, {"Content-Type": "text/html", **fault.headers}, fault.body)
            case "html":
                answer = Answer(200, {"Content-Type": "text/html; charset=utf-8"}, HTML)
            case "empty":
                answer = Answer(500, {"Content-Type": "text/html"}, b"")
            case _:
                answer = self.answer(request)
        sent = _changed(answer, fault.kind)
        time.sleep(fault.seconds if fault.kind == "slow" else 0)
        self._done()
        handler.send_response(sent.status)
        for name, value in sent.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(sent.body)))
        handler.end_headers()
        if fault.kind == "break_off":
            handler.wfile.write(sent.body[: len(sent.body) // 2])
            handler.close_connection = True
            return
        if fault.kind == "trickle":
            step = len(sent.body) // 10 + 1
            for start in range(0, len(sent.body), step):
                handler.wfile.write(sent.body[start : start + step])
                time.sleep(fault.seconds / 10)
            return
        handler.wfile.write(sent.body)


def _changed(answer: Answer, kind: Kind) -> Answer:
    if kind not in ("cut_json", "spoil"):
        return answer
    packed = answer.headers.get("Content-Encoding") == "gzip"
    text = gzip.decompress(answer.body) if packed else answer.body
    headers = {name: value for name, value in answer.headers.items() if name != "Content-Encoding"}
    if kind == "cut_json":
        return Answer(answer.status, headers, text[: len(text) // 2])
    place = text.find(b'"content":"') + 40
    return Answer(answer.status, headers, text[:place] + b"#" + text[place + 1 :])


def json_answer(value: object, **headers: str) -> Answer:
    return Answer(200, {"Content-Type": "application/json", **headers}, json.dumps(value).encode())
