"""Fine-tuning as docs/training.md tells it: a copy of a checkpoint under DVC, and its vocabulary kept."""

import json
import shutil

import pytest
from ruamel.yaml import YAML

from tests.conftest import Project, environment
from tests.stages import run_stage

pytestmark = [pytest.mark.system, pytest.mark.slow]


def keep_as_base(project: Project) -> None:
    """The checkpoint as one to start from and as one of several teachers."""
    for name in ("base", "teachers/first"):
        shutil.copytree(project.root / "checkpoints" / "best", project.root / "checkpoints" / name)
    project.check("dvc", "add", "checkpoints/base", "checkpoints/teachers")
    project.check("git", "add", "-A")
    project.check("git", "commit", "-qm", "base")


def test_fine_tuning_on_other_articles_keeps_the_vocabulary_and_depends_on_the_base(project: Project) -> None:
    keep_as_base(project)
    project.check("dvc", "freeze", "vocab")
    tokenizer = (project.root / "data" / "vocab" / "tokenizer.json").read_bytes()
    ran = project.stages_run(
        *("dvc", "exp", "run", "-S", "train.init_from=checkpoints/base"),
        *("-S", "train.teacher=checkpoints/teachers", "-S", "extract.articles=70"),
    )
    assert ran == ["extract", "clean", "split", "train", "evaluate"]
    assert (project.root / "data" / "vocab" / "tokenizer.json").read_bytes() == tokenizer
    lock = YAML(typ="safe").load((project.root / "dvc.lock").read_text(encoding="utf-8"))
    deps = {dep["path"] for dep in lock["stages"]["train"]["deps"]}
    assert {"checkpoints/base", "checkpoints/teachers"} <= deps
    metadata = json.loads((project.root / "checkpoints" / "best" / "checkpoint.json").read_bytes())
    assert metadata["params"]["train"]["init_from"] == "checkpoints/base"
    assert metadata["params"]["train"]["teacher"] == "checkpoints/teachers"
    assert project.stages_run("dvc", "repro") == []

    (project.root / "checkpoints" / "base" / "model.safetensors").write_bytes(b"another one")
    result = run_stage(project.root, "train", environment())
    assert result.returncode == 1
    expected = "error: train.init_from = checkpoints/base: checkpoints/base/model.safetensors is not as train"
    assert expected in result.stderr


def test_a_base_of_another_shape_is_one_clear_line(project: Project) -> None:
    shutil.copytree(project.root / "checkpoints" / "best", project.root / "checkpoints" / "base")
    project.set_params(train={"init_from": "checkpoints/base"}, model={"layers": 2})
    result = run_stage(project.root, "train", environment())
    assert result.returncode == 1
    (error,) = result.stderr.splitlines()
    assert error.startswith("error: ")
    assert "its layers = 1, where params.yaml makes layers = 2" in error


def test_make_clean_leaves_what_is_not_the_pipelines(project: Project) -> None:
    keep_as_base(project)
    project.check("make", "clean", "VENV=none")
    # Of the folder that holds no base Git knows a .gitignore.
    left = {path.parent.name for path in (project.root / "checkpoints").rglob("*.safetensors")}
    assert left == {"base", "first"}
