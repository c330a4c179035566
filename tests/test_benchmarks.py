"""What the benchmarks are made of; the benchmarks themselves are run by hand."""

import itertools
import json
import math
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from benchmarks import ensemble, expected, generation, recipe, saving, training, whole_stages
from benchmarks.cleaning_measures import RESIDUE, precision_and_recall, values_in_place, wanted
from benchmarks.data import CLEAN, PIPELINES
from benchmarks.recipe import with_overrides
from benchmarks.template_values import outcomes, template_values
from benchmarks.varied import write_dump
from minillm.corpus.corpus import CLEAN_SCHEMA
from minillm.corpus.duplicates import jaccard, shingles
from minillm.errors import InputError
from minillm.evaluation.code_length import measure_texts
from minillm.model.minigpt import ModelConfig
from minillm.params import read_params
from minillm.parquet import RowWriter
from minillm.report import expected as report_expected
from minillm.tokens.assignment import split_of
from minillm.tokens.shards import open_shard
from minillm.tokens.texts import read_texts
from minillm.tokens.tokenizer import load_tokenizer
from minillm.training import loop
from minillm.training.curve import CURVE_COLUMNS
from minillm.training.fingerprint import Fingerprint
from minillm.training.state import STATE, ResumeState
from minillm.training.trainer import Trainer
from minillm.wikipedia.articles import Article
from minillm.wikipedia.dump import read_dump
from tests.conftest import PATIENCE_SECONDS, ROOT
from tests.report.files import METRICS, write_results
from tests.spanish import plain_text
from tests.training.test_loop import make_params, splits
from tests.training.test_resume import prepare
from tests.wikipedia.dumps import dump, page

__all__ = ["splits"]
CPU = torch.device("cpu")
SAMPLE = Path(__file__).parents[1] / "data" / "sample" / "eswiki-sample.xml"


def articles(path: Path) -> list[Article]:
    return [item for item in read_dump(path) if isinstance(item, Article)]


def test_a_varied_dump_has_copies_that_are_no_duplicates(tmp_path: Path) -> None:
    source = tmp_path / "source.xml"
    long_ones = [article for article in articles(SAMPLE) if len(article.wikitext) > 2000][:20]
    source.write_bytes(dump(*(page(n, a.wikitext, title=a.title) for n, a in enumerate(long_ones, 1))))
    out = tmp_path / "varied.xml"
    assert write_dump(out, source, 200_000) == 100
    copies = articles(out)
    assert (
        len(copies) == len({copy.page_id for copy in copies}) == len({copy.title for copy in copies}) == 100
    )
    sets = [shingles(plain_text(copy.wikitext)) for copy in copies[::20]]
    similarities = [jaccard(one, other) for one, other in itertools.combinations(sets, 2)]
    assert all(0.1 < similarity < 0.7 for similarity in similarities)


@pytest.mark.parametrize("name", ["a.xml", "a.xml.bz2"])
def test_the_same_dump_is_written_again(tmp_path: Path, name: str) -> None:
    contents = []
    for _ in range(2):
        write_dump(tmp_path / name, SAMPLE, 300_000)
        contents.append((tmp_path / name).read_bytes())
    assert contents[0] == contents[1]
    assert len(articles(tmp_path / name)) >= 100


WIKITEXT = """{{Ficha|nombre = Un nombre largo de faro}}
[[Archivo:Faro.jpg|miniatura|El faro de noche y de lejos]]
El '''faro''' tiene una altura de {{unidad|12500|m}} y luce desde lejos.<ref>Un libro de Ana Lora</ref>

== Historia de la luz ==
La luz de los barcos es blanca.
* Los barcos grandes del mar
{|
| Una celda de tabla
|}
== Referencias ==
* Otro libro de faros
[[Categoría:Faros de Lora]]
"""


