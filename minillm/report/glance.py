"""The figures that matter most, with their intervals and, if there is one, beside a reference revision's."""

from typing import NamedTuple

from minillm.report.comparison import Reference, change, judgement
from minillm.report.figures import model_name
from minillm.report.results import Results
from minillm.report.wording import NOTHING, Table, interval, joined, number, plural, share
from minillm.tokens.assignment import SPLITS


class Row(NamedTuple):
    """One figure: where it stands, what it is called, which direction is better, whether it may be absent."""

    name: str
    title: str
    better: str = ""
    file: str = "evaluate"
    optional: bool = False


ROWS = (
    Row("test.loss", "Loss, nats per token", "lower"),
    Row("test.perplexity", "Perplexity", "lower"),
    Row("test.bits_per_byte", "Bits per byte", "lower"),
    Row("test.accuracy", "Accuracy", "higher"),
    Row("test.accuracy_known", "Accuracy, [UNK] as wrong", "higher"),
    Row("baseline.ngram.margin.mean", "Loss below the n-gram's, nats", "higher"),
    Row("overfitting.ratio", "Overfitting ratio", "lower"),
    Row("grammar.minigpt", "Grammar, share of pairs right", "higher", optional=True),
    Row("bleu.bleu_4", "BLEU-4", "higher", optional=True),
    Row("calibration_error", "Calibration error", "lower"),
    Row("bias.total_variation", "Token bias, total variation", "lower"),
    Row("generated.rep_4.greedy", "Repeated 4-grams, greedy", "lower", optional=True),
    Row("parameters", "Parameters", file="train"),
)


def glance_table(results: Results, reference: Reference | None) -> Table:
    """A row per figure: value, interval, and the reference's value with the change and what it is worth."""
    intervals = _intervals(results)
    rows = []
    for row in ROWS:
        figures = results.metrics[row.file]
        value = figures.optional(row.name) if row.optional else figures.number(row.name)
        limits = intervals.get(row.name)
        cells = [row.title, number(value), interval(*limits) if limits else NOTHING]
        if reference:
            there = reference.metrics[row.file].get(row.name)
            judged = ""
            if value is not None and isinstance(there, int | float):
                judged = judgement(value, float(there), limits, row.better)
            cells += [number(there), change(value, there), judged]
        rows.append(cells)
    columns = ["figure", "value", "95% interval"]
    if reference:
        columns += [reference.name, "change", "which is"]
    return Table("Figures on the test split", columns, rows, words=frozenset({5}))


def splits_table(results: Results) -> Table:
    """Likelihood of every split."""
    figures = results.metrics["evaluate"]
    titles = {
        "loss": "loss, nats per token",
        "perplexity": "perplexity",
        "accuracy": "accuracy",
        "accuracy_known": "accuracy, [UNK] as wrong",
        "accuracy_limit": "highest accuracy that the loss allows",
        "bits_per_byte": "bits per byte",
    }
    rows = [
        (title, *(number(figures.number(f"{split}.{name}")) for split in SPLITS))
        for name, title in titles.items()
    ]
    return Table("Likelihood of each split, measured without dropout", ("figure", *SPLITS), rows)


def lead(results: Results) -> str:
    """What the model is and how good, in two sentences."""
    metrics = results.metrics
    evaluate = metrics["evaluate"]
    articles, tokens = (int(metrics["split"].number(f"train.{name}")) for name in ("articles", "tokens"))
    return (
        f"MiniGPT with {metrics['train'].number('parameters'):,.0f} parameters, trained on "
        f"{plural(tokens, 'token')} of {plural(articles, 'article')}. On the test split its perplexity is "
        f"{number(evaluate.number('test.perplexity'))}; a Kneser–Ney n-gram model, which only counts, "
        f"reaches {number(evaluate.number('baseline.ngram.test.perplexity'))}."
    )


def baseline_sentences(results: Results) -> list[str]:
    """Whether the model beats each baseline, how surely, and what it means if not."""
    figures = results.metrics["evaluate"]
    sentences = []
    for name in ("ngram", "unigram"):
        mean = figures.number(f"baseline.{name}.margin.mean")
        low, high = (figures.optional(f"baseline.{name}.margin.{end}") for end in ("low", "high"))
        sure = low is not None and low > 0
        verdict = "beats" if sure else "does not surely beat" if mean > 0 else "does not beat"
        difference = (
            f"{number(abs(mean))} nats per token {'lower' if mean > 0 else 'higher'}" if mean else "the same"
        )
        known = "a single test article has no interval"
        if low is not None and high is not None:
            ends = (low, high) if mean > 0 else (-high, -low)
            known = f"95% interval of the difference: {interval(*ends)}"
        sentences.append(
            f"MiniGPT {verdict} the {model_name(name)} model: its loss is {difference} ({known})."
        )
    own = figures.number("test.bits_per_byte")
    stronger = [name for name in ("xz", "zstd") if figures.number(f"baseline.{name}.bits_per_byte") <= own]
    if stronger:
        know = "knows" if len(stronger) == 1 else "know"
        sentences.append(f"MiniGPT does not beat {joined(stronger)}, which {know} nothing of language.")
    else:
        sentences.append("MiniGPT needs fewer bits per byte than xz and zstd that have read the same text.")
    return sentences


def bias_sentence(results: Results) -> str:
    """The token bias in words."""
    figures = results.metrics["evaluate"]
    predicted, true = (share(figures.number(f"bias.function_words_{kind}")) for kind in ("predicted", "true"))
    rank = figures.number("bias.prediction")
    return (
        "Predicted and true tokens differ in distribution by "
        f"{number(figures.number('bias.total_variation'))} of 1 (total variation). {predicted} of the "
        f"predictions are function words, of the text {true}. Predicted ranks are {number(abs(rank))} "
        f"{'lower' if rank < 0 else 'higher'} than the true ones on average: a lower rank is a more "
        "frequent token."
    )


def _intervals(results: Results) -> dict[str, tuple[float, float]]:
    found = {row["figure"]: (row["low"], row["high"]) for row in results.tables["tables/intervals"]}
    found |= {f"{name}.mean": limits for name, limits in found.items() if name.endswith(".margin")}
    for row in results.tables["tables/grammar"]:
        if (row["phenomenon"], row["model"]) == ("all", "minigpt") and row["low"] is not None:
            found["grammar.minigpt"] = row["low"], row["high"]
    return found
