import numpy as np

from minillm.evaluation.baselines import fit_ngrams
from tests.tokens.corpus import shard_of


def test_an_order_longer_than_every_article_is_that_of_the_longest() -> None:
    train = shard_of([[4], [5, 6]])  # with [BOS] and [EOS] 3 and 4 tokens
    ngrams = fit_ngrams(train, 16, {"unigram": 1, "ngram": 5}, seed=0)
    assert {name: ngram.order for name, ngram in ngrams.items()} == {"unigram": 1, "ngram": 4}
    nll = ngrams["ngram"].article_nll(shard_of([[5, 6], [7, 7, 7, 7, 7]]))
    assert np.isfinite(nll).all()
    assert nll[0] / 3 < nll[1] / 6
