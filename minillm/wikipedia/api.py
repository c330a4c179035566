"""A polite client of MediaWiki's action API: one request at a time, and every fault told from an answer.

Politeness (https://www.mediawiki.org/wiki/API:Etiquette): a User-Agent with the operator's contact, gzip,
`maxlag=5` (the wiki refuses us while its replicas lag), a rate under the published ceiling, `Retry-After`
honoured, and between tries an exponential back-off with jitter. The number of tries is bounded.

What is tried again: connections that fail or break, HTTP 429 and 5xx, bodies that are no JSON (an HTML page,
a cut reply), and with HTTP 200 the errors `maxlag`, `ratelimited`, `readonly`, `internal_api_error_…`.
Whatever else the wiki answers stays the same however often one asks: an InputError with its own words.

What a wiki can make of this by ill will or by a fault is bounded too: each reply in bytes and seconds, each
query in replies and bytes, each run in requests, bytes and seconds. No honest wiki meets these bounds.
"""

import random
import sys
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from typing import TypeVar
from urllib.parse import urlencode, urlsplit

import requests
from tqdm import tqdm
from urllib3.exceptions import HTTPError

from minillm.errors import InputError
from minillm.wikipedia.connection import Session, TooLargeError, in_short, read_body, retry_after_seconds
from minillm.wikipedia.replies import Answer, Json, ReplyError, answer, printable

REQUESTS_PER_MINUTE = 150
"""Wikimedia allows 200 with a compliant User-Agent (Wikimedia_APIs/Rate_limits, as published in 2026)."""
MAX_TRIES = 10
"""Their waits sum up to about four minutes, and `Retry-After` may make them longer."""
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

_FIRST_WAIT_SECONDS = 1.0
_MAX_WAIT_SECONDS = 60.0
_MAX_RETRY_AFTER_SECONDS = 600.0
_CONNECT_SECONDS = 10.0
_READ_SECONDS = 60.0  # without a single byte
_REPLY_SECONDS = 300.0  # for a whole reply: one that trickles in must end too
_MAX_REPLY_BYTES = 64 * 2**20  # MediaWiki truncates at 8 MiB of content ($wgAPIMaxResultSize)
_WORDS_BYTES = 1000  # of an error's page
_MAX_URL_CHARACTERS = 2000  # longer queries are POSTed; some servers refuse URLs from 8 KB on
_MAXLAG_SECONDS = 5
_TRANSIENT_ERRORS = {"maxlag", "ratelimited", "readonly"}

T = TypeVar("T")


