"""Near duplicates among many articles: cost per 100,000, memory and scratch space over their number.

Usage: python -m benchmarks.duplicates [100000 200000 …]

The articles are sets of 200 random shingles with real signatures: four in five have nothing in common with
others, one in seven belongs to a crowd of a thousand that share half of theirs (a bot's villages: compared
and kept), one in twenty repeats the article before it but for three shingles. Each number of articles is a
process of its own.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.memory import peak_mb
from minillm.corpus.duplicates import (
    DuplicateFinder,
    Fingerprint,
    Hashes,
    band_hashes,
    rows_per_band,
    signature,
)

SIMILARITY = 0.8
SHINGLES = 200
CROWD = 1000


def main() -> None:
    """Print a line for each number of articles."""
    if len(sys.argv) == 3 and sys.argv[1] == "--measure":
        _measure(int(sys.argv[2]))
        return
    print("articles   found   fingerprints, s   find, s   find, s per 100,000   memory, MB   scratch, MB")
    for number in sys.argv[1:] or ["50000", "100000", "200000"]:
        subprocess.run([sys.executable, "-m", "benchmarks.duplicates", "--measure", number], check=True)


def _measure(articles: int) -> None:
    before = peak_mb()
    with tempfile.TemporaryDirectory() as folder, DuplicateFinder(SIMILARITY, Path(folder) / "all") as finder:
        start = time.perf_counter()
        for number, hashes in enumerate(_sets(articles)):
            bands = band_hashes(signature(hashes), rows_per_band(SIMILARITY))
            finder.add(Fingerprint(hashes, bands, number))
        middle = time.perf_counter()
        found = finder.find()
        end = time.perf_counter()
        scratch_bytes = sum(path.stat().st_size for path in Path(folder).iterdir())
    print(
        f"{articles:8} {len(found):7} {middle - start:17.1f} {end - middle:9.1f} "
        f"{(end - middle) / articles * 100_000:21.2f} {peak_mb() - before:12.0f} {scratch_bytes / 1e6:13.0f}",
        flush=True,
    )


def _sets(articles: int) -> Iterator[Hashes]:
    rng = np.random.default_rng(0)
    crowds = [_random(rng, SHINGLES * 2 // 3) for _ in range(max(1, articles // 7 // CROWD))]
    last = _random(rng, SHINGLES)
    for number in range(articles):
        kind = number % 140
        if kind < 7:
            last = np.unique(np.concatenate([last[3:], _random(rng, 3)]))
        elif kind < 27:
            crowd = crowds[int(rng.integers(len(crowds)))]
            last = np.unique(np.concatenate([crowd, _random(rng, SHINGLES // 3)]))
        else:
            last = _random(rng, SHINGLES)
        yield last


def _random(rng: np.random.Generator, count: int) -> Hashes:
    return np.unique(rng.integers(0, 2**32, count, np.uint32))


if __name__ == "__main__":
    main()
