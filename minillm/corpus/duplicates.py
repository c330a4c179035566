"""Exact and near duplicates among millions of articles, in bounded memory.

Near duplicates (Broder 1997): an article is the set of its 5-word shingles, and two articles are as
similar as the Jaccard index of their sets. MinHash keeps of each set the minima under 128 hash functions;
two sets agree in one of them with a probability that is their similarity s. The minima are cut into bands
of r rows, and articles that agree in a whole band are candidates: probability 1 - (1 - s^r)^(128/r). The
largest r is taken at which a pair exactly at the threshold becomes a candidate in 99 % of cases.

Candidates are verified by the exact Jaccard index and not by the signatures: 128 minima estimate 0.8 with
a standard error of 0.035, so articles well below the threshold would go. The shingles that this needs (4
bytes a word) and the band hashes (84 bytes an article at 0.8) lie in two scratch files; in memory stay 16
bytes an article, 4 for each band in which it shares a bucket, and the sorting of one band at a time: 130
bytes an article at the peak (benchmarks/duplicates.py). It is our own code for that bound: datasketch's
MinHashLSH keeps a dictionary for each band in memory.

What is costly, `fingerprint`, is a pure function of the text: worker processes compute it.
The earlier article stays. The hash functions are constants: the same articles give the same result.
"""

import zlib
from array import array
from functools import cache
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt
import regex

from minillm.corpus.band_file import ALONE, BandFile
from minillm.unicode import lower

SHINGLE_WORDS = 5
SIGNATURE_SIZE = 128
BAND_RECALL = 0.99
"""Share of the pairs at the threshold that become candidates, at least."""
MAX_CANDIDATES_PER_BUCKET = 64
"""So many kept articles of a bucket, the first ones, are compared with a later one: a crowd of similar
articles that are no duplicates (a bot's villages) costs linear time."""

Hashes = npt.NDArray[np.uint32]

_WORD = regex.compile(r"\w+")
_CHUNK_SHINGLES = 256  # the (shingles, 128) matrix, 256 KB, stays in the cache: twice as fast as 4 MB
_random = np.random.default_rng(0)
_SHINGLE_FACTORS = _random.integers(0, 2**64, SHINGLE_WORDS, np.uint64) | np.uint64(1)
_FACTORS = _random.integers(0, 2**64, SIGNATURE_SIZE, np.uint64) | np.uint64(1)
_OFFSETS = _random.integers(0, 2**64, SIGNATURE_SIZE, np.uint64)


class Duplicate(NamedTuple):
    """An article that repeats an earlier one."""

    original: int
    """Index of the earlier article."""
    similarity: float
    """Jaccard index of the shingles."""
    exact: bool
    """Whether the texts are equal, character for character."""


class Fingerprint(NamedTuple):
    """What there is to know of a text in order to find its duplicates."""

    shingles: Hashes
    bands: Hashes
    digest: int
    """64 bits of the text's hash: any collision among 2 million texts has probability 1e-7."""


