"""General compressors as baselines: bits per byte of the test text, with the training text known and without.

xz and zstd, at their best, find repeated strings and frequent bytes and know nothing of Spanish. Alone they
get the test articles. With the training text as prior, what counts is compressed size of train + test −
compressed size of train (Benedetto et al. 2002): the same knowledge that the model had. The test text is
that of `bits_per_byte`, so that the figures compare, and so are the bytes that they are divided by.
"""

import lzma
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from minillm.evaluation.code_length import split_texts
from minillm.tokens.assignment import Split

TRAIN_BYTES = 2**25
"""32 MiB: the first training articles, and a quarter as many test bytes; the window holds both."""
TEST_BYTES = 2**23
_WINDOW_BYTES = 2**26  # 64 MiB, the dictionary of xz -9
_ZSTD_LEVEL = 22


class Compressed(NamedTuple):
    """Bits per byte of the test text."""

    alone: float
    after_train: float


def compress_test(texts: Path, splits: Path) -> dict[str, Compressed]:
    """Bits per byte under "xz" and "zstd" of the test articles.

    Raises InputError if the texts are not those that the split stage saw.
    """
    train = _text(texts, splits, "train", TRAIN_BYTES)
    test = _text(texts, splits, "test", TEST_BYTES)
    return {name: _measure(size, train, test) for name, size in (("xz", _xz), ("zstd", _zstd))}


def _measure(size: Callable[[bytes], int], train: bytes, test: bytes) -> Compressed:
    bits = 8 / len(test)
    return Compressed(bits * size(test), bits * (size(train + test) - size(train)))


def _xz(data: bytes) -> int:
    window = min(_WINDOW_BYTES, max(4096, len(data)))  # memory is eleven windows
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": window}]
    return len(lzma.compress(data, lzma.FORMAT_XZ, check=lzma.CHECK_NONE, filters=filters))


def _zstd(data: bytes) -> int:
    return len(pa.Codec("zstd", compression_level=_ZSTD_LEVEL).compress(data))


def _text(texts: Path, splits: Path, split: Split, most_bytes: int) -> bytes:
    """The first articles of a split with at most so many bytes together, but at least one."""
    text = bytearray()
    for name, article in split_texts(texts, splits):
        if name == split:
            encoded = article.encode()
            if text and len(text) + len(encoded) > most_bytes:
                break
            text += encoded
    return bytes(text)
