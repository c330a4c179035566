"""Wrong input, as a user meets it: one clear line, a non-zero exit, no traceback."""

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Project
from tests.stages import run_stage

pytestmark = [pytest.mark.system, pytest.mark.slow]

SAMPLE = "data/sample/eswiki-sample.xml"
EMPTY_DUMP = (
    '<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" version="0.11" xml:lang="es"></mediawiki>'
)


@pytest.fixture(scope="module")
def shared(finished: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """One copy for all cases: each failing stage must leave it as it was."""
    return finished.copy_to(tmp_path_factory.mktemp("bad") / "project")


def fail(project: Project, stage: str) -> str:
    """Run a stage that has to fail well; return its message."""
    before = {path: path.read_bytes() for path in project.root.glob("[dcm]*/**/*") if path.is_file()}
    result = run_stage(project.root, stage)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "Traceback" not in result.stderr
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("error: ")
    after = {path: path.read_bytes() for path in project.root.glob("[dcm]*/**/*") if path.is_file()}
    assert after.keys() == before.keys(), "a failed stage left or took a file"
    assert [path for path in before if after[path] != before[path]] == []
    return lines[0]


@pytest.mark.parametrize(
    ("stage", "changes", "expected"),
    [
        ("train", {"train": {"learning_rate": 1}}, "train.learning_rate: unknown key"),
        ("train", {"model": {"heads": 3}}, "heads = 3: must divide dim = 16"),
        ("split", {"split": {"train": 0.9}}, "train + validation + test = 1.2: must sum to 1"),
        ("extract", {"extract": {"dump": "data/none.xml"}}, "data/none.xml"),
        ("extract", {"extract": {"source": "api"}}, "extract.contact = '': a wiki has to know"),
        ("extract", {"extract": {"min_chars": 10**7}}, "extract.min_chars"),
        ("clean", {"clean": {"min_chars": 10**7}}, "(too_short 60); loosen the rules in the section clean"),
        (
            "vocab",
            {"vocab": {"vocab_size": 200_000}},
            "vocab.vocab_size = 200000: the training articles have only",
        ),
        ("vocab", {"split": {"train": 1e-9, "validation": 0.5, "test": 0.499999999}}, "split.train = 1e-09"),
        ("split", {"split": {"train": 1 - 2e-9, "validation": 1e-9, "test": 1e-9}}, "split.validation"),
        ("train", {"model": {"context": 60_000}}, "model.context = 60000, train.batch_size = 16"),
        ("evaluate", {"evaluate": {"bleu_prompt_tokens": 10**6}}, "evaluate.bleu_prompt_tokens"),
    ],
)
def test_a_wrong_parameter_is_one_clear_line(
    shared: Project, stage: str, changes: dict[str, dict[str, Any]], expected: str
) -> None:
    original = (shared.root / "params.yaml").read_bytes()
    try:
        shared.set_params(**changes)
        assert expected in fail(shared, stage)
    finally:
        (shared.root / "params.yaml").write_bytes(original)


@pytest.mark.parametrize("text", ["", EMPTY_DUMP, "cut", "<html>no dump</html>"])
def test_an_empty_cut_or_foreign_dump_is_one_clear_line(shared: Project, text: str) -> None:
    path = shared.root / SAMPLE
    original = path.read_bytes()
    try:
        path.write_bytes(original[:500_000] if text == "cut" else text.encode())
        assert SAMPLE in fail(shared, "extract")
    finally:
        path.write_bytes(original)


@pytest.mark.parametrize(
    ("stage", "path"),
    [
        ("clean", "data/raw/articles.parquet"),
        ("vocab", "data/clean/articles.parquet"),
        ("split", "data/vocab/tokenizer.json"),
        ("train", "data/splits/train.bin"),
        ("evaluate", "checkpoints/best/model.safetensors"),
    ],
)
def test_a_missing_input_of_a_stage_is_one_clear_line(shared: Project, stage: str, path: str) -> None:
    """Cut ones are test_damage.py's."""
    target = shared.root / path
    original = target.read_bytes()
    target.unlink()
    try:
        assert Path(path).parent.name in fail(shared, stage)
    finally:
        target.write_bytes(original)


def test_dvc_names_a_missing_dump(project: Project) -> None:
    project.set_params(extract={"dump": "data/none.xml"})
    result = project.run("dvc", "repro")
    assert result.returncode != 0
    assert "data/none.xml" in result.stderr
    assert "Traceback" not in result.stderr