@pytest.mark.parametrize(
    ("command", "seconds", "killed"), [("true", PATIENCE_SECONDS, False), ("sleep 9999", 0.1, True)]
)
def test_a_stage_that_ends_before_it_is_killed_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, seconds: float, killed: bool
) -> None:
    def start(*_: object) -> "subprocess.Popen[str]":
        return subprocess.Popen(command.split(), stdout=subprocess.PIPE, text=True)

    monkeypatch.setattr(whole_stages, "_start", start)
    assert whole_stages.kill("clean", tmp_path, 1, seconds) == killed


def test_what_is_wanted_is_read_off_the_wikitext() -> None:
    found = wanted(WIKITEXT)
    assert found.kept == {
        "paragraphs": ["tiene una altura de", "la luz de los barcos es"],
        "list items": ["los barcos grandes del mar"],
        "headings": ["historia de la luz"],
    }
    assert found.dropped == {
        "references": ["un libro de ana lora"],
        "captions": ["el faro de noche"],
        "table cells": ["una celda de tabla"],
        "categories": ["categoría:faros de lora"],
    }
    assert found.values == [("altura de", "12500", "y")]


@pytest.mark.parametrize(
    ("output", "found"),
    [
        ("tiene una altura de 12 500 m y luce", 1),
        ("tiene una altura de 12500 m y luce", 1),
        ("tiene una altura de  y luce", 0),
        ("tiene una altura de y luce en el año del faro a unos 12 500 m y", 0),
    ],
)
def test_a_value_counts_only_in_its_place(output: str, found: int) -> None:
    assert values_in_place([("altura de", "12500", "y")], output) == found


def test_traces_of_markup_are_told_by_class() -> None:
    dirty = "[[a]] {{b}} ''c'' <ref>d</ref> e|f\n== g ==\n* h\nCategoría:i 200px https://j &nbsp;"
    assert {label: len(pattern.findall(dirty)) for label, pattern in RESIDUE.items()} == {
        "braces": 2,
        "brackets": 2,
        "quotes": 2,
        "tags": 3,
        "pipes": 1,
        "headings": 2,
        "bullets": 1,
        "names": 2,
        "addresses": 1,
    }
    assert not any(pattern.search("El faro (12 m) luce: «luz», d'Or.") for pattern in RESIDUE.values())


def test_precision_and_recall_count_words() -> None:
    assert precision_and_recall("el faro alto", "el faro") == (2 / 3, 1.0)
    assert precision_and_recall("12 500 m", "12500 m de luz") == (1.0, 0.5)


def test_the_other_models_compute_a_loss_of_their_own_and_are_trained(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[torch.optim.Optimizer] = []
    adamw = torch.optim.AdamW
    monkeypatch.setattr(torch.optim, "AdamW", lambda *args, **kw: made.append(adamw(*args, **kw)) or made[-1])
    params = make_params()
    config = ModelConfig.from_params(params.model, 64)
    tokens = torch.randint(4, 64, (2, config.context + 1))
    for model in (training.Studied(config), training.gpt2(config)):
        trained, loss = training.plain(model, CPU, torch.float32, compiled=False)
        before = loss(tokens).item()
        step = training.training_step(trained, loss, tokens, training.changed(params, train={"lr": 0.01}))
        for _ in range(5):
            step()
        assert loss(tokens).item() < before - 0.1
    assert all(group["fused"] is True for optimizer in made for group in optimizer.param_groups)
    assert len(made) == 2


def test_the_shards_of_the_saving_benchmark_are_trained_on_and_saved(tmp_path: Path) -> None:
    params = make_params()
    saving.write_random_shards(params, tmp_path / "splits")
    trainer = Trainer(params, tmp_path / "splits", params.vocab.vocab_size)
    state = ResumeState(tmp_path / "state", Fingerprint({}, {}, {}))
    steps, saves = saving.measure(trainer, state, seconds=1.5)
    assert len(steps) > len(saves) > 0
    assert (tmp_path / "state" / STATE).exists()


def test_both_sides_of_the_generation_benchmark_write_the_same_tokens() -> None:
    ours = generation.modern_model(16)
    seconds = generation.compare(ours, generation.in_transformers(ours), 3, new=8, rounds=1, threads=1)
    assert min(seconds) > 0
    other = generation.in_transformers(ours)
    torch.nn.init.normal_(other.get_input_embeddings().weight)
    with pytest.raises(AssertionError, match="they disagree"):
        generation.compare(ours, other, 3, new=8, rounds=1, threads=1)


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("El faro tiene una altura de 12 500 m y luce.", "kept"),
        ("El faro tiene una altura de 12.500 metros y luce.", "kept"),
        ("El faro tiene una altura de y luce.", "lost"),
        ("El faro tiene una altura de 500 m y luce.", "gone"),
        ("Luce.", "gone"),
    ],
)
def test_what_becomes_of_a_value_in_a_template(output: str, expected: str) -> None:
    (value,) = template_values(
        "El '''faro''' tiene una [[altura]] de {{nadie sabe|12500|m|año=1990}} y luce."
    )
    assert outcomes([value], output) == {expected: 1}


