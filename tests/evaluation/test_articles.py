import math
from typing import Any

import numpy as np
import pytest

from minillm.evaluation import articles as articles_module
from minillm.evaluation.articles import ARTICLE_COLUMNS, compare_articles, measured_articles
from minillm.evaluation.code_length import SplitText
from minillm.evaluation.comparison import verdict
from minillm.evaluation.split_likelihood import Likelihood
from tests.tokens.corpus import shard_of

SHARD = shard_of([[5, 6], [7], [5, 6], [8, 9, 10]])
TEXT = SplitText(np.array([20, 10, 20, 30]), np.array([4.0, 2.0, 4.0, 6.0]))


def rows(nll: list[float], **changes: list[Any]) -> list[dict[str, Any]]:
    """The table of a model with these NLLs, columns changed."""
    likelihood = Likelihood(SHARD)
    likelihood.article_nll[:] = nll
    likelihood.article_hits[:] = [1, 0, 1, 2]
    table = measured_articles(["a", "b", "c", "d"], SHARD, likelihood, TEXT, seed=0).tables["tables/articles"]
    assert table.columns == ARTICLE_COLUMNS
    found = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    for name, values in changes.items():
        for row, value in zip(found, values, strict=True):
            row[name] = value
    return found


def twice(table: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As many articles again, with ids of their own: enough for an interval."""
    return [row | {"id": f"{row['id']}{copy}"} for copy in range(2) for row in table]


def test_each_article_has_its_figures_and_equal_ones_equal_tokens() -> None:
    table = rows([3.0, 2.0, 1.0, 4.0])
    assert [(row["id"], row["bytes"], row["targets"], row["nll"], row["hits"]) for row in table] == [
        ("a", 20, 3, 3.0, 1),
        ("b", 10, 2, 2.0, 0),
        ("c", 20, 3, 1.0, 1),
        ("d", 30, 4, 4.0, 2),
    ]
    tokens = [row["tokens"] for row in table]
    assert tokens[0] == tokens[2]
    assert len(set(tokens)) == 3


def test_of_many_articles_some_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(articles_module, "MOST_ARTICLES", 2)
    assert len(rows([3.0, 2.0, 1.0, 4.0])) == 2


def test_gains_are_the_paired_differences_in_the_units_of_their_figures() -> None:
    here = twice(rows([3.0, 2.0, 1.0, 4.0]))
    there = twice(rows([4.0, 3.0, 2.0, 5.0], hits=[0, 0, 0, 0], spelling_bits=[5.0, 3.0, 5.0, 7.0]))
    paired = compare_articles(here, there, seed=0)
    assert (paired.articles, paired.same_tokens) == (8, True)
    assert paired.gains["test.loss"].mean == pytest.approx(4 / 12)
    assert paired.gains["test.perplexity"] == paired.gains["test.loss"]
    assert paired.gains["test.bits_per_byte"].mean == pytest.approx((4 / math.log(2) + 4) / 80)
    assert paired.gains["test.accuracy"].mean == pytest.approx(4 / 12)
    assert paired.gains["test.accuracy_known"] == (0, 0, 0)
    assert verdict(paired.gains["test.loss"]) == "better"
    back = compare_articles(there, here, seed=0)
    assert {verdict(gain) for name, gain in back.gains.items() if name != "test.accuracy_known"} == {"worse"}


def test_articles_are_paired_by_id_and_bytes_whatever_their_order() -> None:
    here, there = rows([3.0, 2.0, 1.0, 4.0]), rows([3.5, 2.5, 9.0, 9.0], bytes=[20, 10, 21, 30])
    there[3]["id"] = "e"
    paired = compare_articles(here, there[::-1], seed=0)
    assert paired.articles == 2
    assert paired.gains["test.loss"].mean == pytest.approx(1 / 5)
    assert compare_articles(here, [], seed=0) == ({}, 0, False)


def test_with_a_single_token_that_differs_only_bits_per_byte_compares() -> None:
    here, there = rows([3.0, 2.0, 1.0, 4.0]), rows([3.0, 2.0, 1.0, 4.0])
    there[1]["tokens"] = "other"
    paired = compare_articles(here, there, seed=0)
    assert (list(paired.gains), paired.same_tokens) == (["test.bits_per_byte"], False)
