"""Token shards on disk: one memory-mapped array of ids per split.

`{split}.bin` holds all articles of a split one after another, each as [BOS] … [EOS], in uint16 (uint32 for
vocabularies over 65,536), little-endian; `{split}.idx.npy` holds the n + 1 offsets of its n articles.
`articles.parquet` tells which article is where: id, title, split and tokens, in the order of the corpus.
`vocabulary.json` tells whose ids these are: the tokenizer's SHA-256 and its words; `SHA256SUMS` has the
checksums of them all, and whoever opens a file compares.
The layout is nanoGPT's and Megatron's: a process maps the file and reads only what it touches.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from tokenizers import Tokenizer

from minillm.errors import InputError
from minillm.files import check, write_json
from minillm.parquet import open_parquet
from minillm.tokens.tokenizer import tokenizer_sha256

_COLUMNS: dict[str, pa.DataType] = {
    "id": pa.string(),
    "title": pa.string(),
    "split": pa.string(),
    "tokens": pa.int64(),
}
TABLE_SCHEMA = pa.schema(_COLUMNS)

VOCABULARY = "vocabulary.json"

_COUNTED_AT_ONCE = 2**22


@dataclass(frozen=True)
class Vocabulary:
    """Whose ids the shards hold."""

    sha256: str
    """Of the tokenizer."""
    words: list[str]
    """What each id stands for, as the tokenizer writes it."""


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

    def target_counts(self, vocab_size: int) -> npt.NDArray[np.int64]:
        """How often each id is a target, (vocab_size,); memory does not grow with the shard."""
        counts = np.zeros(vocab_size, dtype=np.int64)
        for start in range(0, len(self.tokens), _COUNTED_AT_ONCE):
            counts += np.bincount(self.tokens[start : start + _COUNTED_AT_ONCE], minlength=vocab_size)
        counts -= np.bincount(self.tokens[self.offsets[:-1]], minlength=vocab_size)
        return counts


def open_shard(folder: Path, split: str) -> Shard:
    """Map the shard of `split`. Raises InputError if it is missing, damaged or inconsistent."""
    data, index = folder / f"{split}.bin", folder / f"{split}.idx.npy"
    check(data, "split")
    check(index, "split")
    try:
        offsets = np.load(index, allow_pickle=False)
        size_bytes = data.stat().st_size
    except FileNotFoundError as error:
        raise InputError(f"{error.filename} is missing; run `dvc repro split`") from None
    except (ValueError, EOFError) as error:
        raise InputError(f"{index} is no readable index ({error}); run `dvc repro -f split`") from None
    if not _are_beginnings(offsets):
        raise InputError(f"{index} has no beginnings of articles; run `dvc repro -f split`")
    dtypes = {np.dtype(name).itemsize * int(offsets[-1]): np.dtype(name) for name in ("<u2", "<u4")}
    if size_bytes not in dtypes or not size_bytes:
        raise InputError(f"{data}: {size_bytes} bytes do not fit its index; run `dvc repro -f split`")
    return Shard(np.memmap(data, dtypes[size_bytes], mode="r"), offsets)


def _are_beginnings(offsets: npt.NDArray[np.generic]) -> bool:
    if offsets.dtype != np.int64 or offsets.ndim != 1 or not len(offsets):
        return False
    return bool(offsets[0] == 0 and (np.diff(offsets) >= 0).all())


def read_split_table(folder: Path) -> pa.Table:
    """Read which article is where: columns id, title, split and tokens, in the order of the corpus."""
    path = folder / "articles.parquet"
    check(path, "split")
    with open_parquet(path, TABLE_SCHEMA, "split") as file:
        return file.read(TABLE_SCHEMA.names)


def write_vocabulary(folder: Path, tokenizer: Tokenizer) -> None:
    """Write whose ids the shards in `folder` hold."""
    write_json(folder / VOCABULARY, asdict(_vocabulary(tokenizer)))


def read_vocabulary(folder: Path) -> Vocabulary:
    """Whose ids the shards in `folder` hold. Raises InputError if the file is missing or damaged."""
    path = folder / VOCABULARY
    check(path, "split")
    try:
        return Vocabulary(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise InputError(f"{path} is missing; run `dvc repro split`") from None
    except (ValueError, TypeError) as error:
        raise InputError(f"{path} is not readable ({error}); run `dvc repro -f split`") from None


def check_vocabulary(folder: Path, tokenizer: Tokenizer) -> None:
    """Raise InputError if the shards in `folder` were encoded with another tokenizer."""
    if read_vocabulary(folder) != _vocabulary(tokenizer):
        raise InputError(f"{folder} was encoded with another tokenizer: run `dvc repro split`")


def _vocabulary(tokenizer: Tokenizer) -> Vocabulary:
    words = tokenizer.get_vocab()
    return Vocabulary(tokenizer_sha256(tokenizer), sorted(words, key=words.__getitem__))
