"""A dump from an http(s) address: fetched once, in as many pieces as the network needs, and verified.

What there is so far lies in FILE.part, and beside it in FILE.json which version of the remote file it is of
(ETag or Last-Modified). A connection that breaks, or a process that is killed at any moment, goes on from
there with a Range request; If-Range makes the server send everything again if the file has changed. The file
gets its name only when its checksum is right, and each later run verifies it again: what the stage reads is
a function of its parameters, whatever happened to the disk or the server.
"""

import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn
from urllib.parse import unquote, urlsplit

import requests
from filelock import FileLock
from tqdm import tqdm
from urllib3.exceptions import HTTPError

from minillm.errors import InputError
from minillm.files import write_json

ATTEMPTS_WITHOUT_PROGRESS = 6
"""Then the download is given up; what is there stays for the next run. The waits double: a minute in all."""

_FIRST_WAIT_SECONDS = 2.0
_CONNECT_SECONDS, _SILENCE_SECONDS = 10.0, 60.0
_CHUNK_BYTES = 2**16  # what a broken connection loses of what it sent, at most
_HEADERS = {
    "User-Agent": "miniLLM (a pipeline that reads Wikimedia dumps; python-requests)",
    "Accept-Encoding": "identity",  # the file's own bytes, which the checksum is of
}
_ALGORITHMS = {40: "sha1", 64: "sha256"}
_WORTH_ANOTHER_TRY = {408, 425, 429, 500, 502, 503, 504}


class _TryAgainError(Exception):
    """The server or the network failed in a way that may pass."""


def download(url: str, checksum: str, folder: Path, wait: Callable[[float], None] = time.sleep) -> Path:
    """The path in `folder` of a whole, verified copy; fetches what is missing of it.

    `checksum`: SHA-1 (40 hexadecimal digits) or SHA-256 (64). Two runs at once take turns. Raises InputError
    if the address does not answer well or what it sends has another checksum.
    """
    name = Path(unquote(urlsplit(url).path)).name or "dump"
    # Its own folder for each version of a file: eswiki-latest-… changes twice a month.
    target = folder / checksum[:16] / name
    target.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(target.with_name(f"{name}.lock")):
        if target.is_file():
            if _digest(target, checksum) == checksum:
                return target
            target.unlink()  # the disk's fault: it was right when it got its name
        partial = target.with_name(f"{name}.part")
        _fetch(url, partial, wait)
        found = _digest(partial, checksum)
        if found != checksum:
            partial.unlink()
            raise InputError(
                f"extract.dump_url = {url}: its {_ALGORITHMS[len(checksum)]} is {found} and not "
                f"extract.dump_checksum = {checksum}; take the checksum that is published beside the file"
            )
        partial.replace(target)
        _version_of(partial).unlink(missing_ok=True)
        return target


def _fetch(url: str, partial: Path, wait: Callable[[float], None]) -> None:
    """Append to `partial` until it is whole, or give up."""
    failures = 0
    with tqdm(desc=partial.stem, unit="B", unit_scale=True, unit_divisor=1000, disable=None) as progress:
        while True:
            before = partial.stat().st_size if partial.is_file() else 0
            try:
                return _request(url, partial, before, progress)
            except (_TryAgainError, requests.ConnectionError, requests.Timeout, HTTPError) as error:
                reason = " ".join(str(error).split())[:200]
            except requests.RequestException as error:
                raise InputError(f"extract.dump_url = {url}: {' '.join(str(error).split())[:200]}") from None
            now = partial.stat().st_size if partial.is_file() else 0
            failures = 1 if now > before else failures + 1
            if failures == ATTEMPTS_WITHOUT_PROGRESS:
                raise InputError(
                    f"extract.dump_url = {url}: given up after {failures} attempts ({reason}); {now} bytes "
                    f"are kept, run it again to go on"
                )
            wait(_FIRST_WAIT_SECONDS * 2 ** (failures - 1))


def _request(url: str, partial: Path, size: int, progress: "tqdm[NoReturn]") -> None:
    """One request for what is missing; returns when the file is whole."""
    version = _read_version(partial) if size else ""
    headers = _HEADERS | ({"Range": f"bytes={size}-", "If-Range": version} if version else {})
    with requests.get(
        url, headers=headers, stream=True, timeout=(_CONNECT_SECONDS, _SILENCE_SECONDS)
    ) as answer:
        if answer.status_code in _WORTH_ANOTHER_TRY:
            raise _TryAgainError(f"HTTP {answer.status_code}")
        have = answer.headers.get("Content-Range", "")
        if answer.status_code == 416 and have == f"bytes */{size}":
            return  # nothing is missing
        start = size if answer.status_code == 206 else 0
        if answer.status_code == 416 or (start and not have.startswith(f"bytes {start}-")):
            _version_of(partial).unlink(missing_ok=True)  # so the next request asks for all of it
            raise _TryAgainError(f"HTTP {answer.status_code} with {have or 'no range'} for bytes {size}-")
        if answer.status_code not in (200, 206):
            raise InputError(f"extract.dump_url = {url}: HTTP {answer.status_code} {answer.reason}")
        _append(answer, partial, start, progress)


def _append(answer: requests.Response, partial: Path, start: int, progress: "tqdm[NoReturn]") -> None:
    """Write the body from byte `start` on."""
    length = int(answer.headers["Content-Length"]) if "Content-Length" in answer.headers else None
    if not start:
        partial.unlink(missing_ok=True)  # first: never the bytes of one version under the name of another
        strong = answer.headers.get("ETag", "")
        version = strong if strong.startswith('"') else answer.headers.get("Last-Modified", "")
        write_json(_version_of(partial), {"version": version})
    progress.total = None if length is None else start + length
    progress.n = start
    received = 0
    with partial.open("ab") as file:
        while chunk := answer.raw.read(_CHUNK_BYTES, decode_content=False):
            file.write(chunk)
            received += len(chunk)
            progress.update(len(chunk))
    if length is not None and received < length:
        raise _TryAgainError(f"the connection ended after {start + received} of {start + length} bytes")


def _version_of(partial: Path) -> Path:
    return partial.with_suffix(".json")


def _read_version(partial: Path) -> str:
    try:
        return str(json.loads(_version_of(partial).read_text(encoding="utf-8"))["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _digest(path: Path, checksum: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, _ALGORITHMS[len(checksum)]).hexdigest()
