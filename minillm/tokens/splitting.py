"""The split stage: encode every article into the shard of its split."""

import contextlib
import itertools
from pathlib import Path
from typing import IO

import numpy as np
from tokenizers import Tokenizer

from minillm.errors import InputError
from minillm.files import atomic_path, write_checksums
from minillm.params import SplitParams
from minillm.parquet import RowWriter
from minillm.tokens.assignment import SPLITS, split_of
from minillm.tokens.shards import TABLE_SCHEMA, VOCABULARY, write_vocabulary
from minillm.tokens.texts import read_texts
from minillm.tokens.tokenizer import BOS, EOS, encode_texts

_ROW_GROUP_ARTICLES = 10_000
_ROW_GROUP_CHARACTERS = 16 * 2**20  # of titles


def write_shards(
    texts: Path, tokenizer: Tokenizer, ratios: SplitParams, seed: int, folder: Path
) -> dict[str, dict[str, int]]:
    """Encode the articles of `texts` into one shard per split; return their exact counts.

    Raises InputError if a split gets no article.
    """
    dtype = np.dtype("<u2" if tokenizer.get_vocab_size() <= 2**16 else "<u4")
    lengths: dict[str, list[int]] = {split: [] for split in SPLITS}
    texts_read, texts_encoded = itertools.tee(read_texts(texts))  # in step: at most one group apart
    encoded = encode_texts(tokenizer, (text.text for text in texts_encoded))
    with contextlib.ExitStack() as stack:
        files: dict[str, IO[bytes]] = {}
        for split in SPLITS:
            path = stack.enter_context(atomic_path(folder / f"{split}.bin"))
            files[split] = stack.enter_context(path.open("wb"))
        table_path = stack.enter_context(atomic_path(folder / "articles.parquet"))
        table = stack.enter_context(
            RowWriter(table_path, TABLE_SCHEMA, _ROW_GROUP_ARTICLES, _ROW_GROUP_CHARACTERS, dictionary=True)
        )
        for text, ids in zip(texts_read, encoded, strict=True):
            split = split_of(text.id, seed, ratios)
            files[split].write(np.array([BOS, *ids, EOS], dtype).tobytes())
            lengths[split].append(len(ids) + 2)
            row = {"id": text.id, "title": text.title, "split": split, "tokens": len(ids) + 2}
            table.add(row, len(text.title))
        _refuse_empty_splits(lengths, ratios)
    for split in SPLITS:
        with atomic_path(folder / f"{split}.idx.npy") as path, path.open("wb") as file:
            np.save(file, np.cumsum([0, *lengths[split]], dtype="<i8"))
    write_vocabulary(folder, tokenizer)
    shards = [f"{split}.{kind}" for split in SPLITS for kind in ("bin", "idx.npy")]
    write_checksums(*(folder / name for name in (*shards, "articles.parquet", VOCABULARY)))
    return {split: {"articles": len(lengths[split]), "tokens": sum(lengths[split])} for split in SPLITS}


def _refuse_empty_splits(lengths: dict[str, list[int]], ratios: SplitParams) -> None:
    total = sum(map(len, lengths.values()))
    for split, articles in lengths.items():
        if not articles:
            raise InputError(
                f"split.{split} = {getattr(ratios, split)}: none of the {total} articles falls into it; "
                f"use more articles (extract.articles), other ratios or another seed"
            )
