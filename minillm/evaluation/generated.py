"""What the model writes, measured: does it repeat itself, and does it recite?

The continuations of test articles (bleu.py), greedy and sampled from the model's own distribution, stand
beside what the articles really say in that place: human text, which the model has never seen.
"""

from typing import NamedTuple

from minillm.evaluation.bleu import Continuations
from minillm.evaluation.measured import Measured, Table
from minillm.evaluation.repetition import distinct, rep
from minillm.evaluation.unmeasured import mark_unmeasured
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
    """Repetition and verbatim overlap of some texts; None where they hold no n-gram to measure it by."""

    rep_4: float | None
    """Share of 4-grams that the same text has already held."""
    distinct_1: float | None
    distinct_2: float | None
    distinct_3: float | None
    copied_share: float | None
    """Share of 8-grams that stand in the training split."""
    longest_copy: int | None
    """Tokens of the longest passage that stands in the training split; 0 below 8."""


class Generated(NamedTuple):
    """The figures of each kind of text."""

    greedy: TextFigures
    sampled: TextFigures
    human: TextFigures

    def measured(self) -> Measured:
        """What alarms are raised from, and all of it."""
        written = [
            f"generated.{name}.{kind}" for name in ("rep_4", "copied_share") for kind in ("greedy", "sampled")
        ]
        return Measured(
            {"generated": self.metrics()},
            {"tables/generated": Table(GENERATED_COLUMNS, self.table())},
            compared=written,
        )

    def metrics(self) -> Metrics:
        """What alarms are raised from; the rest is in the table."""
        kinds = self._asdict().items()
        return {
            name: mark_unmeasured({kind: getattr(figures, name) for kind, figures in kinds})
            for name in ("rep_4", "copied_share")
        }

    def table(self) -> list[tuple[object, ...]]:
        """Rows of GENERATED_COLUMNS."""
        return [(kind, *figures) for kind, figures in self._asdict().items()]


def measure_generated(continuations: Continuations, train: Shard) -> Generated:
    """Figures of the greedy, the sampled and the articles' own continuations."""

    def figures(texts: list[list[int]]) -> TextFigures:
        copied_share = share_found(find_ngrams(texts, train))
        return TextFigures(
            rep_4=rep(texts, 4),
            distinct_1=distinct(texts, 1),
            distinct_2=distinct(texts, 2),
            distinct_3=distinct(texts, 3),
            copied_share=copied_share,
            longest_copy=None if copied_share is None else longest_run(texts, train),
        )

    return Generated(
        figures(continuations.greedy), figures(continuations.sampled), figures(continuations.human)
    )
