"""docs/bits-per-byte.md, held against the code: how counts of bytes go wrong, and what ours is."""

import math
import re
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from minillm.evaluation.code_length import measure_texts
from minillm.params import SplitParams, VocabParams
from minillm.tokens.shards import open_shard
from minillm.tokens.splitting import write_shards
from minillm.tokens.tokenizer import train_tokenizer
from tests.conftest import ROOT
from tests.tokens.corpus import random_texts, write_texts

TEXT = "En Ávila, el año 1492, «niños» y 日本."
TEXTS = [TEXT] * 30
RATIOS = SplitParams(train=0.6, validation=0.2, test=0.2)
NLL = 20 * math.log(2)  # what a model may need for the text: 20 bits


def tokenizer_of(kind: str, vocab_size: int) -> Tokenizer:
    texts = ["En Ávila, el año 1492, «niños» y más.", *random_texts(20)] * 3
    params = VocabParams.model_validate({"type": kind, "vocab_size": vocab_size, "sample_characters": 0})
    return train_tokenizer(lambda: texts, params)


BPE = tokenizer_of("bpe", 290)
IDS = BPE.encode(TEXT, add_special_tokens=False).ids


def counts() -> dict[str, int]:
    """Bytes of TEXT, as one may count them."""
    alone = [BPE.decode([token]) for token in IDS]
    words = re.findall(r"\w+|[^\w\s]", TEXT)
    return {
        "the text, in UTF-8": len(TEXT.encode()),
        "characters": len(TEXT),
        "tokens as the vocabulary prints them": sum(len(str(BPE.id_to_token(i)).encode()) for i in IDS),
        "tokens decoded one by one": sum(len(text.encode()) for text in alone),
        "words, and a space after each": sum(len(word.encode()) + 1 for word in words),
        "[BOS] and [EOS] too": len(TEXT.encode()) + len("[BOS][EOS]"),
    }


def documented() -> dict[str, tuple[int, float]]:
    """The rows of the document's table: bytes and bits per byte."""
    text = (ROOT / "docs/bits-per-byte.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([^|]+?) \| (\d+) \| (\d\.\d{3}) \|", text, re.MULTILINE)
    return {name: (int(count), float(bits)) for name, count, bits in rows}


def test_the_document_has_what_each_way_of_counting_gives() -> None:
    assert documented() == {name: (count, round(20 / count, 3)) for name, count in counts().items()}
    assert TEXT in (ROOT / "docs/bits-per-byte.md").read_text(encoding="utf-8")


def test_every_wrong_way_counts_something_else() -> None:
    right, *wrong = counts().values()
    assert all(count != right for count in wrong)


@pytest.mark.parametrize(("kind", "vocab_size"), [("bpe", 290), ("bpe", 264), ("word", 16)])
def test_ours_counts_the_texts_own_bytes_whatever_the_vocabulary(
    tmp_path: Path, kind: str, vocab_size: int
) -> None:
    tokenizer = tokenizer_of(kind, vocab_size)
    path = write_texts(tmp_path / "articles.parquet", TEXTS)
    write_shards(path, tokenizer, RATIOS, 7, tmp_path / "splits")
    for split, text in measure_texts(path, tmp_path / "splits", tokenizer).items():
        articles = len(open_shard(tmp_path / "splits", split))
        assert text.article_bytes.tolist() == [len(TEXT.encode())] * articles
        assert articles > 3
        found = text.bits_per_byte(NLL * articles)
        lossless = 20 / len(TEXT.encode())
        if kind == "bpe":
            assert found == pytest.approx(lossless)
        else:  # [UNK] and white space are paid for as well
            assert found == pytest.approx(lossless + text.spelling_bits_per_byte)
            assert text.spelling_bits_per_byte > 0
            assert np.all(text.article_spelling_bits > 0)
