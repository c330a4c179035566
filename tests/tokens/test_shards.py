import io
import json
import math
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from minillm.errors import InputError
from minillm.files import CHECKSUMS
from minillm.params import SplitParams, VocabParams
from minillm.shards import Part
from minillm.tokens import shards as module
from minillm.tokens import splitting
from minillm.tokens.assignment import SPLITS, split_of
from minillm.tokens.batches import evaluation_batches
from minillm.tokens.shards import check_vocabulary, open_shard, read_split_table, write_vocabulary
from minillm.tokens.splitting import encode, encoded_shards, write_shards
from minillm.tokens.texts import read_texts
from minillm.tokens.tokenizer import (
    BOS,
    EOS,
    PAD,
    SPECIAL_TOKENS,
    load_tokenizer,
    save_tokenizer,
    train_tokenizer,
)
from tests.conftest import ROOT, environment
from tests.tokens.corpus import random_texts, write_texts

RATIOS = SplitParams(train=0.6, validation=0.2, test=0.2)


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    return write_texts(tmp_path / "articles.parquet", random_texts(60))


def test_shards_hold_every_article_once_in_corpus_order(tmp_path: Path, texts: Path) -> None:
    tokenizer = train_tokenizer(
        lambda: random_texts(60), VocabParams(type="word", vocab_size=16, sample_characters=0)
    )
    metrics = write_shards(texts, tokenizer, RATIOS, 7, tmp_path / "splits")
    table = read_split_table(tmp_path / "splits").to_pylist()
    shards = {split: open_shard(tmp_path / "splits", split) for split in SPLITS}
    seen = dict.fromkeys(SPLITS, 0)
    for row, text in zip(table, read_texts(texts), strict=True):
        split = split_of(text.id, 7, RATIOS)
        article = shards[split].article(seen[split])
        expected = [BOS, *tokenizer.encode(text.text, add_special_tokens=False).ids, EOS]
        assert article.tolist() == expected
        assert row == {"id": text.id, "title": text.title, "split": split, "tokens": len(expected)}
        seen[split] += 1
    assert sum(seen.values()) == 60
    assert min(seen.values()) > 0
    for split, shard in shards.items():
        assert len(shard) == seen[split]
        assert metrics[split] == {"articles": len(shard), "tokens": len(shard.tokens)}
        assert shard.targets == len(shard.tokens) - len(shard)
        assert shard.tokens.dtype == np.uint16


def regrouped(texts: Path, rows: int) -> Path:
    """The same articles in row groups of another size."""
    path = texts.with_name(f"{rows}.parquet")
    pq.write_table(pq.read_table(texts), path, row_group_size=rows)
    return path


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_bytes_do_not_depend_on_the_shards_of_encoded_articles(tmp_path: Path, texts: Path) -> None:
    tokenizer = train_tokenizer(
        lambda: random_texts(60), VocabParams(type="word", vocab_size=16, sample_characters=0)
    )
    for count, rows in ((1, 60), (2, 30), (7, 9)):
        articles = regrouped(texts, rows)
        shards = encoded_shards(articles, tokenizer, tmp_path / "state")
        assert shards.count == count
        assert encode(articles, tokenizer, shards, Part(1, 2)) == math.ceil(count / 2)
        write_shards(articles, tokenizer, RATIOS, 7, tmp_path / f"splits-{count}", shards)
    write_shards(texts, tokenizer, RATIOS, 7, tmp_path / "splits")
    expected = contents(tmp_path / "splits")
    assert len(expected) == 9
    for count in (1, 2, 7):
        assert contents(tmp_path / f"splits-{count}") == expected


