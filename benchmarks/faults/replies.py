"""Hostile replies of a wiki, and of a server of dumps, on loopback, through the extract stage."""

import hashlib
import json
import re
from pathlib import Path
from random import Random
from socket import socket
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from benchmarks.faults.mutations import damaged
from benchmarks.faults.outcome import OtherOutputError
from minillm.params import ExtractParams, read_params
from minillm.wikipedia.api import WikiApi
from minillm.wikipedia.api_extraction import extract_api
from minillm.wikipedia.articles import read_articles
from minillm.wikipedia.dump_download import download
from tests.wikipedia.wire import speaking

CONTACT = "faults@example.org"
TEXTS = {number: f"Página {number}, con texto." * number for number in range(1, 13)}
SITEINFO = {
    "general": {"sitename": "Wiki", "base": "http://localhost/wiki/Portada", "lang": "es", "wikiid": "wiki"},
    "rightsinfo": {"url": "https://example.org/licence", "text": "CC BY-SA 4.0"},
}
ODD: list[Any] = [
    None, True, False, 0, 1, -1, 2**31, 2**63, 10**18, 10**400, 0.5, 1e308, "", "1", "x" * 20_000, "\x00",
    "\x1b[31m", "\u202e", "\ud800", "\n", [], [[]], {}, {"": ""}, [1] * 1000, {"a": {"b": {"c": []}}},
    "2026-13-40T99:00:00Z",
]  # fmt: skip
NO_JSON = [b"<html>", b"[" * 10**5, b'{"query":' * 10**4, b"NaN", b"\xff\xfe"]
HTTP = [
    b"",
    *(
        b"HTTP/1.1 " + rest + b"\r\n\r\n"
        for rest in (
            b"302 Found\r\nLocation: /again",
            b"302 Found\r\nLocation: http://a%00b/\x00",
            b"429 Too Many Requests\r\nRetry-After: 99999999999999",
            b"503 Service Unavailable\r\nRetry-After: Tue, 99 Nov 99999 00:00:00 GMT",
            b"404 \x1b[31m",
            b"200 OK\r\nContent-Length: abc",
            b"200 OK\r\nTransfer-Encoding: chunked",
            b"200 OK\r\nContent-Encoding: gzip",
            b"416 Range Not Satisfiable",
            b"206 Partial Content",
        )
    ),
]
DUMP = bytes(range(256)) * 1000
NAMES = [
    "missing",
    "invalid",
    "redirect",
    "continue",
    "error",
    "query",
    "pages",
    "revid",
    "pageid",
    "badrevids",
    "texthidden",
]


def attack(random: Random, folder: Path) -> None:
    """replies of a wiki: wrong types, missing keys, huge numbers, control characters, no JSON, no HTTP"""
    values = read_params(Path("params.yaml")).extract.model_dump()
    changes = {"source": "api", "contact": CONTACT, "articles": 6, "min_chars": 1}
    params = ExtractParams.model_validate(values | changes)
    out = folder / "articles.parquet"
    with speaking(HostileServer(random).speak) as url:
        if random.random() < 0.2:
            attack_download(url, folder)
            return
        api = WikiApi(url, CONTACT, sleep=lambda _seconds: None)
        extract_api(params, 1, [], out, api, folder / "state")
    articles = list(read_articles(out))
    if any(each.wikitext not in TEXTS.values() for each in articles):
        raise OtherOutputError("a text that the wiki does not have")
    if len({each.page_id for each in articles}) < len(articles):
        raise OtherOutputError("an article twice")


def attack_download(url: str, folder: Path) -> None:
    """Fetch what the server has in place of a dump."""
    checksum = hashlib.sha256(DUMP).hexdigest()
    if download(url, checksum, folder, sleep=lambda _seconds: None).read_bytes() != DUMP:
        raise OtherOutputError("another dump than the server's")


class HostileServer:
    """A wiki and its dump that do not always answer what a wiki answers."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._honest = random.choice([0, 0.5, 0.9])

    def speak(self, connection: socket, request: bytes) -> None:
        """Answer one request."""
        address = urlsplit(request.split(b" ")[1].decode("latin-1"))
        body = self._reply(dict(parse_qsl(address.query))) if address.query else DUMP
        start = int(found[1]) if (found := re.search(rb"Range: bytes=([0-9]{1,9})-", request)) else 0
        status = f"206 Partial Content\r\nContent-Range: bytes {start}-/*" if start else "200 OK"
        head = (
            f'HTTP/1.1 {status}\r\nConnection: close\r\nETag: "1"\r\nContent-Length: {len(body) - start}\r\n'
        )
        reply = f"{head}\r\n".encode() + body[start:]
        if self._random.random() > self._honest:
            match self._random.randrange(10):
                case 0:
                    reply, _ = damaged(reply, self._random, HTTP)
                case 1:  # where it is read with most care
                    damage, _ = damaged(reply[: len(head)], self._random, HTTP)
                    reply = damage + reply[len(head) :]
        connection.sendall(reply)

    def _reply(self, params: dict[str, str]) -> bytes:
        reply, random = honest(params), self._random
        if random.random() < self._honest:
            return json.dumps(reply).encode()
        for _ in range(random.choice([1, 1, 2, 5])):
            reply = mutated(reply, random)
        body = json.dumps(reply).encode()
        if random.random() < 0.1:
            body, _ = damaged(body, random, NO_JSON)
        return body


def honest(params: dict[str, Any]) -> Any:
    """What MediaWiki answers about itself, or about pages n with revision 1000 + n."""
    if params.get("meta") == "siteinfo":
        return {"batchcomplete": True, "query": SITEINFO}
    ids = [int(number) for number in str(params.get("pageids", "")).split("|") if number]
    ids += [int(number) - 1000 for number in str(params.get("revids", "")).split("|") if number]
    return {"batchcomplete": True, "query": {"pages": [page(number) for number in ids]}}


def page(number: int) -> dict[str, Any]:
    """One page of a reply."""
    if number not in TEXTS:
        return {"pageid": number, "missing": True}
    content = TEXTS[number].encode()
    sha1 = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    main = {"size": len(content), "sha1": sha1, "content": TEXTS[number]}
    return {
        "pageid": number,
        "ns": 0,
        "title": f"Página {number}",
        "length": len(content),
        "lastrevid": 1000 + number,
        "revisions": [{"revid": 1000 + number, "timestamp": "2026-01-02T03:04:05Z", "slots": {"main": main}}],
    }


def mutated(reply: Any, random: Random) -> Any:
    """The reply with one value in it exchanged, removed, added or doubled."""
    if not isinstance(reply, dict | list) or not reply or random.random() < 0.1:
        return random.choice(ODD)
    copy = reply.copy()
    key = random.choice(list(copy) if isinstance(copy, dict) else range(len(copy)))
    match random.randrange(8):
        case 0:
            del copy[key]
        case 1 if isinstance(copy, dict):
            copy[random.choice(NAMES)] = random.choice([*ODD, copy[key]])
        case 1 if isinstance(copy, list):
            copy.append(random.choice([*ODD, copy[key]]))
        case _:
            copy[key] = mutated(copy[key], random)
    return copy
