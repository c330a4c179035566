"""Replies of a wiki as typed values: any JSON is either one here, or a ReplyError of one line.

Nothing behind this module looks into JSON. What was not asked for is refused, since a reply to another
question, out of a cache for instance, answers nothing of ours either; and so is a reply that says nothing of
something that was asked, where honest wikis always do.
"""

import json
import re
import reprlib
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from minillm.wikipedia.articles import text_sha1
from minillm.wikipedia.cache import RevisionText
from minillm.wikipedia.revisions import TIMESTAMP
from minillm.wikipedia.wiki import Wiki, described

Unavailable = Literal["missing", "deleted_text", "too_large", "sha1_mismatch"]
"""Why a revision has no text: it does not exist (or its page was deleted); it is hidden by an administrator
or lost by the wiki's storage; it alone is over the wiki's size limit; it came twice and never as declared."""

Json = dict[str, Any]

_MOST = 10**18  # ids fit into 64 bits, and into revisions.csv
_MOST_TITLE_CHARACTERS = 1000  # MediaWiki has 255 bytes and a namespace
_MOST_CONTINUE_CHARACTERS = 10_000  # of names and values together; MediaWiki's are titles, ids and timestamps
_TEMPLATE_NAMESPACE = 10
_CONTROL = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")  # none of these is in a MediaWiki title

_short = reprlib.Repr()
_short.maxstring = _short.maxother = _short.maxlong = 60
_short.maxlevel = _short.maxdict = _short.maxlist = 3


class ReplyError(ValueError):
    """A reply that no MediaWiki gives: what is wrong, with an excerpt."""


@dataclass(frozen=True, slots=True)
class Page:
    """What the wiki says about a page id without its text."""

    page_id: int
    namespace: int
    title: str
    is_redirect: bool
    size_bytes: int
    revision_id: int
    """The latest one."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply's parts."""

    query: Json
    continuation: dict[str, str | int]
    """To be sent with the next request; empty at the end."""
    error: tuple[str, str] | None
    """Code and words."""


def printable(text: str, most: int = 200) -> str:
    """What a server sent, in one line for a terminal: its control characters are escaped, the rest is cut."""
    line = " ".join(text[: 10 * most].split())
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in line[:most])


