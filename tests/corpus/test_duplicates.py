import itertools
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minillm.corpus.duplicates import (
    BAND_RECALL,
    SIGNATURE_SIZE,
    Duplicate,
    DuplicateFinder,
    fingerprint,
    jaccard,
    rows_per_band,
    shingles,
    signature,
)


def words(count: int, seed: int) -> list[str]:
    return [f"p{number}" for number in np.random.default_rng(seed).integers(0, 10_000, count)]


def found(texts: Sequence[str], scratch: Path, similarity: float = 0.8) -> dict[int, Duplicate]:
    with DuplicateFinder(similarity, scratch / "shingles") as finder:
        for text in texts:
            finder.add(fingerprint(text, similarity))
        return finder.find()


def naive_shingles(text: str) -> set[tuple[str, ...]]:
    tokens = text.lower().split()
    return {tuple(tokens[start : start + 5]) for start in range(max(1, len(tokens) - 4))}


def naive_duplicates(texts: Sequence[str], similarity: float) -> dict[int, int]:
    sets = [naive_shingles(text) for text in texts]
    originals: dict[int, int] = {}
    for index, own in enumerate(sets):
        for earlier in range(index):
            if earlier in originals:
                continue
            if len(own & sets[earlier]) / len(own | sets[earlier]) >= similarity:
                originals[index] = earlier
                break
    return originals


def variants() -> Iterator[str]:
    """Texts with more or less of them exchanged: similarities on both sides of the threshold."""
    for seed in range(12):
        base = words(120, seed)
        yield " ".join(base)
        for changed in (0, 2, 4, 10, 40):
            copy = list(base)
            copy[50 : 50 + changed] = words(changed, 1000 + seed)
            yield " ".join(copy)


@pytest.mark.parametrize("similarity", [0.5, 0.8, 0.9, 1.0])
def test_finds_what_comparing_all_pairs_finds(tmp_path: Path, similarity: float) -> None:
    texts = list(variants())
    expected = naive_duplicates(texts, similarity)
    result = found(texts, tmp_path, similarity)
    assert {index: duplicate.original for index, duplicate in result.items()} == expected
    assert 0 < len(expected) < len(texts)


def test_equal_texts_are_exact_and_the_first_one_stays(tmp_path: Path) -> None:
    texts = [" ".join(words(50, seed)) for seed in (1, 2, 1, 3, 1)]
    assert found(texts, tmp_path) == {2: Duplicate(0, 1.0, True), 4: Duplicate(0, 1.0, True)}


def test_equal_words_in_another_form_are_near_duplicates(tmp_path: Path) -> None:
    text = " ".join(words(50, 1))
    assert found([text, text.upper() + "."], tmp_path) == {1: Duplicate(0, 1.0, False)}


def test_a_duplicate_is_never_the_original_of_a_near_duplicate(tmp_path: Path) -> None:
    base = words(200, 1)
    chain = [" ".join(words(step, 100 + step) + base[step:]) for step in range(0, 60, 10)]
    result = found(chain, tmp_path, similarity=0.85)
    assert 0 < len(result) < len(chain) - 1
    assert not [d for d in result.values() if d.original in result]
    assert all(duplicate.original < index for index, duplicate in result.items())


def test_similarity_is_the_exact_index(tmp_path: Path) -> None:
    base = words(104, 1)
    other = [*base[:-5], *words(5, 2)]
    duplicate = found([" ".join(base), " ".join(other)], tmp_path)[1]
    assert duplicate.similarity == 95 / 105


@pytest.mark.parametrize(
    ("texts", "similarity"),
    [
        (["a b c d e f g h i j", "a b c d e f g h x y"], 4 / 8),  # 6 shingles each, 4 in common
        (["a b c d e f g h i j", "a b c d e f g h"], 4 / 6),  # one is a part of the other
    ],
)
def test_exactly_the_threshold_is_a_duplicate_and_a_little_less_is_none(
    tmp_path: Path, texts: list[str], similarity: float
) -> None:
    assert found(texts, tmp_path, similarity) == {1: Duplicate(0, similarity, False)}
    assert found(texts, tmp_path, math.nextafter(similarity, 1)) == {}