def test_articles_that_are_encoded_are_not_encoded_again(
    tmp_path: Path, texts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokenizer, other = (
        train_tokenizer(
            partial(random_texts, 60, seed=seed), VocabParams(type="word", vocab_size=16, sample_characters=0)
        )
        for seed in (0, 1)
    )
    articles = regrouped(texts, 20)
    shards = encoded_shards(articles, tokenizer, tmp_path / "state")
    encode(articles, tokenizer, shards)
    of_others = [
        encoded_shards(articles, other, tmp_path / "state"),
        encoded_shards(texts, tokenizer, tmp_path / "state"),
    ]
    assert shards.folder not in [each.folder for each in of_others]

    def refuse(*_arguments: object) -> None:
        raise AssertionError("encoded again")

    monkeypatch.setattr(splitting, "encode_texts", refuse)
    write_shards(articles, tokenizer, RATIOS, 7, tmp_path / "splits", shards)
    with pytest.raises(AssertionError, match="encoded again"):
        write_shards(articles, other, RATIOS, 7, tmp_path / "others", of_others[0])


def test_an_empty_split_is_a_clear_error_and_leaves_no_file(tmp_path: Path) -> None:
    texts = write_texts(tmp_path / "articles.parquet", random_texts(2))
    tokenizer = train_tokenizer(
        lambda: random_texts(60), VocabParams(type="word", vocab_size=16, sample_characters=0)
    )
    with pytest.raises(InputError, match=r"split\.\w+ = 0\.\d: none of the 2 articles"):
        write_shards(texts, tokenizer, RATIOS, 7, tmp_path / "splits")
    assert list((tmp_path / "splits").iterdir()) == []


def test_a_cut_or_missing_shard_is_a_clear_error(tmp_path: Path, texts: Path) -> None:
    tokenizer = train_tokenizer(
        lambda: random_texts(60), VocabParams(type="word", vocab_size=16, sample_characters=0)
    )
    folder = tmp_path / "splits"
    write_shards(texts, tokenizer, RATIOS, 7, folder)
    (folder / CHECKSUMS).unlink()  # as shards of other origin have none
    data, index = (folder / "train.bin").read_bytes(), (folder / "train.idx.npy").read_bytes()
    (folder / "train.bin").write_bytes(data[:-1])
    with pytest.raises(InputError, match="do not fit its index"):
        open_shard(folder, "train")
    (folder / "train.bin").write_bytes(data)
    for cut in (0, 5, len(index) - 1):
        (folder / "train.idx.npy").write_bytes(index[:cut])
        with pytest.raises(InputError, match="no readable index"):
            open_shard(folder, "train")
    whole = np.load(io.BytesIO(index))
    twice = np.insert(whole, 1, whole[1])  # an article of no token
    for other in (
        whole[:0],
        whole[:1],
        whole[-1],
        whole[None],
        whole / 1,
        whole[::-1],
        np.maximum(whole, 1),
        twice,
    ):
        np.save(folder / "train.idx.npy", other)
        with pytest.raises(InputError, match="no beginnings of articles"):
            open_shard(folder, "train")
    np.savez(folder / "train.idx.npy.npz", whole)
    archive = (folder / "train.idx.npy.npz").read_bytes()
    huge = index.replace(f"({len(whole)},)".encode(), f"({10**15},)".encode())
    assert huge != index
    for other in (archive, archive[:9], huge, bytes(len(index))):
        (folder / "train.idx.npy").write_bytes(other)
        with pytest.raises(InputError, match="no readable index") as caught:
            open_shard(folder, "train")
        assert "\n" not in str(caught.value)
    (folder / "train.idx.npy").unlink()
    with pytest.raises(InputError, match="dvc repro split"):
        open_shard(folder, "train")


def test_ids_that_no_article_can_have_are_a_clear_error(
    tmp_path: Path, texts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no checksum tells: ids beyond the vocabulary, of twice the width, and articles without an end."""
    tokenizer = train_tokenizer(
        lambda: random_texts(60), VocabParams(type="word", vocab_size=16, sample_characters=0)
    )
    folder = tmp_path / "splits"
    write_shards(texts, tokenizer, RATIOS, 7, folder)
    (folder / CHECKSUMS).unlink()
    monkeypatch.setattr(module, "_COUNTED_AT_ONCE", 7)
    ids = open_shard(folder, "train").tokens.copy()
    beyond, padded, cut, between = (ids.copy() for _ in range(4))
    beyond[-2] = 16
    padded[5] = PAD
    cut[-1], between[5] = 5, BOS
    for wrong, said in (
        (beyond, "holds the id 16, and the vocabulary ends with 15"),
        (np.random.default_rng(0).integers(0, 2**16, len(ids)), "the vocabulary ends with 15"),
        (padded, "does not hold the articles of its index, each from"),
        (cut, "does not hold the articles of its index"),
        (between, "does not hold the articles of its index"),
        (np.roll(ids, 1), "does not hold the articles of its index"),
        (np.zeros_like(ids), "does not hold the articles of its index"),
        (
            np.concatenate([ids, ids]),
            f"{4 * len(ids)} bytes do not fit its index",
        ),  # as many ids of four bytes
    ):
        (folder / "train.bin").write_bytes(wrong.astype("<u2").tobytes())
        with pytest.raises(InputError, match=rf"train\.bin.* {re.escape(said)}.*; run `dvc repro -f split`"):
            open_shard(folder, "train")
    (folder / "train.bin").write_bytes(ids.tobytes())
    assert open_shard(folder, "train").tokens.tolist() == ids.tolist()
    for words in ({"sha256": "", "words": 5}, {"sha256": ""}, []):
        (folder / "vocabulary.json").write_text(json.dumps(words), encoding="utf-8")
        with pytest.raises(InputError, match=r"vocabulary\.json is not readable"):
            open_shard(folder, "train")


def test_memory_for_looking_at_ids_does_not_grow_with_the_file(tmp_path: Path) -> None:
    code = (
        "import resource, sys; from pathlib import Path; from minillm.tokens.shards import open_shard\n"
        "rss = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "open_shard(Path('splits'), 'test'); before = rss(); open_shard(Path('splits'), 'train')\n"
        "print(rss() - before)"
    )
    article = np.full(10_000_000, 5, dtype="<u2")
    article[0], article[-1] = BOS, EOS
    (tmp_path / "splits").mkdir()
    for split, count in (("test", 1), ("train", 10)):
        with (tmp_path / "splits" / f"{split}.bin").open("wb") as file:
            for _ in range(count):
                article.tofile(file)
        np.save(tmp_path / "splits" / f"{split}.idx.npy", np.arange(count + 1) * len(article))
    write_vocabulary(tmp_path / "splits", wide_tokenizer(9))
    found = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment() | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(found.stdout) < 40_000  # KiB; the file has 200 MB


def test_texts_that_are_missing_or_cut_are_a_clear_error(tmp_path: Path, texts: Path) -> None:
    with pytest.raises(InputError, match="is missing"):
        list(read_texts(tmp_path / "none.parquet"))
    texts.write_bytes(texts.read_bytes()[:-10])
    with pytest.raises(InputError, match="no readable Parquet"):
        list(read_texts(texts))


@pytest.mark.parametrize("kind", ["word", "bpe"])
def test_shards_of_another_tokenizer_are_a_clear_error(tmp_path: Path, texts: Path, kind: str) -> None:
    size = 16 if kind == "word" else 280
    params = VocabParams.model_validate({"type": kind, "vocab_size": size, "sample_characters": 0})
    tokenizer = train_tokenizer(lambda: random_texts(60), params)
    other = train_tokenizer(lambda: random_texts(60, seed=1), params)
    save_tokenizer(tokenizer, tmp_path / "tokenizer.json")
    folder = tmp_path / "splits"
    write_shards(texts, load_tokenizer(tmp_path / "tokenizer.json"), RATIOS, 7, folder)
    check_vocabulary(folder, load_tokenizer(tmp_path / "tokenizer.json"))
    check_vocabulary(folder, tokenizer)
    with pytest.raises(InputError, match="splits was encoded with another tokenizer: run `dvc repro split`"):
        check_vocabulary(folder, other)
    (folder / "vocabulary.json").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match=r"vocabulary\.json is not as split wrote it: .* -f split`"):
        check_vocabulary(folder, tokenizer)
    (folder / CHECKSUMS).unlink()
    with pytest.raises(InputError, match="is not readable"):
        check_vocabulary(folder, tokenizer)
    (folder / "vocabulary.json").unlink()
    with pytest.raises(InputError, match=r"vocabulary\.json is missing; run `dvc repro split`"):
        check_vocabulary(folder, tokenizer)


def wide_tokenizer(size: int) -> Tokenizer:
    """A vocabulary of so many words, w4 to the last, each named by its id."""
    words = [*SPECIAL_TOKENS, *(f"w{number}" for number in range(4, size))]
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return tokenizer


@pytest.mark.parametrize(("size", "dtype"), [(2**16, np.uint16), (2**16 + 1, np.uint32)])
def test_two_bytes_hold_the_ids_of_65536_words_and_no_more(
    tmp_path: Path, size: int, dtype: type[np.unsignedinteger]
) -> None:
    text = f"w4 w{size - 1} w{size - 2}"
    texts = write_texts(tmp_path / "articles.parquet", [text] * 60)
    write_shards(texts, wide_tokenizer(size), RATIOS, 7, tmp_path / "splits")
    for split in SPLITS:
        shard = open_shard(tmp_path / "splits", split)
        assert shard.tokens.dtype == dtype
        assert shard.article(0).tolist() == [BOS, 4, size - 1, size - 2, EOS]
        assert shard.target_counts(size)[[size - 2, size - 1]].tolist() == [len(shard)] * 2
        batch = next(evaluation_batches(shard, 8, 1))
        assert batch.targets.tolist() == [[4, size - 1, size - 2, EOS]]
