"""A small copy of the project that a test may run, change and kill."""

import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from filelock import FileLock
from ruamel.yaml import YAML

from minillm.cores import usable_cores
from tests.skips import pytest_make_collect_report, pytest_runtest_makereport  # noqa: F401  # pytest's hooks

# A shell's background jobs ignore Ctrl-C, and so would all that is started here to be interrupted.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """A worker for each core, as pipelines count them."""
    return min(usable_cores(), 8)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests first, so that no worker is left with one at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)  # stable


ROOT = Path(__file__).parent.parent
PATIENCE_SECONDS = 900
"""For what takes seconds on an idle machine: more than any load makes of them, and an end for what hangs."""
SMALL: dict[str, Any] = {
    "extract": {"articles": 60},
    "vocab": {"vocab_size": 300},
    "model": {"dim": 16, "layers": 1, "heads": 2, "context": 32},
    "train": {"batch_size": 16, "lanes": 2, "epochs": 2, "lr": 1e-2, "warmup_steps": 5},
    "evaluate": {
        "bleu_prompts": 4,
        "bleu_prompt_tokens": 8,
        "bleu_continuation_tokens": 8,
        "sample_tokens": 8,
        "latency_runs": 5,
    },
}

REPRODUCED = ".dvc/tmp/reproduced"
LOCALE_OF_C = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}


@dataclass(frozen=True)
class Project:
    """A clone of the working tree with small parameters, under Git and DVC."""

    root: Path

    def run(self, *command: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a command here; its output and status come back, whatever they are."""
        return _captured(command, cwd=self.root, env=environment(), **options)

    def check(self, *command: str) -> str:
        """Run a command that has to succeed; return what it printed."""
        result = self.run(*command)
        assert result.returncode == 0, f"{command}:\n{result.stdout[-3000:]}\n{result.stderr[-3000:]}"
        return result.stdout

    def script(self, commands: str) -> subprocess.CompletedProcess[str]:
        """Run lines as a shell does that ends at the first error; `make` finds this environment installed."""
        installed = self.root / ".venv" / ".installed"
        stand_in(installed.parent)
        installed.touch()
        later = time.time() + 86_400  # than the files of a clone that the lines make
        os.utime(installed, (later, later))
        made = {"MAKEFLAGS": "", "VENV": str(installed.parent)}
        print(f"typed:\n{commands}")  # for whoever looks which commands of a document were run
        result = _captured(["bash", "-ec", commands], cwd=self.root, env=environment() | made)
        assert result.returncode == 0, f"{commands}:\n{result.stdout[-3000:]}\n{result.stderr[-3000:]}"
        return result

    def start(self, *command: str) -> "subprocess.Popen[bytes]":
        """Start a command in a process group of its own, as a terminal does; its output goes nowhere."""
        return subprocess.Popen(
            command,
            cwd=self.root,
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def stages_run(self, *command: str) -> list[str]:
        """Names of the stages that a `dvc repro` or `dvc exp run` really ran."""
        lines = self.check(*command).splitlines()
        return [line.split("'")[1] for line in lines if line.startswith("Running stage '")]

    def set_params(self, **sections: dict[str, Any]) -> None:
        """Change parameters in params.yaml."""
        yaml = YAML()
        path = self.root / "params.yaml"
        content = yaml.load(path.read_text(encoding="utf-8"))
        for section, values in sections.items():
            content[section].update(values)
        with path.open("w", encoding="utf-8") as file:
            yaml.dump(content, file)

    def copy_to(self, folder: Path) -> "Project":
        """An independent copy, cache and history included."""
        shutil.copytree(self.root, folder, symlinks=True)
        return Project(folder)


def wait_for(condition: Callable[[], object], what: str, pause_seconds: float = 0.02) -> None:
    """Wait until a condition holds; asked again after each pause."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {PATIENCE_SECONDS} s"
        time.sleep(pause_seconds)


def wait_for_library(process: psutil.Process, name: str) -> None:
    """Wait until a process has loaded a library: it is in the midst of its imports."""
    if not psutil.LINUX:  # elsewhere nobody is told
        time.sleep(1)
        return
    wait_for(lambda: any(name in mapped.path for mapped in process.memory_maps()), f"{name} is loaded")


def stand_in(venv: Path) -> None:
    """A virtual environment that `make` takes for a good one, and whose Python is this one."""
    programs = {"python": f'#!/bin/sh\nexec {sys.executable} "$@"\n', "pip": f"#!{venv}/bin/python\n"}
    for name, content in programs.items():
        program = venv / "bin" / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(content, encoding="utf-8")
        program.chmod(0o755)
    (venv / "pyvenv.cfg").write_text(f"version = {platform.python_version()}\n", encoding="utf-8")


def _captured(command: Sequence[str], **options: Any) -> subprocess.CompletedProcess[str]:
    """Output through files. A pipe would not end before a worker of DVC's queue that outlives the command.

    Two workers that start at once may read each other's half-written message (DVC 3.67, JSONDecodeError in
    dvc_task's monitor): such a one ends only with `dvc queue stop`.
    """
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as out,
        tempfile.TemporaryFile("w+", encoding="utf-8") as err,
    ):
        status = subprocess.run(command, stdout=out, stderr=err, text=True, check=False, **options).returncode
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(command, status, out.read(), err.read())


