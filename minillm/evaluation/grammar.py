"""Grammar as a number: of two sentences that differ in one point of grammar, is the right one likelier?

Minimal pairs as in BLiMP (Warstadt et al. 2020), for some ten phenomena: the templates of the language with
their words (minillm/languages), a hundred pairs of each. A model is right if the whole sentence that is
correct has the higher log-likelihood, from [BOS] on; equal ones count as half. Without any grammar it is
right in 50 %. Intervals are Wilson's. A pair with an [UNK] is skipped and counted: there the vocabulary would
be asked. A phenomenon of which all are skipped has no share.
"""

import hashlib
import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from minillm.evaluation.comparison import wilson
from minillm.files import Metrics, measured
from minillm.languages.grammar import GrammarFacts
from minillm.tokens.shards import Shard
from minillm.tokens.tokenizer import BOS, UNK, encode_texts

GRAMMAR_COLUMNS = ("phenomenon", "model", "pairs", "skipped", "share", "low", "high")
GRAMMAR_PAIR_COLUMNS = ("phenomenon", "right", "wrong", "advantage")
PAIRS = 100
"""Of each phenomenon."""
_TIE = 1e-6  # nats; the same factors in another order differ by rounding
_SLOT = re.compile(r"\{(\w)(\d)\}", re.ASCII)
_CHOICE = re.compile(r"\[([^|]*)\|([^]]*)\]")

ArticleNll = Callable[[Shard], npt.NDArray[np.float64]]
"""NLL of each article of a shard, in nats; here an article is a sentence."""


class Pair(NamedTuple):
    """Two sentences, one of them wrong."""

    phenomenon: str
    right: str
    wrong: str


class Score(NamedTuple):
    """How often a model was right; the interval is of 95 %."""

    phenomenon: str
    model: str
    pairs: int
    skipped: int
    share: float | None
    low: float | None
    high: float | None


class Grammar(NamedTuple):
    """The pairs without [UNK] with each model's advantage, log p(right) − log p(wrong) in nats."""

    pairs: list[Pair]
    skipped: list[Pair]
    advantages: dict[str, npt.NDArray[np.float64]]
    phenomena: tuple[str, ...]

    def score(self, model: str, phenomenon: str | None = None) -> Score:
        """The share of pairs of a phenomenon (or of all) in which the model was right."""
        asked = [phenomenon in (None, pair.phenomenon) for pair in self.pairs]
        advantage = self.advantages[model][np.array(asked, dtype=bool)]
        right = float((advantage > _TIE).sum() + (np.abs(advantage) <= _TIE).sum() / 2)
        skipped = sum(phenomenon in (None, pair.phenomenon) for pair in self.skipped)
        share = wilson(right, len(advantage)) if len(advantage) else (None, None, None)
        return Score(phenomenon or "all", model, len(advantage), skipped, *share)

    def table(self) -> list[Score]:
        """Rows of GRAMMAR_COLUMNS: each phenomenon, then all, each with every model."""
        return [self.score(model, name) for name in (*self.phenomena, None) for model in self.advantages]

    def percent_right(self, model: str) -> list[tuple[str, float]]:
        """Each phenomenon that was asked about, then all, with the share of right answers in per cent."""
        rows = [row for row in self.table() if row.model == model]
        return [(row.phenomenon, 100 * row.share) for row in rows if row.share is not None]

    def pair_table(self, model: str) -> list[tuple[object, ...]]:
        """Rows of GRAMMAR_PAIR_COLUMNS."""
        return [
            (*pair, float(advantage))
            for pair, advantage in zip(self.pairs, self.advantages[model], strict=True)
        ]

    def metrics(self) -> Metrics:
        """Share of all pairs by model, and how many there were."""
        shares = measured({model: self.score(model).share for model in self.advantages})
        return {**shares, "pairs": len(self.pairs), "skipped": len(self.skipped)}


def measure_grammar(models: dict[str, ArticleNll], tokenizer: Tokenizer, facts: GrammarFacts) -> Grammar:
    """Ask each model which sentence of each pair it finds likelier."""
    pairs = list(all_pairs(facts))
    sentences = [sentence for pair in pairs for sentence in (pair.right, pair.wrong)]
    ids = list(encode_texts(tokenizer, sentences))
    known = [UNK not in (*right, *wrong) for right, wrong in zip(ids[::2], ids[1::2], strict=True)]
    shard = _shard([ids[2 * index + side] for index, ok in enumerate(known) if ok for side in (0, 1)])
    asked = [pair for pair, ok in zip(pairs, known, strict=True) if ok]
    skipped = [pair for pair, ok in zip(pairs, known, strict=True) if not ok]
    advantages = {}
    for name, article_nll in models.items():
        nll = article_nll(shard) if asked else np.zeros(0)
        advantages[name] = nll[1::2] - nll[::2]
    return Grammar(asked, skipped, advantages, tuple(facts.phenomena))


def all_pairs(facts: GrammarFacts) -> Iterator[Pair]:
    """A hundred pairs of each phenomenon, always the same, as evenly from its templates as they allow."""
    for phenomenon, templates in facts.phenomena.items():
        by_template = [
            sorted(_expand(phenomenon, template, facts.words), key=_shuffled) for template in templates
        ]
        in_turn = itertools.chain.from_iterable(itertools.zip_longest(*by_template))
        yield from itertools.islice(filter(None, in_turn), PAIRS)


def _expand(phenomenon: str, template: str, word_lists: Mapping[str, tuple[str, ...]]) -> Iterator[Pair]:
    """A template with every combination of its words."""
    lists = sorted({name for name, _ in _SLOT.findall(template)})
    for words in itertools.product(*(word_lists[name] for name in lists)):
        forms = {name: word.split("/") for name, word in zip(lists, words, strict=True)}
        text = _SLOT.sub(lambda slot, forms=forms: forms[slot[1]][int(slot[2])], template)  # type: ignore[misc]
        yield Pair(phenomenon, _CHOICE.sub(r"\1", text), _CHOICE.sub(r"\2", text))


def _shuffled(pair: Pair) -> bytes:
    """A key that puts pairs in an order without pattern, the same everywhere."""
    return hashlib.sha256(pair.right.encode()).digest()


def _shard(sentences: Sequence[Sequence[int]]) -> Shard:
    """Sentences as articles without [EOS]: none of them ends an article."""
    lengths = [1 + len(ids) for ids in sentences]
    tokens = [token for ids in sentences for token in (BOS, *ids)]
    return Shard(np.array(tokens, dtype=np.uint32), np.cumsum([0, *lengths]))
