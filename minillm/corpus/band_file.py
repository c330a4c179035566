"""A table of articles × bands on disk that is read by bands as well as by articles.

Blocks of 65,536 articles follow each other, in each the bands one after the other: a band is a piece of each
block, and a block fits into memory.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

ALONE = 2**32 - 1
"""Stands where an article shares its bucket with no other."""

_BLOCK_ARTICLES = 2**16

Column = npt.NDArray[np.uint32]


class BandFile:
    """Takes the articles one by one; when all are there, bands can be read and written over."""

    def __init__(self, path: Path, bands: int) -> None:
        self.bands = bands
        self.articles = 0
        self._path = path
        self._file = path.open("w+b")
        self._block = np.empty((bands, _BLOCK_ARTICLES), np.uint32)

    def add(self, hashes: Column) -> None:
        """Append an article, (bands,)."""
        self._block[:, self.articles % _BLOCK_ARTICLES] = hashes
        self.articles += 1
        if self.articles % _BLOCK_ARTICLES == 0:
            self._file.write(self._block.tobytes())

    def read(self, band: int) -> Column:
        """One band of all articles, (articles,)."""
        self._write_rest()
        parts = [self._read(offset, size) for offset, size in self._pieces(band)]
        return np.concatenate([np.empty(0, np.uint32), *parts])

    def write(self, band: int, column: Column) -> None:
        """Write over one band of all articles, (articles,)."""
        start = 0
        for offset, size in self._pieces(band):
            self._file.seek(offset)
            self._file.write(column[start : start + size].tobytes())
            start += size

    def blocks(self) -> Iterator[tuple[int, Column]]:
        """The index of a block's first article and its bands, (articles, bands), block by block."""
        for start in range(0, self.articles, _BLOCK_ARTICLES):
            size = min(_BLOCK_ARTICLES, self.articles - start)
            table = self._read(4 * start * self.bands, size * self.bands)
            yield start, np.ascontiguousarray(table.reshape(self.bands, size).T)

    def remove(self) -> None:
        """Delete the file and close it, which fails on a full disk."""
        self._path.unlink(missing_ok=True)
        self._file.close()

    def _write_rest(self) -> None:
        """The last block is smaller than the others; from here on there are no more articles."""
        rest = self.articles % _BLOCK_ARTICLES if self._block.size else 0
        self._file.write(self._block[:, :rest].tobytes())
        self._block = np.empty((self.bands, 0), np.uint32)

    def _pieces(self, band: int) -> Iterator[tuple[int, int]]:
        """Where the band lies in each block, in bytes, and how many articles it has there."""
        for start in range(0, self.articles, _BLOCK_ARTICLES):
            size = min(_BLOCK_ARTICLES, self.articles - start)
            yield 4 * (start * self.bands + band * size), size

    def _read(self, offset: int, count: int) -> Column:
        self._file.seek(offset)
        return np.frombuffer(self._file.read(4 * count), np.uint32)
