"""metrics/report.html: one file without a script, that opens offline and loads nothing.

The page is a function of the files that the stages wrote: the same files give the same bytes. Everything in
it that comes from a file is escaped, by Jinja or by ElementTree.
"""

import itertools
from dataclasses import dataclass
from typing import NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from minillm.report import comparison, details, figures, glance, normal
from minillm.report.comparison import Reference
from minillm.report.results import Results, Row
from minillm.report.wording import Table, number, plural, share

ALARM_TITLES = {
    "leak": "Leak from the future",
    "impossible_accuracy": "Impossible accuracy",
    "too_good": "Too good to be true",
    "overfitting": "Overfitting",
    "one_token": "One dominating token",
    "repetition": "Repetition",
    "copying": "Copying from the training text",
    "near_test_articles": "Test articles known from training",
    "baseline": "Baselines",
}


class Alarm(NamedTuple):
    """As shown."""

    title: str
    raised: bool | None
    """None where it could not be measured."""
    finding: str


class Piece(NamedTuple):
    """Part of a sample, and what is wrong with it: empty, `copied`, `repeated` or both."""

    space: str
    """Before the text."""
    text: str
    kind: str


@dataclass(frozen=True)
class Sample:
    """A prompt and its continuation, in pieces."""

    prompt: str
    sampling: str
    pieces: list[Piece]


@dataclass(frozen=True)
class Compared:
    """The comparison with a reference revision."""

    name: str
    cautions: list[str]
    params: Table
    figures: Table


def render_page(results: Results, reference: Reference | None, params_text: str) -> str:
    """The whole page. `params_text` is params.yaml, whose values are compared with the reference's."""
    template = environment().get_template("report.html")
    return template.render(
        lead=glance.lead(results),
        alarms=alarms(results),
        reference=_compared(results, reference, params_text),
        glance=glance.glance_table(results, reference),
        splits=glance.splits_table(results),
        normal=normal.placed(results),
        origin=results.origin,
        baseline_sentences=glance.baseline_sentences(results),
        bias_sentence=glance.bias_sentence(results),
        metrics=results.metrics,
        figures=figures,
        details=details,
        results=results,
        samples=samples(results),
        weights=results.weights_sha256,
        performance=results.performance,
    )


def environment() -> Environment:
    """Jinja's: what is missing is an error, pages are escaped, charts are drawn as they are."""
    made = Environment(
        loader=PackageLoader("minillm.report"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["number"] = number
    made.filters["percent"] = share
    made.filters["plural"] = plural
    made.filters["sentence"] = lambda text: f"{text[:1].upper()}{text[1:].rstrip('.')}."
    made.filters["drawn"] = Markup  # only for what minillm/report/svg.py has written
    return made


def alarms(results: Results) -> list[Alarm]:
    """Those raised first, then those that nothing is known of."""
    rows = [
        Alarm(
            ALARM_TITLES.get(row["name"], row["name"].replace("_", " ").capitalize()),
            row["raised"],
            row["finding"],
        )
        for row in results.tables["tables/alarms"]
    ]
    return sorted(rows, key=lambda alarm: (True, None, False).index(alarm.raised))


def samples(results: Results) -> list[Sample]:
    """The rows of tables/samples.tsv, put together."""
    rows = results.tables["tables/samples"]
    grouped = itertools.groupby(rows, key=lambda row: (row["prompt"], row["sampling"]))
    return [Sample(prompt, sampling, [_piece(row) for row in group]) for (prompt, sampling), group in grouped]


def _piece(row: Row) -> Piece:
    text = row["text"].lstrip()
    kind = " ".join(name for name in ("copied", "repeated") if row[name])
    return Piece(row["text"][: len(row["text"]) - len(text)], text, kind)


def _compared(results: Results, reference: Reference | None, params_text: str) -> Compared | None:
    if reference is None:
        return None
    return Compared(
        reference.name,
        comparison.cautions(results, reference, comparison.pair_up(results, reference)),
        comparison.changed_params(comparison.flat_params(params_text), reference),
        comparison.changed_figures(results, reference),
    )