@pytest.mark.parametrize(
    "line",
    ["* Una altura de {{x|12|m}} y luce.", "{{x|12|m}} y luce.", "Una altura de {{x|12|m}}",
     "Una altura de {{x|a}} y luce.",
     "Una altura de {{x|a=12}} y luce.", "Una altura alta{{sfn|12}} que luce."],
)  # fmt: skip
def test_no_value_stands_in_a_sentence(line: str) -> None:
    assert template_values(line) == []


def test_the_measures_know_nothing_of_the_cleaner() -> None:
    for name in ("cleaning_measures.py", "template_values.py"):
        assert "minillm" not in (Path(__file__).parents[1] / "benchmarks" / name).read_text(encoding="utf-8")


def test_a_fraction_is_of_the_training_articles_and_a_smaller_one_lies_within_it(tmp_path: Path) -> None:
    params = read_params(ROOT / "params.yaml")
    whole = tmp_path / "whole.parquet"
    with RowWriter(whole, CLEAN_SCHEMA, 1000, 10**6) as writer:
        for number in range(100):
            texts = {"id": str(number), "url": "", "title": "T", "text": f"texto {number}"}
            writer.add(texts | {"revision_id": number, "timestamp": ""})
    ids: dict[Fraction, dict[str, set[str]]] = {}
    for fraction in (Fraction(1, 4), Fraction(1, 2), Fraction(1)):
        expected.cut(whole, tmp_path / "cut.parquet", fraction, params)
        ids[fraction] = {"train": set(), "validation": set(), "test": set()}
        for text in read_texts(tmp_path / "cut.parquet"):
            ids[fraction][split_of(text.id, params.seed, params.split)].add(text.id)
    quarter, half, all_of_them = ids.values()
    assert sum(map(len, all_of_them.values())) == 100
    assert quarter["train"] < half["train"] < all_of_them["train"]
    assert len(quarter["train"]) == round(len(all_of_them["train"]) / 4)
    for split in ("validation", "test"):
        assert quarter[split] == half[split] == all_of_them[split] != set()


def test_a_row_is_taken_from_a_pipeline_that_has_run_the_recipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    root = write_results(tmp_path)
    point = expected.point_of_run(root, "modelo-1")
    assert point.key == ("modelo-1", "", "embedded", "1", 42)
    assert point.training_tokens == METRICS["split"]["train"]["tokens"]
    assert point.validation_loss == METRICS["train"]["best"]["validation_loss"]
    assert point.test_loss == METRICS["evaluate"]["test"]["loss"]
    with pytest.raises(InputError, match=r"params\.yaml is not moderno"):
        expected.point_of_run(root, "moderno")