def answer(body: bytes) -> Answer | None:
    """The parts of a reply, or None if it is no JSON object, as after a fault on the way."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    error = value.get("error")
    if error is not None:
        fault = _object(error, "error")
        error = (_string(fault.get("code"), "error.code"), _string(fault.get("info", ""), "error.info"))
    query = _object(value.get("query") or {}, "query")  # PHP may write an empty object as []
    return Answer(query, _continuation(value.get("continue") or {}), error)


def _continuation(value: object) -> dict[str, str | int]:
    parts = _object(value, "continue")
    for name, part in parts.items():
        if type(part) not in (str, int):
            raise ReplyError(f"continue.{printable(name, 40)} = {_excerpt(part)}, neither text nor number")
    if sum(len(name) + len(str(part)) for name, part in parts.items()) > _MOST_CONTINUE_CHARACTERS:
        raise ReplyError(f"continue has more than {_MOST_CONTINUE_CHARACTERS} characters")
    return parts


def page_infos(query: Json, asked: Collection[int]) -> dict[int, Page | None]:
    """What a `prop=info` says of page ids that were asked for; None if there is no such page, or no more."""
    infos: dict[int, Page | None] = {}
    for page in _objects(query.get("pages", []), "pages"):
        page_id = _asked(page.get("pageid"), "pageid", asked)
        if "lastrevid" in page:
            info = _page(page, page_id)
            infos[page_id] = info if info.revision_id else None  # 0: the wiki has lost its revisions
        elif page.get("missing"):
            infos[page_id] = None
        else:
            raise ReplyError(f"page {page_id} is neither missing nor has it a lastrevid")
    return infos


def _page(page: Json, page_id: int) -> Page:
    title, redirect = _string(page.get("title"), "title"), page.get("redirect", False)
    if not 0 < len(title) <= _MOST_TITLE_CHARACTERS or _CONTROL.search(title):
        raise ReplyError(f"title = {_excerpt(title)} of page {page_id}")
    if not isinstance(redirect, bool):
        raise ReplyError(f"redirect = {_excerpt(redirect)} of page {page_id}")
    return Page(
        page_id,
        _number(page.get("ns"), "ns", least=-_MOST),
        title,
        redirect,
        _number(page.get("length"), "length"),
        _number(page.get("lastrevid"), "lastrevid"),
    )


def wiki_site(query: Json) -> Wiki:
    """What a `meta=siteinfo` says of the wiki itself, its licence (`rightsinfo`) included."""
    general, rights = (
        _object(query.get("general"), "general"),
        _object(query.get("rightsinfo") or {}, "rightsinfo"),
    )
    values = {
        "sitename": general.get("sitename"),
        "dbname": general.get("wikiid"),
        "base": general.get("base"),
        "language": general.get("lang"),
        "licence": rights.get("text", ""),
        "licence_url": rights.get("url", ""),
    }
    return described({name: _string(value, name) for name, value in values.items()})


def revision_texts(query: Json, asked: Collection[int]) -> dict[int, RevisionText | Unavailable]:
    """What a `prop=revisions` brings of the revisions that were asked for, each verified."""
    texts: dict[int, RevisionText | Unavailable] = {}
    for bad in _object(query.get("badrevids") or {}, "badrevids").values():
        revision_id = _object(bad, "badrevids").get("revid")
        texts[_asked(revision_id, "revid", asked)] = "missing"
    for page in _objects(query.get("pages", []), "pages"):
        for revision in _objects(page.get("revisions", []), "revisions"):
            revision_id = _asked(revision.get("revid"), "revid", asked)
            texts[revision_id] = _verified(revision, revision_id)
    return texts


def _verified(revision: Json, revision_id: int) -> RevisionText | Unavailable:
    if revision.get("slotsmissing") is True:
        return "deleted_text"
    if "slots" not in revision:
        raise ReplyError(f"revision {revision_id} without slots")
    main = _object(_object(revision["slots"], "slots").get("main"), "slots.main")
    if "content" not in main:
        return "deleted_text"
    wikitext = _string(main["content"], "content")
    timestamp = _string(revision.get("timestamp"), "timestamp")
    if not TIMESTAMP.fullmatch(timestamp):
        raise ReplyError(f"timestamp = {_excerpt(timestamp)} of revision {revision_id}")
    if not _is_as_declared(wikitext, main):
        return "sha1_mismatch"
    return RevisionText(revision_id, timestamp, wikitext)


def _is_as_declared(wikitext: str, slot: Json) -> bool:
    with suppress(UnicodeEncodeError):  # JSON can hold a lone surrogate, which no UTF-8 text does
        return (len(wikitext.encode()), text_sha1(wikitext)) == (slot.get("size"), slot.get("sha1"))
    return False


def template_pages(query: Json) -> list[tuple[str, str, str | None]]:
    """Title, wikitext and target of a redirect, of the pages that a `prop=revisions` by titles brings."""
    pages: list[tuple[str, str, str | None]] = [
        (_string(redirect.get("from"), "from"), "", _string(redirect.get("to"), "to"))
        for redirect in _objects(query.get("redirects", []), "redirects")
    ]
    for page in _objects(query.get("pages", []), "pages"):
        for revision in _objects(page.get("revisions", []), "revisions"):
            main = _object(_object(revision.get("slots"), "slots").get("main"), "slots.main")
            if page.get("ns") == _TEMPLATE_NAMESPACE and "content" in main:
                wikitext = _string(main["content"], "content")
                if _is_as_declared(wikitext, main):
                    pages.append((_string(page.get("title"), "title"), wikitext, None))
    return pages


def _excerpt(value: object) -> str:
    return printable(_short.repr(value))


def _asked(value: object, name: str, asked: Collection[int]) -> int:
    number = _number(value, name, least=1)
    if number not in asked:
        raise ReplyError(f"{name} = {number}, which was not asked for")
    return number


def _number(value: object, name: str, least: int = 0) -> int:
    if type(value) is not int or not least <= value < _MOST:  # True is an int too, and none here
        raise ReplyError(f"{name} = {_excerpt(value)}, no number from {least} on")
    return value


def _string(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise ReplyError(f"{name} = {_excerpt(value)}, no text")
    return value


def _object(value: object, name: str) -> Json:
    if not isinstance(value, dict):
        raise ReplyError(f"{name} = {_excerpt(value)}, no object")
    return value


def _objects(value: object, name: str) -> Iterator[Json]:
    if not isinstance(value, list):
        raise ReplyError(f"{name} = {_excerpt(value)}, no list")
    return (_object(each, name) for each in value)
