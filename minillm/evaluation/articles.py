"""The test articles one by one: what makes two revisions comparable, and the comparison itself.

Two models that have scored the same articles are compared by the difference on each article (paired, Koehn
2004): what makes an article hard is then common to both, and the interval is narrow. An article is the same
if its id and its bytes are; bits per byte compares on any vocabulary, loss and accuracy only where the
tokens are the same too.
"""

import math
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from minillm.evaluation.code_length import SplitText
from minillm.evaluation.comparison import Interval, bootstrap
from minillm.evaluation.measured import Measured, Table
from minillm.evaluation.split_likelihood import Likelihood
from minillm.tokens.choice import draw
from minillm.tokens.shards import Shard

ARTICLE_COLUMNS = ("id", "bytes", "tokens", "targets", "nll", "hits", "known_hits", "spelling_bits")
MOST_ARTICLES = 20_000
"""More test articles are drawn from by seed: their intervals are narrow enough."""
_HASH_BYTES = 4


class Paired(NamedTuple):
    """How much better one revision is than another, by the names of the figures."""

    gains: Mapping[str, Interval]
    """Positive where the first is better; without those that do not compare."""
    articles: int
    """That both have."""
    same_tokens: bool


def measured_articles(
    ids: Sequence[str], shard: Shard, likelihood: Likelihood, text: SplitText, seed: int
) -> Measured:
    """The table of them, under ARTICLE_COLUMNS; `tokens` is a hash of the article's token ids."""
    chosen = np.flatnonzero(draw(np.ones(len(shard), dtype=np.int64), MOST_ARTICLES, seed))
    rows = [
        (
            ids[index],
            int(text.article_bytes[index]),
            blake2b(shard.article(index).astype("<u4").tobytes(), digest_size=_HASH_BYTES).hexdigest(),
            int(likelihood.article_targets[index]),
            float(likelihood.article_nll[index]),
            int(likelihood.article_hits[index]),
            int(likelihood.article_known_hits[index]),
            float(text.article_spelling_bits[index]),
        )
        for index in chosen.tolist()
    ]
    return Measured(tables={"tables/articles": Table(ARTICLE_COLUMNS, rows)})


def compare_articles(
    here: Sequence[Mapping[str, Any]], there: Sequence[Mapping[str, Any]], seed: int
) -> Paired:
    """The paired differences over the articles in both tables, rows by column name."""
    others = {(row["id"], row["bytes"]): row for row in there}
    pairs = [(row, others[key]) for row in here if (key := (row["id"], row["bytes"])) in others]
    if not pairs:
        return Paired({}, 0, same_tokens=False)

    def column(name: str, pair: int) -> npt.NDArray[np.float64]:
        return np.array([rows[pair][name] for rows in pairs], dtype=np.float64)

    def fewer(name: str) -> npt.NDArray[np.float64]:
        """Per article, by how much the first has less of something."""
        return column(name, 1) - column(name, 0)

    utf8_bytes, targets = (column(name, 0).astype(np.int64) for name in ("bytes", "targets"))
    bits = fewer("nll") / math.log(2) + fewer("spelling_bits")
    gains = {"test.bits_per_byte": bootstrap(bits, utf8_bytes, seed)}
    same_tokens = all(one["tokens"] == other["tokens"] for one, other in pairs)
    if same_tokens:
        nats = bootstrap(fewer("nll"), targets, seed)
        gains |= {"test.loss": nats, "test.perplexity": nats}  # the one is the other's exponential
        gains["test.accuracy"] = bootstrap(-fewer("hits"), targets, seed)
        gains["test.accuracy_known"] = bootstrap(-fewer("known_hits"), targets, seed)
    return Paired(gains, len(pairs), same_tokens)
