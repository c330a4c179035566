from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyppmd
import pytest

from minillm.errors import InputError
from minillm.evaluation import byte_models
from minillm.evaluation.byte_models import (
    NGRAM_ORDERS,
    PPMD_ORDERS,
    ByteModel,
    Floats,
    measure_byte_models,
    ngram_bits,
    ppmd_bits,
    read_bytes,
)
from minillm.params import SplitParams, VocabParams
from minillm.tokens.assignment import SPLITS, Split, split_of
from minillm.tokens.choice import Bools
from minillm.tokens.splitting import write_shards
from minillm.tokens.tokenizer import train_tokenizer
from minillm.training.threads import ONE_THREAD, Threads
from tests.tokens.corpus import random_texts, write_texts

RATIOS = SplitParams(train=0.6, validation=0.2, test=0.2)
MODELS = (ngram_bits, ppmd_bits)
Code = Callable[[Sequence[bytes], Sequence[bytes], int], Floats]


def prepared(folder: Path, texts: list[str]) -> tuple[Path, Path, dict[Split, list[bytes]]]:
    """Texts and splits on disk, and each split's texts."""
    path = write_texts(folder / "articles.parquet", texts)
    tokenizer = train_tokenizer(lambda: texts, VocabParams(type="word", vocab_size=16, sample_characters=0))
    write_shards(path, tokenizer, RATIOS, 7, folder / "splits")
    by_split: dict[Split, list[bytes]] = {"train": [], "validation": [], "test": []}
    for number, text in enumerate(texts, start=1):
        by_split[split_of(str(number), 7, RATIOS)].append(text.encode())
    return path, folder / "splits", by_split


def everything(by_split: dict[Split, list[bytes]]) -> dict[Split, Bools]:
    """Every article of each split is scored."""
    return {split: np.ones(len(by_split[split]), dtype=bool) for split in SPLITS}


def measured(folder: Path, texts: list[str]) -> tuple[dict[str, ByteModel], dict[Split, list[bytes]]]:
    path, splits, by_split = prepared(folder, texts)
    samples = read_bytes(path, splits, everything(by_split), seed=1)
    found, alone = (measure_byte_models(samples, 1, threads) for threads in (Threads(3), ONE_THREAD))
    for name, model in found.items():  # whatever the number of cores
        np.testing.assert_equal(model._asdict(), alone[name]._asdict())
    return found, by_split


def test_each_held_out_article_has_its_bits_at_the_order_that_is_best_on_validation(tmp_path: Path) -> None:
    found, split = measured(tmp_path, random_texts(60))
    assert list(found) == ["byte_ngram", "ppmd"]
    for name, code, orders in (
        ("byte_ngram", ngram_bits, NGRAM_ORDERS),
        ("ppmd", ppmd_bits, PPMD_ORDERS),
    ):
        best = min(
            orders, key=lambda order, code=code: code(split["train"], split["validation"], order).sum()
        )
        assert found[name].order == best
        assert found[name].train_bytes == sum(map(len, split["train"]))
        for bits, part in ((found[name].validation_bits, "validation"), (found[name].test_bits, "test")):
            np.testing.assert_array_equal(bits, code(split["train"], split[part], best))
            assert len(bits) == len(split[part]) > 5


def test_ppmds_bits_are_by_how_much_its_output_grows() -> None:
    train, test = ([text.encode() for text in random_texts(20, seed=seed)] for seed in (0, 1))

    def size(texts: list[bytes]) -> int:
        coder = pyppmd.Ppmd7Encoder(6, 2**22)
        return len(coder.encode(b"".join(text + b"\0" for text in texts))) + len(coder.flush())

    expected = 8 * (size(train + test) - size(train))
    assert ppmd_bits(train, test, 6).sum() == pytest.approx(expected, abs=8 * 8)
    assert ppmd_bits(train, test, 6).min() > 0
    alone = ppmd_bits(test[:1], test[1:], 6).sum()
    assert ppmd_bits(train, test[1:], 6).sum() < alone


@pytest.mark.parametrize("code", MODELS)
def test_articles_known_from_training_cost_less(code: Code) -> None:
    texts = [text.encode() for text in random_texts(30)]
    known = code(texts, texts[:5], 8).sum() / sum(map(len, texts[:5]))
    fresh = code(texts[5:], texts[:5], 8).sum() / sum(map(len, texts[:5]))
    assert known < 0.8 * fresh


@pytest.mark.parametrize("code", MODELS)
def test_unlike_bytes_cost_their_entropy(code: Code) -> None:
    random = np.random.default_rng(0)
    texts = [bytes(random.integers(64, 128, 2000, dtype=np.uint8)) for _ in range(60)]  # 6 bits each
    bits = code(texts[:40], texts[40:], 2).sum() / (20 * 2000)
    assert bits == pytest.approx(6, rel=0.06)


@pytest.mark.parametrize("code", MODELS)
def test_any_text_has_finite_bits(code: Code) -> None:
    strange = [b"\x00\xff" * 20, "日本".encode(), b"", b"a"]
    for known in ([b"una sola frase"], [b"a"], [b"yo"] * 9):
        bits = code(known, strange, 12)
        assert np.isfinite(bits).all()
        assert bits.sum() > 8 * 6


def test_the_texts_read_are_those_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = random_texts(60)
    path, splits, by_split = prepared(tmp_path, texts)
    sizes = {split: sum(len(text) for text in by_split[split]) for split in by_split}
    scored = everything(by_split)
    monkeypatch.setattr(byte_models, "MOST_BYTES", {split: size // 2 for split, size in sizes.items()})
    for split, sample in read_bytes(path, splits, scored, seed=3).items():
        chosen = np.flatnonzero(sample.chosen)
        assert 0 < len(chosen) < len(by_split[split])
        assert sample.texts == [by_split[split][index] for index in chosen]
        assert sample.split_bytes == sizes[split]
    (tmp_path / "articles.parquet").unlink()
    with pytest.raises(InputError, match="is missing"):
        read_bytes(path, splits, scored, seed=3)


def test_the_ngram_counts_a_part_of_what_ppmd_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(byte_models, "MOST_COUNTED_BYTES", 500)
    found, split = measured(tmp_path, random_texts(60))
    assert 0 < found["byte_ngram"].train_bytes <= 500
    assert found["ppmd"].train_bytes == sum(map(len, split["train"])) > 1000


def test_a_model_of_bytes_pays_for_the_end_of_each_article() -> None:
    ends = [b"ab" * 50 + b"cd"] * 20  # after "cd" comes the end, and nothing else ever
    for code in MODELS:
        known, cut = (code(ends, [text], 4).sum() for text in (ends[0], ends[0][:-1]))
        assert cut > known + 2
