import hashlib
import json
import math
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from ruamel.yaml import YAML
from torch import nn

from minillm.errors import InputError
from minillm.evaluation.comparison import Interval
from minillm.evaluation.evaluate import Sources, evaluate
from minillm.evaluation.evaluate import _measure as measure_all
from minillm.evaluation.measured import Measured, Table, divided, flatten
from minillm.evaluation.split_likelihood import Likelihood
from minillm.evaluation.splits import articles_to_score
from minillm.evaluation.summary import summarize
from minillm.files import CHECKSUMS, Metrics, write_metrics, write_tsv
from minillm.params import Params, SplitParams, VocabParams, read_params
from minillm.report.results import PERFORMANCE_TABLES
from minillm.tokens.assignment import SPLITS, split_of
from minillm.tokens.choice import only
from minillm.tokens.shards import TABLE_SCHEMA, open_shard
from minillm.tokens.splitting import write_shards
from minillm.tokens.texts import read_texts
from minillm.tokens.tokenizer import (
    TOKENIZER_KEY,
    load_tokenizer,
    save_tokenizer,
    tokenizer_sha256,
    train_tokenizer,
)
from minillm.training.checkpoints import load_checkpoint, save_checkpoint
from minillm.training.optimizer import build_optimizers
from minillm.training.validation import measure
from stages.evaluate import main
from tests.evaluation.models import random_model
from tests.evaluation.settings import settings
from tests.tokens.corpus import random_texts, write_texts

ROOT = Path(__file__).parents[2]
CPU = torch.device("cpu")
PIPELINE = YAML(typ="safe").load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))
TABLES = {
    out.removeprefix("metrics/").removesuffix(".tsv")
    for out in PIPELINE["stages"]["evaluate"]["outs"]
    if out.endswith(".tsv")
}
RATIOS = SplitParams(train=0.6, validation=0.2, test=0.2)

pytestmark = pytest.mark.usefixtures("few_draws")


def params(**changes: object) -> Params:
    return read_params(ROOT / "params.yaml").model_copy(update={"evaluate": settings(**changes)})


def prepare(folder: Path, kind: str = "word", articles: int = 50) -> Sources:
    """All that the stages before evaluate write, with an untrained model."""
    sources = Sources(
        checkpoint=folder / "checkpoints/best",
        texts=folder / "data/clean/articles.parquet",
        splits=folder / "data/splits",
        tokenizer=folder / "data/vocab/tokenizer.json",
        curve=folder / "metrics/plots/training.tsv",
    )
    texts = random_texts(articles)
    size = 18 if kind == "word" else 280
    write_texts(sources.texts, texts)
    save_tokenizer(
        train_tokenizer(
            lambda: texts,
            VocabParams.model_validate({"type": kind, "vocab_size": size, "sample_characters": 0}),
        ),
        sources.tokenizer,
    )
    write_shards(sources.texts, load_tokenizer(sources.tokenizer), RATIOS, 7, sources.splits)
    save_model(sources, random_model(vocab_size=size, context=16))
    write_tsv(sources.curve, ("epoch", "train_loss", "validation_loss"), [(1, 4.0, 3.0), (2, 2.0, 2.5)])
    return sources


def save_model(sources: Sources, model: Any) -> None:
    [optimizer] = build_optimizers(dict(model.named_parameters()), read_params(ROOT / "params.yaml").train)
    torch.autograd.backward(model(torch.tensor([[1, 2, 3]])).sum())
    for group in optimizer.param_groups:
        group["lr"] = 0.0
    optimizer.step()  # AdamW has no state before; with a rate of 0 the weights stay
    metadata = {"epoch": 2, TOKENIZER_KEY: tokenizer_sha256(load_tokenizer(sources.tokenizer))}
    save_checkpoint(sources.checkpoint, model, metadata)


def at(metrics: Metrics, name: str) -> Any:
    value: Any = metrics
    for key in name.split("."):
        value = value[key]
    return value


def _leaf(figure: str) -> str:
    return f"{figure}.mean" if figure.endswith("lead") else figure


