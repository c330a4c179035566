"""Hostile replies of a wiki through the extract stage, without a network."""

import hashlib
import json
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.faults.mutations import damaged
from benchmarks.faults.outcome import OtherOutputError
from minillm.params import ExtractParams, read_params
from minillm.wikipedia.api import WikiApi
from minillm.wikipedia.api_extraction import extract_api
from minillm.wikipedia.articles import read_articles
from minillm.wikipedia.replies import Answer

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
    """replies of a wiki: wrong types, missing keys, huge numbers, control characters, no JSON"""
    values = read_params(Path("params.yaml")).extract.model_dump()
    changes = {"source": "api", "contact": CONTACT, "articles": 6, "min_chars": 1}
    params = ExtractParams.model_validate(values | changes)
    out = folder / "articles.parquet"
    extract_api(params, 1, [], out, HostileWiki(random), folder / "state")
    articles = list(read_articles(out))
    if any(each.wikitext not in TEXTS.values() for each in articles):
        raise OtherOutputError("a text that the wiki does not have")
    if len({each.page_id for each in articles}) < len(articles):
        raise OtherOutputError("an article twice")


class HostileWiki(WikiApi):
    """A client whose wiki answers at once, and some of the time not what a wiki answers."""

    def __init__(self, random: Random) -> None:
        super().__init__("http://localhost/api.php", CONTACT, sleep=lambda _seconds: None)
        self._random = random
        self._honest = random.choice([0, 0.5, 0.9])

    def _request(self, params: dict[str, Any]) -> Answer:
        reply, random = honest(params), self._random
        if random.random() < self._honest:
            return self._answer(json.dumps(reply).encode(), params, None)
        for _ in range(random.choice([1, 1, 2, 5])):
            reply = mutated(reply, random)
        body = json.dumps(reply).encode()
        if random.random() < 0.1:
            body, _ = damaged(
                body, random, [b"<html>", b"[" * 10**5, b'{"query":' * 10**4, b"NaN", b"\xff\xfe"]
            )
        return self._answer(body, params, random.choice([None, None, 0.0, 5.0]))


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
