"""How fast 8-grams are searched in a training split of 20 million tokens, and in how much memory.

Usage: python -m benchmarks.verbatim_search

The tokens are drawn by Zipf's law, as words are; the searched texts are 100 continuations of 60 tokens, a
third of them copied, and 2 million tokens of test articles. Memory is the most that Python and NumPy held.
"""

import time
import tracemalloc

import numpy as np

from minillm.evaluation.contamination import measure_contamination
from minillm.evaluation.verbatim import find_ngrams, longest_run, share_found
from minillm.tokens.shards import Shard

VOCAB_SIZE = 5000
ARTICLE_TOKENS = 500


def main() -> None:
    """Print a row for each corpus size: the time should grow with it, the memory should not."""
    print("train tokens   copies, s   longest run, s   test articles, s   memory beside tokens, MB")
    for millions in (5, 10, 20):
        _measure(millions * 1_000_000)


def _measure(train_tokens: int) -> None:
    random = np.random.default_rng(0)
    train, test = _shard(random, train_tokens), _shard(random, 2_000_000)
    texts = [
        (train if index % 3 == 0 else test).article(index)[1:61].astype(np.int64) for index in range(100)
    ]
    tracemalloc.start()
    started = time.perf_counter()
    share = share_found(find_ngrams(texts, train))
    copies = time.perf_counter()
    longest = longest_run(texts, train)
    run = time.perf_counter()
    measure_contamination(test, train, 0)
    articles = time.perf_counter()
    assert share is not None
    assert 0.3 < share < 0.4
    assert longest == 60
    print(
        f"{train_tokens:12,} {copies - started:11.2f} {run - copies:16.2f} {articles - run:18.2f} "
        f"{tracemalloc.get_traced_memory()[1] / 1e6:26.0f}",
        flush=True,
    )
    tracemalloc.stop()


def _shard(random: np.random.Generator, tokens: int) -> Shard:
    weights = 1 / np.arange(4, VOCAB_SIZE)
    edges = np.cumsum(weights / weights.sum())
    ids = (np.searchsorted(edges, random.random(tokens, dtype=np.float32)) + 4).clip(4, VOCAB_SIZE - 1)
    return Shard(ids.astype(np.uint16), np.arange(0, tokens + 1, ARTICLE_TOKENS))


if __name__ == "__main__":
    main()