def environment() -> dict[str, str]:
    """This interpreter's programs first, and nothing of the outer repository's DVC, Git or make.

    Imports are compiled once, as `make` sees to.
    """
    others = ("DVC_", "GIT_", "MAKE", "MFLAGS", "PYTHONDONTWRITEBYTECODE")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(others)}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    names = {"GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@t", "GIT_COMMITTER_NAME": "t"}
    return kept | names | {"GIT_COMMITTER_EMAIL": "t@t", "PATH": path, "DVC_NO_ANALYTICS": "1"}


def clone_working_tree(target: Path) -> Project:
    """Copy the files that Git tracks or would track, as they are now; one commit."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    project = Project(target)
    project.set_params(**SMALL)
    (target / "dvc.lock").unlink(missing_ok=True)
    project.check("git", "init", "-q", "-b", "main")
    project.check("git", "add", "-A")
    project.check("git", "commit", "-qm", "start")
    return project


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose pipeline has run and is committed. Copy it before changing it."""

    def make(folder: Path) -> None:
        project = clone_working_tree(folder)
        ran = project.stages_run("dvc", "repro")
        assert ran == ["extract", "clean", "vocab", "split", "train", "evaluate"]
        project.check("git", "add", "-A")
        project.check("git", "commit", "-qm", "results")

    return Project(made_once(tmp_path_factory, "finished", make))


@pytest.fixture(scope="session")
def elsewhere(finished: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A fresh clone of it, in which CI's command has run the pipeline as well. Copy it before changing it.

    Its remote was empty, and is forgotten. REPRODUCED has what was printed, in a locale that is not UTF-8.
    """

    def make(folder: Path) -> None:
        finished.check("git", "clone", "-q", ".", str(folder))
        clone = Project(folder)
        empty = tmp_path_factory.mktemp("empty")
        variables = LOCALE_OF_C | {"MINILLM_REMOTE_URL": str(empty)}
        assigned = [f"{name}={value}" for name, value in variables.items()]
        printed = clone.check("env", *assigned, "python", "-m", "tools.reproduce")
        (folder / REPRODUCED).write_text(printed, encoding="utf-8")
        (folder / ".dvc/config.local").unlink()

    return Project(made_once(tmp_path_factory, "elsewhere", make))


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that one of pytest-xdist's workers makes for all of them."""
    base = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent  # the run's own; below it each worker has its folder
    with FileLock(base / f"{name}.lock"):
        folder = base / name
        unfinished = base / f"{name}.unfinished"
        if not folder.exists():
            shutil.rmtree(unfinished, ignore_errors=True)
            make(unfinished)
            unfinished.rename(folder)
    return folder


@pytest.fixture
def project(finished: Project, tmp_path: Path) -> Project:
    """A finished project of the test's own."""
    return finished.copy_to(tmp_path / "project")


CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A real Chromium, headless."""
    from playwright.sync_api import sync_playwright  # which few tests need

    program = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if program is None:
        pytest.skip(f"no Chromium is installed (looked for {', '.join(CHROMIUM)})")
    root = hasattr(os, "geteuid") and os.geteuid() == 0  # Chromium's sandbox refuses root
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"] if root else [])
        yield opened
        opened.close()
