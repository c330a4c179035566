"""The vocab stage: train on the training split, and say how well the vocabulary covers it and validation.

What training counts, the distinct words, grows with the text, to gigabytes for a large Wikipedia. So of more
text than `vocab.sample_characters` a fixed choice of articles is read, for the measures too: the whole is
then encoded by the split stage alone.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import compress, tee
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from tokenizers import Tokenizer

from minillm.errors import InputError
from minillm.files import Metrics, check
from minillm.params import Params
from minillm.parquet import open_parquet
from minillm.tokens.assignment import Split, split_of
from minillm.tokens.choice import Bools, draw
from minillm.tokens.texts import Text, read_texts
from minillm.tokens.tokenizer import UNK, encode_texts, train_tokenizer


class Sample:
    """The articles of a file, or those of them that are drawn: `vocab.sample_characters` at most."""

    def __init__(self, texts: Path, params: Params) -> None:
        self.texts = texts
        sizes, most = _characters(texts), params.vocab.sample_characters
        self.chosen: Bools = draw(sizes, most or int(sizes.sum()), params.seed)

    def read(self) -> Iterator[Text]:
        """Yield them in the file's order, as `read_texts` does."""
        return compress(read_texts(self.texts), self.chosen)


def _characters(texts: Path) -> npt.NDArray[np.int64]:
    """How many each article has; a row group is in memory at a time."""
    check(texts, "clean")
    with open_parquet(texts, pa.schema({"text": pa.string()}), "clean") as file:
        groups = (file.read_row_group(number, ["text"])["text"] for number in range(file.num_row_groups))
        return np.concatenate([np.zeros(0, np.int64), *(pc.utf8_length(text).to_numpy() for text in groups)])


def train_on_split(sample: Sample, params: Params) -> Tokenizer:
    """Train a tokenizer on the articles that `split_of` gives to training.

    Raises InputError if there is no such article or too little text for the vocabulary's size.
    """

    def training_texts() -> Iterator[str]:
        for text in sample.read():
            if split_of(text.id, params.seed, params.split) == "train":
                yield text.text

    if next(training_texts(), None) is None:
        raise InputError(
            f"{sample.texts}: no article falls into the training split (split.train = {params.split.train}); "
            f"use more articles (extract.articles, vocab.sample_characters) or another seed"
        )
    return train_tokenizer(training_texts, params.vocab)


def vocabulary_metrics(tokenizer: Tokenizer, texts: Iterable[Text], params: Params) -> Metrics:
    """Size, and for training and validation articles the share of [UNK] and the UTF-8 bytes per token."""
    totals: dict[Split, Counter[str]] = {"train": Counter(), "validation": Counter()}
    splits = ((split_of(text.id, params.seed, params.split), text.text) for text in texts)
    read, to_encode = tee((split, text) for split, text in splits if split in totals)
    for (split, text), ids in zip(read, encode_texts(tokenizer, (t for _, t in to_encode)), strict=True):
        totals[split].update(tokens=len(ids), unknown=ids.count(UNK), bytes=len(text.encode()))
    metrics: dict[str, int | dict[str, float]] = {"size": tokenizer.get_vocab_size()}
    for split, total in totals.items():
        tokens = max(1, total["tokens"])  # an empty validation split is refused by the split stage
        metrics[split] = {
            "unk_rate": total["unknown"] / tokens,
            "bytes_per_token": total["bytes"] / tokens,
        }
    return metrics