def test_rows_of_another_recipe_of_the_same_name_are_not_mixed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    recipes = tmp_path / "recipes.json"
    monkeypatch.setattr(expected, "RECIPES", recipes)
    expected.keep_recipe("a", with_overrides([]))
    expected.keep_recipe("b", with_overrides(["train.lr=1"]))
    expected.keep_recipe("a", with_overrides(["train.lanes=1"]))  # the machine's
    assert list(report_expected.read_recipes(recipes)) == ["a", "b"]
    with pytest.raises(InputError, match="has rows of another a; remove them"):
        expected.keep_recipe("a", with_overrides(["train.lr=1"]))


@pytest.fixture
def table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., list[list[str]]]:
    """`benchmarks.recipe` in a folder with tiny data: the cells of what it prints."""
    prepare(tmp_path, epochs=1)
    (tmp_path / "data" / "clean").mkdir()
    (tmp_path / "articles.parquet").rename(tmp_path / "data" / "clean" / "articles.parquet")
    (tmp_path / "experiments.yaml").write_text("tiny: []\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_ROOT", raising=False)

    def printed(*settings: str) -> list[list[str]]:
        capsys.readouterr()  # what a killed one has printed
        monkeypatch.setattr(sys, "argv", ["recipe", *settings, "--base", "tiny", "--seeds", "1", "2"])
        recipe.main()
        lines = [line for line in capsys.readouterr().out.splitlines() if line]
        return [line.strip("| ").split(" | ") for line in lines]

    return printed


CHAIN = ("first:", "second: train.teacher={runs}/first/{seed}", "of-two: train.teacher={runs}/first")


