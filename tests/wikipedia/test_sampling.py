import itertools
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minillm.params import SplitParams
from minillm.tokens.assignment import split_of
from minillm.wikipedia.articles import Article
from minillm.wikipedia.sampling import sample_articles, sampling_number


def article(page_id: int) -> Article:
    return Article(page_id, 1, "2024-01-02T03:04:05Z", "T", "https://example.org/", "Texto", "0" * 40)


def sample(folder: Path, ids: list[int], count: int, seed: int = 42) -> list[int]:
    spool = folder / "spool.tmp"
    drawn = [drawn.page_id for drawn in sample_articles(map(article, ids), count, seed, spool)]
    assert not spool.exists()
    return drawn


ids_in_any_order = st.lists(st.integers(1, 10**6), unique=True, max_size=60)


@given(ids=ids_in_any_order, count=st.integers(1, 70), seed=st.integers(0, 2**32 - 1))
def test_it_is_the_smallest_numbers_in_the_order_of_the_articles(
    tmp_path_factory: pytest.TempPathFactory, ids: list[int], count: int, seed: int
) -> None:
    smallest = sorted(ids, key=lambda page_id: sampling_number(page_id, seed))[:count]
    expected = [page_id for page_id in ids if page_id in smallest]
    assert sample(tmp_path_factory.getbasetemp(), ids, count, seed) == expected


def test_the_order_of_the_articles_does_not_matter(tmp_path: Path) -> None:
    ids = list(range(1, 501))
    drawn = sample(tmp_path, ids, 50)
    shuffled = random.Random(0).sample(ids, len(ids))
    assert sorted(sample(tmp_path, shuffled, 50)) == drawn
    assert shuffled != ids
    assert len(drawn) == 50


def test_a_larger_sample_only_adds_articles(tmp_path: Path) -> None:
    ids = list(range(1, 301))
    samples = [set(sample(tmp_path, ids, count)) for count in (1, 10, 100, 299, 300, 1000)]
    assert [len(drawn) for drawn in samples] == [1, 10, 100, 299, 300, 300]
    for smaller, larger in itertools.pairwise(samples):
        assert smaller <= larger


def test_a_larger_dump_only_displaces_articles(tmp_path: Path) -> None:
    before, after = sample(tmp_path, list(range(1, 301)), 100), sample(tmp_path, list(range(1, 401)), 100)
    assert {page_id for page_id in after if page_id <= 300} < set(before)


def test_it_depends_on_the_seed(tmp_path: Path) -> None:
    ids = list(range(1, 501))
    assert sample(tmp_path, ids, 50, seed=1) == sample(tmp_path, ids, 50, seed=1)
    assert sample(tmp_path, ids, 50, seed=1) != sample(tmp_path, ids, 50, seed=2)


def test_the_numbers_are_fixed_for_ever() -> None:
    assert sampling_number(1, 42) == 0xEC070FC68ADB3F90  # printf extract:42:1 | b2sum -l 64
    assert sampling_number(123456789, 0) == 0x4ADF9F9F8D398F54


def test_each_article_is_drawn_equally_often() -> None:
    draws: Counter[int] = Counter()
    seeds, ids, count = 4000, range(1, 41), 10
    for seed in range(seeds):
        draws.update(sorted(ids, key=lambda page_id: sampling_number(page_id, seed))[:count])
    expected = seeds * count / len(ids)
    # Pearson's statistic; draws without replacement have (1 - 10/40) of the variance. 39 degrees of
    # freedom: 73 is exceeded with probability 0.001, and the seeds are fixed.
    statistic = sum((draws[page_id] - expected) ** 2 / expected for page_id in ids) / (1 - count / len(ids))
    assert 10 < statistic < 73


def test_the_sample_says_nothing_about_the_split() -> None:
    ratios = SplitParams(train=0.7, validation=0.15, test=0.15)
    ids = sorted(range(1, 20_001), key=lambda page_id: sampling_number(page_id, 42))[:2000]
    splits = Counter(split_of(str(page_id), 42, ratios) for page_id in ids)
    assert splits["train"] == pytest.approx(1400, abs=80)  # four standard deviations
    assert splits["test"] == pytest.approx(300, abs=64)


def test_an_error_among_the_articles_leaves_no_file(tmp_path: Path) -> None:
    def failing() -> Iterator[Article]:
        yield article(1)
        raise RuntimeError("cut")

    with pytest.raises(RuntimeError, match="cut"):
        list(sample_articles(failing(), 5, 42, tmp_path / "spool.tmp"))
    assert list(tmp_path.iterdir()) == []
