"""The charts of the report: which table is drawn how, what it shows in words, and its data as a table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from minillm.evaluation.alarms import OVERFITTING_RATIO
from minillm.evaluation.baselines import MODEL_NAMES
from minillm.report.results import Performance, Results, Row
from minillm.report.svg import Line, Mark, Reference, bar_chart, interval_chart, line_chart
from minillm.report.wording import Table, label, number, share

T = TypeVar("T")
_TABLE_ROWS = 50
_POINTS = 400


@dataclass(frozen=True)
class Figure:
    """A chart, its caption and, where none is beside it already, a table of what it is drawn from."""

    svg: str
    caption: str
    table: Table | None = None


def learning_curves(results: Results) -> list[Figure]:
    """Loss, perplexity, accuracy, learning rate and gradient norm, by step."""
    curve, steps = results.tables["plots/training"], results.tables["plots/steps"]
    figures = [
        _curve(
            curve, "loss", "nats per token", "Loss", "Train loss is measured while training: with dropout."
        ),
        _curve(curve, "perplexity", "perplexity", "Perplexity", "The exponential of the loss."),
        _curve(curve, "accuracy", "share of targets", "Top-1 accuracy", "Share of tokens predicted rightly."),
    ]
    for name, title, unit, caption in (
        ("learning_rate", "Learning rate", "learning rate", "What the schedule gave at each step."),
        ("gradient_norm", "Gradient norm", "norm before clipping", "Spikes tell of an unstable training."),
    ):
        points = _thinned([(row["step"], row[name]) for row in steps], _POINTS)
        description = f"{title} from step {points[0][0]} to {points[-1][0]}: {_course(points)}."
        svg = line_chart(name, title, description, [Line(title, points)], ("step", unit))
        figures.append(Figure(svg, f"{title}. {caption}"))
    return figures


def curve_table(results: Results) -> Table:
    """The numbers behind the learning curves, at most 50 rows of them."""
    names = [
        f"{split}_{measure}"
        for measure in ("loss", "perplexity", "accuracy")
        for split in ("train", "validation")
    ]
    rows = [
        (number(row["epoch"]), number(row["step"]), *(number(row[name]) for name in names))
        for row in _thinned(results.tables["plots/training"], _TABLE_ROWS)
    ]
    return Table("Training, validation by validation", ("epoch", "step", *map(label, names)), rows)


def overfitting_figures(results: Results) -> list[Figure]:
    """Ratio and gap of the losses by epoch."""
    rows = results.tables["plots/overfitting"]
    drawn = []
    for name, title, unit, references in (
        (
            "ratio",
            "Overfitting ratio",
            "validation ÷ train loss",
            (Reference("equal", 1), Reference("alarm from here", OVERFITTING_RATIO)),
        ),
        ("gap", "Overfitting gap", "validation − train loss, nats", (Reference("equal", 0),)),
    ):
        points = [(row["epoch"], row[name]) for row in _thinned(rows, _POINTS)]
        svg = line_chart(
            f"overfitting-{name}",
            title,
            f"{title} by epoch: {_course(points)}.",
            [Line(title, points)],
            ("epoch", unit),
            references=references,
        )
        drawn.append(Figure(svg, f"{title}, by epoch."))
    return drawn


def overfitting_table(results: Results) -> Table:
    """The numbers behind them."""
    rows = _thinned(results.tables["plots/overfitting"], _TABLE_ROWS)
    return Table(
        "Validation against train loss",
        ("epoch", "ratio", "gap (nats)"),
        [(number(row["epoch"]), number(row["ratio"]), number(row["gap"])) for row in rows],
    )


def bias_figure(results: Results) -> Figure:
    """The tokens predicted too often and too seldom."""
    rows = results.tables["plots/token_bias"]
    bars = [(row["token"], row["difference"]) for row in rows]
    over = [token for token, difference in bars if difference > 0]
    under = [token for token, difference in bars[::-1] if difference < 0]
    svg = bar_chart(
        "token-bias",
        "Over- and under-predicted tokens",
        f"Predicted too often: {', '.join(over) or 'none'}. Too seldom: {', '.join(under) or 'none'}.",
        bars,
        "predicted − true share, percentage points",
    )
    table = Table(
        "Over- and under-predicted tokens",
        ("token", "percentage points", "kind"),
        [(row["token"], f"{row['difference']:+.2f}".replace("-", "−"), row["kind"]) for row in rows],
        words=frozenset({2}),
        languages={0: results.origin.language},
    )
    return Figure(svg, "Which tokens the model predicts more and less often than the text has them.", table)


def calibration_figure(results: Results) -> Figure:
    """Of the predictions that the model is so sure of, how many are right."""
    rows = results.tables["plots/calibration"]
    points = [(row["confidence"], row["accuracy"]) for row in rows]
    svg = line_chart(
        "calibration",
        "Calibration",
        "Share of right predictions by their probability: "
        + "; ".join(f"{share(right)} of those at {share(sure)}" for sure, right in points)
        + ".",
        [Line("MiniGPT", points)],
        ("probability of the prediction", "share that is right"),
        diagonal="perfectly calibrated",
        marks=True,
    )
    table = Table(
        "Calibration on the test split",
        ("bin", "mean probability", "right", "predictions"),
        [
            (
                str(index),
                share(row["confidence"]),
                share(row["accuracy"]),
                number(row["predictions"]),
            )
            for index, row in enumerate(rows, start=1)
        ],
    )
    return Figure(svg, "Below the diagonal the model is surer than it is right, above it less sure.", table)


def bleu_figure(results: Results) -> Figure:
    """BLEU of each order with its interval, beside chance; few articles have no interval, one no chance."""
    rows = results.tables["plots/bleu"]
    marks = [(f"BLEU-{row['order']}", [Mark(row["bleu"], row["low"], row["high"])]) for row in rows]
    series = ["MiniGPT, 95% interval"]
    if all(row["chance"] is not None for row in rows):
        series.append("chance: another article's text")
        for row, (_, beside) in zip(rows, marks, strict=True):
            beside.append(Mark(row["chance"]))
    svg = interval_chart(
        "bleu",
        "BLEU of continued test articles",
        "; ".join(
            f"BLEU-{row['order']} {number(row['bleu'])} (chance {number(row['chance'])})" for row in rows
        ),
        marks,
        series,
        "BLEU, 0–100",
    )
    table = Table(
        "BLEU by largest n-gram order",
        ("order", "MiniGPT", "95% from", "to", "chance"),
        [
            (str(row["order"]), *(number(row[name]) for name in ("bleu", "low", "high", "chance")))
            for row in rows
        ],
    )
    return Figure(svg, "BLEU-n counts n-grams up to n that the article's own continuation has too.", table)


def baseline_figure(results: Results) -> Figure:
    """Bits per byte on test, the best first."""
    rows = sorted(
        (row for row in results.tables["tables/baselines"] if row["split"] == "test"),
        key=lambda row: row["bits_per_byte"],
    )
    bars = [(model_name(row["model"]), row["bits_per_byte"]) for row in rows]
    svg = bar_chart(
        "baselines",
        "Bits per byte on the test split, the best first",
        "; ".join(f"{name} {number(value)}" for name, value in bars),
        bars,
        "bits per byte (lower is better)",
    )
    return Figure(svg, "How many bits a byte of the test text costs under each model: the fewer, the better.")


def grammar_figure(results: Results) -> Figure:
    """Right sentences preferred, by phenomenon that was asked about, with intervals and chance."""
    rows = [row for row in results.tables["tables/grammar"] if row["share"] is not None]
    models = [name for name in MODEL_NAMES if any(row["model"] == name for row in rows)]
    phenomena = list(dict.fromkeys(row["phenomenon"] for row in rows))
    by_key = {(row["phenomenon"], row["model"]): row for row in rows}
    drawn = []
    for phenomenon in phenomena:
        marks = []
        for model in models:
            row = by_key[phenomenon, model]
            ends = (row["low"], row["high"]) if model == "minigpt" else (None, None)
            marks.append(Mark(100 * row["share"], *(100 * end if end is not None else None for end in ends)))
        drawn.append((label(phenomenon), marks))
    svg = interval_chart(
        "grammar",
        "Grammar: minimal pairs answered rightly",
        "; ".join(f"{name} {marks[0].value:.0f}%" for name, marks in drawn) + " (chance 50%)",
        drawn,
        [model_name(model) + ", 95% interval" * (model == "minigpt") for model in models],
        "pairs answered rightly, per cent",
        reference=Reference("chance, 50%", 50),
    )
    return Figure(
        svg,
        "An interval that holds 50% shows no grammar. Nor does an n-gram’s mark at 95% or more: neighbouring "
        "words decide there.",
    )


def latency_figure(performance: Performance) -> Figure:
    """How long passes take, from the fastest to the slowest."""
    rows = performance.tables["percentiles"]
    lines = [
        Line(title, [(row["percentile"], row[name]) for row in rows])
        for name, title in (("forward", "forward pass"), ("token", "generated token"))
    ]
    svg = line_chart(
        "latency",
        "Latency, one sequence",
        "; ".join(f"{line.label}: {_course(line.points)} ms" for line in lines),
        lines,
        ("runs that took at most so long, per cent", "milliseconds"),
    )
    return Figure(svg, "One sequence at a time; a token is generated with the key/value cache.")


def model_name(key: str) -> str:
    """What a model of the tables is called."""
    return MODEL_NAMES.get(key, key).removeprefix("the ")


def _curve(rows: Sequence[Row], measure: str, unit: str, title: str, caption: str) -> Figure:
    lines = [
        Line(name, _thinned([(row["step"], row[f"{split}_{measure}"]) for row in rows], _POINTS))
        for split, name in (("train", "train, dropout on"), ("validation", "validation, dropout off"))
    ]
    description = "; ".join(f"{line.label}: {_course(line.points)}" for line in lines)
    svg = line_chart(f"curve-{measure}", title, description, lines, ("step", unit))
    return Figure(svg, f"{title}, by step. {caption}")


def _course(points: Iterable[tuple[float, float]]) -> str:
    """A line in words: where it begins and ends, and between which values it moves."""
    values = [value for _, value in points]
    return (
        f"from {number(values[0])} to {number(values[-1])}, "
        f"lowest {number(min(values))}, highest {number(max(values))}"
    )


def _thinned(items: Sequence[T], most: int) -> list[T]:
    """At most so many of them, evenly spaced, the first and the last kept."""
    if len(items) <= most:
        return list(items)
    return [items[index * (len(items) - 1) // (most - 1)] for index in range(most)]
