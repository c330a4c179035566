"""Exact and near duplicates among millions of articles, in bounded memory.

Near duplicates (Broder 1997): an article is the set of its 5-word shingles, and two articles are as
similar as the Jaccard index of their sets. MinHash keeps of each set the minima under 128 hash functions;
two sets agree in one of them with a probability that is their similarity s. The minima are cut into bands
of r rows, and articles that agree in a whole band are candidates: probability 1 - (1 - s^r)^(128/r). The
largest r is taken at which a pair exactly at the threshold becomes a candidate in 99 % of cases.

Candidates are verified by the exact Jaccard index and not by the signatures: 128 minima estimate 0.8 with
a standard error of 0.035, so articles well below the threshold would go. The shingles that this needs lie
in a scratch file, 4 bytes a word; in memory stay 4 bytes for each band and 16 more for each article: 100
bytes at 0.8, so 200 MB for 2 million articles. It is our own code for that bound: datasketch's MinHashLSH
keeps a dictionary for each band in memory.

The earlier article stays. The hash functions are constants: the same articles give the same result.
"""

import re
import zlib
from array import array
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

SHINGLE_WORDS = 5
SIGNATURE_SIZE = 128
BAND_RECALL = 0.99
"""Share of the pairs at the threshold that become candidates, at least."""
MAX_CANDIDATES_PER_BUCKET = 64
"""So many kept articles of a bucket, the first ones, are compared with a later one: a crowd of similar
articles that are no duplicates (a bot's villages) costs linear time."""

Hashes = npt.NDArray[np.uint32]

_WORD = re.compile(r"\w+")
_CHUNK_SHINGLES = 4096  # bounds the (shingles, 128) matrix of a long article to 4 MB
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


class DuplicateFinder:
    """Takes texts one by one, then tells which repeat an earlier one. As a context it removes its file."""

    def __init__(self, max_similarity: float, scratch: Path) -> None:
        """`max_similarity`: Jaccard index from which on an article is a duplicate; `scratch`: a file."""
        self.max_similarity = max_similarity
        self.rows = rows_per_band(max_similarity)
        self._scratch = scratch
        self._file = scratch.open("wb")
        self._ends = array("q")  # where in the scratch file the shingles of each article end
        self._bands = array("I")  # the band hashes of each article
        self._digests = array("Q")  # 64 bits: any collision among 2 million texts has probability 1e-7

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self._scratch.unlink(missing_ok=True)

    def add(self, text: str) -> None:
        """Take the next text; its index is the number of texts before it."""
        hashes = shingles(text)
        self._file.write(hashes.tobytes())
        self._ends.append((self._ends[-1] if self._ends else 0) + len(hashes))
        self._bands.frombytes(_band_hashes(signature(hashes), self.rows).tobytes())
        self._digests.append(int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little"))

    def find(self) -> dict[int, Duplicate]:
        """All duplicates by their index. No more texts can be added."""
        self._file.close()
        exact = self._equal_texts()
        found = {index: Duplicate(original, 1.0, True) for index, original in exact.items()}
        buckets = self._shared_buckets()
        kept: dict[int, list[int]] = {}  # bucket → articles in it that are no duplicates
        for index in np.flatnonzero((buckets >= 0).any(axis=1)).tolist():
            if index in exact:
                continue
            own = [bucket for bucket in buckets[index].tolist() if bucket >= 0]
            candidates = sorted({candidate for bucket in own for candidate in kept.get(bucket, ())})
            if duplicate := self._first_similar(index, candidates):
                found[index] = duplicate
                continue
            for bucket in own:
                members = kept.setdefault(bucket, [])
                if len(members) < MAX_CANDIDATES_PER_BUCKET:
                    members.append(index)
        return found

    def _equal_texts(self) -> dict[int, int]:
        """Index of each text that was there before → index of the first one."""
        digests = np.frombuffer(self._digests, np.uint64)
        _, first, inverse = np.unique(digests, return_index=True, return_inverse=True)
        originals = first[inverse]  # (articles,)
        repeated = np.flatnonzero(originals != np.arange(len(digests)))
        return dict(zip(repeated.tolist(), originals[repeated].tolist(), strict=True))

    def _shared_buckets(self) -> npt.NDArray[np.int32]:
        """(articles, bands): a number for each bucket with several articles, -1 where an article is alone.

        Written over the band hashes, so that the memory is not needed twice.
        """
        hashes = np.frombuffer(self._bands, np.uint32).reshape(len(self._ends), SIGNATURE_SIZE // self.rows)
        buckets = hashes.view(np.int32)
        numbered = 0
        for band in range(hashes.shape[1]):
            _, inverse, counts = np.unique(hashes[:, band], return_inverse=True, return_counts=True)
            shared = counts > 1
            numbers = np.where(shared, numbered + np.cumsum(shared) - 1, -1)
            buckets[:, band] = numbers[inverse]
            numbered += int(shared.sum())
        return buckets

    def _first_similar(self, index: int, candidates: list[int]) -> Duplicate | None:
        own = self._shingles(index) if candidates else None
        for candidate in candidates:
            assert own is not None
            similarity = jaccard(own, self._shingles(candidate))
            if similarity >= self.max_similarity:
                return Duplicate(candidate, similarity, False)
        return None

    def _shingles(self, index: int) -> Hashes:
        start = self._ends[index - 1] if index else 0
        count = self._ends[index] - start
        return np.fromfile(self._scratch, np.uint32, count, offset=4 * start)


def rows_per_band(similarity: float) -> int:
    """The most selective bands that find a pair of this similarity with a probability of BAND_RECALL."""
    for rows in range(SIGNATURE_SIZE, 1, -1):
        missed = (1 - similarity**rows) ** (SIGNATURE_SIZE // rows)
        if 1 - missed >= BAND_RECALL:
            return rows
    return 1


def shingles(text: str) -> Hashes:
    """The set of 5-word shingles as sorted 32-bit hashes; a shorter text is one shingle."""
    words = [zlib.crc32(word.encode()) for word in _WORD.findall(text.lower())]
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


def _band_hashes(minima: Hashes, rows: int) -> Hashes:
    bands = minima[: SIGNATURE_SIZE // rows * rows].reshape(-1, rows)
    return np.array([zlib.crc32(band.tobytes()) for band in bands], np.uint32)