@pytest.mark.parametrize("kind", ["word", "bpe"])
def test_every_measurement_is_made_and_none_changes(tmp_path: Path, kind: str) -> None:
    sources = prepare(tmp_path, kind)
    first, second = (evaluate(params(batch_size=64), sources) for _ in range(2))
    assert first.metrics == second.metrics
    assert first.samples == second.samples
    assert first.tables.keys() == TABLES
    for name, table in first.tables.items():
        # 14 words: all pairs are skipped; and there is no file of pairs
        unknown = kind == "word" and name in ("tables/grammar_pairs", "plots/grammar")
        assert table.rows or unknown or name == "tables/minimal_pairs"
        assert {len(row) for row in table.rows} <= {len(table.columns)}
        assert table == second.tables[name]
    for split in ("train", "validation", "test"):
        assert math.isclose(
            at(first.metrics, f"{split}.perplexity"), math.exp(at(first.metrics, f"{split}.loss"))
        )
        assert 0 <= at(first.metrics, f"{split}.accuracy_known") <= at(first.metrics, f"{split}.accuracy") < 1
        assert at(first.metrics, f"{split}.bits_per_byte") > 0
    assert at(first.metrics, "causal") is True
    assert at(first.metrics, "bleu.prompts") == min(10, len(open_shard(sources.splits, "test")))
    assert at(first.metrics, "baseline.ngram.perplexity") < at(first.metrics, "test.perplexity")
    assert at(first.metrics, "baseline.verdict") == "worse"
    assert at(first.metrics, "alarms.baseline") is True
    assert at(first.metrics, "alarms.leak") is False
    asked, skipped = (at(first.metrics, f"grammar.{name}") for name in ("pairs", "skipped"))
    assert (asked, skipped) == ((0, 1792) if kind == "word" else (1792, 0))
    assert not {"minimal_pairs", "ensemble"} & first.metrics.keys()
    for figure, value, low, high in first.tables["tables/intervals"].rows:
        assert low <= high
        assert figure.startswith("bleu") or value == pytest.approx(at(first.metrics, _leaf(figure)))
    assert [row[:2] for row in first.tables["tables/alarms"].rows] == list(
        at(first.metrics, "alarms").items()
    )
    strongest = at(first.metrics, "baseline.strongest")
    assert at(first.metrics, "baseline.lead.mean") == pytest.approx(
        at(first.metrics, f"baseline.{strongest}.bits_per_byte") - at(first.metrics, "test.bits_per_byte")
    )
    assert (at(first.metrics, "test.spelling_bits_per_byte") == 0) is (kind == "bpe")
    compared, _ = divided(first.metrics, first.compared)
    shown = flatten(compared)
    assert len(shown) <= 40, "few figures are compared between experiments"
    unknown = {"alarms", "minimal_pairs.minigpt", "grammar.lead.mean"}  # a group, no file, 14 words
    assert first.compared - unknown <= shown.keys()
    write_metrics(tmp_path / "evaluate.json", first.metrics)
    assert first.performance.tables.keys() == PERFORMANCE_TABLES.keys()
    for name, columns in PERFORMANCE_TABLES.items():
        assert all(row.keys() >= set(columns) for row in first.performance.tables[name])
    assert ": [" not in (tmp_path / "evaluate.json").read_text()  # lists and null are lost in `dvc metrics`
    assert "null" not in (tmp_path / "evaluate.json").read_text()


def test_each_figure_is_of_the_split_whose_name_it_bears(tmp_path: Path) -> None:
    sources = prepare(tmp_path)
    metrics = evaluate(params(stride=16), sources).metrics  # as training validates
    model = load_checkpoint(sources.checkpoint, CPU).model
    losses = {}
    for split in ("train", "validation", "test"):
        figures = measure(model, open_shard(sources.splits, split), 4, torch.float32)
        losses[split] = figures.loss
        assert at(metrics, f"{split}.loss") == pytest.approx(figures.loss, rel=1e-6)
        assert at(metrics, f"{split}.accuracy") == figures.accuracy
        assert not any(name.startswith("scored") for name in at(metrics, split))  # for it was the whole
    assert len({round(loss, 5) for loss in losses.values()}) == 3
    assert at(metrics, "overfitting.ratio") == pytest.approx(losses["validation"] / losses["train"], rel=1e-6)


def test_so_many_tokens_of_a_split_are_scored_at_most_and_the_metrics_say_so(tmp_path: Path) -> None:
    sources = prepare(tmp_path)
    capped = evaluate(params(stride=16, max_tokens=130), sources)
    shards = {split: open_shard(sources.splits, split) for split in SPLITS}
    chosen = articles_to_score(shards, 130, params().seed)
    parts = {split: only(shard, chosen[split]) for split, shard in shards.items()}
    model = load_checkpoint(sources.checkpoint, CPU).model
    for split, part in parts.items():
        assert 1 < len(part) < len(shards[split])
        assert len(part.tokens) <= 130
        assert at(capped.metrics, f"{split}.scored_targets") == part.targets
        assert at(capped.metrics, f"{split}.scored_share") == part.targets / shards[split].targets
        loss = measure(model, part, 4, torch.float32).loss
        assert at(capped.metrics, f"{split}.loss") == pytest.approx(loss, rel=1e-6)
    assert len(parts["train"].tokens) <= len(parts["test"].tokens)
    texts = [text for text in read_texts(sources.texts) if split_of(text.id, 7, RATIOS) == "test"]
    assert [(row[0], row[1], row[3]) for row in capped.tables["tables/articles"].rows] == [
        (text.id, len(text.text.encode()), len(shards["test"].article(index)) - 1)
        for index, text in enumerate(texts)
        if chosen["test"][index]
    ]
    columns = capped.tables["tables/baselines"].columns
    rows = [dict(zip(columns, row, strict=True)) for row in capped.tables["tables/baselines"].rows]
    for split in ("validation", "test"):
        of_split = {row["model"]: row for row in rows if row["split"] == split}
        bits = at(capped.metrics, f"{split}.bits_per_byte")
        assert of_split["minigpt"]["bits_per_byte"] == pytest.approx(bits)
        assert of_split["unigram"]["train_share"] == of_split["ppmd"]["text_share"] == 1
        for row in of_split.values():
            assert row["lead"] == pytest.approx(row["bits_per_byte"] - bits)


