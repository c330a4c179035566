"""The shards of the clean stage: what they depend on, who makes them, and what is done again."""

import dataclasses
from functools import partial
from pathlib import Path

import pytest

from minillm.corpus import corpus, judging
from minillm.corpus.corpus import clean_articles
from minillm.corpus.judging import Judging, judge_shard
from minillm.shards import Part, Shards
from minillm.wikipedia.articles import write_articles
from minillm.wikipedia.templates import NO_DEFINITIONS, Definitions, write_definitions
from tests.corpus.test_corpus import MANY, PARAMS

SHARDS = 7


@pytest.fixture
def raw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """120 articles in seven row groups."""
    monkeypatch.setattr("minillm.wikipedia.articles._ROW_GROUP_ARTICLES", 18)
    write_articles(tmp_path / "raw.parquet", MANY)
    return tmp_path / "raw.parquet"


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of the shards that clean_articles makes, with one worker."""
    numbers: list[int] = []

    def noting(judging: Judging, number: int, path: Path) -> None:
        numbers.append(number)
        judge_shard(judging, number, path)

    monkeypatch.setattr(corpus, "judge_shard", noting)
    return numbers


def clean(raw: Path, name: str, state: Path | None) -> list[bytes]:
    """Clean into files of this name, as the stage does or without a state; returns their bytes."""
    outs = [raw.with_name(f"{name}.{kind}") for kind in ("clean", "rejected")]
    task = Judging(raw, PARAMS, "es")
    if state is None:
        clean_articles(task, outs[0], outs[1])
    else:
        shards = task.shards(state)
        with shards.used_up():
            clean_articles(task, outs[0], outs[1], shards=shards)
    return [path.read_bytes() for path in outs]


def make(raw: Path, state: Path, part: Part, workers: int = 1) -> Shards:
    task = Judging(raw, PARAMS, "es")
    shards = task.shards(state)
    shards.make(partial(judge_shard, task), workers, part)
    return shards


def test_a_shard_is_a_pure_function_of_articles_and_number(raw: Path, tmp_path: Path) -> None:
    task = Judging(raw, PARAMS, "es")
    contents = []
    for name in ("first", "second"):
        judge_shard(task, 3, tmp_path / name)
        contents.append((tmp_path / name).read_bytes())
    judge_shard(task, 4, tmp_path / "other")
    assert contents[0] == contents[1] != (tmp_path / "other").read_bytes()


@pytest.mark.parametrize("parts", [1, 2, 7, 10])
def test_parts_of_several_computers_give_the_bytes_of_one(
    raw: Path, tmp_path: Path, made: list[int], parts: int
) -> None:
    expected = clean(raw, "alone", None)
    assert made == list(range(SHARDS))
    made.clear()
    for index in reversed(range(1, parts + 1)):
        make(raw, tmp_path / "state", Part(index, parts))
    assert clean(raw, "merged", tmp_path / "state") == expected
    assert made == []
    assert list((tmp_path / "state").iterdir()) == []


def test_what_a_part_left_out_is_made_by_whoever_merges(raw: Path, tmp_path: Path, made: list[int]) -> None:
    expected = clean(raw, "alone", None)
    made.clear()
    make(raw, tmp_path / "state", Part(2, 3), workers=2)
    assert clean(raw, "merged", tmp_path / "state") == expected
    assert made == [0, 2, 3, 5, 6]


def test_a_run_that_failed_at_its_end_does_no_shard_again(
    raw: Path, tmp_path: Path, made: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="disk full"):
        patch.setattr(corpus, "_count", broken)
        clean(raw, "again", tmp_path / "state")
    assert len(made) == SHARDS
    assert clean(raw, "again", tmp_path / "state") == clean(raw, "alone", None)
    assert made == [
        *range(SHARDS),
        *range(SHARDS),
    ]  # the second ones are those of the last run, without a state


def test_other_inputs_are_other_shards(raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    definitions, other_definitions = tmp_path / "none.json", tmp_path / "some.json"
    write_definitions(definitions, NO_DEFINITIONS)
    write_definitions(other_definitions, Definitions({"Ud": "Unidad"}))
    more = tmp_path / "more.parquet"
    write_articles(more, MANY[1:])
    first = Judging(raw, PARAMS, "es", definitions=definitions)
    others = [
        dataclasses.replace(first, raw=more),
        dataclasses.replace(first, params=PARAMS.model_copy(update={"min_chars": 61})),
        dataclasses.replace(first, params=PARAMS.model_copy(update={"max_duplicate_similarity": 0.7})),
        dataclasses.replace(first, language="en"),
        dataclasses.replace(first, plain=True),
        dataclasses.replace(first, definitions=None),
        dataclasses.replace(first, definitions=other_definitions),
    ]
    folders = {each.shards(tmp_path).folder for each in (first, *others)}
    assert len(folders) == 1 + len(others)
    copied = tmp_path / "copied.parquet"  # the same articles elsewhere are the same
    copied.write_bytes(raw.read_bytes())
    assert dataclasses.replace(first, raw=copied).shards(tmp_path).folder in folders
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "rules.py").write_text("MIN = 1\n", encoding="utf-8")  # and so is other code
    (tmp_path / "unicode.py").touch()
    monkeypatch.setattr(judging, "_MINILLM", tmp_path)
    assert first.shards(tmp_path).folder not in folders


def test_shards_of_other_inputs_are_not_taken(raw: Path, tmp_path: Path, made: list[int]) -> None:
    former = make(raw, tmp_path / "state", Part(1, 1))
    write_articles(raw, [dataclasses.replace(article, title="Otro") for article in MANY])
    other = clean(raw, "other", tmp_path / "state")
    assert made == list(range(SHARDS))
    assert other == clean(raw, "alone", None)
    assert former.path(0).exists()


def test_a_damaged_shard_is_made_again(raw: Path, tmp_path: Path, made: list[int]) -> None:
    shards = make(raw, tmp_path / "state", Part(1, 1))
    content = bytearray(shards.path(2).read_bytes())
    content[len(content) // 3] ^= 1
    shards.path(2).write_bytes(content)
    assert clean(raw, "clean", tmp_path / "state") == clean(raw, "alone", None)
    assert made == [2, *range(SHARDS)]
