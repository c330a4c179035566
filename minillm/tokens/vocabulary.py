"""The vocab stage: train on the training split, and say how well the vocabulary covers it and validation."""

from collections.abc import Iterable, Iterator
from itertools import tee
from pathlib import Path

from tokenizers import Tokenizer

from minillm.errors import InputError
from minillm.files import Metrics
from minillm.params import Params
from minillm.tokens.assignment import split_of
from minillm.tokens.texts import Text, read_texts
from minillm.tokens.tokenizer import UNK, encode_texts, train_tokenizer


def train_on_split(texts: Path, params: Params) -> Tokenizer:
    """Train a tokenizer on the articles that `split_of` gives to training.

    Raises InputError if there is no such article or too little text for the vocabulary's size.
    """

    def training_texts() -> Iterator[str]:
        for text in read_texts(texts):
            if split_of(text.id, params.seed, params.split) == "train":
                yield text.text

    if next(training_texts(), None) is None:
        raise InputError(
            f"{texts}: no article falls into the training split (split.train = {params.split.train}); "
            f"use more articles (extract.articles) or another seed"
        )
    return train_tokenizer(training_texts, params.vocab)


def vocabulary_metrics(tokenizer: Tokenizer, texts: Iterable[Text], params: Params) -> Metrics:
    """Size, and for training and validation articles the share of [UNK] and the UTF-8 bytes per token."""
    totals = {split: {"tokens": 0, "unknown": 0, "bytes": 0} for split in ("train", "validation", "test")}
    read, to_encode = tee(texts)
    for text, ids in zip(read, encode_texts(tokenizer, (t.text for t in to_encode)), strict=True):
        total = totals[split_of(text.id, params.seed, params.split)]
        total["tokens"] += len(ids)
        total["unknown"] += ids.count(UNK)
        total["bytes"] += len(text.text.encode())
    metrics: dict[str, int | dict[str, float]] = {"size": tokenizer.get_vocab_size()}
    for split in ("train", "validation"):
        total = totals[split]
        tokens = max(1, total["tokens"])  # an empty validation split is refused by the split stage
        metrics[split] = {
            "unk_rate": total["unknown"] / tokens,
            "bytes_per_token": total["bytes"] / tokens,
        }
    return metrics