def test_a_model_better_than_counting_is_said_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = prepare(tmp_path)
    add = Likelihood.add

    def clairvoyant(self: Likelihood, scores: Any) -> None:
        scores.nll[:] = 0.01
        add(self, scores)

    monkeypatch.setattr(Likelihood, "add", clairvoyant)
    metrics = evaluate(params(), sources).metrics
    assert at(metrics, "baseline.verdict") == "better"
    assert at(metrics, "baseline.lead.low") > 0
    assert at(metrics, "alarms.too_good") is True


def test_a_stride_that_leaves_tokens_out_is_a_clear_error(tmp_path: Path) -> None:
    expected = r"^evaluate\.stride = 17: above the model's context of 16, .*; use auto or 1 to 16$"
    with pytest.raises(InputError, match=expected):
        evaluate(params(stride=17), prepare(tmp_path))


def test_a_checkpoint_of_another_tokenizer_is_a_clear_error_also_where_their_sizes_fit(
    tmp_path: Path,
) -> None:
    sources = prepare(tmp_path)
    other = train_tokenizer(
        lambda: [text.upper() for text in random_texts(50)],
        VocabParams(type="word", vocab_size=18, sample_characters=0),
    )
    save_tokenizer(other, sources.tokenizer)
    write_shards(sources.texts, load_tokenizer(sources.tokenizer), RATIOS, 7, sources.splits)
    with pytest.raises(
        InputError,
        match=r"best was trained with another tokenizer \(.*here .*\), .* or run `dvc repro train`",
    ):
        evaluate(params(), sources)


def test_pairs_of_a_file_and_checkpoints_of_a_folder_are_measured_beside_ours(tmp_path: Path) -> None:
    sources, path = prepare(tmp_path), tmp_path / "pairs.tsv"
    path.write_text("sen\twrong_sen\nel río de la luz\tel río de la mar\nel rey\tel faro\n", encoding="utf-8")
    found = evaluate(params(minimal_pairs=str(path), ensemble=str(sources.checkpoint)), sources)
    table = found.tables["tables/minimal_pairs"]
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    assert [row["model"] for row in rows] == ["minigpt", "unigram", "ngram"] * 2
    assert {(row["pairs"], row["skipped"]) for row in rows} == {(1, 1)}
    assert at(found.metrics, "minimal_pairs.minigpt") == rows[0]["share"]
    assert at(found.metrics, "minimal_pairs.skipped") == 1
    for name in ("loss", "perplexity", "bits_per_byte"):  # of our own checkpoint alone
        assert at(found.metrics, f"ensemble.test.{name}") == at(found.metrics, f"test.{name}")
    assert "1 checkpoint together: loss " in summarize(found.metrics)


def test_a_table_of_other_articles_than_the_shards_is_an_error_before_anything_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("minillm.evaluation.evaluate.continue_articles", lambda *_: pytest.fail("measured"))
    sources = prepare(tmp_path)
    (sources.splits / CHECKSUMS).unlink()
    path = sources.splits / "articles.parquet"
    rows = pq.read_table(path, schema=TABLE_SCHEMA).to_pylist()
    test = next(row for row in rows if row["split"] == "test")
    no_split = {**test, "split": "other"}
    for other, said in (
        (rows[:-1], "do not hold the same articles"),
        ([*rows, no_split], "articles.parquet has articles of no split"),
        ([no_split if row is test else row for row in rows], "and test.bin do not hold the same articles"),
        ([{**row, "tokens": None} for row in rows], "do not hold the same articles"),
    ):
        pq.write_table(pa.Table.from_pylist(other, TABLE_SCHEMA), path)
        with pytest.raises(InputError, match=rf"{said}; run `dvc repro -f split`"):
            evaluate(params(), sources)


