"""The same figures at another revision: a branch, a commit, a tag or an experiment of DVC's.

Metrics and parameters lie in Git, so that any revision can be compared without its data; `dvc.api` also knows
the names of experiments. A change is called better or worse only where the other value lies outside the 95 %
interval of this one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from minillm.core_yaml import parse_mapping
from minillm.errors import InputError
from minillm.evaluation.alarms import flatten
from minillm.files import Metric
from minillm.report.results import METRICS, PARAMS, Figures, Results, parse_figures
from minillm.report.wording import Table, number

_PRIVATE = {"extract.contact"}  # a person's address, which is nobody's business in a report


@dataclass(frozen=True)
class Reference:
    """What another revision found."""

    name: str
    metrics: Mapping[str, Figures]
    params: Mapping[str, Metric]
    """By dotted names; lists as text."""


def read_reference(root: Path, revision: str) -> Reference:
    """Read metrics and parameters at a revision. Raises InputError for one that is unknown or has none."""
    texts = {name: f"metrics/{name}.json" for name in METRICS}
    metrics = {
        name: parse_figures(Path(f"{path} at {revision}"), _read_at(root, path, revision))
        for name, path in texts.items()
    }
    return Reference(revision, metrics, flat_params(_read_at(root, PARAMS.as_posix(), revision)))


def _read_at(root: Path, path: str, revision: str) -> str:
    import dvc.api  # half a second, which only a comparison needs
    from dvc.exceptions import DvcException
    from dvc.scm import SCMError

    try:
        return str(dvc.api.read(path, repo=str(root), rev=revision, encoding="utf-8"))
    except (DvcException, SCMError, OSError) as error:
        reason = " ".join(str(error).split())
        raise InputError(
            f"REF = {revision}: {path} cannot be read there ({reason:.200}); "
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


def judgement(here: float, there: float, interval: tuple[float, float] | None, better: str) -> str:
    """`better`, `worse` or `no clear difference`; `better` is the direction: lower or higher."""
    if here == there:
        return "the same"
    if interval and interval[0] <= there <= interval[1]:
        return "no clear difference"
    if not better:
        return ""
    return "better" if (here < there) == (better == "lower") else "worse"


def cautions(results: Results, reference: Reference) -> list[str]:
    """Why some of the figures are not of the same thing."""
    found = []
    for name, what in (("split", "test.tokens"), ("vocab", "size")):
        here, there = results.metrics[name].get(what), reference.metrics[name].get(what)
        if here != there:
            found.append((name, number(here), number(there)))
    sentences = {
        "split": "The test split has {} tokens here and {} there: the figures are of different texts.",
        "vocab": "The vocabulary has {} tokens here and {} there: loss, perplexity and accuracy are per "
        "token, so that only bits per byte compares.",
    }
    return [sentences[name].format(here, there) for name, here, there in found]
