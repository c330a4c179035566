"""The tables of the report's sections."""

from collections.abc import Callable, Sequence

from minillm.evaluation.baselines import OWN
from minillm.report.figures import model_name
from minillm.report.results import Performance, Results, Row
from minillm.report.wording import NOTHING, Table, label, number, plural, points, share
from minillm.tokens.assignment import SPLITS

_TEMPLATES = 20
_OTHER_ROWS = 50
REJECTIONS = {
    "parser_error": "the parser failed on its markup",
    "too_much_work": "markup nested so deeply that reading it takes too long",
    "disambiguation": "a list of meanings, no article",
    "too_short": "less text than clean.min_chars",
    "mostly_list": "more list and table than clean.max_list_share",
    "exact_duplicate": "the same text as an earlier article",
    "near_duplicate": "as similar to an earlier article as clean.max_duplicate_similarity",
}
_OF_ANOTHER_LANGUAGE = "fewer function words than clean.min_function_word_share"
"""not_spanish, not_english …"""
_LATENCIES = {
    "forward": "forward pass, one sequence",
    "forward_batch_32": "forward pass, 32 sequences",
    "token": "generated token, one sequence",
    "token_batch_32": "generated token, 32 sequences",
}


def data_tables(results: Results) -> list[Table]:
    """What was read, what was left out and why, and what each split holds."""
    extract, clean = results.metrics["extract"], results.metrics["clean"]
    split, vocab = results.metrics["split"], results.metrics["vocab"]
    plain = results.params.extract.plain
    steps = [
        ("texts read" if results.origin.files else "pages read", number(extract["pages_read"])),
        *((f"… skipped: {label(reason)}", number(n)) for reason, n in extract.below("skipped").items() if n),
        ("articles taken", number(extract["articles"])),
        *((f"… rejected: {label(reason)}", number(n)) for reason, n in clean.below("rejected").items() if n),
        ("articles kept", number(clean["kept"])),
        ("characters taken" if plain else "characters of wikitext", number(clean["characters_in"])),
        ("characters of text kept", number(clean["characters_out"])),
    ]
    if not plain:
        lost = share(clean.number("losses.characters_share"))
        steps.append(("… lost with sentences that lack a value", lost))
    rejected = [
        (
            label(reason),
            number(count),
            _OF_ANOTHER_LANGUAGE if reason.startswith("not_") else REJECTIONS.get(reason, ""),
        )
        for reason, count in clean.below("rejected").items()
    ]
    unknown = {name: share(vocab.number(f"{name}.unk_rate")) for name in ("train", "validation")}
    splits = [
        (name, *(number(split[f"{name}.{what}"]) for what in ("articles", "tokens")), unknown.get(name, "–"))
        for name in SPLITS
    ]
    return [
        Table("From pages to articles", ("step", "count"), steps),
        Table("Rejected articles and why", ("reason", "articles", "rule"), rejected, words=frozenset({2})),
        *([] if plain else [_templates_table(results)]),
        Table("Splits", ("split", "articles", "tokens", "of them [UNK]"), splits),
    ]


def _templates_table(results: Results) -> Table:
    rows = [
        (row["template"], *(number(row[name]) for name in ("sentences", "holes", "articles")), row["example"])
        for row in results.tables["tables/templates"][:_TEMPLATES]
    ]
    return Table(
        "Templates that the cleaner does not know, and what that cost",
        ("template", "sentences lost", "holes closed", "articles", "for example"),
        rows,
        words=frozenset({4}),
        languages={0: results.origin.language, 4: results.origin.language},
    )


def settings_table(results: Results) -> Table:
    """Model, tokenizer and training: what the checkpoint says, which is what was trained."""
    saved = results.checkpoint
    rows = [("tokenizer", results.params.vocab.type), ("seed", number(results.params.seed))]
    for section in (saved.get("model", {}), saved.get("params", {}).get("train", {})):
        rows += [(label(name), _setting(value)) for name, value in section.items()]
    rows.append(("best epoch", number(results.metrics["train"]["best.epoch"])))
    return Table("Model and training", ("setting", "value"), rows)


def _setting(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_setting, value))
    if isinstance(value, float):
        return f"{value:g}"
    return number(value) if isinstance(value, bool | int | str) else str(value)


def baseline_table(results: Results) -> Table:
    """All models on the test split, and how many bits per byte MiniGPT needs fewer than each."""
    rows = [
        (
            model_name(row["model"]),
            number(row["order"]),
            *(number(row[name]) for name in ("loss", "perplexity", "bits_per_byte")),
            *(
                (number(row[name]) for name in ("lead", "low", "high"))
                if row["model"] != OWN
                else [NOTHING] * 3
            ),
        )
        for row in results.tables["tables/baselines"]
        if row["split"] == "test"
    ]
    columns = ("model", "order", "loss", "perplexity", "bits per byte", "MiniGPT's lead", "95% from", "to")
    return Table("Models on the test split", columns, rows)


def grammar_table(results: Results) -> Table:
    """The models on each phenomenon of our own pairs."""
    return _scores(
        "Minimal pairs: the right sentence is likelier", "templates", results.tables["tables/grammar"]
    )


def pair_file_table(results: Results) -> Table:
    """The same of the pairs of a file; no rows without one."""
    return _scores("Minimal pairs of the file", "sentences", results.tables["tables/minimal_pairs"])