def test_a_file_without_a_pair_is_an_error_before_anything_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("minillm.evaluation.evaluate.continue_articles", lambda *_: pytest.fail("measured"))
    with pytest.raises(InputError, match=r"^evaluate\.minimal_pairs = none\.tsv: it cannot be read"):
        evaluate(params(minimal_pairs="none.tsv"), prepare(tmp_path))


@pytest.mark.parametrize("of_ensemble", [False, True])
def test_a_model_that_predicts_no_numbers_is_an_error_before_anything_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, of_ensemble: bool
) -> None:
    monkeypatch.setattr("minillm.evaluation.evaluate.continue_articles", lambda *_: pytest.fail("measured"))
    good, sources = prepare(tmp_path / "good"), prepare(tmp_path / "broken")
    model = random_model(vocab_size=18, context=8)
    nn.init.constant_(model.head.bias, -3e38)
    nn.init.constant_(model.head.bias[5:6], 3e38)  # numbers, and their difference is none
    save_model(sources, model)
    with pytest.raises(InputError, match=r"broken/checkpoints/best predicts no numbers \(loss inf\)"):
        if of_ensemble:
            evaluate(params(ensemble=str(sources.checkpoint)), good)
        else:
            evaluate(params(), sources)


def test_a_model_as_bad_as_a_float_allows_has_figures_too(tmp_path: Path) -> None:
    sources = prepare(tmp_path)
    save_model(sources, random_model(vocab_size=18, context=16, std=3000.0))
    settings = params(max_tokens=1, ensemble=str(sources.checkpoint), sample_tokens=1, latency_runs=1)
    found = evaluate(settings, sources)
    write_metrics(tmp_path / "evaluate.json", found.metrics)  # which takes no infinite number
    for split in ("test", "ensemble.test"):
        assert at(found.metrics, f"{split}.loss") > 1e6
        assert at(found.metrics, f"{split}.perplexity") == math.exp(709)
    assert at(found.metrics, "alarms.baseline")


NOVELTY = Measured(
    {"novelty": {"share": 0.5, "texts": 3}},
    {"tables/novelty": Table(("text", "share"), [("a", 0.5)])},
    {"novelty.share": Interval(0.5, 0.25, 0.75)},
    ["novelty.share"],
)


def with_one_more(*arguments: Any) -> Any:
    """All measurements, and one that nobody but its list knows."""
    found = measure_all(*arguments)
    return found._replace(parts=[*found.parts, NOVELTY])


def test_the_stage_writes_every_file_one_more_measurement_too_and_prints_a_summary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    prepare(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("minillm.evaluation.evaluate._measure", with_one_more)
    main(params())
    written = {str(path.relative_to(tmp_path / "metrics")) for path in (tmp_path / "metrics").rglob("*.*")}
    assert written == {
        "evaluate.json",
        "machine/performance.json",
        "samples.md",
        "plots/training.tsv",
        "tables/novelty.tsv",
        *(f"{name}.tsv" for name in TABLES),
    }
    assert "novelty.share\t0.5\t0.25\t0.75" in (tmp_path / "metrics/tables/intervals.tsv").read_text()
    performance = json.loads((tmp_path / "metrics/machine/performance.json").read_text())
    weights = hashlib.sha256((tmp_path / "checkpoints/best/model.safetensors").read_bytes()).hexdigest()
    assert performance["weights"] == weights[:12]
    metrics = json.loads((tmp_path / "metrics/evaluate.json").read_text())
    assert metrics["novelty"] == {"share": 0.5}
    assert metrics["details"][0]["novelty"] == {"texts": 3}
    assert "signature" not in metrics["bleu"]
    assert metrics["details"][0]["bleu"]["signature"].startswith("nrefs:1|")
    assert (
        tmp_path / "metrics/plots/overfitting.tsv"
    ).read_text() == "epoch\tratio\tgap\n1\t0.75\t-1\n2\t1.25\t0.5\n"
    *parts, last = capsys.readouterr().out.splitlines()
    assert [re.sub(r"[0-9.]+ s$", "", line) for line in parts] == [
        f"evaluate: {row['part'].replace('_', ' ')} … " for row in performance["parts"]
    ]
    raised = [name for name, alarm in metrics["alarms"].items() if alarm]
    assert "baseline" in raised
    # Their sentences are in the summary, which `make` prints next.
    assert last.startswith(f"{len(raised)} of 9 alarms ")
    assert last.endswith(f": {', '.join(raised)} (all figures: python -m tools.summary)")
    assert str(tmp_path) not in "".join(path.read_text() for path in (tmp_path / "metrics").rglob("*.*"))
