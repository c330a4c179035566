"""A dump from an http(s) address: fetched once, in as many pieces as the network needs, and verified.

What there is so far lies in FILE.part, and beside it in FILE.json which version of the remote file it is of
(ETag or Last-Modified). A connection that breaks, or a process that is killed at any moment, goes on from
there with a Range request; If-Range makes the server send everything again if the file has changed. The file
gets its name only when its checksum is right, and each later run verifies it again: what the stage reads is
a function of its parameters, whatever happened to the disk or the server.

It ends with every server: a piece of 64 KiB has a minute, each run a number of requests, of bytes and of
seconds; before a byte is written, there has to be room for all of them.
"""

import hashlib
import json
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn
from urllib.parse import unquote

from requests import Response
from tqdm import tqdm

from minillm.errors import InputError
from minillm.files import write_json
from minillm.wikipedia.connection import Session, TimeLimit, check_contact
from minillm.wikipedia.disk import check_room, free_bytes
from minillm.wikipedia.replies import printable
from minillm.wikipedia.retries import RETRIES, TransientError, wait
from minillm.wikipedia.state import file_name, turn

MAX_REQUESTS = 1000
"""Of a run: a broken connection every 5 MB of eswiki's 5 GB."""
MAX_SECONDS = 7 * 24 * 3600.0
"""Of a run: with eswiki, 8 kB a second."""
MAX_BYTES = 2**40
"""Of a file whose length the server does not say. Wikimedia's do, and it is checked against the disk."""
MAX_REDIRECTS = 5

_CHUNK_BYTES = 2**16  # what a broken connection loses of what it sent, at most; and the least progress
_CHUNK_SECONDS = 60.0  # for a chunk, or a reply's headers: a kilobyte a second
_VERSION = re.compile("[ -~]{1,200}")  # what may go into the header of a request
_ALGORITHMS = {40: "sha1", 64: "sha256"}


def download(
    url: str, checksum: str, folder: Path, contact: str = "", sleep: Callable[[float], None] = time.sleep
) -> Path:
    """The path in `folder` of a whole, verified copy; fetches what is missing of it.

    `checksum`: SHA-1 (40 hexadecimal digits) or SHA-256 (64); `contact`: whom the server may write to, or
    nothing. Two runs at once take turns. Raises InputError if the address does not answer well or what it
    sends has another checksum.
    """
    if contact:
        check_contact(contact)
    # Its own folder for each version of a file: eswiki-latest-… changes twice a month.
    target = folder / checksum[:16] / (file_name(unquote(re.split("[?#]", url)[0]).split("/")[-1]) or "dump")
    with turn(target.parent):
        if target.is_file():
            if _digest(target, checksum) == checksum:
                return target
            target.unlink()  # the disk's fault: it was right when it got its name
        partial = target.with_name(f"{target.name}.part")
        with Session(f"extract.dump_url = {printable(url)}", contact) as session:
            _fetch(session, url, partial, sleep)
        found = _digest(partial, checksum)
        if found != checksum:
            partial.unlink()
            raise InputError(
                f"{session.source}: its {_ALGORITHMS[len(checksum)]} is {found} and not "
                f"extract.dump_checksum = {checksum}; take the checksum that is published beside the file"
            )
        partial.replace(target)
        _version_of(partial).unlink(missing_ok=True)
        return target


def _fetch(session: Session, url: str, partial: Path, sleep: Callable[[float], None]) -> None:
    """Append to `partial` until it is whole, or give up."""
    retries, end = RETRIES, time.monotonic() + MAX_SECONDS
    with tqdm(desc=partial.stem, unit="B", unit_scale=True, unit_divisor=1000, disable=None) as progress:
        for _ in range(MAX_REQUESTS):
            before = _size(partial)
            try:
                with session.time_limit(_CHUNK_SECONDS, f"a piece of {_CHUNK_BYTES} bytes") as limit:
                    return _request(session, url, partial, before, progress, limit)
            except TransientError as fault:
                if time.monotonic() > end:
                    break
                retries = RETRIES if _size(partial) >= before + _CHUNK_BYTES else retries
                retries = wait(session.source, fault, retries, sleep)
    raise InputError(
        f"{session.source}: given up after {MAX_REQUESTS} requests or {MAX_SECONDS:.0f} seconds; "
        "run it again to go on: what is downloaded stays"
    )


def _request(
    session: Session, url: str, partial: Path, size: int, progress: "tqdm[NoReturn]", limit: TimeLimit
) -> None:
    """One request for what is missing; returns when the file is whole."""
    version = _read_version(partial) if size else ""
    headers = {"Accept-Encoding": "identity"}  # the file's own bytes, which the checksum is of
    headers |= {"Range": f"bytes={size}-", "If-Range": version} if version else {}
    with session.opened(url, redirects=MAX_REDIRECTS, headers=headers) as answer:
        status, have = answer.status_code, answer.headers.get("Content-Range", "")
        if version and status == 416 and have == f"bytes */{size}":
            return  # nothing is missing
        if status == 416 or (status == 206 and not have.startswith(f"bytes {size}-")):
            _version_of(partial).unlink(missing_ok=True)  # so the next request asks for all of it
            raise TransientError(f"HTTP {status} with {printable(have) or 'no range'} for bytes {size}-")
        _append(answer, session.source, partial, size if status == 206 else 0, progress, limit)


def _append(
    answer: Response, source: str, partial: Path, start: int, progress: "tqdm[NoReturn]", limit: TimeLimit
) -> None:
    """Write the body from byte `start` on."""
    stated = answer.headers.get("Content-Length", "")
    length = int(stated) if re.fullmatch("[0-9]{1,18}", stated) else None
    kept = 0 if start else _size(partial)  # its room becomes free
    most = min(free_bytes(partial.parent) + kept, MAX_BYTES) if length is None else length
    check_room(partial.parent, (length or 0) - kept, f"{source}: the download")
    if not start:
        partial.unlink(missing_ok=True)  # first: never the bytes of one version under the name of another
        strong = answer.headers.get("ETag", "")
        version = strong if strong.startswith('"') else answer.headers.get("Last-Modified", "")
        write_json(_version_of(partial), {"version": version if _VERSION.fullmatch(version) else ""})
    progress.total = None if length is None else start + length
    progress.n = start
    received, end = 0, time.monotonic() + MAX_SECONDS
    with open(partial, "ab", opener=_no_link) as file:
        while chunk := answer.raw.read(_CHUNK_BYTES, decode_content=False):
            received += len(chunk)
            if received > most or time.monotonic() > end:
                raise InputError(
                    f"{source}: no end after {start + received} bytes, which is all that there is room or "
                    f"time for; {partial} may be removed"
                )
            file.write(chunk)
            progress.update(len(chunk))
            limit.extend(_CHUNK_SECONDS)
    if length is not None and received < length:
        raise TransientError(f"the connection ended after {start + received} of {start + length} bytes")


def _no_link(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o666)


def _size(partial: Path) -> int:
    """How much is there so far: nothing in a link, which is no file of ours and is not followed."""
    return partial.stat().st_size if partial.is_file() and not partial.is_symlink() else 0


def _version_of(partial: Path) -> Path:
    return partial.with_suffix(".json")


def _read_version(partial: Path) -> str:
    try:
        version = str(json.loads(_version_of(partial).read_text(encoding="utf-8"))["version"])
        return version if _VERSION.fullmatch(version) else ""
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _digest(path: Path, checksum: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, _ALGORITHMS[len(checksum)]).hexdigest()
