"""A large dump in ranges that are read apart from each other.

A range is a stretch of a plain dump, or of the streams of a multistream bzip2 file, and has the pages that
begin in it: it is read from its first `<page>`, after the head of the dump (the root element and <siteinfo>),
up to the first `<page>` of a later range. In text `<` is escaped, so that this is a tag, unless a dump has a
comment or CDATA around it, as no wiki writes them: then a range does not end between two pages, its parser
sees that, and the dump has to be read as one. What gzip and zstd pack, which has no place to begin at but the
first, is a single range.
"""

import re
from bz2 import BZ2Decompressor
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat

from minillm.wikipedia.articles import Article
from minillm.wikipedia.compression import DamagedError, packing, unpacked
from minillm.wikipedia.dump import PageParser, Skipped, TakeTemplate
from minillm.wikipedia.wiki import Wiki

PLAIN_BYTES = 64 * 2**20
BZIP2_BYTES = 16 * 2**20
"""Of the file in a range, about: some seconds of a core."""

_CHUNK_BYTES = 2**18
_MOST_HEAD_BYTES = 2**20
_PAGE, _END = b"<page>", b"</mediawiki>"
_STREAM = re.compile(rb"BZh[1-9]1AY&SY")  # its own mark and that of its first block
_STREAM_BYTES = 10

Piece = tuple[bytes, bool]
"""Content, and whether it is of the range or of a later one."""


class CutError(Exception):
    """A range that cannot be read apart from the others of its dump."""

    def __init__(self, dump: Path, reason: str) -> None:
        super().__init__(dump, reason)  # as arguments, so that it comes out of a worker process as it was
        self.dump, self.reason = dump, reason


def count_ranges(dump: Path) -> int:
    """In how many ranges a dump is read; 1: as one."""
    size_bytes, kind = dump.stat().st_size, packing(dump)
    if kind == "plain":
        return max(1, size_bytes // PLAIN_BYTES)
    if kind == "bzip2":
        with dump.open("rb") as file:
            second = _next_stream(file, _STREAM_BYTES, BZIP2_BYTES)
        return max(1, size_bytes // BZIP2_BYTES) if second is not None else 1
    return 1


def read_range(
    dump: Path, number: int, count: int, wiki: Wiki, take_template: TakeTemplate
) -> Iterator[Article | Skipped]:
    """Yield the pages of a range as `read_dump` does. Raises CutError if they are not to be told apart."""
    start, end = (dump.stat().st_size * each // count for each in (number, number + 1))
    pieces: Iterator[Piece]
    if count == 1:
        pieces = ((chunk, True) for chunk, _ in unpacked(dump, show=False))
    else:
        pieces = (_stream_pieces if packing(dump) == "bzip2" else _plain_pieces)(dump, start, end)
    pages = PageParser(wiki, take_template)
    try:
        content = _own_pages(pieces, begun=number == 0)
        first = next(content, None)
        if first is None:  # no page begins here
            return
        head = _head(dump) if number else b""
        for chunk in chain([head, first], content):
            yield from pages.feed(chunk)
        yield from pages.close()
    except (DamagedError, expat.ExpatError) as error:
        raise CutError(dump, str(error)) from None


def _own_pages(pieces: Iterator[Piece], *, begun: bool) -> Iterator[bytes]:
    """The content from the first page that begins in the range to the first one that begins after it.

    `begun`: from its beginning. Where a page of a later range follows, the root element is ended.
    """
    buffer, start = b"", 0  # `start`: where the buffer begins in the content
    end: int | None = None  # where the range ends in it, when that is known
    for content, own in pieces:
        if end is None and not own:
            end = start + len(buffer)
        buffer += content
        if not begun:
            at = buffer.find(_PAGE)
            begun = at >= 0 and (end is None or start + at < end)
            if not begun and end is not None and start + len(buffer) >= end + len(_PAGE) - 1:
                return
            done = at if begun else max(0, len(buffer) - len(_PAGE) + 1)
            buffer, start = buffer[done:], start + done
        if begun:
            at = -1 if end is None else buffer.find(_PAGE, max(0, end - start))
            if at >= 0:
                yield buffer[:at] + _END
                return
            # What is of the range goes as it is; after it, the beginning of a tag waits for its rest.
            done = len(buffer) if end is None else max(0, len(buffer) - len(_PAGE) + 1)
            yield buffer[:done]
            buffer, start = buffer[done:], start + done
    if begun:
        yield buffer


def _plain_pieces(dump: Path, start: int, end: int) -> Iterator[Piece]:
    with dump.open("rb") as file:
        file.seek(start)
        while chunk := file.read(min(_CHUNK_BYTES, end - file.tell())):
            yield chunk, True
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk, False


def _stream_pieces(dump: Path, start: int, end: int) -> Iterator[Piece]:
    """The content of the streams from the first one on that starts in the range, or after it."""
    with dump.open("rb") as file:
        first = _next_stream(file, start)
        if first is None:
            return
        file.seek(first)
        packed = file.read(_CHUNK_BYTES)
        while packed:
            own = file.tell() - len(packed) < end
            unpacking = BZ2Decompressor()
            while not unpacking.eof:
                if unpacking.needs_input and not packed:
                    packed = file.read(_CHUNK_BYTES)
                    if not packed:
                        raise DamagedError("not a whole bzip2 file")
                try:
                    content = unpacking.decompress(packed, _CHUNK_BYTES)
                except OSError as error:  # not the disk's: these bytes are in memory
                    raise DamagedError(str(error)) from None
                packed = b""
                if content:
                    yield content, own
            packed = unpacking.unused_data or file.read(_CHUNK_BYTES)


def _next_stream(file: BinaryIO, start: int, most_bytes: int | None = None) -> int | None:
    """Where the first bzip2 stream from `start` on starts; None if there is none, within `most_bytes`."""
    file.seek(start)
    buffer, at = b"", start
    while chunk := file.read(_CHUNK_BYTES):
        buffer += chunk
        if found := _STREAM.search(buffer):
            return at + found.start()
        done = max(0, len(buffer) - _STREAM_BYTES + 1)
        buffer, at = buffer[done:], at + done
        if most_bytes is not None and at - start > most_bytes:
            return None
    return None


def _head(dump: Path) -> bytes:
    """What stands before the first page."""
    head = b""
    for chunk, _ in unpacked(dump, show=False):
        head += chunk
        if (at := head.find(_PAGE)) >= 0:
            return head[:at]
        if len(head) > _MOST_HEAD_BYTES:
            break
    raise DamagedError("no page near its beginning")
