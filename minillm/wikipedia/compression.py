"""The bytes of a file, unpacked on the way: plain, gzip and zstd (several in one too), bzip2 (multistream).

The format is told by the first bytes, not by the name. bzip2 packs blocks of 900 kB that know nothing of
each other, so rapidgzip finds where they begin (a 48-bit mark) and unpacks several at a time, in threads; it
is faster than the standard library's module on one thread too (benchmarks/corpus.py), and checks every
block's CRC. gzip has no such marks and needs none: it is several times as fast. zstd refuses windows of more
than 128 MB by itself.
"""

import gzip
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pyarrow as pa
import rapidgzip
from tqdm import tqdm

Packing = Literal["plain", "gzip", "bzip2", "zstd"]

_CHUNK_BYTES = 2**16
_STARTS: dict[bytes, Packing] = {b"BZh": "bzip2", b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}


class DamagedError(Exception):
    """What is wrong with the file, and at which byte of the file if that is known."""

    def __init__(self, reason: str, position_bytes: int | None = None) -> None:
        super().__init__(reason)
        self.position_bytes = position_bytes


def packing(path: Path) -> Packing:
    """How a file is packed, by its first bytes."""
    with path.open("rb") as file:
        start = file.read(4)
    return next((name for first, name in _STARTS.items() if start.startswith(first)), "plain")


def unpacked(path: Path, threads: int = 1, *, show: bool = True) -> Iterator[tuple[bytes, int]]:
    """Yield the content of a file piece by piece, each with how many bytes of the file are read by then.

    `threads`: how many unpack bzip2. `show`: a progress bar, on a terminal. Raises DamagedError if the file
    is cut or damaged, and OSError if the disk fails.
    """
    size_bytes, hidden = path.stat().st_size, None if show else True
    reading = {"plain": _plain, "gzip": _gzip, "bzip2": _bzip2, "zstd": _zstd}[packing(path)]
    with tqdm(total=size_bytes, desc=path.name, unit="B", unit_scale=True, disable=hidden) as progress:
        for chunk, position_bytes in reading(path, threads):
            yield chunk, position_bytes
            progress.update(position_bytes - progress.n)


def _plain(path: Path, _threads: int) -> Iterator[tuple[bytes, int]]:
    with path.open("rb") as file:
        yield from _pieces(file.read, file.tell)


def _gzip(path: Path, _threads: int) -> Iterator[tuple[bytes, int]]:
    with path.open("rb") as file, gzip.GzipFile(fileobj=file) as unpacking:
        try:
            yield from _pieces(unpacking.read, file.tell)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise DamagedError(str(error), file.tell()) from None


def _zstd(path: Path, _threads: int) -> Iterator[tuple[bytes, int]]:
    with path.open("rb") as file, pa.CompressedInputStream(pa.PythonFile(file), "zstd") as unpacking:
        try:
            yield from _pieces(unpacking.read, file.tell)
        except OSError as error:
            if error.errno is not None:  # the disk's fault
                raise
            raise DamagedError(str(error), file.tell()) from None


def _bzip2(path: Path, threads: int) -> Iterator[tuple[bytes, int]]:
    with rapidgzip.IndexedBzip2File(str(path), parallelization=threads) as file:
        try:
            yield from _pieces(file.read, lambda: file.tell_compressed() // 8)
        except (RuntimeError, ValueError) as error:  # std::exception and std::invalid_argument
            raise DamagedError("not a whole bzip2 file") from error


def _pieces(read: Callable[[int], bytes], position_bytes: Callable[[], int]) -> Iterator[tuple[bytes, int]]:
    while chunk := read(_CHUNK_BYTES):
        yield chunk, position_bytes()
