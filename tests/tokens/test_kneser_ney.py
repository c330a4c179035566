from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
import pytest

from minillm.tokens import kneser_ney
from minillm.tokens.kneser_ney import KneserNey, counted
from minillm.tokens.tokenizer import BOS
from tests.tokens.corpus import shard_of

VOCAB_SIZE = 40
Gram = tuple[int, ...]


def zipf_articles(count: int, length: int, seed: int) -> list[list[int]]:
    """Articles whose next token depends on the last one and on chance, with rare and common tokens."""
    random = np.random.default_rng(seed)
    weights = 1 / np.arange(1, VOCAB_SIZE - 4)
    articles = []
    for _ in range(count):
        ids = [4]
        for draw in random.choice(VOCAB_SIZE - 5, size=length, p=weights / weights.sum()):
            ids.append(4 + int(ids[-1] * 3 + draw) % (VOCAB_SIZE - 5))  # the last id is never seen
        articles.append(ids)
    return articles


TRAIN = zipf_articles(40, 30, seed=0)
TEST = [*zipf_articles(5, 20, seed=1), [VOCAB_SIZE - 1, 4, VOCAB_SIZE - 1], []]


class NaiveKneserNey:
    """The formula of the module's docstring, with dictionaries of tuples."""

    def __init__(self, articles: Sequence[Sequence[int]], order: int) -> None:
        self.order = order
        counts: Counter[Gram] = Counter()
        before: defaultdict[Gram, set[int]] = defaultdict(set)
        for ids in articles:
            for end in range(1, len(ids) + 1):
                for n in range(1, min(order, end) + 1):
                    counts[tuple(ids[end - n : end])] += 1
        for gram in counts:
            before[gram[1:]].add(gram[0])
        self.adjusted: list[dict[Gram, int]] = [{} for _ in range(order + 1)]
        for gram, count in counts.items():
            keeps_count = len(gram) == order or gram[0] == BOS
            self.adjusted[len(gram)][gram] = count if keeps_count else len(before[gram])
        self.adjusted[1].pop((BOS,), None)
        self.discounts = [self._discounts(list(table.values())) for table in self.adjusted]

    @staticmethod
    def _discounts(values: list[int]) -> list[float]:
        t = {k: values.count(k) for k in (1, 2, 3, 4)}
        if 0 in t.values():
            return [0, 0.5, 1, 1.5]
        y = t[1] / (t[1] + 2 * t[2])
        discounts = [0, 1 - 2 * y * t[2] / t[1], 2 - 3 * y * t[3] / t[2], 3 - 4 * y * t[4] / t[3]]
        return discounts if all(0 < discounts[k] <= k for k in (1, 2, 3)) else [0, 0.5, 1, 1.5]

    def probability(self, context: Gram, token: int) -> float:
        context = context[-(self.order - 1) :] if self.order > 1 else ()
        return self._interpolated(context, token)

    def _interpolated(self, context: Gram, token: int) -> float:
        lower = self._interpolated(context[1:], token) if context else 1 / VOCAB_SIZE
        n = len(context) + 1
        following = {gram: a for gram, a in self.adjusted[n].items() if gram[:-1] == context}
        total = sum(following.values())
        if total == 0:
            return lower
        discount = {gram: self.discounts[n][min(a, 3)] for gram, a in following.items()}
        gram = (*context, token)
        kept = following.get(gram, 0) - discount.get(gram, 0)
        return kept / total + sum(discount.values()) / total * lower


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
def test_probabilities_equal_a_naive_implementation(order: int) -> None:
    train, test = shard_of(TRAIN), shard_of(TEST)
    naive = NaiveKneserNey([train.article(index).tolist() for index in range(len(train))], order)
    for index, nll in KneserNey(train, VOCAB_SIZE, order).nll(test):
        ids = test.article(index).tolist()
        expected = [naive.probability(tuple(ids[:end]), ids[end]) for end in range(1, len(ids))]
        np.testing.assert_allclose(np.exp(-nll), expected, rtol=1e-12)
    assert index == len(TEST) - 1


def test_the_reference_is_tried_with_real_discounts_and_with_the_fallback() -> None:
    naive = NaiveKneserNey([shard_of(TRAIN).article(index).tolist() for index in range(len(TRAIN))], 3)
    assert naive.discounts[3] != [0, 0.5, 1, 1.5]
    assert naive.discounts[1] == [0, 0.5, 1, 1.5]


SEEN = TRAIN[0]
CONTEXTS: dict[str, list[int]] = {
    "article begins": [],
    "seen": SEEN[:10],
    "seen, one token": SEEN[:1],
    "last token never seen": [*SEEN[:3], VOCAB_SIZE - 1],
    "all never seen": [VOCAB_SIZE - 1] * 6,
    "new pair of seen tokens": [SEEN[5], SEEN[5], SEEN[5]],
}


@pytest.mark.parametrize("order", [1, 2, 3, 5])
@pytest.mark.parametrize("context", CONTEXTS.values(), ids=CONTEXTS)
def test_probabilities_sum_to_one_in_every_context(order: int, context: list[int]) -> None:
    continued = shard_of([[*context, token] for token in range(VOCAB_SIZE)])
    model = KneserNey(shard_of(TRAIN), VOCAB_SIZE, order)
    probabilities = [np.exp(-nll[len(context)]) for _, nll in model.nll(continued)]
    assert len(probabilities) == VOCAB_SIZE
    assert min(probabilities) > 0
    assert sum(probabilities) == pytest.approx(1, abs=1e-12)


def test_contexts_end_where_articles_do() -> None:
    model = KneserNey(shard_of(TRAIN), VOCAB_SIZE, 5)
    together = model.article_nll(shard_of(TEST))
    alone = [model.article_nll(shard_of([ids]))[0] for ids in TEST]
    np.testing.assert_allclose(together, alone, rtol=1e-12)


@pytest.mark.parametrize("chunk_tokens", [1, 30, 2**18])
def test_the_result_does_not_depend_on_the_chunks(monkeypatch: pytest.MonkeyPatch, chunk_tokens: int) -> None:
    model = KneserNey(shard_of(TRAIN), VOCAB_SIZE, 3)
    expected = model.article_nll(shard_of(TEST))
    monkeypatch.setattr(kneser_ney, "_CHUNK_TOKENS", chunk_tokens)
    assert model.article_nll(shard_of(TEST)).tolist() == expected.tolist()


def test_more_context_helps_where_tokens_depend_on_it() -> None:
    cycle = shard_of([[4 + (start + i) % 20 for i in range(40)] for start in range(20)])
    unigram, bigram = (KneserNey(cycle, VOCAB_SIZE, order).article_nll(cycle).sum() for order in (1, 2))
    assert bigram < 0.2 * unigram


def test_of_a_large_training_split_whole_articles_are_counted_that_the_seed_draws(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    train = shard_of(TRAIN)
    assert counted(train, 1) is train
    monkeypatch.setattr(kneser_ney, "MAX_TRAIN_TOKENS", 3 * 33 + 5)
    drawn = [counted(train, seed) for seed in range(4)]
    assert len({part.tokens.tobytes() for part in drawn}) == 4
    every = [train.article(index).tolist() for index in range(len(train))]
    for part in drawn:
        assert KneserNey(part, VOCAB_SIZE, 3).train_tokens == 3 * 33
        assert all(part.article(index).tolist() in every for index in range(3))
