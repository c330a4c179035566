"""Kill -9 to dvc and the stage, in the workspace, in a temporary copy and in the queue: nothing is lost."""

import os
import signal
from pathlib import Path

import psutil
import pytest
from ruamel.yaml import YAML

from tests.conftest import PATIENCE_SECONDS, Project, wait_for

pytestmark = [pytest.mark.system, pytest.mark.slow]

EPOCHS = 8
"""Long enough for the training to be under way when its first state, of its first second, is seen."""


@pytest.fixture(scope="module")
def longer(finished: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Some seconds of training to do, committed."""
    project = finished.copy_to(tmp_path_factory.mktemp("resume") / "project")
    project.set_params(train={"epochs": EPOCHS, "patience": EPOCHS})
    project.check("git", "commit", "-qam", "longer")
    return project


@pytest.fixture(scope="module")
def undisturbed(longer: Project, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Hashes of what train makes if nobody kills it."""
    project = longer.copy_to(tmp_path_factory.mktemp("undisturbed") / "project")
    assert project.stages_run("dvc", "repro", "train") == ["train"]
    return hashes((project.root / "dvc.lock").read_text(encoding="utf-8"))


def hashes(lock: str) -> dict[str, str]:
    """Path to MD5 of what the train stage made, out of the text of a dvc.lock."""
    stage = YAML(typ="safe").load(lock)["stages"]["train"]
    assert stage["params"]["params.yaml"]["train"]["epochs"] == EPOCHS
    found = {out["path"]: out["md5"] for out in stage["outs"]}
    assert len(found) == 5
    return found


def processes(project: Project) -> list[psutil.Process]:
    """All that run in the project's folder, or in a copy below it."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and Path(process.cwd()).is_relative_to(project.root):
                found.append(process)
        except psutil.Error:
            continue
    return found


def kill_in_training(project: Project, *command: str) -> None:
    """Start the command, and kill all of it without warning when the training has saved its state."""
    with project.start(*command) as started:
        states = project.root / ".state" / "train"
        wait_for(lambda: list(states.glob("*/state.safetensors")), "a state in the main repository")
        killed = processes(project)
        assert any("stages.train" in " ".join(process.cmdline()) for process in killed)
        for process in killed:
            process.send_signal(signal.SIGKILL)
        started.kill()
        started.wait(PATIENCE_SECONDS)
        psutil.wait_procs(killed, timeout=PATIENCE_SECONDS)
    assert list(states.glob("*/state.safetensors"))


def references(project: Project, experiment: str) -> str:
    """The Git references of an experiment that has ended; a question that costs little while others train."""
    return project.check("git", "for-each-ref", "--format=%(refname)", f"refs/exps/**/{experiment}").strip()


def locked_in(project: Project, experiment: str) -> dict[str, str]:
    """The hashes in an experiment's commit."""
    return hashes(project.check("git", "show", f"{references(project, experiment)}:dvc.lock"))


def test_in_the_workspace(longer: Project, undisturbed: dict[str, str], tmp_path: Path) -> None:
    project = longer.copy_to(tmp_path / "project")
    kill_in_training(project, "dvc", "repro", "train")
    assert "going on in epoch" in project.check("dvc", "repro", "train")
    assert hashes((project.root / "dvc.lock").read_text(encoding="utf-8")) == undisturbed
    assert list((project.root / ".state" / "train").iterdir()) == []


def test_in_a_temporary_copy(longer: Project, undisturbed: dict[str, str], tmp_path: Path) -> None:
    project = longer.copy_to(tmp_path / "project")
    kill_in_training(project, "dvc", "exp", "run", "--temp", "--name", "killed")
    assert "going on in epoch" in project.check("dvc", "exp", "run", "--temp", "--name", "again")
    assert locked_in(project, "again") == undisturbed
    assert list((project.root / ".state" / "train").iterdir()) == []


def test_in_the_queue(longer: Project, undisturbed: dict[str, str], tmp_path: Path) -> None:
    project = longer.copy_to(tmp_path / "project")
    project.check("dvc", "exp", "run", "--queue", "--name", "killed")
    kill_in_training(project, "dvc", "queue", "start")
    project.check("dvc", "exp", "run", "--queue", "--name", "again")
    project.check("dvc", "queue", "start")
    wait_for(lambda: references(project, "again"), "it ends", pause_seconds=0.5)
    assert locked_in(project, "again") == undisturbed
    assert "going on in epoch" in project.check("dvc", "queue", "logs", "again")
    project.check("dvc", "queue", "stop", "--kill")


@pytest.mark.parametrize("shell", ["/bin/bash", "/bin/sh"])  # dash stays between dvc and the stage
def test_dvc_alone_takes_the_training_with_it(
    longer: Project,
    undisturbed: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    shell: str,
) -> None:
    monkeypatch.setenv("SHELL", shell)
    project = longer.copy_to(tmp_path / "project")
    with project.start("dvc", "repro", "train") as dvc:
        wait_for(lambda: list((project.root / ".state").glob("train/*/state.safetensors")), "a state")
        dvc.kill()
    wait_for(lambda: processes(project) == [], "the stage ends")
    printed = project.check("dvc", "repro", "train")
    assert "going on in epoch" in printed, printed
    assert hashes((project.root / "dvc.lock").read_text(encoding="utf-8")) == undisturbed
