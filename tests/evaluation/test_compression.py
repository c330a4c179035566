import lzma
from pathlib import Path

import numpy as np
import pytest

from minillm.evaluation import compression
from minillm.evaluation.compression import compress_test
from minillm.params import SplitParams, VocabParams
from minillm.tokens.assignment import split_of
from minillm.tokens.splitting import write_shards
from minillm.tokens.tokenizer import train_tokenizer
from tests.tokens.corpus import random_texts, write_texts

RATIOS = SplitParams(train=0.6, validation=0.2, test=0.2)


def prepared(folder: Path, texts: list[str]) -> tuple[Path, Path, dict[str, bytes]]:
    """Texts and splits on disk, and each split's text."""
    path = write_texts(folder / "articles.parquet", texts)
    tokenizer = train_tokenizer(lambda: texts, VocabParams(type="word", vocab_size=16))
    write_shards(path, tokenizer, RATIOS, 7, folder / "splits")
    joined = {"train": b"", "validation": b"", "test": b""}
    for number, text in enumerate(texts, start=1):
        joined[split_of(str(number), 7, RATIOS)] += text.encode()
    return path, folder / "splits", joined


def test_bits_are_those_of_the_test_articles_alone_and_after_the_training_ones(tmp_path: Path) -> None:
    *paths, split = prepared(tmp_path, random_texts(50))
    result = compress_test(*paths)["xz"]

    def size(data: bytes) -> int:
        return len(lzma.compress(data, preset=9 | lzma.PRESET_EXTREME, check=lzma.CHECK_NONE))

    bits = 8 / len(split["test"])
    assert result.alone == pytest.approx(size(split["test"]) * bits, rel=0.01)
    expected = (size(split["train"] + split["test"]) - size(split["train"])) * bits
    assert result.after_train == pytest.approx(expected, rel=0.02)
    assert result.after_train < result.alone


def test_test_articles_copied_from_training_cost_nearly_nothing(tmp_path: Path) -> None:
    texts = random_texts(30)
    copies = [texts[number % 5] * 4 for number in range(60)]
    for result in compress_test(*prepared(tmp_path, copies)[:2]).values():
        assert result.after_train < 0.2


def test_unlike_bytes_are_not_compressed(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    letters = [chr(code) for code in range(0x21, 0x61)]  # 64 of them: 6 bits each
    texts = ["".join(random.choice(letters, 2000)) for _ in range(40)]
    for result in compress_test(*prepared(tmp_path, texts)[:2]).values():
        assert result.after_train == pytest.approx(6, rel=0.05)
        assert result.alone == pytest.approx(6, rel=0.05)


def test_only_so_many_bytes_are_held_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts, splits, split = prepared(tmp_path, random_texts(50))
    first = next(
        text.encode()
        for number, text in enumerate(random_texts(50), start=1)
        if split_of(str(number), 7, RATIOS) == "test"
    )
    assert compression._text(texts, splits, "test", 1) == first
    assert compression._text(texts, splits, "test", 10**6) == split["test"]
    assert len(first) < len(compression._text(texts, splits, "test", 800)) <= 800
