"""Which templates a corpus lost, and what that cost: the rows of metrics/tables/templates.tsv."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from minillm.files import write_tsv
from minillm.wikitext.layout import Loss

COLUMNS = ("template", "sentences", "holes", "articles", "example")
"""Sentences, and parts of parentheses, that went for a hole of the template; holes that closed without a
trace; articles with either, and the title of the first of them."""
MOST_TEMPLATES = 100_000
"""Names that are told apart: dumps hold as many as somebody likes to write."""
OTHERS = "(others)"


@dataclass(slots=True)
class _Row:
    example: str
    sentences: int = 0
    holes: int = 0
    articles: int = 0


class TemplateLosses:
    """What the holes of each template cost, over all articles."""

    def __init__(self) -> None:
        self._rows: dict[str, _Row] = {}

    def add(self, title: str, losses: Iterable[Loss]) -> None:
        """Count those of an article."""
        for loss in losses:
            known = loss.template in self._rows or len(self._rows) < MOST_TEMPLATES
            row = self._rows.setdefault(loss.template if known else OTHERS, _Row(title))
            row.sentences += loss.taken
            row.holes += loss.closed
            row.articles += 1

    @property
    def sentences(self) -> int:
        """All that went; one that went for holes of two templates counts for both."""
        return sum(row.sentences for row in self._rows.values())

    @property
    def holes(self) -> int:
        """All that closed without a trace."""
        return sum(row.holes for row in self._rows.values())

    def write(self, path: Path) -> None:
        """Write the table, the costliest first."""
        rows = sorted(self._rows.items(), key=lambda item: (-item[1].sentences, -item[1].holes, item[0]))
        write_tsv(
            path,
            COLUMNS,
            [(name, row.sentences, row.holes, row.articles, row.example) for name, row in rows],
        )
