"""A polite client of MediaWiki's action API: one request at a time, and every fault told from an answer.

Politeness (https://www.mediawiki.org/wiki/API:Etiquette): a User-Agent with the operator's contact, gzip,
`maxlag=5` (the wiki refuses us while its replicas lag), a rate under the published ceiling, and between a
bounded number of tries waits that grow, or are as long as the wiki asks (`retries.py`).

What is tried again: connections that fail or break, HTTP 429 and 5xx, bodies that are no JSON (an HTML page,
a cut reply), and with HTTP 200 the errors `maxlag`, `ratelimited`, `readonly`, `internal_api_error_…`.
Whatever else the wiki answers stays the same however often one asks: an InputError with its own words.

What a wiki can make of this by ill will or by a fault is bounded too: each reply in bytes and seconds, each
query in replies and bytes, each run in requests, bytes and seconds. No honest wiki meets these bounds.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TypeVar
from urllib.parse import urlsplit

from requests import Response

from minillm.errors import InputError, shown
from minillm.wikipedia.connection import Session, check_contact, read_body
from minillm.wikipedia.replies import Answer, Json, ReplyError, answer, printable
from minillm.wikipedia.retries import RETRIES, TransientError, wait

REQUESTS_PER_MINUTE = 150
"""Wikimedia allows 200 with a compliant User-Agent (Wikimedia_APIs/Rate_limits, as published in 2026)."""
FIRST_TRIES = 3
"""As long as nothing has ever answered, the address is more likely wrong than the wiki overloaded."""
MAX_REQUESTS = 500_000
"""A run's. All 11 million page ids of eswiki and the texts of its two million articles are 260,000."""
MAX_BYTES = 2**37
"""A run's, unpacked: 128 GiB. The whole text of eswiki is 22 GB."""
MAX_SECONDS = 3 * 24 * 3600.0
"""A run's, waits included: 500,000 requests take 56 hours."""
MAX_QUERY_REPLIES = 100
"""A query's. Of 50 revisions, each reply has one at least."""
MAX_QUERY_BYTES = 2**28
"""A query's, which are held in memory. 50 pages of 2 MiB ($wgMaxArticleSize), each byte escaped, are 200."""

_REPLY_SECONDS = 300.0  # for a whole reply: one that trickles in must end too
_MAX_REPLY_BYTES = 64 * 2**20  # MediaWiki truncates at 8 MiB of content ($wgAPIMaxResultSize)
_MAXLAG_SECONDS = 5
_TRANSIENT_ERRORS = {"maxlag", "ratelimited", "readonly"}

T = TypeVar("T")


