"""Articles drawn by seed where not all can be used."""

import numpy as np

from minillm.tokens.choice import draw, draw_tokens, only
from tests.tokens.corpus import shard_of

SHARD = shard_of([range(100 * i + 4, 100 * i + 4 + length) for i, length in enumerate((8, 3, 0, 5, 18))])


def test_as_many_whole_articles_as_fit_are_drawn_by_seed() -> None:
    sizes = np.array([5, 1, 4, 3, 2])
    assert draw(sizes, 15, seed=0).all()
    draws = [draw(sizes, 8, seed) for seed in range(20)]
    assert all(0 < sizes[chosen].sum() <= 8 for chosen in draws)
    assert len({tuple(chosen) for chosen in draws}) > 3
    np.testing.assert_array_equal(draws[3], draw(sizes, 8, 3))
    assert draw(sizes, 0, seed=0).sum() == 1  # one at least, however long


def test_of_a_shard_zero_draws_all_and_a_number_so_many_tokens() -> None:
    assert draw_tokens(SHARD, 0, seed=1).all()
    assert draw_tokens(SHARD, len(SHARD.tokens), seed=1).all()
    drawn = [only(SHARD, draw_tokens(SHARD, 20, seed)) for seed in range(20)]
    assert all(0 < len(shard.tokens) <= 20 for shard in drawn)


def test_the_chosen_articles_keep_their_order_and_all_of_them_are_the_shard_itself() -> None:
    part = only(SHARD, np.array([True, False, True, False, True]))
    assert [part.article(index).tolist() for index in range(len(part))] == [
        SHARD.article(index).tolist() for index in (0, 2, 4)
    ]
    assert part.tokens.dtype == SHARD.tokens.dtype
    assert part.targets == SHARD.targets - 4 - 6
    assert only(SHARD, np.ones(5, dtype=bool)) is SHARD