class DuplicateFinder:
    """Takes texts one by one, then tells which repeat an earlier one. As a context it removes its files."""

    def __init__(self, max_similarity: float, scratch: Path) -> None:
        """`max_similarity`: Jaccard index from which on an article is a duplicate; `scratch`: a file name."""
        self.max_similarity = max_similarity
        self._shingles = scratch.open("w+b")
        self._bands = BandFile(scratch.with_suffix(".bands"), SIGNATURE_SIZE // rows_per_band(max_similarity))
        self._scratch = scratch
        self._ends = array("q")  # where in the scratch file the shingles of each article end
        self._digests = array("Q")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._scratch.unlink(missing_ok=True)  # before closing, which fails on a full disk
        self._bands.remove()
        self._shingles.close()

    def add(self, fingerprint: Fingerprint) -> None:
        """Take the next text; its index is the number of texts before it."""
        self._shingles.write(fingerprint.shingles.tobytes())
        self._ends.append((self._ends[-1] if self._ends else 0) + len(fingerprint.shingles))
        self._bands.add(fingerprint.bands)
        self._digests.append(fingerprint.digest)

    def find(self) -> dict[int, Duplicate]:
        """All duplicates by their index. No more texts can be added."""
        exact = self._equal_texts()
        found = {index: Duplicate(original, 1.0, True) for index, original in exact.items()}
        kept = _Kept(self._number_shared_buckets())
        for start, buckets in self._bands.blocks():  # (articles, bands)
            for row in np.flatnonzero((buckets != ALONE).any(axis=1)).tolist():
                index = start + row
                if index in exact:
                    continue
                own = buckets[row][buckets[row] != ALONE]
                if duplicate := self._first_similar(index, kept.members(own)):
                    found[index] = duplicate
                else:
                    kept.add(own, index)
        return found

    def _equal_texts(self) -> dict[int, int]:
        """Index of each text that was there before → index of the first one."""
        digests = np.frombuffer(self._digests, np.uint64)
        _, first, inverse = np.unique(digests, return_index=True, return_inverse=True)
        originals = first[inverse]  # (articles,)
        repeated = np.flatnonzero(originals != np.arange(len(digests)))
        return dict(zip(repeated.tolist(), originals[repeated].tolist(), strict=True))

    def _number_shared_buckets(self) -> npt.NDArray[np.uint8]:
        """Write over each band hash the number of its bucket, or ALONE if no other article has it.

        Returns how many articles there are in each bucket, MAX_CANDIDATES_PER_BUCKET at most.
        """
        counts = [np.empty(0, np.uint8)]
        numbered = 0
        for band in range(self._bands.bands):
            _, inverse, sizes = np.unique(self._bands.read(band), return_inverse=True, return_counts=True)
            shared = sizes > 1
            numbers = np.where(shared, numbered + np.cumsum(shared) - 1, ALONE).astype(np.uint32)
            self._bands.write(band, numbers[inverse])
            counts.append(np.minimum(sizes[shared], MAX_CANDIDATES_PER_BUCKET).astype(np.uint8))
            numbered += len(counts[-1])
        return np.concatenate(counts)

    def _first_similar(self, index: int, candidates: list[int]) -> Duplicate | None:
        own: Hashes | None = None
        for candidate in candidates:
            # J ≤ smaller ÷ larger set: a candidate of another length need not be read
            sizes = sorted((self._size(index), self._size(candidate)))
            if sizes[0] < self.max_similarity * sizes[1]:
                continue
            own = self._read_shingles(index) if own is None else own
            similarity = jaccard(own, self._read_shingles(candidate))
            if similarity >= self.max_similarity:
                return Duplicate(candidate, similarity, False)
        return None

    def _size(self, index: int) -> int:
        return self._ends[index] - (self._ends[index - 1] if index else 0)

    def _read_shingles(self, index: int) -> Hashes:
        count = self._size(index)
        self._shingles.seek(4 * (self._ends[index] - count))
        return np.frombuffer(self._shingles.read(4 * count), np.uint32)


class _Kept:
    """The first articles of each bucket that are no duplicates."""

    def __init__(self, capacities: npt.NDArray[np.uint8]) -> None:
        self._starts = np.cumsum(capacities, dtype=np.int64) - capacities
        self._capacities = capacities
        self._filled = np.zeros(len(capacities), np.uint8)
        self._articles = np.empty(int(capacities.sum(dtype=np.int64)), np.int32)

    def members(self, buckets: Hashes) -> list[int]:
        """All articles of some buckets, the earliest first, each once."""
        starts, filled = self._starts[buckets].tolist(), self._filled[buckets].tolist()
        parts = [self._articles[start : start + n] for start, n in zip(starts, filled, strict=True) if n]
        return np.unique(np.concatenate(parts)).tolist() if parts else []

    def add(self, buckets: Hashes, article: int) -> None:
        """Put an article into those of its buckets that have room."""
        open_buckets = buckets[self._filled[buckets] < self._capacities[buckets]]
        self._articles[self._starts[open_buckets] + self._filled[open_buckets]] = article
        self._filled[open_buckets] += 1


def fingerprint(text: str, max_similarity: float) -> Fingerprint:
    """What a DuplicateFinder of this similarity has to know of a text."""
    hashes = shingles(text)
    bands = band_hashes(signature(hashes), rows_per_band(max_similarity))
    return Fingerprint(
        hashes, bands, int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")
    )


@cache
def rows_per_band(similarity: float) -> int:
    """The most selective bands that find a pair of this similarity with a probability of BAND_RECALL."""
    for rows in range(SIGNATURE_SIZE, 1, -1):
        missed = (1 - similarity**rows) ** (SIGNATURE_SIZE // rows)
        if 1 - missed >= BAND_RECALL:
            return rows
    return 1


def shingles(text: str) -> Hashes:
    """The set of 5-word shingles as sorted 32-bit hashes; a shorter text is one shingle."""
    words = [zlib.crc32(word.encode()) for word in _WORD.findall(lower(text))]
    if not words:
        return np.empty(0, np.uint32)
    codes = np.array(words + [0] * (SHINGLE_WORDS - len(words)), np.uint64)
    windows = np.lib.stride_tricks.sliding_window_view(codes, SHINGLE_WORDS)  # (shingles, 5)
    return np.unique(((windows * _SHINGLE_FACTORS).sum(axis=1) >> np.uint64(32)).astype(np.uint32))


def signature(hashes: Hashes) -> Hashes:
    """The 128 minima of a set of shingles; all ones for the empty set."""
    minima = np.full(SIGNATURE_SIZE, 2**64 - 1, np.uint64)
    for start in range(0, len(hashes), _CHUNK_SHINGLES):
        chunk = hashes[start : start + _CHUNK_SHINGLES].astype(np.uint64)
        np.minimum(minima, (np.multiply.outer(chunk, _FACTORS) + _OFFSETS).min(axis=0), out=minima)
    return (minima >> np.uint64(32)).astype(np.uint32)


def jaccard(first: Hashes, second: Hashes) -> float:
    """Size of the intersection ÷ size of the union; 0 for two empty sets."""
    common = len(np.intersect1d(first, second, assume_unique=True))
    union = len(first) + len(second) - common
    return common / union if union else 0.0


def band_hashes(minima: Hashes, rows: int) -> Hashes:
    """A hash for each band of a signature: what two articles must have in common to be compared."""
    bands = minima[: SIGNATURE_SIZE // rows * rows].reshape(-1, rows)
    return np.array([zlib.crc32(band.tobytes()) for band in bands], np.uint32)
