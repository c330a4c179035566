"""Baselines on the very bytes: Kneser–Ney as an n-gram of bytes, and PPMd, the strongest compressor at hand.

Both know nothing of words, need seconds, and set the bar: a neural model that needs more bits per byte than
they do has learnt less than counting finds in the same text.

- `byte_ngram`: the project's own Kneser–Ney (tokens/kneser_ney.py) with bytes for tokens; [BOS] and [EOS]
  stand around each article, and the end is paid for, as the model pays for its own.
- `ppmd`: PPMd, variant H (Shkarin 2002, as in 7-Zip), a mixture of byte contexts too. It reads the training
  text, then codes the test articles one after another, a zero byte ending each; what counts is by how much
  its output grows. Unlike the others it goes on learning from the test articles that it has coded.

The order of each is the one with the fewest bits per byte on the validation text. Both calculate in integers
or as Kneser–Ney does, so that their bytes are everybody's. Time and memory are held: so many bytes of each
split are read at most, in whole articles drawn by seed.
"""

import math
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
import pyppmd

from minillm.evaluation.code_length import chosen_texts, split_texts
from minillm.tokens.assignment import SPLITS, Split
from minillm.tokens.choice import Bools, draw
from minillm.tokens.kneser_ney import KneserNey
from minillm.tokens.shards import Shard
from minillm.tokens.tokenizer import BOS, EOS, SPECIAL_TOKENS

if TYPE_CHECKING:  # it imports torch, which what reads results alone does without
    from minillm.training.threads import Threads

MOST_BYTES: Mapping[Split, int] = {"train": 2**24, "validation": 2**20, "test": 2**22}
"""Read of each split at most."""
MOST_COUNTED_BYTES = 2**22
"""Of these, the n-gram counts so many: at order 10 it takes 15 s and 0.7 GB, and PPMd 4 s and 0.2 GB. As many
orders are at work at once as there are cores."""
NGRAM_ORDERS = (8, 10, 12)
PPMD_ORDERS = (6, 8, 12, 16)
_FIRST_BYTE = len(SPECIAL_TOKENS)  # the token of byte 0
_SYMBOLS = _FIRST_BYTE + 256
_PPMD_BYTES_PER_BYTE = 32  # of memory; were it full, PPMd would forget all it knows
_PPMD_LEAST_BYTES = 2**20

Floats = npt.NDArray[np.float64]


class ByteSample(NamedTuple):
    """Articles of a split, all of them where they are not too many."""

    chosen: Bools
    """Per article that could be drawn: those that the model scored, or all of the training split."""
    texts: list[bytes]
    """Of those that were chosen."""
    split_bytes: int
    """Of all articles of the split."""


class ByteModel(NamedTuple):
    """What a baseline on bytes needs for the held-out articles that it was given, in bits an article."""

    order: int
    train_bytes: int
    """So many it knows."""
    validation_bits: Floats
    test_bits: Floats


def read_bytes(
    texts: Path, splits: Path, scored: Mapping[Split, Bools], seed: int
) -> dict[Split, ByteSample]:
    """Draw articles of each split and read them: training ones of all, others of those that are `scored`.

    Raises InputError if the texts are not those that the split stage saw.
    """
    found: dict[Split, list[int]] = {split: [] for split in SPLITS}
    for split, text in split_texts(texts, splits):
        found[split].append(len(text.encode()))
    samples, read = {}, {}
    for split in SPLITS:
        sizes = np.array(found[split], dtype=np.int64)
        among = np.arange(len(sizes)) if split == "train" else np.flatnonzero(scored[split])
        drawn = draw(sizes[among], MOST_BYTES[split], seed)
        read[split] = np.zeros(len(sizes), dtype=bool)
        read[split][among[drawn]] = True
        samples[split] = ByteSample(drawn, [], int(sizes.sum()))
    for split, text in chosen_texts(split_texts(texts, splits), read):
        samples[split].texts.append(text.encode())
    return samples


def measure_byte_models(
    samples: Mapping[Split, ByteSample], seed: int, threads: "Threads"
) -> dict[str, ByteModel]:
    """Each model at the order that is best on the validation articles; all orders of both side by side."""
    train, validation, test = (samples[split].texts for split in SPLITS)
    counted = draw(np.array([len(text) for text in train]), MOST_COUNTED_BYTES, seed)
    part = [text for text, counts in zip(train, counted.tolist(), strict=True) if counts]
    codes = {"byte_ngram": partial(ngram_bits, part), "ppmd": partial(ppmd_bits, train)}
    orders = {"byte_ngram": NGRAM_ORDERS, "ppmd": PPMD_ORDERS}
    trials = [(name, order) for name in codes for order in orders[name]]
    bits = threads.map(lambda trial: codes[trial[0]](validation, trial[1]), trials)
    tried = dict(zip(trials, bits, strict=True))
    best = {name: min(orders[name], key=lambda order: float(tried[name, order].sum())) for name in codes}
    test_bits = threads.map(lambda name: codes[name](test, best[name]), codes)
    return {
        name: ByteModel(best[name], sum(map(len, known)), tried[name, best[name]], found)
        for name, known, found in zip(codes, (part, train), test_bits, strict=True)
    }


def ngram_bits(known: Sequence[bytes], articles: Sequence[bytes], order: int) -> Floats:
    """Bits of each article under a Kneser–Ney model of bytes."""
    longest = max(map(len, known)) + 2  # with [BOS] and [EOS]; no longer n-gram was seen
    model = KneserNey(_shard(known), _SYMBOLS, min(order, longest))
    return model.article_nll(_shard(articles)) / math.log(2)


def ppmd_bits(known: Sequence[bytes], articles: Sequence[bytes], order: int) -> Floats:
    """By how many bits PPMd's output grows with each article.

    The coder holds back a few bytes, so that an article's own figure is that exact; their sum is exact.
    """
    size = sum(len(text) + 1 for text in (*known, *articles))
    coder = pyppmd.Ppmd7Encoder(order, max(_PPMD_LEAST_BYTES, _PPMD_BYTES_PER_BYTE * size))
    for text in known:
        coder.encode(text + b"\0")
    grown = [len(coder.encode(text + b"\0")) for text in articles]
    grown[-1] += len(coder.flush())
    return 8.0 * np.array(grown)


def _shard(texts: Sequence[bytes]) -> Shard:
    """Texts as articles whose tokens are their bytes."""
    tokens = [
        np.concatenate(([BOS], np.frombuffer(text, np.uint8).astype(np.uint16) + _FIRST_BYTE, [EOS]))
        for text in texts
    ]
    return Shard(np.concatenate(tokens).astype(np.uint16), np.cumsum([0, *map(len, tokens)]))
