"""The one place that says which weights the README is about, and what is said of others."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, Project, environment
from tests.report.files import WEIGHTS, write_results
from tools.documented import documented_sha256

HERE = hashlib.sha256(WEIGHTS).hexdigest()
OTHER = "0123456789abcdef" * 4


def folder(tmp_path: Path, documented: str) -> Project:
    """Results, and a README that documents other weights or these."""
    readme = f"Results.\n\nSHA-256 <!-- documented model -->`{documented}`; `{OTHER}` is no model.\n"
    (write_results(tmp_path) / "README.md").write_text(readme, encoding="utf-8")
    return Project(tmp_path)


def documented(project: Project, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tools.documented", *arguments],
        cwd=project.root,
        env=environment() | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_documented_model_is_recognized(tmp_path: Path) -> None:
    result = documented(folder(tmp_path, HERE))
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == f"the documented one, byte for byte (SHA-256 {HERE[:12]}…, README.md)\n"


def test_of_another_model_one_line_says_what_makes_it_another(tmp_path: Path) -> None:
    result = documented(folder(tmp_path, OTHER))
    assert (result.returncode, result.stderr) == (1, "")
    said = f"not the documented one (SHA-256 {HERE[:12]}… and not {OTHER[:12]}…, README.md). What makes "
    assert result.stdout.startswith(said)
    assert len(result.stdout.splitlines()) == 1
    for reason in ("parameters", "bfloat16", "a GPU", "ARM or macOS", "another torch (here 2."):
        assert reason in result.stdout


def test_another_model_is_documented_with_its_speed(tmp_path: Path) -> None:
    project = folder(tmp_path, OTHER)
    assert documented(project, "--update").returncode == 0
    readme = (project.root / "README.md").read_text(encoding="utf-8")
    assert readme == f"Results.\n\nSHA-256 <!-- documented model -->`{HERE}`; `{OTHER}` is no model.\n"
    machine = project.root / "metrics" / "machine"
    assert (machine / "documented.json").read_bytes() == (machine / "performance.json").read_bytes()


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        ("checkpoints/best", "error: checkpoints/best/model.safetensors is missing; run `dvc repro`"),
        ("README.md", "error: README.md: 0 hashes after <!-- documented model -->, must be one"),
        (
            "metrics/machine",
            "error: metrics/machine/performance.json holds no figures of this model; "
            "`dvc repro -f -s evaluate` measures them",
        ),
    ],
)
def test_what_is_missing_is_one_clear_line(tmp_path: Path, missing: str, expected: str) -> None:
    project = folder(tmp_path, OTHER)
    path = project.root / missing
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    result = documented(project, "--update")
    assert (result.returncode, result.stdout, result.stderr.strip()) == (1, "", expected)


def test_the_readme_and_the_documented_speed_are_of_one_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    speed = json.loads((ROOT / "metrics/machine/documented.json").read_text(encoding="utf-8"))
    assert documented_sha256()[:12] == speed["weights"]


def test_the_readme_documents_the_model_of_dvc_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    weights = ROOT / "checkpoints/best/model.safetensors"
    status = subprocess.run(
        ["dvc", "status", "--json", "evaluate"], cwd=ROOT, env=environment(), capture_output=True
    )
    if not weights.exists() or json.loads(status.stdout) != {}:
        pytest.skip("the model of dvc.lock is not here: run `make`")
    lock = subprocess.run(["git", "diff", "--quiet", "HEAD", "--", "dvc.lock"], cwd=ROOT)
    if lock.returncode:
        pytest.skip("dvc.lock has other results than the commit")
    assert hashlib.sha256(weights.read_bytes()).hexdigest() == documented_sha256()
