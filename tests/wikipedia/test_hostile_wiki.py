"""What a wiki does by ill will or by a fault: each ends in one line, or is as if it had not been."""

import gzip
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from minillm.errors import InputError
from minillm.wikipedia import api, api_extraction, api_sampling, disk
from minillm.wikipedia.api import WikiApi
from minillm.wikipedia.api_extraction import extract_api
from minillm.wikipedia.api_sampling import PageInfos, highest_page_id
from minillm.wikipedia.api_texts import fetch_texts
from minillm.wikipedia.cache import TextCache, write_entry
from minillm.wikipedia.revisions import Revision
from tests.wikipedia.faulty_server import Answer, Fault, Request, json_answer
from tests.wikipedia.test_api_sampling import CONTACT, FakeWiki, params
from tests.wikipedia.wire import speaking

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.fixture
def wiki() -> Iterator[FakeWiki]:
    wiki = FakeWiki({number: f"Texto {number}" for number in range(1, 11)})
    with wiki.server.running():
        yield wiki


def client(wiki: FakeWiki) -> WikiApi:
    return WikiApi(wiki.server.url, CONTACT, sleep=lambda _seconds: None)


def changed(wiki: FakeWiki, change: Callable[[dict[str, object]], None]) -> None:
    """Let `change` have each reply before it is sent."""
    honest = wiki.server.answer

    def answer(request: Request) -> Answer:
        reply = json.loads(honest(request).body)
        change(reply)
        return json_answer(reply)

    wiki.server.answer = answer


def run(wiki: FakeWiki, folder: Path, articles: int = 5) -> None:
    extract_api(params(articles), 1, [], folder / "articles.parquet", client(wiki), folder / "state")


@contextmanager
def asking(speak: Callable[[socket.socket, bytes], None]) -> Iterator[WikiApi]:
    with speaking(speak) as url:
        yield WikiApi(url, CONTACT, sleep=lambda _seconds: None)


