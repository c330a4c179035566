"""Token shards on disk: one memory-mapped array of ids per split.

`{split}.bin` holds all articles of a split one after another, each as [BOS] … [EOS], in uint16 (uint32 for
vocabularies over 65,536), little-endian; `{split}.idx.npy` holds the n + 1 offsets of its n articles.
`articles.parquet` tells which article is where: id, title, split and tokens, in the order of the corpus.
`vocabulary.json` tells whose ids these are: the tokenizer's SHA-256 and its words; `SHA256SUMS` has the
checksums of them all, and whoever opens a file compares. The ids are looked at too, since a folder without
checksums may be of any origin: all are of the vocabulary, and each article begins and ends as it should.
The layout is nanoGPT's and Megatron's: a process maps the file and reads only what it touches.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from tokenizers import Tokenizer

from minillm.errors import InputError, reason
from minillm.files import check, write_json
from minillm.parquet import open_parquet
from minillm.tokens.tokenizer import BOS, EOS, PAD, tokenizer_sha256

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


def dtype_of(vocab_size: int) -> np.dtype[np.unsignedinteger]:
    """Of the ids of so many words in a file."""
    return np.dtype("<u2" if vocab_size <= 2**16 else "<u4")


def open_shard(folder: Path, split: str) -> Shard:
    """Map the shard of `split`. Raises InputError if it is missing, damaged or inconsistent."""
    data, index = folder / f"{split}.bin", folder / f"{split}.idx.npy"
    check(data, "split")
    check(index, "split")
    try:
        # Mapped: the header of a damaged one may ask for more memory than there is.
        offsets = np.array(np.lib.format.open_memmap(index, mode="r"))
        size_bytes = data.stat().st_size
    except FileNotFoundError as error:
        raise InputError(f"{error.filename} is missing; run `dvc repro split`") from None
    except (ValueError, EOFError, OverflowError) as error:
        raise InputError(
            f"{index} is no readable index ({reason(error)}); run `dvc repro -f split`"
        ) from None
    if not _are_beginnings(offsets):
        raise InputError(f"{index} has no beginnings of articles; run `dvc repro -f split`")
    vocab_size = len(read_vocabulary(folder).words)
    dtype = dtype_of(vocab_size)
    if size_bytes != dtype.itemsize * int(offsets[-1]):
        raise InputError(f"{data}: {size_bytes} bytes do not fit its index; run `dvc repro -f split`")
    shard = Shard(np.memmap(data, dtype, mode="r"), offsets)
    if wrong := _wrong_ids(shard, data, vocab_size):
        raise InputError(f"{data} {wrong}; run `dvc repro -f split`")
    return shard


def _are_beginnings(offsets: npt.NDArray[np.generic]) -> bool:
    """Of one article or more, each of [BOS] and [EOS] at least."""
    if offsets.dtype != np.int64 or offsets.ndim != 1 or len(offsets) < 2:
        return False
    return bool(offsets[0] == 0 and (np.diff(offsets) >= 2).all())


def _wrong_ids(shard: Shard, data: Path, vocab_size: int) -> str:
    """What is wrong with the ids, if anything is. They are read in parts, and not through the map.

    A map's pages would count as memory of this process, all of the file's.
    """
    marks = dict.fromkeys((PAD, BOS, EOS), 0)
    with data.open("rb") as file:
        while len(ids := np.fromfile(file, shard.tokens.dtype, _COUNTED_AT_ONCE)):
            if (largest := int(ids.max())) >= vocab_size:
                return f"holds the id {largest}, and the vocabulary ends with {vocab_size - 1}"
            for mark in marks:
                marks[mark] += int(np.count_nonzero(ids == mark))
    begin, end = shard.tokens[shard.offsets[:-1]] == BOS, shard.tokens[shard.offsets[1:] - 1] == EOS
    is_whole = begin.all() and end.all() and marks == {PAD: 0, BOS: len(shard), EOS: len(shard)}
    return "" if is_whole else "does not hold the articles of its index, each from [BOS] to [EOS]"


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
        vocabulary = Vocabulary(**json.loads(path.read_text(encoding="utf-8")))
        if not isinstance(vocabulary.words, list):
            raise TypeError("no list of words")
        return vocabulary
    except FileNotFoundError:
        raise InputError(f"{path} is missing; run `dvc repro split`") from None
    except (ValueError, TypeError, RecursionError) as error:
        raise InputError(f"{path} is not readable ({reason(error)}); run `dvc repro -f split`") from None


def check_vocabulary(folder: Path, tokenizer: Tokenizer) -> None:
    """Raise InputError if the shards in `folder` were encoded with another tokenizer."""
    if read_vocabulary(folder) != _vocabulary(tokenizer):
        raise InputError(f"{folder} was encoded with another tokenizer: run `dvc repro split`")


def _vocabulary(tokenizer: Tokenizer) -> Vocabulary:
    words = tokenizer.get_vocab()
    return Vocabulary(tokenizer_sha256(tokenizer), sorted(words, key=words.__getitem__))