class _TransientError(Exception):
    """A fault that another try may not have, and when the wiki wants to be asked again, if it said so."""

    def __init__(self, reason: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after_seconds = retry_after_seconds


class WikiApi:
    """One wiki's API, over one connection that stays open."""

    def __init__(
        self,
        url: str,
        contact: str,
        *,
        requests_per_minute: float | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Check address and contact; nothing is sent yet. By default the pace is that of a public wiki.

        Raises InputError if `url` is no address of an API or `contact` does not say whom to write to.
        """
        _check_contact(contact)
        self._url = _checked_url(url)
        # A wiki on this very machine is nobody else's: there is no one to be polite to.
        is_ours = urlsplit(url).hostname in ("127.0.0.1", "::1", "localhost")
        pace = requests_per_minute or (float("inf") if is_ours else REQUESTS_PER_MINUTE)
        self._interval_seconds = 60 / pace
        self._sleep = sleep
        self._last_start = float("-inf")
        self._has_answered = False
        # For waits alone, so that many clients do not come back all at once; no output depends on it.
        self._jitter = random.Random()  # noqa: S311
        self._requests = self._bytes = 0
        self._start = float("inf")
        self._session = Session()
        self._session.headers.update({"User-Agent": user_agent(contact), "Accept-Encoding": "gzip"})

    def query(self, **params: str | int) -> Iterator[Json]:
        """Yield the `query` part of each reply to one query, following `continue` to its end.

        A result too large for the wiki's limit is cut, and its `continue` may then repeat for ever: the
        second time that one comes, the query ends, and what it has not brought has to be asked for again.
        """
        fixed = {"action": "query", "format": "json", "formatversion": 2, "maxlag": _MAXLAG_SECONDS} | params
        seen: list[Json] = [{}]
        before = self._bytes
        for _ in range(MAX_QUERY_REPLIES):
            reply = self._reply({**fixed, **seen[-1]})
            yield reply.query
            if not reply.continuation or reply.continuation in seen[-10:]:
                return
            if not reply.continuation.keys().isdisjoint(fixed):
                raise self._refusal(
                    params, f"continue changes the query: {printable(str(reply.continuation))}"
                )
            if self._bytes - before > MAX_QUERY_BYTES:
                raise self._refusal(params, f"more than {MAX_QUERY_BYTES} bytes")
            seen.append(reply.continuation)
        raise self._refusal(params, f"`continue` after {MAX_QUERY_REPLIES} replies")

    def read(self, parse: Callable[[Json], T], **params: str | int) -> Iterator[T]:
        """Yield what `parse` makes of each reply; InputError that names the query where it cannot."""
        for query in self.query(**params):
            try:
                value = parse(query)
            except ReplyError as error:
                raise self._refusal(params, str(error)) from None
            yield value

    def _refusal(self, params: Json, what: str) -> InputError:
        asked = printable(", ".join(f"{name}={value}" for name, value in params.items()), 80)
        return InputError(
            f"extract.api_url = {self._url}: to {asked} … it replies {what}; no MediaWiki from "
            "1.32 on does: what is downloaded stays, take another wiki or a dump"
        )

    def _reply(self, params: Json) -> Answer:
        """Ask until there is an answer, or the tries are used up."""
        tries = 0
        while True:
            self._wait_for_turn()
            self._check_bounds()
            try:
                reply = self._request(params)
            except _TransientError as fault:
                tries += 1
                self._has_answered |= fault.retry_after_seconds is not None
                wait_seconds = self._wait_seconds(fault, tries)
                tqdm.write(f"{self._host}: {fault}; asking again in {wait_seconds:.0f} s", file=sys.stderr)
                self._sleep(wait_seconds)
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
                    f"extract.api_url = {self._url}: given up after {most:.0f} {unit}; what is downloaded "
                    "stays: run it again to go on, or take a dump (extract.source = dump)"
                )

    def _wait_for_turn(self) -> None:
        wait_seconds = self._last_start + self._interval_seconds - time.monotonic()
        if wait_seconds > 0:
            self._sleep(wait_seconds)
        self._last_start = time.monotonic()

    def _wait_seconds(self, fault: _TransientError, tries: int) -> float:
        """How long to wait after the fault; InputError if it was one too many."""
        if not self._has_answered and tries >= FIRST_TRIES:
            raise InputError(
                f"extract.api_url = {self._url}: no answer from a MediaWiki API in {tries} tries ({fault}); "
                "check the address (it ends in /api.php) and the network, or set extract.source to dump"
            )
        asked_seconds = fault.retry_after_seconds or 0.0
        if tries >= MAX_TRIES or asked_seconds > _MAX_RETRY_AFTER_SECONDS:
            when = f"in {asked_seconds:.0f} s" if asked_seconds else "later"
            raise InputError(
                f"extract.api_url = {self._url}: given up after {tries} tries ({fault}); "
                f"run it again {when}: what is downloaded stays"
            )
        backoff_seconds = min(_MAX_WAIT_SECONDS, _FIRST_WAIT_SECONDS * 2.0 ** (tries - 1))
        return max(backoff_seconds * self._jitter.uniform(0.5, 1.5), asked_seconds)

    def _request(self, params: Json) -> Answer:
        """One request and its answer; _TransientError if it failed."""
        is_long = len(self._url) + len(urlencode(params)) > _MAX_URL_CHARACTERS
        with self._session.time_limit(_REPLY_SECONDS) as limit:
            try:
                with self._session.request(
                    "POST" if is_long else "GET",
                    self._url,
                    params=None if is_long else params,
                    data=params if is_long else None,
                    timeout=(_CONNECT_SECONDS, _READ_SECONDS),
                    stream=True,
                ) as response:
                    self._check_status(response)
                    body = read_body(response, _MAX_REPLY_BYTES)
            except TooLargeError as error:
                self._bytes += _MAX_REPLY_BYTES
                raise _TransientError(str(error)) from None
            except (requests.RequestException, HTTPError) as error:
                reason = in_short(error)
            else:
                self._bytes += len(body)
                reason = ""
        if limit.is_over:
            raise _TransientError(f"a reply that was not there after {_REPLY_SECONDS:.0f} s")
        if reason:
            raise _TransientError(reason)
        return self._answer(body, params, retry_after_seconds(response))

    def _check_status(self, response: requests.Response) -> None:
        status = response.status_code
        if status == 200:
            return
        if status == 429 or status >= 500:
            raise _TransientError(f"HTTP {status}", retry_after_seconds(response))
        target = response.headers.get("Location", "")
        words = (
            f"moved to {target}"
            if target
            else response.raw.read(_WORDS_BYTES, decode_content=False).decode(errors="replace")
        )
        advice = "check extract.contact" if status == 403 else "check the address, which ends in /api.php"
        raise InputError(f"extract.api_url = {self._url}: HTTP {status}, '{printable(words)}'; {advice}")

    def _answer(self, body: bytes, params: Json, retry_after_seconds: float | None) -> Answer:
        try:
            reply = answer(body)
        except ReplyError as error:
            raise self._refusal(params, str(error)) from None
        if reply is None:
            raise _TransientError(f"{len(body)} bytes that are no JSON")
        if reply.error is None:
            return reply
        code, info = printable(reply.error[0], 60), printable(reply.error[1], 300)
        if code in _TRANSIENT_ERRORS or code.startswith("internal_api_error"):
            raise _TransientError(f"{code}, {info:.200}", retry_after_seconds or 0.0)
        raise InputError(f"extract.api_url = {self._url}: refused, {code}: {info}")

    @property
    def hostname(self) -> str:
        """Where it is asked, without the port."""
        return urlsplit(self._url).hostname or ""

    @property
    def _host(self) -> str:
        return urlsplit(self._url).netloc


def user_agent(contact: str) -> str:
    """`name/version (contact) library/version`, the form of Wikimedia's User-Agent policy."""
    return f"miniLLM/{version('minillm')} ({contact}) python-requests/{requests.__version__}"


def _check_contact(contact: str) -> None:
    is_header_safe = contact.isascii() and contact.isprintable() and not set(contact) & set("()")
    if not (is_header_safe and ("@" in contact or "://" in contact)):
        raise InputError(
            f"extract.contact = {contact!r:.60}: a wiki has to know whom to write to when a download "
            "disturbs it; write your e-mail address or the URL of your user page, in ASCII: "
            "dvc exp run -S extract.contact=you@example.org"
        )


def _checked_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise InputError(
            f"extract.api_url = {url!r:.100}: must be the http(s) address of a MediaWiki's api.php, "
            "as https://es.wikipedia.org/w/api.php"
        )
    return url