def _scores(caption: str, clusters: str, rows: Sequence[Row]) -> Table:
    ngram = {row["phenomenon"]: row["share"] for row in rows if row["model"] == "ngram"}
    return Table(
        caption,
        (
            *("phenomenon", "MiniGPT", "95% interval", "n-gram"),
            *("MiniGPT’s lead, points", "its 95% interval", clusters, "pairs", "left out"),
        ),
        [
            (
                label(row["phenomenon"]) + ": no grammar, neighbouring words decide" * row["local"],
                *(share(row["share"]), _ends(share, row["low"], row["high"]).replace("%", "", 1)),
                share(ngram.get(row["phenomenon"])),
                *(points(row["lead"]), _ends(points, row["lead_low"], row["lead_high"])),
                *(number(row[name]) for name in ("clusters", "pairs", "skipped")),
            )
            for row in rows
            if row["model"] == "minigpt"
        ],
    )


def _ends(shown: Callable[[float], str], low: float | None, high: float | None) -> str:
    return NOTHING if low is None or high is None else f"{shown(low)} to {shown(high)}"


def wrong_pairs_table(results: Results) -> Table:
    """Of each phenomenon the pair that the model is most wrong about."""
    worst: dict[str, tuple[str, ...]] = {}
    for row in sorted(results.tables["tables/grammar_pairs"], key=lambda row: float(row["advantage"])):
        if row["advantage"] < 0:
            cells = (label(row["phenomenon"]), row["right"], row["wrong"], number(-row["advantage"]))
            worst.setdefault(row["phenomenon"], cells)
    return Table(
        "Where it is most wrong",
        ("phenomenon", "right", "finds likelier", "by nats"),
        list(worst.values()),
        words=frozenset({1, 2}),
        languages=dict.fromkeys((1, 2), results.params.language),
    )


def generated_table(results: Results) -> Table:
    """Repetition and copying of what the model writes, beside human text."""
    return Table(
        "Continuations of test articles, and what the articles say there",
        (
            "text",
            "repeated 4-grams",
            "distinct 1-grams",
            "2-grams",
            "3-grams",
            "copied 8-grams",
            "longest copy",
        ),
        [
            (
                row["text"],
                *(share(row[name]) for name in ("rep_4", "distinct_1", "distinct_2", "distinct_3")),
                share(row["copied_share"]),
                number(row["longest_copy"]),
            )
            for row in results.tables["tables/generated"]
        ],
    )


def near_table(results: Results) -> Table:
    """Test articles with most 8-grams in the training split."""
    return Table(
        "Test articles nearest to the training text",
        ("article", "8-grams", "of them in training"),
        [
            (row["title"], number(row["ngrams"]), share(row["copied_share"]))
            for row in results.tables["tables/near_articles"]
        ],
        languages={0: results.origin.language},
    )


def other_tables(results: Results) -> list[Table]:
    """Of measurements without a section of their own, the first rows."""
    return [
        Table(
            label(name).capitalize(),
            header,
            [[cell or NOTHING for cell in row] for row in rows[:_OTHER_ROWS]],
        )
        for name, (header, *rows) in results.others.items()
    ]


def speed_table(performance: Performance) -> Table:
    """Milliseconds and tokens per second."""
    rows = []
    for row in performance.tables["latencies"]:
        spread = f"{row['mean']:.2f}"
        if "std" in row:  # a single run has none
            spread += f" ± {row['std']:.2f}"
        rows.append(
            (
                _LATENCIES.get(row["what"], label(row["what"])),
                spread,
                f"{row['p50']:.2f}",
                f"{row['p95']:.2f}" if "p95" in row else NOTHING,
                f"{row['tokens_per_second']:,.0f}",
            )
        )
    columns = ("what", "ms, mean ± deviation", "median", "95th percentile", "tokens per second")
    return Table("Latency", columns, rows)


def speed_sentence(performance: Performance) -> str:
    """On what, with how much memory, and what the study reported."""
    figures = performance.figures
    memory = f"{figures.number('memory.peak_resident_bytes') / 2**20:,.0f} MiB"
    if "memory.peak_cuda_bytes" in figures:
        memory += f" and {figures.number('memory.peak_cuda_bytes') / 2**20:,.0f} MiB on the GPU"
    threads = plural(int(figures.number("threads")), "thread")
    return (
        f"Measured on {figures['device']} with {threads}. The evaluation took "
        f"{figures.number('evaluation_seconds'):,.0f} seconds and {memory} at its peak, the parameters take "
        f"{figures.number('memory.parameter_bytes') / 2**20:,.1f} MiB. "
        "The study that this project began with reported 3.05 ± 0.63 ms per forward pass on a machine of its "
        "own. These figures alone differ from run to run."
    )


def cache_table(performance: Performance) -> Table:
    """What a token takes the longer the text before it is."""
    rows = [
        (f"{row['from']:,} to {row['to']:,}", f"{row['token']:.2f}") for row in performance.tables["cache"]
    ]
    caption = "A generated token by its place in the context, one sequence"
    return Table(caption, ("place", "median, ms"), rows)


def seconds_table(performance: Performance) -> Table:
    """What the evaluation spent its time on."""
    rows = [(label(row["part"]), f"{row['seconds']:.1f}") for row in performance.tables["parts"]]
    return Table("Seconds of each part of the evaluation", ("part", "seconds"), rows)
