import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch
from ruamel.yaml import YAML

from benchmarks.recipe import with_overrides
from minillm.errors import InputError
from minillm.evaluation.unmeasured import NOT_MEASURED
from minillm.model.minigpt import MiniGPT, ModelConfig
from minillm.params import read_params
from minillm.training.lanes import deal_lanes
from minillm.training.schedule import steps_of_run
from tests.conftest import PATIENCE_SECONDS, Project, environment, wait_for
from tools.study import (
    choose,
    experiments_of,
    queue_command,
    read_experiments,
    run,
    seed_names,
    state_of,
    table,
    with_seeds,
)

ROOT = Path(__file__).parent.parent


def test_every_named_experiment_is_valid_and_changes_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    experiments = read_experiments()
    assert list(experiments) == ["modelo-1", "modelo-2", "moderno", "abierto", "grande"]
    default = read_params(Path("params.yaml"))
    assert with_overrides(experiments["modelo-1"]) == default
    for name in list(experiments)[1:]:
        changed = with_overrides(experiments[name]).model_dump()
        for override in experiments[name]:  # none that only repeats the default
            section, key = override.partition("=")[0].split(".")
            assert changed[section][key] != default.model_dump()[section][key], override
    assert with_overrides(experiments["modelo-2"]).model.dim == 512


