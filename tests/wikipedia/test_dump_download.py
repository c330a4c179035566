"""Downloads from a server on loopback that fails as told."""

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from minillm.errors import InputError
from minillm.wikipedia import disk, state
from minillm.wikipedia import dump_download as download_module
from minillm.wikipedia.dump_download import download
from minillm.wikipedia.state import turn
from tests.wikipedia.dumps import dump, page
from tests.wikipedia.faulty_server import QuietServer

ROOT = Path(__file__).parents[2]
CONTACT = "prueba@example.org"
CONTENT = bytes(range(256)) * 4000  # 1,024,000 bytes


@dataclass(frozen=True)
class Cut:
    """The connection ends after so many bytes of the body."""

    size: int


class Server(QuietServer):
    """Serves `content` with Range and If-Range; `faults` are what happens to the next requests."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.content = CONTENT
        self.etag: str | None = '"v1"'
        self.last_modified: str | None = None
        self.ranges = True
        self.faults: list[int | str | bytes | Cut] = []  # an int: this HTTP status; bytes: these
        self.requests: list[str] = []
        self.agents: set[str] = set()
        self.sent_bytes = 0
        self.bytes_per_second = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/eswiki/eswiki%2Ddump.xml.bz2?x=1"


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def log_message(self, *_arguments: object) -> None:
        pass

    def do_GET(self) -> None:
        server = self.server
        asked = self.headers.get("Range", "")
        server.requests.append(asked)
        server.agents.add(self.headers["User-Agent"])
        assert self.headers["Accept-Encoding"] == "identity"
        fault = server.faults.pop(0) if server.faults else None
        if isinstance(fault, int):
            self.send_error(fault)
            return
        if isinstance(fault, bytes):
            self.close_connection = True
            with suppress(OSError):
                self.wfile.write(fault)
                while fault.endswith(b" "):  # byte after byte
                    time.sleep(0.01)
                    self.wfile.write(b" ")
            return
        total = len(server.content)
        current = self.headers.get("If-Range") in (server.etag, server.last_modified)
        start = int(asked[6:-1]) if asked and server.ranges and current else 0
        body = server.content[start:]
        if (asked and start >= len(server.content)) or fault == "unsatisfiable":
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{total - (fault is not None)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        if start:
            first = start + (1 if fault == "other range" else 0)
            self.send_header("Content-Range", f"bytes {first}-{total - 1}/{total}")
        for name, value in (("ETag", server.etag), ("Last-Modified", server.last_modified)):
            if value:
                self.send_header(name, value)
        self.end_headers()
        self._send(body[: fault.size] if isinstance(fault, Cut) else body)
        self.close_connection = isinstance(fault, Cut)

    def _send(self, body: bytes) -> None:
        for start in range(0, len(body), 50_000):
            piece = body[start : start + 50_000]
            self.wfile.write(piece)
            self.server.sent_bytes += len(piece)
            if self.server.bytes_per_second:
                time.sleep(len(piece) / self.server.bytes_per_second)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def sha1(content: bytes) -> str:
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


def fetch(server: Server, folder: Path, checksum: str = "") -> tuple[bytes, list[float]]:
    waits: list[float] = []
    path = download(server.url, checksum or sha1(server.content), folder, CONTACT, waits.append)
    assert path.name == "eswiki-dump.xml.bz2"
    return path.read_bytes(), waits


def partial(folder: Path) -> Path:
    return next(folder.rglob("*.part"))


@pytest.mark.parametrize("checksum", [sha1(CONTENT), hashlib.sha256(CONTENT).hexdigest()])
def test_a_file_is_fetched_once_and_verified(server: Server, tmp_path: Path, checksum: str) -> None:
    assert fetch(server, tmp_path, checksum) == (CONTENT, [])
    assert fetch(server, tmp_path, checksum) == (CONTENT, [])
    assert server.requests == [""]
    assert sorted(path.name for path in tmp_path.rglob("*.*")) == [".lock", "eswiki-dump.xml.bz2"]


def test_a_broken_connection_goes_on_where_it_ended(server: Server, tmp_path: Path) -> None:
    server.faults = [Cut(400_000), Cut(300_000), Cut(200_000)]
    content, waits = fetch(server, tmp_path)
    assert content == CONTENT
    starts = [int(asked[6:-1]) for asked in server.requests[1:]]
    assert len(starts) == 3
    assert starts == sorted(starts)
    assert starts[0] > 300_000
    assert waits == [1.0] * 3  # each attempt got on, so the wait does not grow
    assert server.sent_bytes < len(CONTENT) + 3 * 2**16


def test_without_ranges_it_begins_again(server: Server, tmp_path: Path) -> None:
    server.ranges, server.faults = False, [Cut(500_000)]
    assert fetch(server, tmp_path)[0] == CONTENT
    assert len(server.requests) == 2


def test_without_a_version_it_begins_again_without_asking_for_a_range(server: Server, tmp_path: Path) -> None:
    server.etag, server.faults = None, [Cut(500_000)]
    assert fetch(server, tmp_path)[0] == CONTENT
    assert server.requests == ["", ""]


def test_the_time_of_change_will_do_where_the_tag_is_weak(server: Server, tmp_path: Path) -> None:
    server.etag, server.last_modified = 'W/"v1"', "Mon, 02 Nov 2026 01:00:00 GMT"
    server.faults = [Cut(500_000)]
    assert fetch(server, tmp_path)[0] == CONTENT
    assert server.requests[1].startswith("bytes=")


def test_a_file_that_changes_meanwhile_is_fetched_anew(server: Server, tmp_path: Path) -> None:
    new = CONTENT[::-1]
    server.faults = [Cut(500_000)]

    def change(_seconds: float) -> None:
        server.content, server.etag = new, '"v2"'

    path = download(server.url, sha1(new), tmp_path, sleep=change)
    assert path.read_bytes() == new
    assert len(server.requests) == 2


@pytest.mark.parametrize("fault", [429, 500, 503, "other range", "unsatisfiable"])
def test_what_may_pass_is_tried_again(server: Server, tmp_path: Path, fault: int | str) -> None:
    server.faults = [Cut(500_000), fault]
    content, waits = fetch(server, tmp_path)
    assert content == CONTENT
    assert len(waits) == 2
    assert waits[0] == 1
    assert 2 <= waits[1] <= 3
    assert len(server.requests) == 3


@pytest.mark.parametrize("status", [b"413 Too Large", b"429 Too Many Requests", b"503 Service Unavailable"])
def test_the_server_says_for_how_long_to_wait_and_so_does_the_run(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str], status: bytes
) -> None:
    head = b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\nRetry-After: "
    server.faults = [head + b"30\r\n\r\n"]
    assert fetch(server, tmp_path) == (CONTENT, [30.0])
    assert f"{server.url}: HTTP {int(status[:3])}; asking again in 30 s" in capsys.readouterr().err
    server.content, server.faults = b"x", [head + b"31536000\r\n\r\n"]
    with pytest.raises(InputError, match="run it again in 31536000 s: what is downloaded stays"):
        fetch(server, tmp_path)


def test_the_server_is_told_whom_to_write_to(server: Server, tmp_path: Path) -> None:
    fetch(server, tmp_path)
    (agent,) = server.agents
    assert agent.startswith(f"miniLLM/0.1.0 ({CONTACT}) python-requests/")
    with pytest.raises(InputError, match=r"extract\.contact = 'a@b\.c\\r\\nX: 1'"):
        download(server.url, sha1(CONTENT), tmp_path, "a@b.c\r\nX: 1")


def test_a_server_that_stays_down_is_given_up_and_what_is_there_is_kept(
    server: Server, tmp_path: Path
) -> None:
    server.faults = [Cut(500_000), *[503] * 20]
    with pytest.raises(
        InputError, match=r"given up after 10 tries \(HTTP 503\); run it again later: what is"
    ):
        fetch(server, tmp_path)
    assert len(server.requests) == 10
    kept = partial(tmp_path).stat().st_size
    assert 400_000 < kept <= 500_000
    server.faults = []
    assert fetch(server, tmp_path)[0] == CONTENT
    assert server.requests[-1] == f"bytes={kept}-"


@pytest.mark.parametrize(
    "head",
    [
        "416 Range Not Satisfiable\r\nContent-Range: bytes */0",
        "206 Partial Content\r\nContent-Range: bytes 1-2/3",
    ],
)
def test_a_part_that_was_not_asked_for_is_none_of_the_file(server: Server, tmp_path: Path, head: str) -> None:
    server.faults = [f"HTTP/1.1 {head}\r\nContent-Length: 1\r\n\r\nx".encode()]
    assert fetch(server, tmp_path) == (CONTENT, [1.0])


def test_a_server_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"extract\.dump_url = http://127\.0\.0\.1:9/a: given up after 10"):
        download("http://127.0.0.1:9/a", "0" * 40, tmp_path, sleep=lambda _seconds: None)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("/missing", "HTTP 404"),
        ("http://", "Invalid URL"),
        ("ftp://a/b", "No connection adapters"),
        ("http://[", "check the address"),
        ("http://a\x00b/c", "check the address"),
        (f"http://{'a' * 64}.example/", "label"),
        ("http://a..example/", "check the address"),
        ("http://a:99999/", "check the address"),
    ],
)
def test_what_will_not_pass_is_not_tried_again(
    server: Server, tmp_path: Path, url: str, message: str
) -> None:
    server.faults = [404]
    address = server.url + url if url.startswith("/") else url
    with pytest.raises(InputError, match=message):
        download(address, "0" * 40, tmp_path, sleep=lambda _seconds: pytest.fail("waited"))


def test_another_checksum_is_an_error_and_nothing_is_kept(server: Server, tmp_path: Path) -> None:
    wrong = "0" * 40
    with pytest.raises(InputError, match=rf"its sha1 is {sha1(CONTENT)} and not .*checksum = {wrong}; take"):
        fetch(server, tmp_path, wrong)
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and path.stat().st_size > 100]


def test_a_copy_that_the_disk_has_changed_is_fetched_again(server: Server, tmp_path: Path) -> None:
    fetch(server, tmp_path)
    copy = next(tmp_path.rglob("*.bz2"))
    copy.write_bytes(CONTENT[:-1] + b"x")
    assert fetch(server, tmp_path)[0] == CONTENT
    assert len(server.requests) == 2


def test_two_runs_at_once_fetch_it_once(server: Server, tmp_path: Path) -> None:
    contents = []
    threads = [threading.Thread(target=lambda: contents.append(fetch(server, tmp_path)[0])) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert contents == [CONTENT] * 3
    assert server.requests == [""]


def test_a_run_that_waits_for_another_one_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = []
    other = turn(tmp_path)

    def say(words: str) -> None:
        said.append(words)
        other.__exit__(None, None, None)

    monkeypatch.setattr(state.tqdm, "write", say)
    with turn(tmp_path):
        assert said == [f"another run is downloading to {tmp_path}; waiting for it …"]


@pytest.mark.parametrize(
    "name", ["%00", "a%00b", "..", "%2e%2e", "%C3%B1" * 300, "x" * 5000, "lock", ".lock"]
)
def test_any_name_of_a_file_will_do(server: Server, tmp_path: Path, name: str) -> None:
    url = f"http://127.0.0.1:{server.server_port}/{name}"
    path = download(url, sha1(CONTENT), tmp_path)
    assert path.read_bytes() == CONTENT
    assert path.parent.parent == tmp_path


def test_a_link_in_the_place_of_the_partial_file_is_not_followed(server: Server, tmp_path: Path) -> None:
    theirs, folder = tmp_path / "theirs", tmp_path / "dumps"
    server.faults = [Cut(500_000)]

    def put_link(_seconds: float) -> None:
        path = partial(folder)
        path.rename(theirs)
        path.symlink_to(theirs)

    path = download(server.url, sha1(CONTENT), folder, sleep=put_link)
    assert path.read_bytes() == CONTENT
    assert not path.is_symlink()
    assert theirs.read_bytes() == CONTENT[: theirs.stat().st_size]
    assert 0 < theirs.stat().st_size <= 500_000
    assert server.requests == ["", ""]


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL on Windows")
def test_killed_at_any_moment_it_goes_on_and_ends_with_the_same_bytes(server: Server, tmp_path: Path) -> None:
    server.bytes_per_second = 1_000_000
    code = (
        "import sys; from pathlib import Path; from minillm.wikipedia.dump_download import download\n"
        "download(sys.argv[1], sys.argv[2], Path(sys.argv[3]))"
    )
    command = [sys.executable, "-c", code, server.url, sha1(CONTENT), str(tmp_path)]
    sizes = []
    for kill_at_bytes in (100_000, 400_000, 800_000):
        with subprocess.Popen(command, cwd=ROOT) as process:
            while not (found := [*tmp_path.rglob("*.part")]) or found[0].stat().st_size < kill_at_bytes:
                assert process.poll() is None
                time.sleep(0.01)
            process.send_signal(signal.SIGKILL)
        sizes.append(partial(tmp_path).stat().st_size)
    server.bytes_per_second = 0
    subprocess.run(command, cwd=ROOT, check=True)
    assert next(tmp_path.rglob("*.bz2")).read_bytes() == CONTENT
    assert server.requests == ["", *(f"bytes={size}-" for size in sizes)]


def test_the_stage_reads_what_it_downloads(server: Server, tmp_path: Path) -> None:
    from tests.wikipedia.test_extraction import run_stage

    server.content = dump(page(1, "Un faro. " * 100), page(2, "Un río. " * 100))
    source = {"dump_url": server.url, "dump_checksum": sha1(server.content), "articles": 0}
    result = run_stage(tmp_path, **source)
    assert (result.returncode, result.stderr) == (0, "")
    assert "2 of 2 eligible articles" in result.stdout
    assert len([*(tmp_path / ".state" / "extract" / "dumps").rglob("eswiki-dump.xml.bz2")]) == 1
    first = (tmp_path / "data" / "raw" / "articles.parquet").read_bytes()
    assert run_stage(tmp_path, **source).returncode == 0
    assert (tmp_path / "data" / "raw" / "articles.parquet").read_bytes() == first
    assert server.requests == [""]
    result = run_stage(tmp_path, dump_url=server.url, dump_checksum="")
    assert result.returncode == 1
    assert result.stderr.startswith("error: params.yaml: extract: dump_checksum = '': must be the SHA-1")


def redirect(target: str, body: bytes = b"") -> bytes:
    return f"HTTP/1.1 302 Found\r\nLocation: {target}\r\n\r\n".encode() + body


def test_a_redirect_is_followed_and_its_endless_body_is_not_read(server: Server, tmp_path: Path) -> None:
    server.faults = [redirect("/there", b" "), redirect("there2")]
    assert fetch(server, tmp_path)[0] == CONTENT
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("/again", "moved to /again, after 5 redirects"),
        ("file:///etc/passwd", "No connection adapters"),
        ("http://[", r"http://\[ ValueError: "),
    ],
)
def test_redirects_have_an_end(server: Server, tmp_path: Path, target: str, message: str) -> None:
    server.faults = [redirect(target)] * 10
    with pytest.raises(InputError, match=message):
        fetch(server, tmp_path)
    assert len(server.requests) <= 6


@pytest.mark.parametrize("head", [b"", b"Content-Length: 999999\r\n"])
def test_a_byte_at_a_time_is_given_up(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, head: bytes
) -> None:
    monkeypatch.setattr(download_module, "_CHUNK_SECONDS", 0.05)
    server.faults = [b"HTTP/1.1 200 OK\r\n" + head + b"\r\n "] * 10
    with pytest.raises(
        InputError, match=r"given up after 10 tries \(a piece of 65536 bytes was not there after 0 s\)"
    ):
        fetch(server, tmp_path)


def test_a_download_that_gets_on_a_little_each_time_has_an_end(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download_module, "MAX_REQUESTS", 3)
    server.faults = [Cut(140_000)] * 4
    with pytest.raises(
        InputError, match=r"given up after 3 requests .*run it again to go on: what is downloaded stays"
    ):
        fetch(server, tmp_path)
    assert len(server.requests) == 3
    server.faults = []
    assert fetch(server, tmp_path)[0] == CONTENT
    assert server.requests[-1].startswith("bytes=")


def test_a_body_without_a_length_is_bounded(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download_module, "MAX_BYTES", 100_000)
    server.faults = [b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 300_000]
    with pytest.raises(InputError, match=r"no end after \d+ bytes, .*\.part may be removed"):
        fetch(server, tmp_path)
    assert partial(tmp_path).stat().st_size <= 100_000


@pytest.mark.parametrize("kept", [0, 300_000])
def test_room_on_the_disk_is_asked_for_before_a_byte_is_written(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    server.faults = [Cut(kept + 90_000), *[503] * 9] if kept else []
    if kept:
        with pytest.raises(InputError, match="given up"):
            fetch(server, tmp_path)
    monkeypatch.setattr(disk, "RESERVE_BYTES", 2**62)
    server.faults = []
    with pytest.raises(InputError, match=r"the download needs \d+ bytes in .* the disk has 0 to spare"):
        fetch(server, tmp_path)
    assert sum(path.stat().st_size for path in tmp_path.rglob("*.part")) >= kept


@pytest.mark.parametrize("length", ["-5", "abc", "1_0", "9" * 30])
def test_a_length_that_is_none_is_no_traceback(server: Server, tmp_path: Path, length: str) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n"
    server.faults = [head.encode() + CONTENT] * 10
    with suppress(InputError):
        fetch(server, tmp_path)


def test_a_version_that_no_request_can_carry_is_not_kept(server: Server, tmp_path: Path) -> None:
    server.etag, server.faults = '"a\x1bb"', [Cut(500_000)]
    assert fetch(server, tmp_path)[0] == CONTENT
    assert server.requests == ["", ""]


def test_control_characters_of_the_server_are_escaped(server: Server, tmp_path: Path) -> None:
    server.faults = [b"HTTP/1.1 404 \x1b[31mNo\r\n\r\n"]
    with pytest.raises(InputError, match=r"HTTP 404 \\x1b\[31mNo"):
        fetch(server, tmp_path)