@pytest.mark.parametrize("texts", [[], ["a"], ["", ""], ["!", "¡"], ["a b", "a c"]])
def test_very_short_texts(tmp_path: Path, texts: list[str]) -> None:
    expected = {1: Duplicate(0, 1.0, True)} if texts == ["", ""] else {}
    assert found(texts, tmp_path) == expected


def test_blocks_of_the_scratch_file_do_not_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = list(variants())
    expected = found(texts, tmp_path)
    monkeypatch.setattr("minillm.corpus.band_file._BLOCK_ARTICLES", 16)
    assert found(texts, tmp_path) == expected
    assert len(texts) > 64


def test_the_scratch_files_are_removed(tmp_path: Path) -> None:
    found(["a b c"], tmp_path)
    with pytest.raises(ZeroDivisionError), DuplicateFinder(0.8, tmp_path / "shingles"):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_the_same_texts_give_the_same_hashes() -> None:
    # Constants of the algorithm: if they change, so does which articles are dropped.
    hashes = shingles("el faro de la sierra luce")
    assert hashes.tolist() == [320104441, 1762825819]
    assert signature(hashes)[:3].tolist() == [1694765678, 777284634, 1194437148]


@pytest.mark.parametrize("text", ["uno dos tres cuatro cinco", "uno", "uno dos"])
def test_up_to_five_words_are_one_shingle(text: str) -> None:
    assert len(shingles(text)) == 1


@given(st.lists(st.sampled_from("abc"), min_size=5, max_size=60))
def test_shingles_are_as_many_as_there_are_different_windows(tokens: list[str]) -> None:
    text = " ".join(tokens)
    assert len(shingles(text)) == len(naive_shingles(text))


def test_signatures_agree_as_often_as_sets_are_similar() -> None:
    random = np.random.default_rng(0)
    common = random.integers(0, 2**32, 700, np.uint32)
    agreements = []
    for _ in range(40):
        sides = [np.unique(np.append(common, random.integers(0, 2**32, 150, np.uint32))) for _ in range(2)]
        agreements.append(np.mean(signature(sides[0]) == signature(sides[1])))
    expected = 700 / 1000
    # 40 × 128 draws: standard error 0.0064
    assert abs(np.mean(agreements) - expected) < 0.03


def test_a_long_text_has_the_minima_of_its_parts() -> None:
    hashes = np.unique(np.random.default_rng(1).integers(0, 2**32, 10_000, np.uint32))
    parts = [signature(part) for part in np.array_split(hashes, 7)]
    assert np.array_equal(signature(hashes), np.minimum.reduce(parts))


@pytest.mark.parametrize(("similarity", "rows"), [(1.0, 128), (0.8, 6), (0.5, 3), (0.01, 1)])
def test_bands_are_as_selective_as_the_recall_allows(similarity: float, rows: int) -> None:
    assert rows_per_band(similarity) == rows

    def recall(rows: int) -> float:
        return 1 - (1 - similarity**rows) ** (SIGNATURE_SIZE // rows)

    assert recall(rows) >= BAND_RECALL or rows == 1
    assert rows == SIGNATURE_SIZE or recall(rows + 1) < BAND_RECALL


def test_jaccard_of_small_sets() -> None:
    one, other = (np.array(values, np.uint32) for values in ([1, 2, 3], [2, 3, 4, 5]))
    assert jaccard(one, other) == 2 / 5
    assert jaccard(one, one) == 1.0
    assert jaccard(one[:0], one[:0]) == 0.0


def test_a_crowd_of_similar_texts_is_compared_with_a_bounded_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    comparisons = itertools.count()

    def counted(first: np.ndarray, second: np.ndarray) -> float:
        next(comparisons)
        return jaccard(first, second)

    monkeypatch.setattr("minillm.corpus.duplicates.jaccard", counted)
    monkeypatch.setattr("minillm.corpus.duplicates.MAX_CANDIDATES_PER_BUCKET", 2)
    frame = words(100, 1)
    crowd = [" ".join([*frame, *words(60, seed)]) for seed in range(2, 302)]
    assert found(crowd, tmp_path) == {}
    bands = SIGNATURE_SIZE // rows_per_band(0.8)
    assert 300 < next(comparisons) <= 300 * bands * 2