def dripped(start: bytes, drop: bytes) -> Callable[[socket.socket, bytes], None]:
    def speak(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(start)
        while True:
            connection.sendall(drop)
            time.sleep(0.01)

    return speak


@pytest.mark.parametrize(
    ("start", "drop"),
    [
        (b"", b"H"),
        (OK + b"X: ", b"x"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (OK + b"\r\n", b" "),
        (OK + b"Content-Length: 1000000\r\n\r\n", b" "),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n"),
    ],
    ids=["status", "header", "continue", "body", "body of a length", "size of a chunk", "trailers"],
)
def test_a_server_that_drips_for_ever_is_left(
    monkeypatch: pytest.MonkeyPatch, start: bytes, drop: bytes
) -> None:
    monkeypatch.setattr(api, "_REPLY_SECONDS", 0.2)
    with asking(dripped(start, drop)) as client, pytest.raises(InputError, match=r"in 3 tries \("):
        began = time.monotonic()
        list(client.read(dict, prop="info"))
    assert time.monotonic() - began < 60  # a second on an idle machine


@pytest.mark.parametrize(
    "start",
    [
        OK + b"\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\nffffffffffff\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\n\r\n",
        b"HTTP/1.1 404 Not Found\r\n\r\n",
    ],
    ids=["body", "negative chunk", "large chunk", "redirect", "error"],
)
def test_a_body_without_an_end_is_not_read(monkeypatch: pytest.MonkeyPatch, start: bytes) -> None:
    monkeypatch.setattr(api, "_MAX_REPLY_BYTES", 2**20)
    sent = [0]

    def speak(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(start)
        while True:
            connection.sendall(b" " * 2**16)
            sent[0] += 2**16

    with asking(speak) as client, pytest.raises(InputError):
        list(client.read(dict, prop="info"))
    assert sent[0] < 2**26


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/9.9 \x1b[31m\r\n\r\n",
        b"\x1b]0;x\x07\r\n\r\n",
        OK + b"Content-Length: 5\r\nContent-Length: 7\r\n\r\n",
    ],
)
def test_an_answer_that_is_no_http_is_said_without_its_control_characters(
    head: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    with (
        asking(lambda connection, _request: connection.sendall(head)) as client,
        pytest.raises(InputError, match="in 3 tries") as error,
    ):
        list(client.read(dict, prop="info"))
    assert not set(capsys.readouterr().err + str(error.value)) & set("\x1b\x07\r")


def test_a_packed_bomb_in_two_layers_is_no_reply(wiki: FakeWiki) -> None:
    bomb = gzip.compress(gzip.compress(b" " * 10_000_000))
    wiki.server.faults.append(Fault(headers={"Content-Encoding": "gzip, gzip"}, body=bomb))
    assert sorted(PageInfos(client(wiki), Path("unused"))._ask([1], "1")[0].title) == sorted("Página 1")
    assert len(wiki.server.requests) == 2


def test_cookies_are_not_kept(wiki: FakeWiki) -> None:
    honest = wiki.server.answer

    def answer(request: Request) -> Answer:
        reply = honest(request)
        return Answer(200, reply.headers | {"Set-Cookie": "a=b"}, reply.body)

    wiki.server.answer = answer
    asking = client(wiki)
    for _ in range(2):
        list(asking.read(dict, prop="info", pageids="1"))
    assert "Cookie" not in wiki.server.requests[1].headers


@pytest.mark.parametrize(
    "error", ["invalid", 0, [], {}, {"code": 1}, {"code": "x", "info": []}, [{"code": "x"}]]
)
def test_an_error_in_another_shape_is_one_line(wiki: FakeWiki, error: object) -> None:
    changed(wiki, lambda reply: reply.update(error=error))
    with pytest.raises(InputError, match=r"to prop=info … it replies error.* = .*no (text|object); no "):
        list(client(wiki).read(dict, prop="info"))


def test_a_wiki_before_slots_is_one_line(wiki: FakeWiki, tmp_path: Path) -> None:
    def old(reply: dict) -> None:  # type: ignore[type-arg]
        for page in reply["query"].get("pages", []):
            for revision in page.get("revisions", []):
                revision |= revision.pop("slots")["main"]

    changed(wiki, old)
    with pytest.raises(
        InputError, match=r"it replies revision 10\d\d without slots; no MediaWiki from 1\.32 on"
    ):
        run(wiki, tmp_path)


def test_a_wiki_with_pages_by_their_ids_is_one_line(wiki: FakeWiki, tmp_path: Path) -> None:
    def old(reply: dict) -> None:  # type: ignore[type-arg]
        reply["query"]["pages"] = {str(page["pageid"]): page for page in reply["query"].get("pages", [])}

    changed(wiki, old)
    with pytest.raises(InputError, match=r"it replies pages = \{'1': .*, no list; no MediaWiki"):
        run(wiki, tmp_path)


def test_a_continue_after_the_wikis_own_description_is_not_followed(wiki: FakeWiki, tmp_path: Path) -> None:
    changed(wiki, lambda reply: reply.update({"continue": {"": "x"}}))
    run(wiki, tmp_path)
    assert sum("meta" in request.params for request in wiki.server.requests) == 1


@pytest.mark.parametrize("value", [None, 1, "x", {"revision_id": 1001}, [[1]], {"sitename": "x", "y": 1}])
def test_what_another_version_has_kept_is_asked_for_again(
    wiki: FakeWiki, tmp_path: Path, value: object
) -> None:
    infos, outputs = PageInfos(client(wiki), tmp_path / "state" / "draw"), []
    for _ in range(2):
        assert [page.page_id for page in infos.ask([1, 99]).values()] == [1]
        run(wiki, tmp_path, 2)
        outputs.append([(tmp_path / name).read_bytes() for name in ("articles.parquet", "wiki.json")])
        infos.ask([1, 99])
        for path in (tmp_path / "state").rglob("*.json"):
            write_entry(path, value)
    assert outputs[0] == outputs[1]


def test_ever_new_continues_end(wiki: FakeWiki, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "MAX_QUERY_REPLIES", 7)
    changed(wiki, lambda reply: reply.update({"continue": {"x": len(wiki.server.requests)}}))
    with pytest.raises(InputError, match=r"to prop=info, pageids=1 … it replies `continue` after 7 replies"):
        list(client(wiki).read(dict, prop="info", pageids="1"))
    assert len(wiki.server.requests) == 7


@pytest.mark.parametrize(
    "token", [{"pageids": "2"}, {"action": "login"}, {"x": "y" * 20_000}, {"x": [1]}, "x"]
)
def test_a_continue_that_is_none_is_refused(wiki: FakeWiki, token: object) -> None:
    changed(wiki, lambda reply: reply.update({"continue": token}))
    with pytest.raises(InputError, match=r"it replies .*continue"):
        list(client(wiki).read(dict, prop="info", pageids="1"))
    assert len(wiki.server.requests) == 1


@pytest.mark.parametrize(
    ("name", "most", "unit"),
    [("MAX_REQUESTS", 2, "2 requests"), ("MAX_BYTES", 10, "10 bytes"), ("MAX_SECONDS", -1.0, "-1 seconds")],
)
def test_a_run_has_its_bounds_and_keeps_what_it_has(
    wiki: FakeWiki, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, most: float, unit: str
) -> None:
    monkeypatch.setattr(api, name, most)
    with pytest.raises(InputError, match=f"given up after {unit}; what is downloaded stays"):
        run(wiki, tmp_path)
    asked = len(wiki.server.requests)
    monkeypatch.undo()
    run(wiki, tmp_path)
    again = [request.params for request in wiki.server.requests[asked:]]
    assert not [
        params for params in again if params in [each.params for each in wiki.server.requests[:asked]]
    ]


def test_the_bytes_of_one_query_are_bounded(wiki: FakeWiki, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "MAX_QUERY_BYTES", 1000)
    changed(wiki, lambda reply: reply.update({"continue": {"x": len(wiki.server.requests)}, "y": "z" * 600}))
    with pytest.raises(InputError, match="more than 1000 bytes"):
        list(client(wiki).read(dict, prop="info", pageids="1"))
    assert len(wiki.server.requests) == 2


def test_far_page_ids_are_refused(wiki: FakeWiki, tmp_path: Path) -> None:
    def far(reply: dict) -> None:  # type: ignore[type-arg]
        reply["query"]["pages"][0]["pageid"] = 10**17

    changed(wiki, far)
    with pytest.raises(InputError, match="pageid = 100000000000000000, which was not asked for"):
        run(wiki, tmp_path)
    assert len(wiki.server.requests) == 1


class Everything(PageInfos):
    """A wiki in which page ids exist as `exists` says."""

    def __init__(self, exists: Callable[[int], bool]) -> None:
        self.exists, self.asked = exists, 0

    def ask(self, page_ids):  # type: ignore[no-untyped-def]
        self.asked += 1
        return {page_id: None for page_id in page_ids if self.exists(page_id)}


def test_probes_that_always_exist_end() -> None:
    infos = Everything(lambda _page_id: True)
    with pytest.raises(InputError, match="ever higher ones"):
        highest_page_id(infos)
    assert infos.asked < 30


def test_a_search_that_gets_on_by_one_id_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_sampling, "MAX_ROUNDS", 50)
    rounds = iter(range(1, 10**6))
    infos = Everything(lambda _page_id: False)
    infos.ask = lambda _page_ids: {next(rounds): None}  # type: ignore[method-assign]
    with pytest.raises(InputError, match=r"page id 50 exists and, after 50 requests"):
        highest_page_id(infos)


def test_a_wiki_without_articles_is_given_up(
    wiki: FakeWiki, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_extraction, "MAX_IDS_WITHOUT_ARTICLE", 4)
    wiki.texts = dict.fromkeys(range(1, 400), "")
    with pytest.raises(InputError, match=r"too_short 5.*given up after 4 page ids in a row"):
        run(wiki, tmp_path)


def test_an_id_that_the_reply_leaves_out_is_no_missing_page(wiki: FakeWiki, tmp_path: Path) -> None:
    changed(wiki, lambda reply: reply.update(query={}))
    with pytest.raises(InputError, match="leaves out 50, 1 first"):
        run(wiki, tmp_path)
    assert not list((tmp_path / "state" / "draw").rglob("*.json"))


def test_a_revision_that_was_not_asked_for_is_not_stored(wiki: FakeWiki, tmp_path: Path) -> None:
    def other(reply: dict) -> None:  # type: ignore[type-arg]
        reply["query"]["pages"].append(wiki._page(7))

    changed(wiki, other)
    with pytest.raises(InputError, match=r"to prop=revisions, .* revid = 1007, which was not asked for"):
        fetch_texts(client(wiki), TextCache(tmp_path), [1001])
    assert not list(tmp_path.rglob("*.json"))


def test_pages_that_share_a_revision_are_refused(wiki: FakeWiki, tmp_path: Path) -> None:
    def same(reply: dict) -> None:  # type: ignore[type-arg]
        for page in reply["query"]["pages"]:
            if "lastrevid" in page:
                page["lastrevid"] = 1001

    changed(wiki, same)
    with pytest.raises(InputError, match="is said to have revision 1001, as another page"):
        run(wiki, tmp_path)


def test_a_wiki_that_never_brings_texts_is_asked_a_bounded_number_of_times(
    wiki: FakeWiki, tmp_path: Path
) -> None:
    changed(wiki, lambda reply: reply.update(query={}))
    texts = fetch_texts(client(wiki), TextCache(tmp_path), range(1001, 1051))
    assert set(texts.values()) == {"too_large"}
    assert len(wiki.server.requests) < 110


def test_room_on_the_disk_is_asked_for_first(
    wiki: FakeWiki, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "RESERVE_BYTES", 2**62)
    with pytest.raises(InputError, match=r"needs 7 bytes in .*, and the disk has 0 to spare: make room"):
        fetch_texts(client(wiki), TextCache(tmp_path), [1001])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=404, body=b"\x1b[2J\x9b31m"),
        Fault(status=301, headers={"Location": "https://a/\x1b[2J"}),
        Fault(body=json.dumps({"error": {"code": "\x1b[2J", "info": "\x1b[2J\x07"}}).encode()),
        Fault(body=json.dumps({"query": {"pages": "\x1b[2J"}}).encode()),
        Fault(body=json.dumps({"continue": {"\x1b[2J": []}}).encode()),
    ],
)
def test_control_characters_do_not_reach_the_terminal(wiki: FakeWiki, tmp_path: Path, fault: Fault) -> None:
    wiki.server.faults.append(fault)
    with pytest.raises(InputError, match=r"\\x1b\[2J") as error:
        PageInfos(client(wiki), tmp_path).ask([1])
    assert str(error.value).isprintable()


def test_a_pins_title_is_escaped_too(wiki: FakeWiki, tmp_path: Path) -> None:
    pin = Revision(1, 2000, "2020-01-02T03:04:05Z", "0" * 40, "\x1b[2J\nTítulo")
    with pytest.raises(InputError, match=r"«\\x1b\[2J Título»") as error:
        extract_api(params(0), 1, [pin], tmp_path / "a", client(wiki), tmp_path / "state")
    assert str(error.value).isprintable()


def test_only_a_band_of_a_large_wiki_is_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_sampling, "_MAX_BAND", 100)
    expected = list(api_sampling.ordered_ids(900, 1, 10))
    assert list(api_sampling.ordered_ids(900, 1, 10**9)) == expected
    assert sorted(expected) == list(range(1, 901))
