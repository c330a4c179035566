"""Token shards on disk: one memory-mapped array of ids per split.

`{split}.bin` holds all articles of a split one after another, each as [BOS] … [EOS], in uint16 (uint32 for
vocabularies over 65,536), little-endian; `{split}.idx.npy` holds the n + 1 offsets of its n articles.
`articles.parquet` tells which article is where: id, title, split and tokens, in the order of the corpus.
The layout is nanoGPT's and Megatron's: a process maps the file and reads only what it touches.
"""

import contextlib
import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from tokenizers import Tokenizer

from minillm.errors import InputError
from minillm.files import Metrics, atomic_path
from minillm.params import SplitParams
from minillm.tokens.assignment import SPLITS, split_of
from minillm.tokens.texts import read_texts
from minillm.tokens.tokenizer import BOS, EOS, encode_texts

_COLUMNS: dict[str, pa.DataType] = {
    "id": pa.string(),
    "title": pa.string(),
    "split": pa.string(),
    "tokens": pa.int64(),
}
TABLE_SCHEMA = pa.schema(_COLUMNS)
_ROW_GROUP_ARTICLES = 10_000


@dataclass(frozen=True)
class Shard:
    """The articles of one split: `tokens` (all ids) and `offsets` (n + 1 positions in it)."""

    tokens: npt.NDArray[np.unsignedinteger]
    offsets: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def article(self, index: int) -> npt.NDArray[np.unsignedinteger]:
        """Token ids of one article, [BOS] and [EOS] included."""
        return self.tokens[self.offsets[index] : self.offsets[index + 1]]

    @property
    def targets(self) -> int:
        """How many tokens are predicted: all but the first of each article."""
        return len(self.tokens) - len(self)


def write_shards(texts: Path, tokenizer: Tokenizer, ratios: SplitParams, seed: int, folder: Path) -> Metrics:
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
        table = stack.enter_context(pq.ParquetWriter(table_path, TABLE_SCHEMA, compression="zstd"))
        pairs = zip(texts_read, encoded, strict=True)
        while group := list(itertools.islice(pairs, _ROW_GROUP_ARTICLES)):
            rows = []
            for text, ids in group:
                split = split_of(text.id, seed, ratios)
                files[split].write(np.array([BOS, *ids, EOS], dtype).tobytes())
                lengths[split].append(len(ids) + 2)
                rows.append({"id": text.id, "title": text.title, "split": split, "tokens": len(ids) + 2})
            table.write_table(pa.Table.from_pylist(rows, schema=TABLE_SCHEMA))
        _refuse_empty_splits(lengths, ratios)
    for split in SPLITS:
        with atomic_path(folder / f"{split}.idx.npy") as path, path.open("wb") as file:
            np.save(file, np.cumsum([0, *lengths[split]], dtype="<i8"))
    return {split: {"articles": len(lengths[split]), "tokens": sum(lengths[split])} for split in SPLITS}


def open_shard(folder: Path, split: str) -> Shard:
    """Map the shard of `split`. Raises InputError if it is missing, cut or inconsistent."""
    data, index = folder / f"{split}.bin", folder / f"{split}.idx.npy"
    try:
        offsets = np.load(index, allow_pickle=False)
        size_bytes = data.stat().st_size
    except FileNotFoundError as error:
        raise InputError(f"{error.filename} is missing; run `dvc repro split`") from None
    except (ValueError, EOFError) as error:
        raise InputError(f"{index} is no readable index ({error}); run `dvc repro -f split`") from None
    dtypes = {np.dtype(name).itemsize * int(offsets[-1]): np.dtype(name) for name in ("<u2", "<u4")}
    if size_bytes not in dtypes or not size_bytes:
        raise InputError(f"{data}: {size_bytes} bytes do not fit its index; run `dvc repro -f split`")
    return Shard(np.memmap(data, dtypes[size_bytes], mode="r"), offsets)


def read_split_table(folder: Path) -> pa.Table:
    """Read which article is where: columns id, title, split and tokens, in the order of the corpus."""
    path = folder / "articles.parquet"
    try:
        return pq.read_table(path, schema=TABLE_SCHEMA)
    except (FileNotFoundError, pa.ArrowInvalid) as error:
        raise InputError(f"{path} cannot be read ({error}); run `dvc repro -f split`") from None


def _refuse_empty_splits(lengths: dict[str, list[int]], ratios: SplitParams) -> None:
    total = sum(map(len, lengths.values()))
    for split, articles in lengths.items():
        if not articles:
            raise InputError(
                f"split.{split} = {getattr(ratios, split)}: none of the {total} articles falls into it; "
                f"use more articles (extract.articles), other ratios or another seed"
            )
