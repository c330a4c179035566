import hashlib
import json
from functools import reduce
from operator import getitem
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from minillm.wikipedia.cache import RevisionText
from minillm.wikipedia.replies import (
    Answer,
    Page,
    ReplyError,
    answer,
    page_infos,
    printable,
    revision_texts,
    wiki_site,
)
from minillm.wikipedia.wiki import Wiki

ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=[])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
SHA1 = hashlib.sha1(b"Uno", usedforsecurity=False).hexdigest()
MAIN = {"size": 3, "sha1": SHA1, "content": "Uno"}
PAGE = {
    "pageid": 1,
    "ns": 0,
    "title": "Página 1",
    "length": 3,
    "lastrevid": 1001,
    "revisions": [{"revid": 1001, "timestamp": "2026-01-02T03:04:05Z", "slots": {"main": MAIN}}],
}
SITE = {"sitename": "Prueba", "wikiid": "eswiki", "base": "https://w.example/wiki/A", "lang": "es"}
RIGHTS = {"url": "https://example.org/by-sa", "text": "CC BY-SA"}
REPLY: dict[str, Any] = {
    "continue": {"rvcontinue": "1|2", "continue": "||"},
    "query": {
        "pages": [PAGE, {"pageid": 2, "missing": True}],
        "badrevids": {"9": {"revid": 9, "missing": True}},
        "general": SITE,
        "rightsinfo": RIGHTS,
    },
}


def places(value: object) -> list[tuple[object, ...]]:
    """The ways to all values inside of one."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(), *((key, *rest) for key, each in inner for rest in places(each))]


def put(value: Any, place: tuple[Any, ...], new: object) -> Any:
    if not place:
        return new
    copy = value.copy()
    copy[place[0]] = put(value[place[0]], place[1:], new)
    return copy


def read(body: bytes) -> None:
    parts = answer(body)
    if parts:
        page_infos(parts.query, {1, 2})
        revision_texts(parts.query, {1001, 9})
        wiki_site(parts.query)


def fault(body: bytes) -> str:
    """What is wrong with it, or nothing; any other exception is a bug."""
    try:
        read(body)
    except ReplyError as error:
        return str(error)
    return ""


def test_an_honest_reply_is_read() -> None:
    parts = answer(json.dumps(REPLY).encode())
    assert parts == Answer(REPLY["query"], REPLY["continue"], None)
    assert page_infos(parts.query, {1, 2}) == {1: Page(1, 0, "Página 1", False, 3, 1001), 2: None}
    assert revision_texts(parts.query, {1001, 9}) == {
        9: "missing",
        1001: RevisionText(1001, "2026-01-02T03:04:05Z", "Uno"),
    }
    assert wiki_site(parts.query) == Wiki(
        "Prueba", "eswiki", "https://w.example/wiki/A", "es", "CC BY-SA", "https://example.org/by-sa"
    )


@given(place=st.sampled_from(places(REPLY)), value=ANY)
@example(place=("query", "pages", 0, "pageid"), value=True)
@example(place=("query", "pages", 0, "revisions", 0, "slots"), value=None)
@example(place=("query", "pages", 0, "title"), value="\ud800")
def test_any_json_in_any_place_is_a_value_or_one_line(place: tuple[object, ...], value: object) -> None:
    line = fault(json.dumps(put(REPLY, place, value)).encode())
    assert line.isprintable()
    assert len(line) < 400


@pytest.mark.parametrize("place", [place for place in places(REPLY) if place])
def test_a_reply_of_another_shape_is_a_value_or_one_line(place: tuple[Any, ...]) -> None:
    """A key is missing or has another name, a list stands for a value, an object for a list."""
    *way, last = place
    parent = reduce(getitem, way, REPLY)
    rest = dict(parent if isinstance(parent, dict) else enumerate(parent))
    value = rest.pop(last)
    for other in ({}, {"x": value}, {last: [value]}, {last: {"1": value}}):
        assert fault(json.dumps(put(REPLY, tuple(way), rest | other)).encode()).isprintable()


@given(error=ANY, body=st.binary())
def test_any_error_and_any_bytes_are_read(error: object, body: bytes) -> None:
    for each in (json.dumps({"error": error}).encode(), body):
        assert fault(each).isprintable()


@pytest.mark.parametrize("value", [-1, 1.5, 10**30, True])
def test_a_value_of_another_type_is_refused(value: object) -> None:
    free = {"size", "sha1", "missing", "rvcontinue", "ns"}  # the first two only have to be equal
    checked = [place for place in places(REPLY) if place and place[-1] not in free]
    checked.remove(("continue", "continue"))
    assert len(checked) > 12
    for place in checked:
        with pytest.raises(ReplyError):
            read(json.dumps(put(REPLY, place, value)).encode())


def test_a_declared_lone_surrogate_is_no_text() -> None:
    place = ("query", "pages", 0, "revisions", 0, "slots", "main", "content")
    query = put(REPLY, place, "\ud800")["query"]
    assert revision_texts(query, {1001, 9})[1001] == "sha1_mismatch"


@given(st.text(st.characters(exclude_categories=[])))
def test_what_is_printed_is_one_line_without_control_characters(text: str) -> None:
    assert printable(text).isprintable()
    assert printable("Ávila «ñ» 東京") == "Ávila «ñ» 東京"
    assert printable("a\n\x1b[31mb\u202e\x9b") == "a \\x1b[31mb\\u202e\\x9b"


def test_a_wikis_address_is_one_of_the_web_or_none() -> None:
    query = {"general": SITE | {"base": "javascript:1", "sitename": "A\u202e\nB"}}  # and no rightsinfo
    assert wiki_site(query) == Wiki("A B", "eswiki", "", "es")
