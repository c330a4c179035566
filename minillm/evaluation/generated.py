"""What the model writes, measured: does it repeat itself, and does it recite?

The continuations of test articles (bleu.py), greedy and sampled as params.yaml says, stand beside what the
articles really say in that place: human text of the same length, which the model has never seen.
"""

from typing import NamedTuple

from minillm.evaluation.bleu import Continuations
from minillm.evaluation.repetition import distinct, rep
from minillm.evaluation.verbatim import find_ngrams, longest_run, share_found
from minillm.files import Metrics
from minillm.tokens.shards import Shard

GENERATED_COLUMNS = (
    "text",
    "rep_4",
    "distinct_1",
    "distinct_2",
    "distinct_3",
    "copied_share",
    "longest_copy",
)


class TextFigures(NamedTuple):
    """Repetition and verbatim overlap of some texts."""

    rep_4: float
    """Share of 4-grams that the same text has already held."""
    distinct_1: float
    distinct_2: float
    distinct_3: float
    copied_share: float
    """Share of 8-grams that stand in the training split."""
    longest_copy: int
    """Tokens of the longest passage that stands in the training split; 0 below 8."""


class Generated(NamedTuple):
    """The figures of each kind of text."""

    greedy: TextFigures
    sampled: TextFigures
    human: TextFigures

    def metrics(self) -> Metrics:
        """What alarms are raised from; the rest is in the table."""
        kinds = self._asdict().items()
        return {
            "rep_4": {kind: figures.rep_4 for kind, figures in kinds},
            "copied_share": {kind: figures.copied_share for kind, figures in kinds},
            "longest_copy": {kind: figures.longest_copy for kind, figures in kinds},
        }

    def table(self) -> list[tuple[object, ...]]:
        """Rows of GENERATED_COLUMNS."""
        return [(kind, *figures) for kind, figures in self._asdict().items()]


def measure_generated(continuations: Continuations, train: Shard) -> Generated:
    """Figures of the greedy, the sampled and the articles' own continuations."""

    def figures(texts: list[list[int]]) -> TextFigures:
        return TextFigures(
            rep_4=rep(texts, 4),
            distinct_1=distinct(texts, 1),
            distinct_2=distinct(texts, 2),
            distinct_3=distinct(texts, 3),
            copied_share=share_found(find_ngrams(texts, train)),
            longest_copy=longest_run(texts, train),
        )

    return Generated(
        figures(continuations.hypotheses), figures(continuations.sampled), figures(continuations.references)
    )
