import json
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from benchmarks.recipe import with_overrides
from minillm.errors import InputError
from minillm.params import read_params
from tests.conftest import Project
from tools.study import choose, queue_command, read_experiments

ROOT = Path(__file__).parent.parent


def test_every_named_experiment_is_valid_and_changes_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    experiments = read_experiments()
    assert list(experiments) == ["modelo-1", "modelo-2", "moderno"]
    default = read_params(Path("params.yaml"))
    assert with_overrides(experiments["modelo-1"]) == default
    for name in ("modelo-2", "moderno"):
        for override in experiments[name]:  # none that only repeats the default
            assert with_overrides([override]) != default, override
    assert with_overrides(experiments["modelo-2"]).model.dim == 512


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
    with pytest.raises(InputError, match=r"no experiment 'c': experiments\.yaml has a, b"):
        choose(experiments, ["a", "c"])


def test_an_experiment_becomes_a_queued_one_with_its_parameters() -> None:
    command = queue_command("x", ["train.lr=1", "train.betas=[0.9,0.95]"])
    assert command[:6] == ["dvc", "exp", "run", "--queue", "--name", "x"]
    assert command[6:] == ["--set-param", "train.lr=1", "--set-param", "train.betas=[0.9,0.95]"]


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
