"""One training in several processes, as the stage runs it: the same curve, one state, a clean end."""

import csv
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch

from minillm.errors import InputError
from minillm.training.processes import ALONE, World, check_shares, joined, process_count
from tests.conftest import Project, clone_working_tree, environment
from tests.tokens.test_batches import params

EXACT: dict[str, Any] = {"model": {"dropout": 0.0}}  # dropout's masks are of a process and a pass
RESULTS = ("checkpoints/best", "checkpoints/last", "metrics/plots", "metrics/train.json")


@pytest.fixture(scope="session")
def split(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose data are ready, and nothing trained."""
    project = clone_working_tree(tmp_path_factory.mktemp("split"))
    project.check("dvc", "repro", "split")
    return project


def prepared(split: Project, folder: Path, **sections: dict[str, Any]) -> Project:
    shutil.copytree(split.root, folder, ignore=shutil.ignore_patterns(".git", ".dvc"))
    project = Project(folder)
    project.set_params(**sections)
    return project


def trained(split: Project, folder: Path, **sections: dict[str, Any]) -> Project:
    project = prepared(split, folder, **sections)
    project.check("python", "-m", "stages.train")
    return project


def curve(project: Project) -> list[dict[str, float]]:
    with (project.root / "metrics/plots/training.tsv").open(encoding="utf-8", newline="") as file:
        return [
            {key: float(value) for key, value in row.items()} for row in csv.DictReader(file, delimiter="\t")
        ]


def same_curve(one: Project, other: Project, tolerance: float) -> bool:
    a, b = curve(one), curve(other)
    assert len(a) == len(b) > 1
    assert a[-1]["validation_loss"] < a[0]["validation_loss"]
    return all(
        abs(x[key] - y[key]) <= tolerance for x, y in zip(a, b, strict=True) for key in x if "loss" in key
    )


def result(project: Project) -> dict[str, bytes]:
    return {
        path.relative_to(project.root).as_posix(): path.read_bytes()
        for name in RESULTS
        for path in [project.root / name, *(project.root / name).rglob("*")]
        if path.is_file() and path.name != ".gitignore"
    }


def test_every_row_of_a_batch_is_one_processs() -> None:
    rows = [list(range(12))[World(rank, 3).rows(12)] for rank in range(3)]
    assert rows == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
    assert list(range(12))[ALONE.rows(12)] == list(range(12))


def test_auto_is_one_process_on_the_cpu_and_one_per_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    assert process_count(params(processes="auto", device="cpu", batch_size=8)) == 1
    assert process_count(params(processes=4, device="cpu", batch_size=8)) == 4
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert process_count(params(processes="auto", device="auto", batch_size=8)) == 2
    with pytest.raises(InputError, match=r"train\.processes = 4: only 2 GPU\(s\) visible; use auto"):
        process_count(params(processes=4, device="auto", batch_size=8))


@pytest.mark.parametrize(("processes", "accumulation", "use"), [(3, 1, 33), (2, 5, 40), (64, 1, 64)])
def test_a_batch_that_cannot_be_shared_names_both(processes: int, accumulation: int, use: int) -> None:
    with pytest.raises(InputError) as caught:
        check_shares(params(batch_size=32, accumulation=accumulation), processes)
    assert str(caught.value) == (
        f"train.batch_size = 32: must be divisible by {processes} process(es) × train.accumulation = "
        f"{accumulation}, so that each pass gets as many rows; use {use}, or change train.processes or "
        f"train.accumulation"
    )


def test_a_variable_of_torchrun_that_is_no_number_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RANK", "WORLD_SIZE", "MASTER_ADDR"):
        monkeypatch.setenv(name, "x")
    with pytest.raises(InputError, match="RANK = 'x': must be a number"), joined(params()):
        pass


@pytest.mark.slow
@pytest.mark.system
@pytest.mark.parametrize("batches", ["packed", "padded"])
def test_two_processes_learn_as_one_with_the_same_global_batch(
    split: Project, tmp_path: Path, batches: str
) -> None:
    one = trained(split, tmp_path / "one", **EXACT, train={"batches": batches})
    two = trained(split, tmp_path / "two", **EXACT, train={"batches": batches, "processes": 2})
    assert same_curve(one, two, 1e-4)
    if batches == "padded":
        return
    both = trained(
        split, tmp_path / "both", **EXACT, train={"batches": batches, "processes": 2, "accumulation": 2}
    )
    assert same_curve(one, both, 1e-4)
    other = trained(split, tmp_path / "other", **EXACT, train={"batches": batches, "batch_size": 4})
    assert len(curve(other)) == 2
    assert abs(curve(one)[0]["validation_loss"] - curve(other)[0]["validation_loss"]) > 1e-3


@contextmanager
def training(project: Project, *, until_saved: bool = True) -> Iterator[subprocess.Popen[str]]:
    """The stage in two processes under way, when its state has been saved."""
    command = [sys.executable, "-m", "stages.train"]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=project.root, env=environment(), **pipes) as process:
        try:
            deadline = time.monotonic() + 120
            while until_saved and not list(project.root.glob(".state/train/*/state.safetensors")):
                assert process.poll() is None, process.communicate()
                assert time.monotonic() < deadline, "no state was saved"
                time.sleep(0.05)
            yield process
        finally:
            process.kill()


def workers(process: subprocess.Popen[str]) -> dict[int, psutil.Process]:
    """Rank to process."""
    children = psutil.Process(process.pid).children()
    return {int(child.environ()["RANK"]): child for child in children if "stages.train" in child.cmdline()}


LONG: dict[str, Any] = {"train": {"processes": 2, "epochs": 4, "patience": 9}}


@pytest.fixture(scope="session")
def undisturbed(split: Project, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    project = trained(split, tmp_path_factory.mktemp("undisturbed") / "project", **LONG)
    assert len(curve(project)) == 4
    return result(project)


@pytest.mark.slow
@pytest.mark.system
@pytest.mark.parametrize("rank", [0, 1])
def test_a_killed_process_ends_the_run_in_one_line_and_the_next_goes_on(
    split: Project, undisturbed: dict[str, bytes], tmp_path: Path, rank: int
) -> None:
    project = prepared(split, tmp_path / "project", **LONG)
    with training(project) as process:
        running = workers(process)
        assert sorted(running) == [0, 1]
        running[rank].kill()
        _, errors = process.communicate(timeout=60)
        _, alive = psutil.wait_procs(list(running.values()), timeout=10)
    assert process.returncode == 1
    assert errors.splitlines() == [
        f"error: train.processes: process {rank} of 2 was killed by SIGKILL, so all were ended; "
        f"run it again: it goes on from the last saved state"
    ]
    assert alive == []
    assert "going on in epoch" in project.check("python", "-m", "stages.train")
    assert result(project) == undisturbed
    assert not list(project.root.glob(".state/train/*"))


@pytest.mark.slow
@pytest.mark.system
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_launcher_that_ends_takes_its_processes_with_it(
    split: Project, undisturbed: dict[str, bytes], tmp_path: Path, how: signal.Signals
) -> None:
    project = prepared(split, tmp_path / "project", **LONG)
    with training(project) as process:
        running = workers(process)
        assert len(running) == 2
        process.send_signal(how)
        _, errors = process.communicate(timeout=60)
        _, alive = psutil.wait_procs(list(running.values()), timeout=30)
    assert alive == []
    assert process.returncode == (-how if how == signal.SIGKILL else 128 + how)
    assert "Traceback" not in errors
    assert "going on in epoch" in project.check("python", "-m", "stages.train")
    assert result(project) == undisturbed


@pytest.mark.slow
@pytest.mark.system
def test_an_error_of_every_process_is_said_once(split: Project, tmp_path: Path) -> None:
    project = prepared(split, tmp_path / "project", train={"processes": 2, "lr": 10.0, "clip_norm": 1e30})
    (project.root / "data" / "splits" / "validation.bin").write_bytes(b"cut")
    failed = project.run("python", "-m", "stages.train")
    assert failed.returncode == 1
    assert len(failed.stderr.splitlines()) == 1
    assert failed.stderr.startswith("error: data/splits/validation.bin: 3 bytes do not fit its index; run")


NAMESPACES = ("minillm-a", "minillm-b")


@pytest.fixture
def two_nodes() -> Iterator[None]:
    """Two network namespaces, 10.77.0.1 and 10.77.0.2, with a cable between them."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("needs root and iproute2 to make network namespaces")

    def ip(*arguments: str) -> bool:
        return subprocess.run(["ip", *arguments], capture_output=True, check=False).returncode == 0

    made = all(ip("netns", "add", name) for name in NAMESPACES)
    made = made and ip("link", "add", "node0", "type", "veth", "peer", "name", "node1")
    for number, name in enumerate(NAMESPACES):
        made = made and ip("link", "set", f"node{number}", "netns", name)
        made = made and ip("-n", name, "addr", "add", f"10.77.0.{number + 1}/24", "dev", f"node{number}")
        made = made and ip("-n", name, "link", "set", f"node{number}", "up")
        made = made and ip("-n", name, "link", "set", "lo", "up")
    try:
        if not made:
            pytest.skip("this kernel or container makes no network namespaces")
        yield
    finally:
        for name in NAMESPACES:
            ip("netns", "del", name)


@pytest.mark.slow
@pytest.mark.system
def test_two_computers_train_together(split: Project, tmp_path: Path, two_nodes: None) -> None:
    one = trained(split, tmp_path / "one", **EXACT)
    project = prepared(split, tmp_path / "project", **EXACT)
    nodes = []
    for number, name in enumerate(NAMESPACES):
        command = ["ip", "netns", "exec", name, "torchrun", "--nnodes=2", f"--node-rank={number}"]
        command += ["--nproc-per-node=1", "--master-addr=10.77.0.1", "--master-port=29500"]
        command += ["-m", "stages.train"]
        variables = environment() | {"GLOO_SOCKET_IFNAME": f"node{number}"}
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        nodes.append(subprocess.Popen(command, cwd=project.root, env=variables, **pipes))
    try:
        printed = [node.communicate(timeout=180) for node in nodes]
    finally:
        for node in nodes:
            node.kill()
    assert [node.returncode for node in nodes] == [0, 0], printed
    assert "2 processes" in printed[0][0] + printed[1][0]
    assert same_curve(one, project, 1e-4)
