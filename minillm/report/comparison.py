"""The same figures at another revision: a branch, a commit, a tag or an experiment of DVC's.

Metrics and parameters lie in Git, so that any revision can be compared without its data; `dvc.api` also knows
the names of experiments. Which of two revisions is better is told only of figures whose difference has an
interval: those of the test articles that both have scored (evaluation/articles.py), if DVC has the other's
table of them in its cache.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from minillm.core_yaml import parse_mapping
from minillm.errors import InputError, reason
from minillm.evaluation.articles import Paired, compare_articles
from minillm.evaluation.comparison import Interval, verdict
from minillm.evaluation.measured import flatten
from minillm.files import Metric
from minillm.report.results import METRICS, PARAMS, TABLES, Figures, Results, Row, parse_figures, parse_table
from minillm.report.wording import Table, number, plural

ARTICLES = "tables/articles"
_PRIVATE = {"extract.contact"}  # a person's address, which is nobody's business in a report


@dataclass(frozen=True)
class Reference:
    """What another revision found."""

    name: str
    metrics: Mapping[str, Figures]
    params: Mapping[str, Metric]
    """By dotted names; lists as text."""
    articles: Sequence[Row] | None
    """The rows of its table of test articles; None where nobody has it."""


def read_reference(root: Path, revision: str) -> Reference:
    """Read metrics and parameters at a revision. Raises InputError for one that is unknown or has none."""
    texts = {name: f"metrics/{name}.json" for name in METRICS}
    metrics = {
        name: parse_figures(Path(f"{path} at {revision}"), _read_at(root, path, revision))
        for name, path in texts.items()
    }
    params = flat_params(_read_at(root, PARAMS.as_posix(), revision))
    return Reference(revision, metrics, params, _articles_at(root, revision))


def _articles_at(root: Path, revision: str) -> list[Row] | None:
    """No revision has them in Git, and those from before the table have none."""
    try:
        text = _read_at(root, f"metrics/{ARTICLES}.tsv", revision)
    except InputError:
        return None
    return parse_table(Path(f"metrics/{ARTICLES}.tsv at {revision}"), text, TABLES[ARTICLES])


def _read_at(root: Path, path: str, revision: str) -> str:
    import dvc.api  # half a second, which only a comparison needs
    from dvc.exceptions import DvcException
    from dvc.scm import SCMError

    try:
        return str(dvc.api.read(path, repo=str(root), rev=revision, encoding="utf-8"))
    except (DvcException, SCMError, OSError, UnicodeDecodeError, AttributeError) as error:
        # AttributeError: a revision that is no commit, as HEAD^{tree}
        raise InputError(
            f"REF = {revision}: {path} cannot be read there ({reason(error)}); "
            "name a branch, a commit or an experiment (`dvc exp list`) whose pipeline has run"
        ) from None


def flat_params(text: str) -> dict[str, Metric]:
    """All parameters of a params.yaml by their dotted names, but those of a person."""
    flat = flatten(parse_mapping(text, PARAMS.as_posix()))
    return {
        name: str(value) if isinstance(value, list) else value
        for name, value in flat.items()
        if name not in _PRIVATE
    }


def changed_params(here: Mapping[str, Metric], reference: Reference) -> Table:
    """Parameters that are not the same."""
    return _differences(f"Parameters that differ from {reference.name}", here, reference.params, reference)


def changed_figures(results: Results, reference: Reference) -> Table:
    """Every figure that is not the same, by file and name."""
    here = _all_figures(results.metrics)
    there = _all_figures(reference.metrics)
    return _differences(f"All figures that differ from {reference.name}", here, there, reference)


def _all_figures(metrics: Mapping[str, Figures]) -> dict[str, Metric]:
    return {f"{file}: {name}": value for file in METRICS for name, value in metrics[file].items()}


def _differences(
    caption: str, here: Mapping[str, Metric], there: Mapping[str, Metric], reference: Reference
) -> Table:
    names = [*here, *(name for name in there if name not in here)]
    rows = [
        (name, number(here.get(name)), number(there.get(name)), change(here.get(name), there.get(name)))
        for name in names
        if here.get(name) != there.get(name)
    ]
    return Table(caption, ("name", "here", reference.name, "change"), rows)


def change(here: Metric | None, there: Metric | None) -> str:
    """The signed difference of two numbers, nothing for anything else."""
    if isinstance(here, bool | str | None) or isinstance(there, bool | str | None):
        return ""
    difference = float(f"{here - there:.6g}")
    return ("+" if difference > 0 else "") + number(difference)


def pair_up(results: Results, reference: Reference) -> Paired:
    """The differences on the articles that both have; none without the reference's table."""
    return compare_articles(results.tables[ARTICLES], reference.articles or [], results.params.seed)


def judgement(here: Metric | None, there: Metric | None, gain: Interval | None) -> str:
    """What a difference is worth, given its interval; nothing where it has none."""
    if here is not None and here == there:
        return "the same"
    return verdict(gain) if gain and here is not None and there is not None else ""


def cautions(results: Results, reference: Reference, paired: Paired) -> list[str]:
    """What the judgement rests on, and which figures are not of the same thing."""
    if reference.articles is None:
        return [
            f"Nobody here has the test articles' figures at {reference.name} (metrics/{ARTICLES}.tsv; "
            "`dvc fetch` may bring them), so that no difference is judged."
        ]
    here, there = len(results.tables[ARTICLES]), len(reference.articles)
    found = []
    if not paired.articles:
        found.append("No test article is the same here and there: the figures are of different texts.")
    elif paired.articles < max(here, there):
        found.append(
            f"{plural(paired.articles, 'test article')} are in both revisions, of {here:,} here and "
            f"{there:,} there; the judgement is of those."
        )
    if paired.articles and not paired.same_tokens:
        found.append(
            "The texts are cut into other tokens: loss, perplexity and accuracy are per token and do not "
            "compare, bits per byte does."
        )
    return found