class WikiApi:
    """One wiki's API, over one connection that stays open."""

    def __init__(self, url: str, contact: str, *, sleep: Callable[[float], None] = time.sleep) -> None:
        """Check address and contact; nothing is sent yet.

        Raises InputError if `url` is no address of an API or `contact` does not say whom to write to.
        """
        check_contact(contact)
        self.hostname = _hostname(url)
        """Where it is asked, without the port."""
        self._url = url
        self._source = f"extract.api_url = {printable(url)}"
        # A wiki on this very machine is nobody else's: there is no one to be polite to.
        is_ours = self.hostname in ("127.0.0.1", "::1", "localhost")
        self._interval_seconds = 0.0 if is_ours else 60 / REQUESTS_PER_MINUTE
        self._sleep = sleep
        self._last_start = float("-inf")
        self._has_answered = False
        self._requests = self._bytes = 0
        self._start = float("inf")
        self._session = Session(self._source, contact)
        self._session.headers["Accept-Encoding"] = "gzip"

    def read(self, parse: Callable[[Json], T], **params: str | int) -> Iterator[T]:
        """Yield what `parse` makes of the `query` part of each reply, to the end of its `continue`.

        Raises InputError that names the query where a reply is none that a MediaWiki gives.
        """
        try:
            for query in self._queries(params):
                yield parse(query)
        except ReplyError as error:
            asked = printable(", ".join(f"{name}={value}" for name, value in params.items()), 80)
            raise InputError(
                f"{self._source}: to {asked} … it replies {error}; no MediaWiki from 1.32 on does: what is "
                "downloaded stays, take another wiki or a dump"
            ) from None

    def _queries(self, params: Json) -> Iterator[Json]:
        """A result too large for the wiki's limit is cut, and its `continue` may then repeat for ever: the
        second time that one comes, the query ends, and what it has not brought has to be asked for again.
        """
        fixed = {"action": "query", "format": "json", "formatversion": 2, "maxlag": _MAXLAG_SECONDS} | params
        seen: list[Json] = [{}]
        before = self._bytes
        for _ in range(MAX_QUERY_REPLIES):
            reply = self._reply({**fixed, **seen[-1]})
            yield reply.query
            if reply.continuation in seen:
                return
            if not reply.continuation.keys().isdisjoint(fixed):
                raise ReplyError(f"continue changes the query: {printable(str(reply.continuation))}")
            if self._bytes - before > MAX_QUERY_BYTES:
                raise ReplyError(f"more than {MAX_QUERY_BYTES} bytes")
            seen.append(reply.continuation)
        raise ReplyError(f"`continue` after {MAX_QUERY_REPLIES} replies")

    def _reply(self, params: Json) -> Answer:
        """Ask until there is an answer, or the tries are used up."""
        retries = RETRIES
        while True:
            self._wait_for_turn()
            self._check_bounds()
            try:
                reply = self._request(params)
            except TransientError as fault:
                self._has_answered |= fault.retry_after_seconds > 0
                if not self._has_answered and len(retries.history) + 1 == FIRST_TRIES:
                    raise InputError(
                        f"{self._source}: no answer from a MediaWiki API in {FIRST_TRIES} tries ({fault}); "
                        "check the address (it ends in /api.php) and the network, or take a dump"
                    ) from None
                retries = wait(self._source, fault, retries, self._sleep)
            else:
                self._has_answered = True
                return reply

    def _check_bounds(self) -> None:
        """InputError if this run has asked this wiki for more than any needs."""
        self._start = min(self._start, time.monotonic())
        self._requests += 1
        for used, most, unit in (
            (self._requests, MAX_REQUESTS, "requests"),
            (self._bytes, MAX_BYTES, "bytes"),
            (time.monotonic() - self._start, MAX_SECONDS, "seconds"),
        ):
            if used > most:
                raise InputError(
                    f"{self._source}: given up after {most:.0f} {unit}; what is downloaded stays: run it "
                    "again to go on, or take a dump (extract.source = dump)"
                )

    def _wait_for_turn(self) -> None:
        wait_seconds = self._last_start + self._interval_seconds - time.monotonic()
        if wait_seconds > 0:
            self._sleep(wait_seconds)
        self._last_start = time.monotonic()

    def _request(self, params: Json) -> Answer:
        """One request and its answer; TransientError if it failed."""
        with (
            self._session.time_limit(_REPLY_SECONDS, "a reply"),
            self._session.opened(self._url, params=params) as response,
        ):
            body = read_body(response, _MAX_REPLY_BYTES)
        self._bytes += len(body)
        return self._answer(body, response)

    def _answer(self, body: bytes, response: Response) -> Answer:
        reply = answer(body)
        if reply is None:
            raise TransientError(f"{len(body)} bytes that are no JSON")
        if reply.error is None:
            return reply
        code, info = printable(reply.error[0], 60), printable(reply.error[1], 300)
        if code in _TRANSIENT_ERRORS or code.startswith("internal_api_error"):
            self._has_answered = True
            raise TransientError(f"{code}, {info:.200}", response)
        raise InputError(f"{self._source}: refused, {code}: {info}")


def _hostname(url: str) -> str:
    with suppress(ValueError):  # brackets that hold no IPv6 address
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname and not parts.query and not parts.fragment:
            return parts.hostname
    raise InputError(
        f"extract.api_url = {shown(url, 100)}: must be the http(s) address of a MediaWiki's api.php, "
        "as https://es.wikipedia.org/w/api.php"
    )
