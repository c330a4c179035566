"""When a server is asked again: urllib3's Retry counts the tries, and says how long to wait between them.

It is asked here and not in requests' adapter, which is done with a reply's head: a body that breaks off and
MediaWiki's `maxlag`, which comes with HTTP 200, are faults of the same count, and while one waits the time of
no reply may run.
"""

import sys
from collections.abc import Callable
from contextlib import suppress

from requests import Response
from tqdm import tqdm
from urllib3.exceptions import HTTPError, MaxRetryError
from urllib3.util import Retry

from minillm.errors import InputError

RETRIES = Retry(
    total=9,
    status_forcelist=(408, 425, 429, *range(500, 600)),
    backoff_factor=1,
    backoff_jitter=1,
    backoff_max=60,
    retry_after_max=10**9,
)
"""Ten tries in four minutes: after waits of 1 s, 2 s, 4 s … 60 s, or those that the server asks for."""
MAX_RETRY_AFTER_SECONDS = 600.0
"""A server that asks for more is left alone: urllib3 would come back too early."""

_FIRST_WAIT_SECONDS = 1.0  # urllib3 has none


class TransientError(Exception):
    """A fault that another try may not have, and the reply that had it, if there was one."""

    def __init__(self, reason: str, response: Response | None = None) -> None:
        super().__init__(reason)
        self.retry_after_seconds = 0.0
        """How long the server wants to be left alone (RFC 9110, 10.2.3); 0 if it did not say."""
        if response is not None:
            # What the parser makes of dates and numbers that are none.
            with suppress(HTTPError, ValueError, OverflowError, TypeError):
                self.retry_after_seconds = RETRIES.parse_retry_after(response.headers.get("Retry-After", ""))


def wait(source: str, fault: TransientError, retries: Retry, sleep: Callable[[float], None]) -> Retry:
    """Say for how long, and do so; the tries that are left. InputError if that was the last one.

    `source`: the parameter that names the server, and its value.
    """
    asked_seconds, left = fault.retry_after_seconds, None
    if asked_seconds <= MAX_RETRY_AFTER_SECONDS:
        with suppress(MaxRetryError):
            left = retries.increment(error=fault)
    if left is None:
        when = f"in {asked_seconds:.0f} s" if asked_seconds else "later"
        raise InputError(
            f"{source}: given up after {len(retries.history) + 1} tries ({fault}); run it again {when}: "
            "what is downloaded stays"
        )
    seconds = max(left.get_backoff_time(), _FIRST_WAIT_SECONDS, asked_seconds)
    tqdm.write(f"{source}: {fault}; asking again in {seconds:.0f} s", file=sys.stderr)
    sleep(seconds)
    return left
