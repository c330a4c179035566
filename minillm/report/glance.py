"""The figures that matter most, with their intervals and, if there is one, beside a reference revision's."""

from typing import NamedTuple

from minillm.evaluation.baselines import baseline_sentence
from minillm.evaluation.summary import spelling_share
from minillm.report.comparison import Reference, change, judgement, pair_up
from minillm.report.figures import model_name
from minillm.report.results import Results
from minillm.report.wording import NOTHING, Table, interval, number, plural, share
from minillm.tokens.assignment import SPLITS


class Row(NamedTuple):
    """One figure: where it stands, what it is called, whether it may be absent."""

    name: str
    title: str
    file: str = "evaluate"
    optional: bool = False


ROWS = (
    Row("test.loss", "Loss, nats per token"),
    Row("test.perplexity", "Perplexity"),
    Row("test.bits_per_byte", "Bits per byte"),
    Row("test.accuracy", "Accuracy"),
    Row("test.accuracy_known", "Accuracy, [UNK] as wrong"),
    Row("baseline.lead.mean", "Bits per byte below the strongest baseline's"),
    Row("overfitting.ratio", "Overfitting ratio"),
    Row("grammar.minigpt", "Grammar, share of pairs right", optional=True),
    Row("bleu.bleu_4", "BLEU-4", optional=True),
    Row("calibration_error", "Calibration error"),
    Row("bias.total_variation", "Token bias, total variation"),
    Row("generated.rep_4.greedy", "Repeated 4-grams, greedy", optional=True),
    Row("parameters", "Parameters", file="train"),
)


def glance_table(results: Results, reference: Reference | None) -> Table:
    """A row per figure: value, interval, and the reference's value with the change and what it is worth."""
    intervals = _intervals(results)
    paired = pair_up(results, reference) if reference else None
    rows = []
    for row in ROWS:
        figures = results.metrics[row.file]
        value = figures.optional(row.name) if row.optional else figures.number(row.name)
        limits = intervals.get(row.name)
        cells = [row.title, number(value), interval(*limits) if limits else NOTHING]
        if reference and paired:
            there = reference.metrics[row.file].optional(row.name)
            judged = judgement(value, there, paired.gains.get(row.name))
            cells += [number(there), change(value, there), judged or NOTHING]
        rows.append(cells)
    columns = ["figure", "value", "95% interval"]
    if reference:
        columns += [reference.name, "change", "which is"]
    return Table("Figures at a glance", columns, rows, words=frozenset({5}))


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
        "spelling_bits_per_byte": "… of them for spelling and gaps, which tokens do not tell",
    }
    rows = [
        (title, *(number(figures.number(f"{split}.{name}")) for split in SPLITS))
        for name, title in titles.items()
    ]
    rows.append(("… as a share", *(share(spelling_share(figures, split)) for split in SPLITS)))
    parts = [figures.optional(f"{split}.scored_share") for split in SPLITS]
    if any(parts):  # evaluate.max_tokens: of the others there is no row
        rows.append(("share of the split, articles drawn by seed", *map(share, parts)))
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
        f"reaches {number(evaluate.number('baseline.ngram.perplexity'))}."
    )


def baseline_sentences(results: Results) -> list[str]:
    """Whether the model beats the strongest baseline, how surely, and what counting was held to."""
    sentence = baseline_sentence(results.metrics["evaluate"])
    rows = [row for row in results.tables["tables/baselines"] if row["split"] == "test"]
    held = [
        f"{model_name(row['model'])} to {share(row['train_share'])} of the training text"
        + (f" and {share(row['text_share'])} of the test text" if row["text_share"] < 1 else "")
        for row in rows
        if row["train_share"] < 1 or row["text_share"] < 1
    ]
    sentences = [f"MiniGPT: {sentence}."]
    if held:
        sentences.append(
            f"Counting was held to a part, whole articles drawn by seed: {'; '.join(held)}. "
            "MiniGPT's lead is measured on the same articles."
        )
    return sentences


def bias_sentence(results: Results) -> str:
    """The token bias in words."""
    figures = results.metrics["evaluate"]
    details = {row["figure"]: row["value"] for row in results.tables["tables/bias"]}
    predicted, true = (share(details[f"function_words_{kind}"]) for kind in ("predicted", "true"))
    rank = details["rank_difference"]
    return (
        "Predicted and true tokens differ in distribution by "
        f"{number(figures.number('bias.total_variation'))} of 1 (total variation). {predicted} of the "
        f"predictions are function words, of the text {true}. Predicted ranks are {number(abs(rank))} "
        f"{'lower' if rank < 0 else 'higher'} than the true ones on average: a lower rank is a more "
        "frequent token."
    )


def _intervals(results: Results) -> dict[str, tuple[float, float]]:
    found = {row["figure"]: (row["low"], row["high"]) for row in results.tables["tables/intervals"]}
    found |= {f"{name}.mean": limits for name, limits in found.items() if name.endswith(".lead")}
    for row in results.tables["tables/grammar"]:
        if (row["phenomenon"], row["model"]) == ("all", "minigpt") and row["low"] is not None:
            found["grammar.minigpt"] = row["low"], row["high"]
    return found