def test_a_killed_list_of_settings_goes_on_and_each_may_learn_from_one_before(
    table: Callable[..., list[list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    trained: list[int] = []

    def killed_at_the_second(*arguments: Any) -> Any:
        trained.append(arguments[0].seed)
        if len(trained) == 2:
            raise KeyboardInterrupt
        return loop.train(*arguments)

    monkeypatch.setattr(recipe, "train", killed_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        table(*CHAIN)
    found = table(*CHAIN)
    assert trained == [1, 2, 2, 1, 2, 1, 2]
    runs = Path(".state/recipe/tiny")
    assert {str(path.parent.relative_to(runs)) for path in runs.rglob("model.safetensors")} == {
        f"{name}/{seed}" for name in ("first", "second", "of-two") for seed in (1, 2)
    }
    assert [row[:2] for row in found[2:8]] == [
        [name, seed] for name in ("first", "second", "of-two") for seed in "12"
    ]
    assert len({row[2] for row in found[2:8]}) == 6  # losses
    per_byte = {float(row[2]) / float(row[3]) for row in found[2:8]}
    assert max(per_byte) < 1.1 * min(per_byte)  # and nearly the same: nats of as many tokens, bits of bytes
    mean = sum(float(row[2]) for row in found[2:4]) / 2
    name, seeds, best, *_ = found[10]
    assert (name, seeds) == ("first", "2")
    assert float(best.partition(" ± ")[0]) == pytest.approx(mean, abs=1e-3)
    taught = json.loads((runs / "second" / "2" / "checkpoint.json").read_bytes())["params"]
    assert (taught["seed"], taught["train"]["teacher"]) == (2, ".state/recipe/tiny/first/2")
    assert table(*CHAIN) == found
    assert len(trained) == 7
    with pytest.raises(SystemExit, match=r"tiny/first/1 was trained with other inputs \(train.lr 0.01 → 0.5"):
        table("first: train.lr=0.5")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (recipe.INPUTS, b""),
        (recipe.INPUTS, b'{"parameters": {}'),
        (recipe.INPUTS, b"[]"),
        (recipe.INPUTS, b'{"other": 1}'),
        (recipe.INPUTS, b"\xff"),
        (recipe.CURVE, b""),
        (recipe.CURVE, b"step\tepoch\n1\t1\n"),
        (recipe.CURVE, "\t".join(CURVE_COLUMNS).encode() + b"\n1\t0.5"),
        (recipe.CURVE, "\t".join(CURVE_COLUMNS).encode() + b"\n"),
    ],
)
def test_a_damaged_file_of_a_run_is_one_line_that_names_it(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    params = read_params(ROOT / "params.yaml")
    with pytest.raises(InputError, match=f"{name} is damaged: remove its folder"):
        if name == recipe.CURVE:
            recipe.read_figures(tmp_path, params, PIPELINES, 1)
        else:
            recipe.former_inputs(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["first:", "second: train.lr=much"], r"train\.lr = 'much'"),
        (["first:", "second: lr=1"], r"lr=1: must be section\.key=value"),
        (["first:", "second: clean.min_chars=1"], r"clean\.min_chars=1: all have the articles of"),
        (["first:", "--seeds", "1", "-1"], r"seed = -1: must be"),
    ],
)
def test_a_fault_of_the_last_setting_is_said_before_the_first_one_is_trained(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(recipe, "measured", None)  # it would be called
    monkeypatch.setattr(sys, "argv", ["recipe", *arguments])
    with pytest.raises(SystemExit, match=f"^error: .*{message}"):
        recipe.main()


def test_a_setting_with_another_vocabulary_has_data_of_its_own(
    table: Callable[..., list[list[str]]], tmp_path: Path
) -> None:
    words, pieces = (row for row in table("words:", "pieces: vocab.type=bpe vocab.vocab_size=270")[2:6:2])
    [folder] = (tmp_path / ".state" / "recipe" / "data").iterdir()
    assert load_tokenizer(folder / "vocab" / "tokenizer.json").get_vocab_size() == 270
    text = measure_texts(CLEAN, folder / "splits", load_tokenizer(folder / "vocab" / "tokenizer.json"))[
        "validation"
    ]
    targets = open_shard(folder / "splits", "validation").targets
    loss, bits_per_byte = map(float, pieces[2:4])
    assert bits_per_byte == pytest.approx(loss * targets / math.log(2) / text.utf8_bytes, abs=2e-3)
    assert words[2:4] != pieces[2:4]
    made = folder.stat().st_mtime_ns
    table("narrow: vocab.type=bpe vocab.vocab_size=270 model.dim=8")
    assert [path.stat().st_mtime_ns for path in folder.parent.iterdir()] == [made]


def test_checkpoints_together_are_measured_beside_each_alone(
    table: Callable[..., list[list[str]]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table("first:")
    runs = [tmp_path / ".state" / "recipe" / "tiny" / "first" / seed for seed in "12"]
    ensemble.compare(runs, test=True)
    lines = [line.strip("| ").split(" | ") for line in capsys.readouterr().out.splitlines()]
    assert [lines[0][0], lines[7][0]] == ["validation", "test"]
    one, other, together, counted, mixed = (float(line[1]) for line in lines[2:7])
    assert together < (one + other) / 2 - 1e-4
    assert mixed <= min(together, counted)
    ensemble.compare(runs[:1], test=False)
    line = capsys.readouterr().out.splitlines()[3]
    assert line.startswith("| 1 together | ")
    assert float(line.split(" | ")[1]) == one


def test_probabilities_are_averaged_and_not_their_logarithms() -> None:
    nlls = [-np.log([0.5, 0.1]), -np.log([0.25, 0.3])]
    assert np.exp(-ensemble.averaged(nlls, [0.5, 0.5])) == pytest.approx([0.375, 0.2])
    assert np.exp(-ensemble.averaged(nlls, [0.8, 0.2])) == pytest.approx([0.45, 0.14])


@pytest.mark.parametrize(
    ("argument", "expected_setting"),
    [
        ("", ("base", "")),
        ("model.dropout=0.3 train.lr=1e-3", ("model.dropout=0.3_train.lr=1e-3",) * 2),
        ("a-b:", ("a-b", "")),
        ("second: train.teacher={runs}/a", ("second", "train.teacher={runs}/a")),
    ],
)
def test_a_setting_has_a_name(argument: str, expected_setting: tuple[str, str]) -> None:
    name, setting = recipe.named_setting(argument)
    assert (name, setting.replace(" ", "_")) == expected_setting
