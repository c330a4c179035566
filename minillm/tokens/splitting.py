"""The split stage: encode every article into the token shard of its split.

The costly part is the encoding. It is done in shards in the sense of `minillm/shards.py`, each with the ids
of the articles of a row group, so that the next run goes on from one that was killed. The tokenizers library
takes all cores by itself: there are no worker processes.
"""

import contextlib
from array import array
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa
from tokenizers import Tokenizer

from minillm.errors import InputError
from minillm.files import atomic_path, temporary_folder, write_checksums
from minillm.params import SplitParams
from minillm.parquet import RowWriter
from minillm.shards import ALL, Part, Shards, count_groups, key_of, read_group
from minillm.tokens.assignment import SPLITS, Split, split_of
from minillm.tokens.shards import TABLE_SCHEMA, VOCABULARY, dtype_of, write_vocabulary
from minillm.tokens.texts import Text
from minillm.tokens.tokenizer import BOS, EOS, encode_texts, tokenizer_sha256

_ROW_GROUP_ARTICLES = 10_000
_ROW_GROUP_CHARACTERS = 16 * 2**20  # of titles
_ENCODED_BYTES = 16 * 2**20  # of ids, in a row group of a shard of encoded articles
_TEXT_SCHEMA = pa.schema(dict.fromkeys(Text._fields, pa.string()))
_COLUMNS: dict[str, pa.DataType] = {"id": pa.string(), "title": pa.string(), "ids": pa.binary()}
_ENCODED_SCHEMA = pa.schema(_COLUMNS)
_SOURCES = ("splitting.py", "tokenizer.py")


def encoded_shards(texts: Path, tokenizer: Tokenizer, state: Path) -> Shards:
    """The shards of encoded articles, in the folder of `state` that is named by all that they depend on.

    Raises InputError if the texts cannot be read or are not as clean wrote them.
    """
    count = count_groups(texts, _TEXT_SCHEMA, "clean")
    sources = [Path(__file__).with_name(name) for name in _SOURCES]
    return Shards(state / key_of(tokenizer_sha256(tokenizer), [texts, *sources]), count)


def encode(texts: Path, tokenizer: Tokenizer, shards: Shards, part: Part = ALL) -> int:
    """Have the missing shards of encoded articles made, and return how many they were."""
    return shards.make(partial(encode_shard, texts, tokenizer), 1, part)


def encode_shard(texts: Path, tokenizer: Tokenizer, number: int, path: Path) -> None:
    """Write the articles of one row group as [BOS] … [EOS], in the bytes that a token shard has of them."""
    dtype = dtype_of(tokenizer.get_vocab_size())
    rows = list(read_group(texts, _TEXT_SCHEMA, "clean", number))
    encoded = encode_texts(tokenizer, (text for _, _, text in rows))
    with RowWriter(path, _ENCODED_SCHEMA, _ROW_GROUP_ARTICLES, _ENCODED_BYTES) as writer:
        for (article_id, title, _), ids in zip(rows, encoded, strict=True):
            content = np.array([BOS, *ids, EOS], dtype).tobytes()
            writer.add({"id": article_id, "title": title, "ids": content}, len(content))


def write_shards(
    texts: Path,
    tokenizer: Tokenizer,
    ratios: SplitParams,
    seed: int,
    folder: Path,
    shards: Shards | None = None,
) -> dict[str, dict[str, int]]:
    """Encode the articles of `texts` into one token shard per split; return their exact counts.

    `shards`: those of the encoded articles, of which the missing ones are made; without them they are in a
    temporary folder. Raises InputError if a split gets no article.
    """
    width = dtype_of(tokenizer.get_vocab_size()).itemsize
    lengths = {split: array("q") for split in SPLITS}
    with contextlib.ExitStack() as stack:
        scratch = stack.enter_context(temporary_folder(folder / "encoded"))
        shards = shards or encoded_shards(texts, tokenizer, scratch)
        encode(texts, tokenizer, shards)
        files: dict[str, IO[bytes]] = {}
        for split in SPLITS:
            path = stack.enter_context(atomic_path(folder / f"{split}.bin"))
            files[split] = stack.enter_context(path.open("wb"))
        table_path = stack.enter_context(atomic_path(folder / "articles.parquet"))
        table = stack.enter_context(
            RowWriter(table_path, TABLE_SCHEMA, _ROW_GROUP_ARTICLES, _ROW_GROUP_CHARACTERS, dictionary=True)
        )
        for article_id, title, content in shards.rows(_ENCODED_SCHEMA, "split"):
            split, tokens = split_of(article_id, seed, ratios), len(content) // width
            files[split].write(content)
            lengths[split].append(tokens)
            table.add({"id": article_id, "title": title, "split": split, "tokens": tokens}, len(title))
        _refuse_empty_splits(lengths, ratios)
    for split in SPLITS:
        with atomic_path(folder / f"{split}.idx.npy") as path, path.open("wb") as file:
            np.save(file, np.concatenate(([0], np.cumsum(lengths[split]))).astype("<i8"))
    write_vocabulary(folder, tokenizer)
    token_shards = [f"{split}.{kind}" for split in SPLITS for kind in ("bin", "idx.npy")]
    write_checksums(*(folder / name for name in (*token_shards, "articles.parquet", VOCABULARY)))
    return {split: {"articles": len(lengths[split]), "tokens": sum(lengths[split])} for split in SPLITS}


def _refuse_empty_splits(lengths: Mapping[Split, Sequence[int]], ratios: SplitParams) -> None:
    total = sum(map(len, lengths.values()))
    for split, articles in lengths.items():
        if not articles:
            raise InputError(
                f"split.{split} = {getattr(ratios, split)}: none of the {total} articles falls into it; "
                f"use more articles (extract.articles), other ratios or another seed"
            )
