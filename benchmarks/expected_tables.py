"""The tables of docs/expected.md and docs/experiments.md out of minillm/report/expected.tsv.

`python -m benchmarks.expected_tables` writes each anew between `<!-- table NAME -->` and `<!-- end -->`;
benchmarks.expected does so after each run, and a test compares.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from minillm.files import write_text
from minillm.report.expected import (
    BAND_DEVIATIONS,
    EMBEDDED,
    Point,
    base_of,
    deviation,
    fit_law,
    of_recipe,
    read_points,
)
from minillm.report.wording import share

DOCUMENTS = (Path("docs/expected.md"), Path("docs/experiments.md"))
_TABLE = re.compile(r"(<!-- table (?P<name>[a-z0-9 -]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def main() -> None:
    """Write all tables anew."""
    points = read_points()
    for path in DOCUMENTS:
        write_text(path, with_tables(path.read_text(encoding="utf-8"), points))


def with_tables(text: str, points: Sequence[Point]) -> str:
    """The document with what the points give between its marks."""
    return _TABLE.sub(lambda found: f"{found[1]}{TABLES[found['name']](points)}{found[3]}", text)


def recipes_table(points: Sequence[Point]) -> str:
    """The recipes on the embedded corpus, by recipe and size."""
    rows = [
        (f"`{point.recipe}`", *_figures(point))
        for name in _recipes(points)
        for point in sorted(of_recipe(points, name), key=lambda point: point.training_tokens)
    ]
    return _markdown(("recipe", *_FIGURES), rows)


def laws_table(points: Sequence[Point]) -> str:
    """The law of each recipe, and below it how far points stand from it."""
    rows = []
    for name in _recipes(points):
        own = of_recipe(points, name)
        law, sizes = fit_law(own), len({point.fraction for point in own})
        if law:
            rows.append((f"`{name}`", law.formula, f"{len(own)}", f"{sizes}"))
    table = _markdown(("recipe", "validation loss after N training tokens", "points", "sizes"), rows)
    spread = deviation(points)
    band = "not known yet" if spread is None else f"± {BAND_DEVIATIONS * spread:.3f} nats per token"
    return f"{table}\nThe band: {band}.\n"


def changes_table(points: Sequence[Point], recipe: str) -> str:
    """What each change of a recipe did beside the recipe itself on the same articles."""
    rows = []
    for point in points:
        base = base_of(points, point)
        if point.recipe != recipe or not base:
            continue
        change = point.validation_loss - base.validation_loss
        rows.append((f"`{point.changed}`", f"{change:+.3f}".replace("-", "−"), *_figures(point)))
    return _markdown(("changed", "difference", *_FIGURES), rows)


def texts_table(points: Sequence[Point]) -> str:
    """The recipes on other texts."""
    rows = [
        (f"`{point.recipe}`", point.changed and f"`{point.changed}`", point.texts, *_figures(point))
        for point in points
        if point.texts != EMBEDDED
    ]
    return _markdown(("recipe", "changed", "texts", *_FIGURES), rows)


TABLES: Mapping[str, Callable[[Sequence[Point]], str]] = {
    "recipes": recipes_table,
    "laws": laws_table,
    "mistakes": lambda points: changes_table(points, "modelo-1"),
    "one switch": lambda points: changes_table(points, "moderno"),
    "texts": texts_table,
}
_FIGURES = (
    "articles",
    "seed",
    "training tokens",
    "[UNK] (validation)",
    "train loss",
    "validation loss",
    "best epoch",
    "test loss",
    "bits per byte",
)


def _figures(point: Point) -> list[str]:
    return [
        point.fraction,
        f"{point.seed}",
        f"{point.training_tokens:,}",
        share(point.validation_unknown),
        f"{point.train_loss:.3f}",
        f"{point.validation_loss:.3f}",
        f"{point.best_epoch:g} of {point.epochs:g}",
        f"{point.test_loss:.3f}",
        f"{point.test_bits_per_byte:.3f}",
    ]


def _recipes(points: Sequence[Point]) -> list[str]:
    return list(dict.fromkeys(point.recipe for point in points))


def _markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return "Not measured yet.\n"
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


if __name__ == "__main__":
    main()
