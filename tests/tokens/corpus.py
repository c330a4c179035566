"""Tiny articles and shards for tests."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from minillm.tokens.shards import Shard
from minillm.tokens.tokenizer import BOS, EOS

WORDS = [
    "el",
    "la",
    "río",
    "ciudad",
    "de",
    "en",
    "y",
    "mar",
    "sierra",
    "año",
    "siglo",
    "rey",
    "obra",
    "campo",
    "luz",
    "agua",
]


def write_texts(path: Path, texts: Sequence[str]) -> Path:
    """Write data/clean/articles.parquet with ids 1, 2, …"""
    path.parent.mkdir(parents=True, exist_ok=True)
    ids = [str(number) for number in range(1, len(texts) + 1)]
    pq.write_table(pa.table({"id": ids, "title": [f"T{i}" for i in ids], "text": list(texts)}), path)
    return path


def random_texts(count: int, words: int = 40, seed: int = 0) -> list[str]:
    """Articles of random words, the earlier words of WORDS more frequent."""
    random = np.random.default_rng(seed)
    weights = 1 / np.arange(1, len(WORDS) + 1)
    return [" ".join(random.choice(WORDS, size=words, p=weights / weights.sum())) + "." for _ in range(count)]


def cyclic_texts(count: int, words: int = 40) -> list[str]:
    """Articles that repeat WORDS in their order from different beginnings: quickly learnt."""
    return [" ".join(WORDS[(start + i) % len(WORDS)] for i in range(words)) + "." for start in range(count)]


def shard_of(articles: Sequence[Sequence[int]]) -> Shard:
    """Put a shard together in memory; [BOS] and [EOS] are added to each article."""
    tokens = [np.array([BOS, *ids, EOS], np.uint16) for ids in articles]
    return Shard(np.concatenate(tokens), np.cumsum([0, *map(len, tokens)]))
