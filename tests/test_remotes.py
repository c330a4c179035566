"""DVC remotes as people use them: a folder and an S3-compatible server on loopback."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from moto.server import ThreadedMotoServer

from tests.conftest import REPRODUCED, Project, environment
from tests.documents import command_blocks
from tools.verify import outs

pytestmark = [pytest.mark.system, pytest.mark.slow]

KEY = "test-access-key"
SECRET = "test-secret-key"  # noqa: S105


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a bucket on a server; the credentials stand in the environment alone."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    assert requests.put(f"{endpoint}/bucket", timeout=10).ok
    yield "s3://bucket/minillm"
    server.stop()


def connect(project: Project, url: str) -> Project:
    """docs/running.md's recipe: the address is committed, the credentials are not."""
    project.check("dvc", "remote", "add", "--default", "store", url)
    if url.startswith("s3://"):
        project.check("dvc", "remote", "modify", "store", "endpointurl", environment()["AWS_ENDPOINT_URL"])
    project.check("git", "commit", "-qm", "DVC remote", ".dvc/config")
    return project


def fresh_clone(project: Project, target: Path) -> Project:
    subprocess.run(["git", "clone", "-q", project.root, target], check=True, env=environment())
    return Project(target)


def test_ci_restores_everything_from_s3_and_runs_nothing(
    project: Project, s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(project, s3).check("python", "-m", "tools.push")
    clone = fresh_clone(project, tmp_path / "clone")
    assert not (clone.root / "checkpoints" / "best").exists()
    monkeypatch.setenv("MINILLM_REMOTE_URL", s3)
    output = clone.check("python", "-m", "tools.reproduce")
    assert "Running stage" not in output
    assert "ok      the results are what is committed" in output
    assert outs(clone.root) == outs(project.root)
    assert (clone.root / "checkpoints" / "best" / "model.safetensors").stat().st_size > 1000
    assert clone.check("dvc", "status").strip() == "Data and pipelines are up to date."
    clone.check("python", "-m", "tools.ci_report", "--base", "HEAD")
    report = (clone.root / "report.md").read_text(encoding="utf-8")
    assert "```mermaid\n%%{init:" in report
    assert report.count("    line [") == 2
    found = clone.run("git", "grep", "-l", "-e", KEY, "-e", SECRET, "--", ".", ":!tests/test_remotes.py")
    assert (found.returncode, found.stdout, found.stderr) == (1, "", "")  # 1: nothing found


def test_what_another_branch_made_is_restored_and_not_run(project: Project, tmp_path: Path) -> None:
    """With two stages that need no torch; every stage's metrics are kept by Git, and not in DVC's cache."""
    connect(project, str(tmp_path / "remote"))
    project.check("git", "checkout", "-qb", "experiment")
    project.set_params(clean={"keep_headings": False})
    assert project.stages_run("dvc", "repro", "vocab") == ["clean", "vocab"]
    project.check("git", "commit", "-qam", "without headings")
    project.check("python", "-m", "tools.push")
    project.check("git", "checkout", "-q", "main")
    clone = fresh_clone(project, tmp_path / "clone")
    # The main branch, with the parameter of the other: only the run-cache knows the result.
    clone.set_params(clean={"keep_headings": False})
    assert clone.stages_run("dvc", "repro", "--pull", "vocab") == []
    for name in ("metrics/clean.json", "metrics/vocab.json"):
        branch = project.check("git", "show", f"experiment:{name}")
        assert branch != project.check("git", "show", f"main:{name}")
        assert (clone.root / name).read_text(encoding="utf-8") == branch


def test_the_recipe_of_the_documents_restores_everything_and_runs_nothing(
    project: Project, tmp_path: Path
) -> None:
    origin, folder = tmp_path / "minillm.git", tmp_path / "folder"
    project.check("git", "clone", "-q", "--bare", ".", str(origin))
    project.check("git", "remote", "add", "origin", str(origin))
    project.check("git", "push", "-q", "--set-upstream", "origin", "main")
    project.check("dvc", "exp", "run", "-S", "evaluate.sample_tokens=5")  # results that HEAD does not have
    here, there, s3_only = command_blocks("docs/running.md", "Remotes")
    for block, address in ((here, "/mnt/share/minillm"), (there, "https://git.example.org/minillm.git")):
        assert block.count(address) == 1
    assert "s3://" in s3_only
    pushed = project.script(here.replace("/mnt/share/minillm", str(folder))).stdout
    assert "note: " not in pushed
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    pulled = Project(elsewhere).script(there.replace("https://git.example.org/minillm.git", str(origin)))
    clone = Project(elsewhere / "minillm")
    assert "Running stage" not in pulled.stdout
    assert "perplexity" in pulled.stdout
    assert outs(clone.root) == outs(project.root)
    assert (clone.root / "checkpoints/best/model.safetensors").exists()
    assert clone.check("git", "status", "--porcelain") == ""
    assert clone.check("dvc", "status").strip() == "Data and pipelines are up to date."
    report = (clone.root / "metrics/report.html").read_text(encoding="utf-8")
    assert "Not measured: these results were restored" in report


def test_pushing_results_that_no_commit_names_is_said(project: Project, tmp_path: Path) -> None:
    connect(project, str(tmp_path / "remote"))
    project.set_params(clean={"keep_headings": False})
    assert project.stages_run("dvc", "repro", "clean") == ["clean"]
    pushed = project.check("python", "-m", "tools.push").splitlines()
    assert pushed[-1] == (
        "note: dvc.lock or metrics/ is not committed, and a clone asks for what the commit names"
    )


def test_a_lost_remote_ends_at_once_with_one_reason(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = fresh_clone(project, tmp_path / "clone")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("MINILLM_REMOTE_URL", "s3://bucket/minillm")
    result = clone.run("python", "-m", "tools.reproduce")
    assert result.returncode == 1
    assert "error: the DVC remote cannot be read:" in result.stderr
    assert "MINILLM_REMOTE_URL" in result.stderr
    assert "Traceback" not in result.stderr
    assert "Running stage" not in result.stdout


def test_an_empty_remote_costs_a_full_run_and_no_error(elsewhere: Project) -> None:
    output = (elsewhere.root / REPRODUCED).read_text(encoding="utf-8")
    for stage in ("extract", "clean", "vocab", "split", "train", "evaluate"):
        assert f"Running stage '{stage}'" in output
    assert "ok      the results are what is committed" in output


def test_credentials_that_are_missing_are_named(
    project: Project, tmp_path: Path, s3: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = fresh_clone(project, tmp_path / "clone")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("MINILLM_REMOTE_URL", s3)
    result = clone.run("python", "-m", "tools.reproduce")
    assert result.returncode == 1
    assert "credentials" in result.stderr.lower()
    assert "Traceback" not in result.stderr
