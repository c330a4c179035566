import hashlib
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from minillm.params import SplitParams
from minillm.tokens.assignment import SPLITS, split_of

RATIOS = SplitParams(train=0.7, validation=0.15, test=0.15)


@given(st.text(), st.integers(0, 2**32 - 1))
def test_an_article_is_always_in_the_same_split(article_id: str, seed: int) -> None:
    split = split_of(article_id, seed, RATIOS)
    assert split in SPLITS
    assert split_of(article_id, seed, RATIOS) == split


def test_shares_follow_the_ratios() -> None:
    counts = Counter(split_of(str(number), 42, RATIOS) for number in range(20_000))
    for split, share in (("train", 0.7), ("validation", 0.15), ("test", 0.15)):
        assert abs(counts[split] / 20_000 - share) < 0.01, counts


def test_another_seed_moves_articles() -> None:
    moved = sum(split_of(str(n), 1, RATIOS) != split_of(str(n), 2, RATIOS) for n in range(1000))
    assert 300 < moved < 700


def test_the_assignment_does_not_change_with_a_release() -> None:
    train, validation, test = SPLITS
    splits = [split_of(str(number), 42, RATIOS) for number in range(1, 13)]
    assert splits == [train] * 2 + [test] + [train] * 3 + [validation] + [train] * 2 + [
        validation,
        train,
        validation,
    ]


def test_an_article_exactly_on_a_border_belongs_to_what_comes_after_it() -> None:
    digest = hashlib.blake2b(b"7:1", digest_size=8).digest()
    position = int.from_bytes(digest, "big") / 2**64
    rest = (1 - position) / 2
    after_train = SplitParams(train=position, validation=rest, test=rest)
    assert split_of("1", 7, after_train) == "validation"
    after_validation = SplitParams(train=position / 2, validation=position / 2, test=1 - position)
    assert split_of("1", 7, after_validation) == "test"