def test_grande_is_what_the_documents_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    params = with_overrides(read_experiments()["grande"])
    with torch.device("meta"):
        model = MiniGPT(ModelConfig.from_params(params.model, params.vocab.vocab_size))
    tokens_per_step = params.train.batch_size * params.model.context
    steps = steps_of_run(params.train, 1_200_000_000 // tokens_per_step, tokens_per_step)
    lanes = deal_lanes(params.train, "cuda").count
    text = (ROOT / "docs" / "training.md").read_text(encoding="utf-8")
    for said in (
        f"{model.parameter_count():,} |",
        f"256 × 1,024 = {tokens_per_step:,} |",
        f"in {lanes} lanes of {params.train.batch_size // lanes} rows, one after another; {steps:,} steps",
    ):
        assert said in text


NO_EXPERIMENTS = ["[]", "a: b", "a: [lr=1]", "a: [train.lr]", "a: [1]", "a: [", "a: [train.lr=1", "a b: []"]
NO_EXPERIMENTS += [
    "-x: []",
    "1: []",
    "a: ~",
    "a: {b.c=1: x}",
    "a: ['train.lr=1\n\n  2']",
    "a: [*x]",
    "a: []\na: []",
]
NO_EXPERIMENTS += [
    "a: &x [train.lr=1]\nb: *x",
    "",
    "\x00",
    "a: " + "[" * 9999,
    "a..b: []",
    f"{'x' * 101}: []",
]


@pytest.mark.parametrize("content", NO_EXPERIMENTS)
def test_another_content_is_a_clear_error(tmp_path: Path, content: str) -> None:
    path = tmp_path / "experiments.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=r"experiments\.yaml") as caught:
        read_experiments(path)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 300 + len(str(path))


def test_a_name_that_is_not_there_is_a_clear_error() -> None:
    experiments = {"a": ["train.lr=1"], "b": []}
    assert choose(experiments, []) == experiments
    assert choose(experiments, ["b"]) == {"b": []}
    assert choose({"gpu": ["train.device=cuda"], **experiments}) == experiments
    with pytest.raises(InputError, match=r"no experiment 'c': experiments\.yaml has a, b"):
        choose(experiments, ["a", "c"])


def test_an_experiment_becomes_a_queued_one_with_its_parameters() -> None:
    command = queue_command("x", ["train.lr=1", "train.betas=[0.9,0.95]"])
    assert command[:6] == ["dvc", "exp", "run", "--queue", "--name", "x"]
    assert command[6:] == ["--set-param", "train.lr=1", "--set-param", "train.betas=[0.9,0.95]"]


def test_each_seed_is_a_run_of_its_own_and_the_first_of_each_experiment_comes_first() -> None:
    chosen = {"a": ["train.lr=1"], "b": []}
    groups = {name: seed_names(name, 3, chosen) for name in chosen}
    assert groups == {"a": ["a", "a-s2", "a-s3"], "b": ["b", "b-s2", "b-s3"]}
    runs = with_seeds(chosen, groups, first_seed=42)
    assert list(runs) == ["a", "b", "a-s2", "b-s2", "a-s3", "b-s3"]
    assert runs["a"] == ["train.lr=1"]  # what `make study` without SEEDS has run is not run again
    assert runs["a-s3"] == ["train.lr=1", "seed=44"]
    assert with_seeds({"b": []}, groups, first_seed=2**32 - 1)["b-s2"] == ["seed=0"]


@pytest.mark.parametrize(
    ("seeds", "name", "why"),
    [
        (0, "a", "SEEDS = 0: must be 1 to 100"),
        (101, "a", "SEEDS = 101: must be 1 to 100"),
        (2, "a", "a-s2 is what run 2 of a is called"),
        (10, "x" * 97, "too long a name for SEEDS = 10"),
    ],
)
def test_seeds_that_give_no_names_are_a_clear_error(seeds: int, name: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        seed_names(name, seeds, {"a": [], "a-s2": []})
    assert len(seed_names("x" * 97, 9, {})) == 9


def row(name: str, state: str | None, **metrics: Any) -> dict[str, Any]:
    data = {"metrics": {f"metrics/{file}.json": {"data": content} for file, content in metrics.items()}}
    executor = {"state": state} if state else None
    return {"name": name, "revs": [{"data": data}], "executor": executor}


def test_the_table_fits_a_terminal_and_leaves_out_what_is_not_known() -> None:
    evaluate = {"test": {"perplexity": 67.512, "bits_per_byte": 2.0034}, "grammar": {"minigpt": 0.7344}}
    rows = {
        "modelo-1": row("modelo-1", None, train={"parameters": 4145032}, evaluate=evaluate),
        "pocas-palabras": row("x", None, evaluate=evaluate | {"grammar": {"minigpt": NOT_MEASURED}}),
        "mi-propio-modelo-más-ancho": row("x", "failed"),
    }
    lines = table({name: [row] for name, row in rows.items()}).splitlines()
    assert max(map(len, lines)) < 80
    assert lines[0].split("  ")[-1] == "grammar"
    assert lines[1].split() == ["modelo-1", "4,145,032", "67.51", "2.003", "–", "0.734"]
    assert lines[2].split() == ["pocas-palabras", "–", "67.51", "2.003", "–", "–"]
    assert lines[3].split() == ["mi-propio-modelo-más-ancho", *"–––––"]


def test_several_seeds_are_a_mean_with_its_spread() -> None:
    train = {"parameters": 4145032}
    seeds = [row("x", None, train=train, evaluate={"test": {"bits_per_byte": b}}) for b in (2.0, 2.01, 2.03)]
    lines = table({"modelo-1": [*seeds, row("x", "failed")], "moderno": seeds[:1]}).splitlines()
    assert max(map(len, lines)) < 80
    assert lines[1].split() == ["modelo-1", "(3)", "4,145,032", "–", "2.013", "±0.015", "–", "–"]
    assert lines[2].split() == ["moderno", "4,145,032", "–", "2.000", "–", "–"]


def test_a_success_counts_more_than_a_failure_of_the_same_name(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = [
        {"experiments": [row("a", "success"), row("a", "failed"), row("b", "queued")]},
        {"experiments": None},
    ]
    monkeypatch.setattr(subprocess, "check_output", lambda *_, **__: json.dumps(shown))
    known = experiments_of("HEAD")
    assert [state_of(known.get(name)) for name in "abc"] == ["finished", "queued", "absent"]


def test_only_what_neither_has_run_nor_waits_is_queued(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    known = {name: row(name, name) for name in ("success", "queued", "running", "failed", "killed")}
    known["running"]["executor"]["local"] = {"pid": os.getpid()}
    known["killed"]["executor"] = {"state": "running", "local": {"pid": 2**22 + 1}}
    commands: list[str] = []
    monkeypatch.setattr("tools.study.experiments_of", lambda _: known)
    monkeypatch.setattr(subprocess, "run", lambda command, **_: commands.append(" ".join(command)))
    with pytest.raises(SystemExit, match="queued, running, failed, killed, new did not finish"):
        run({name: [] for name in (*known, "new")}, {"any": ["success"]}, "HEAD")
    assert commands == [
        "dvc queue remove failed",
        "dvc exp run --queue --name failed",
        "dvc queue kill killed",
        "dvc queue remove killed",
        "dvc exp run --queue --name killed",
        "dvc exp run --queue --name new",
        "dvc exp run --run-all --jobs 1",
    ]
    said = capsys.readouterr().out
    assert "success has run already" in said
    assert "queued is queued already\nrunning is running already\n" in said


@pytest.mark.system
@pytest.mark.slow
def test_ctrl_c_stops_the_worker_and_the_next_study_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a stage that hangs the first time, in the place of a training."""
    started, go_on = tmp_path / "started", tmp_path / "go on"
    project = Project(tmp_path / "project")
    project.root.mkdir()
    stage = f"test -e '{go_on}' || {{ echo $$ > '{started}'; exec sleep 2000; }}; cp params.yaml out"
    content = {"stages": {"copy": {"cmd": stage, "params": ["a"], "outs": ["out"]}}}
    (project.root / "dvc.yaml").write_text(json.dumps(content), encoding="utf-8")
    (project.root / "params.yaml").write_text("a:\n  b: 1\n", encoding="utf-8")
    (project.root / "experiments.yaml").write_text("one: []\ntwo: [a.b=2]\n", encoding="utf-8")
    for command in ("git init -q", "dvc init -q", "git add -A", "git commit -qm start"):
        project.check(*command.split())
    study = ("python", "-m", "tools.study")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    output = tmp_path / "output"
    with output.open("w", encoding="utf-8") as file:
        first = subprocess.Popen(
            study, cwd=project.root, env=environment(), stdout=file, stderr=file, start_new_session=True
        )
        wait_for(lambda: started.exists() and started.read_text(encoding="utf-8"), "the stage begins")
        os.killpg(first.pid, signal.SIGINT)
        assert first.wait(PATIENCE_SECONDS) == 130
    said = output.read_text(encoding="utf-8")
    assert said.endswith("stopped; what has finished is kept, and `make study` goes on with the rest\n")
    assert "Traceback" not in said
    assert not psutil.pid_exists(int(started.read_text(encoding="utf-8")))
    go_on.touch()
    second = project.run(*study)
    assert second.returncode == 0, second.stderr
    assert "two is queued already" in second.stdout
    names = project.check("dvc", "exp", "list", "--name-only", "--all-commits").split()
    assert sorted(names) == ["one", "two"]
    assert project.check("dvc", "queue", "status").count("Success") == 2


@pytest.mark.system
@pytest.mark.slow
def test_a_study_runs_each_experiment_once_and_shows_them(project: Project) -> None:
    experiments = {
        "same": [],
        "modern": ["model.positions=rope", "train.optimizer=muon", "train.betas=[0.9,0.95]"],
    }
    with (project.root / "experiments.yaml").open("w", encoding="utf-8") as file:
        YAML().dump(experiments, file)
    project.check("git", "commit", "-qam", "experiments of this test")
    output = project.check("python", "-m", "tools.study")
    assert "modern" in output
    shown = json.loads(project.check("dvc", "exp", "show", "--json"))
    rows = {row["name"]: row for commit in shown for row in commit.get("experiments") or []}
    assert {"same", "modern"} <= rows.keys()
    data = rows["modern"]["revs"][0]["data"]
    assert data["params"]["params.yaml"]["data"]["train"]["betas"] == [0.9, 0.95]
    assert data["metrics"]["metrics/train.json"]["data"]["best"]["validation_loss"] > 0
    again = project.check("python", "-m", "tools.study", "modern")
    assert "modern has run already" in again
