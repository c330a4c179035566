"""Bits per byte: how short the model would make the text, comparable across vocabularies.

A byte-level BPE vocabulary loses nothing: the NLL of its tokens, [EOS] included, is the length of a code of
the text, and bits per byte = total NLL in bits ÷ UTF-8 bytes of the clean texts. A word vocabulary loses the
spelling of each [UNK] and the white space between tokens; without them its figure would be lower the more
words it does not know. Here they are paid for as well, by two small models fitted on training articles
(text_code.py), so the sum is an honest code length. What the models themselves would cost to send is not
counted, for either vocabulary. The training split's own figure is measured on what the two models were
fitted on.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import compress, islice, zip_longest
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc
from tokenizers import Tokenizer, models

from minillm.errors import InputError
from minillm.evaluation.text_code import Segment, TextCode, segments_of
from minillm.tokens.assignment import SPLITS, Split
from minillm.tokens.choice import Bools, draw
from minillm.tokens.shards import read_split_table
from minillm.tokens.texts import read_texts
from minillm.workers import in_workers

FITTED_ARTICLES = 20_000
"""The two models are fitted on so many training articles at most: their tables stay small."""
_FITTED_SEED = 0  # of their choice, whatever the run's: the models are a part of the measure
_ENCODE_ARTICLES = 256
MANY_TOKENS = 10_000_000
"""Of less text worker processes are not worth their start: each loads torch and fits the two models."""


class SplitText(NamedTuple):
    """What the tokens of a split stand for, article by article; each array is (articles,)."""

    article_bytes: npt.NDArray[np.int64]
    """UTF-8 bytes."""
    article_spelling_bits: npt.NDArray[np.float64]
    """What the tokens do not tell of the text, in bits; 0 for a lossless vocabulary."""

    def article_bits(self, article_nll: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Code length of each article, given the NLL of its tokens in nats."""
        return article_nll / math.log(2) + self.article_spelling_bits

    def bits_per_byte(self, nll: float) -> float:
        """Code length of the text per byte, given the NLL of all its tokens in nats."""
        return nll / math.log(2) / self.utf8_bytes + self.spelling_bits_per_byte

    @property
    def utf8_bytes(self) -> int:
        """Of all articles."""
        return int(self.article_bytes.sum())

    @property
    def spelling_bits_per_byte(self) -> float:
        """What spellings and gaps add to bits per byte."""
        return float(self.article_spelling_bits.sum()) / self.utf8_bytes


def measure_texts(
    texts: Path,
    splits: Path,
    tokenizer: Tokenizer,
    scored: Mapping[Split, Bools] | None = None,
    workers: int = 1,
) -> dict[Split, SplitText]:
    """Bytes and bits beyond the tokens of each clean text, split by split, in the order of the shards.

    With `scored`, of these articles alone. Of several worker processes each fits the two models and takes
    every so many articles one, which changes no figure. Raises InputError if the texts are not those that
    the split stage saw.
    """
    measure = partial(_measure_share, texts, splits, tokenizer, scored, workers)
    shares = dict(in_workers(measure, range(workers), workers))
    found: dict[Split, list[tuple[int, float]]] = {split: [] for split in SPLITS}
    for articles in zip_longest(*(shares[number] for number in range(workers))):
        for split, utf8_bytes, bits in filter(None, articles):
            found[split].append((utf8_bytes, bits))
    return {split: _split_text(rows) for split, rows in found.items()}


def _measure_share(
    texts: Path,
    splits: Path,
    tokenizer: Tokenizer,
    scored: Mapping[Split, Bools] | None,
    shares: int,
    number: int,
) -> tuple[int, list[tuple[Split, int, float]]]:
    """One of so many shares of the articles: the split of each, its bytes, and the bits its tokens lose."""
    articles = split_texts(texts, splits)
    if scored is not None:
        articles = chosen_texts(articles, scored)
    share = islice(articles, number, None, shares)
    if isinstance(tokenizer.model, models.BPE):  # ours is on bytes: nothing is lost
        return number, [(split, len(text.encode()), 0.0) for split, text in share]
    code = fit_code(texts, splits, tokenizer)
    return number, [
        (split, len(text.encode()), code.bits(segments))
        for split, text, segments in _segment(share, tokenizer)
    ]


def _split_text(articles: list[tuple[int, float]]) -> SplitText:
    utf8_bytes = np.array([size for size, _ in articles], dtype=np.int64)
    return SplitText(utf8_bytes, np.array([bits for _, bits in articles], dtype=np.float64))


def fit_code(texts: Path, splits: Path, tokenizer: Tokenizer) -> TextCode:
    """Fit both models on the training articles. Raises InputError if texts and splits are not of one run."""
    training = (article for article in split_texts(texts, splits) if article[0] == "train")
    count = read_split_table(splits).filter(pc.field("split") == "train").num_rows
    fitted = draw(np.ones(count, dtype=np.int64), FITTED_ARTICLES, _FITTED_SEED)
    code = TextCode()
    for _, _, segments in _segment(compress(training, fitted.tolist()), tokenizer):
        code.learn(segments)
    return code


def _segment(
    articles: Iterable[tuple[Split, str]], tokenizer: Tokenizer
) -> Iterator[tuple[Split, str, list[Segment]]]:
    """Add its segments to each split and text."""
    remaining = iter(articles)
    while group := list(islice(remaining, _ENCODE_ARTICLES)):
        # As the tokenizer itself does it: then the offsets are exact.
        normalized = [tokenizer.normalizer.normalize_str(text) for _, text in group]
        encodings = tokenizer.encode_batch(normalized, add_special_tokens=False)
        for (split, text), normal, encoding in zip(group, normalized, encodings, strict=True):
            yield split, text, segments_of(normal, encoding)


def chosen_texts(
    articles: Iterable[tuple[Split, str]], chosen: Mapping[Split, Bools]
) -> Iterator[tuple[Split, str]]:
    """Of `split_texts`, those that are chosen, per article of each split."""
    places = {split: iter(chosen[split].tolist()) for split in SPLITS}
    return (article for article in articles if next(places[article[0]]))


def split_texts(texts: Path, splits: Path) -> Iterator[tuple[Split, str]]:
    """Split and text of each article, in the order of the corpus."""
    stale = f"{texts} and {splits} do not hold the same articles; run `dvc repro split`"
    articles = read_texts(texts)
    for batch in read_split_table(splits).to_batches():
        for row in batch.to_pylist():
            article = next(articles, None)
            if article is None or article.id != row["id"]:
                raise InputError(stale)
            yield row["split"], article.text
    if next(articles, None) is not None:
        raise InputError(stale)
