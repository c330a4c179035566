"""One training in several processes, as the stage runs it: the same curve, one state, a clean end."""

import csv
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch

from minillm.errors import InputError
from minillm.params import read_params
from minillm.training.processes import RENDEZVOUS, check_processes, joined
from tests.conftest import PATIENCE_SECONDS, ROOT, Project, environment
from tests.stages import run_stage
from tests.tokens.test_batches import params

MODERN: dict[str, dict[str, Any]] = {
    "model": {
        "positions": "rope",
        "norm": "rmsnorm",
        "activation": "swiglu",
        "qk_norm": True,
        "tie_embeddings": True,
    },
    "train": {
        "optimizer": "muon",
        "share_spelling": True,
        "smoothing_target": "bigrams",
    },
}
WITHIN_AN_EPOCH = {"epochs": 1.5, "validate_every": 3, "validation_tokens": 2000}
RESULTS = ("checkpoints/best", "metrics/plots", "metrics/train.json")


def prepared(finished: Project, folder: Path, **sections: dict[str, Any]) -> Project:
    """A folder whose data are ready, and nothing trained."""
    shutil.copytree(finished.root, folder, ignore=shutil.ignore_patterns(".git", ".dvc", "best", "metrics"))
    project = Project(folder)
    project.set_params(**sections)
    return project


def trained(finished: Project, folder: Path, **sections: dict[str, Any]) -> Project:
    project = prepared(finished, folder, **sections)
    ended = run_stage(project.root, "train", environment())
    assert ended.returncode == 0, ended.stderr
    return project


def curve(project: Project) -> list[dict[str, float]]:
    with (project.root / "metrics/plots/training.tsv").open(encoding="utf-8", newline="") as file:
        return [
            {key: float(value) for key, value in row.items()} for row in csv.DictReader(file, delimiter="\t")
        ]


def result(project: Project) -> dict[str, bytes]:
    return {
        path.relative_to(project.root).as_posix(): path.read_bytes()
        for name in RESULTS
        for path in [project.root / name, *(project.root / name).rglob("*")]
        if path.is_file() and path.name != ".gitignore"
    }


def test_more_processes_than_gpus_are_refused_and_one_is_started_unasked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    check_processes(params(processes=4, device="cpu", batch_size=8))
    assert read_params(ROOT / "params.yaml").train.processes == 1
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 3)
    for processes in (1, 2, 3):
        check_processes(params(processes=processes, device="auto", batch_size=32))
    with pytest.raises(
        InputError, match=r"train\.processes = 4: only 3 GPU\(s\) visible; use at most as many"
    ):
        check_processes(params(processes=4, device="auto", batch_size=8))


TORCHRUNS = {"RANK": "0", "WORLD_SIZE": "2", "LOCAL_RANK": "0", "LOCAL_WORLD_SIZE": "2"}


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"RANK": "x"}, "RANK = 'x': must be a number, 0 or more; start several processes with torchrun"),
        ({"RANK": "-1"}, "RANK = '-1': must be a number, 0 or more"),
        ({"RANK": "2"}, "RANK = 2: must be below WORLD_SIZE = 2; start several"),
        ({"WORLD_SIZE": "0"}, "WORLD_SIZE = '0': must be a number, 1 or more"),
        ({"WORLD_SIZE": "9" * 5000}, f"WORLD_SIZE = '{'9' * 58}…: must be a number, 1 or more"),
        ({"LOCAL_RANK": None}, "LOCAL_RANK = '': must be a number, 0 or more"),
        ({"LOCAL_WORLD_SIZE": "0"}, "LOCAL_WORLD_SIZE = '0': must be a number, 1 or more"),
        ({}, "MASTER_ADDR, MASTER_PORT: no place to meet (Error initializing torch.dist"),
        ({"MASTER_ADDR": "::1", "MASTER_PORT": "x"}, "no place to meet (invalid literal for int() with"),
        ({"MASTER_ADDR": "::1", "MASTER_PORT": "65536"}, "(port must have value from 0 to 65535 but was"),
    ],
)
def test_a_variable_of_torchrun_that_cannot_be_is_named_in_one_line(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str | None], said: str
) -> None:
    for name, value in (TORCHRUNS | variables).items():
        if value is not None:
            monkeypatch.setenv(name, value)
    with pytest.raises(InputError) as caught, joined(params(device="cpu")):
        pass
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_more_processes_of_torchruns_than_gpus_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (TORCHRUNS | {"RANK": "1", "LOCAL_RANK": "1"}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with (
        pytest.raises(InputError, match=r"LOCAL_RANK = 1: only 1 GPU\(s\) visible; start"),
        joined(params(device="auto")),
    ):
        pass


def test_without_a_network_interface_one_line_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (TORCHRUNS | {RENDEZVOUS: str(tmp_path / "r"), "GLOO_SOCKET_IFNAME": "gone"}).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(InputError) as caught, joined(params(processes=2, device="cpu")):
        pass
    assert str(caught.value) == (
        "train.processes: 2 processes cannot talk to each other over gone (ifa != nullptr. Unable to find "
        "address for: gone); bring it up (`ip link set gone up`), or use train.processes = 1"
    )


@pytest.mark.slow
@pytest.mark.system
@pytest.mark.parametrize(
    ("processes", "sections"),
    [
        (4, MODERN),
        (2, {"train": {"batches": "padded", "batch_size": 6} | WITHIN_AN_EPOCH}),
    ],
    ids=["four, modern", "two, padded, within an epoch"],
)
def test_several_processes_give_the_bytes_of_one(
    finished: Project, tmp_path: Path, processes: int, sections: dict[str, dict[str, Any]]
) -> None:
    sections["train"]["lanes"] = 4
    one = trained(finished, tmp_path / "one", **sections)
    project = prepared(finished, tmp_path / "several", **sections)
    project.set_params(train={"processes": processes})
    project.check("python", "-m", "stages.train")
    assert len(result(one)) == 7
    assert result(project) == result(one)
    assert curve(one)[-1]["validation_loss"] < curve(one)[0]["validation_loss"]


@dataclass(frozen=True)
class Training:
    """The stage in two processes, which stand still while a test has its way with them."""

    launcher: "subprocess.Popen[str]"
    workers: dict[int, psutil.Process]  # by rank

    def ended(self) -> str:
        """Let them go on to their end; what they said on stderr."""
        for worker in self.workers.values():
            with suppress(psutil.NoSuchProcess):
                worker.resume()
        _, errors = self.launcher.communicate(timeout=PATIENCE_SECONDS)
        _, alive = psutil.wait_procs(list(self.workers.values()), timeout=PATIENCE_SECONDS)
        assert alive == []
        return errors


@contextmanager
def training(project: Project) -> Iterator[Training]:
    """A training whose state has been saved, long before its end."""
    command = [sys.executable, "-m", "stages.train"]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=project.root, env=environment(), **pipes) as process:
        try:
            wait_for(lambda: len(ranks(process)) == 2, process)
            workers = ranks(process)
            wait_for(lambda: has_state(project), process)
            for worker in workers.values():
                worker.suspend()
            assert has_state(project), "the training ended before it could be stopped"
            yield Training(process, workers)
        finally:
            process.kill()


def wait_for(condition: Callable[[], bool], process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, condition
        time.sleep(0.01)


def ranks(process: "subprocess.Popen[str]") -> dict[int, psutil.Process]:
    """Its workers by rank; a child that has not begun yet, or has ended, is none."""
    found = {}
    for child in psutil.Process(process.pid).children():
        with suppress(KeyError, psutil.Error):
            found[int(child.environ()["RANK"])] = child
    return found


def has_state(project: Project) -> bool:
    return any(project.root.glob(".state/train/*/state.safetensors"))


def listeners(running: Training) -> list[Any]:
    """Their TCP connections that wait for somebody."""
    processes = [psutil.Process(running.launcher.pid), *running.workers.values()]
    assert len(processes) == 3
    connections = [found for process in processes for found in process.net_connections("inet")]
    listening = [found for found in connections if found.status == "LISTEN"]
    assert listening, "they do not talk over TCP: to look is of no use any more"
    return listening


LONG: dict[str, Any] = {"train": {"processes": 2, "epochs": 8, "patience": 9}}


@pytest.fixture(scope="session")
def undisturbed(finished: Project, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    alone = {"train": LONG["train"] | {"processes": 1}}
    project = trained(finished, tmp_path_factory.mktemp("undisturbed") / "project", **alone)
    assert len(curve(project)) == 8
    return result(project)


def gone_on_alone(project: Project) -> str:
    """What the training prints, gone on with in one process instead of two."""
    project.set_params(train={"processes": 1})
    return project.check("python", "-m", "stages.train")


@pytest.mark.slow
@pytest.mark.system
@pytest.mark.parametrize("rank", [0, 1])
def test_a_killed_process_ends_the_run_in_one_line_and_the_next_goes_on(
    finished: Project, undisturbed: dict[str, bytes], tmp_path: Path, rank: int
) -> None:
    project = prepared(finished, tmp_path / "project", **LONG)
    with training(project) as running:
        running.workers[rank].kill()
        errors = running.ended()
    assert running.launcher.returncode == 1
    assert errors.splitlines() == [
        f"error: train.processes: process {rank} of 2 was killed by SIGKILL, so all were ended; "
        f"run it again: it goes on from the last saved state"
    ]
    assert "going on in epoch" in gone_on_alone(project)
    assert result(project) == undisturbed
    assert not list(project.root.glob(".state/train/*"))


@pytest.mark.slow
@pytest.mark.system
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_launcher_that_ends_takes_its_processes_with_it(
    finished: Project, undisturbed: dict[str, bytes], tmp_path: Path, how: signal.Signals
) -> None:
    project = prepared(finished, tmp_path / "project", **LONG)
    with training(project) as running:
        assert {listening.laddr.ip for listening in listeners(running)} <= {"127.0.0.1", "::1"}
        running.launcher.send_signal(how)
        errors = running.ended()
    assert running.launcher.returncode == (-how if how == signal.SIGKILL else 128 + how)
    assert "Traceback" not in errors
    assert "going on in epoch" in gone_on_alone(project)
    assert result(project) == undisturbed


@pytest.mark.slow
@pytest.mark.system
def test_processes_that_are_interrupted_stop_after_the_same_step_and_save_there(
    finished: Project, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    project = prepared(finished, tmp_path / "project", **LONG)
    with training(project) as running:
        running.workers[1].terminate()  # one alone is asked
        errors = running.ended()
    assert running.launcher.returncode == 1
    stopped = re.search(r"interrupted at epoch (\d+), step (\d+): `dvc repro` goes on there", errors)
    assert stopped, errors
    printed = gone_on_alone(project)
    assert f"going on in epoch {stopped[1]} after step {stopped[2]} of" in printed
    assert result(project) == undisturbed


@pytest.mark.slow
@pytest.mark.system
def test_processes_of_a_training_that_is_under_way_are_refused_in_one_line(
    finished: Project, tmp_path: Path
) -> None:
    project = prepared(finished, tmp_path / "project", **LONG)
    with training(project) as running:
        refused = project.run("python", "-m", "stages.train")
        assert refused.returncode == 1
        process = running.workers[0].pid
        assert refused.stderr.startswith(f"error: process {process} trains with the same inputs")
        assert len(refused.stderr.splitlines()) == 1
        running.launcher.terminate()
        running.ended()


@pytest.mark.slow
@pytest.mark.system
def test_an_error_of_every_process_is_said_once(finished: Project, tmp_path: Path) -> None:
    project = prepared(finished, tmp_path / "project", train={"processes": 2, "lr": 10.0, "clip_norm": 1e30})
    (project.root / "data" / "splits" / "validation.bin").write_bytes(b"cut")
    failed = project.run("python", "-m", "stages.train")
    assert failed.returncode == 1
    assert len(failed.stderr.splitlines()) == 1
    assert failed.stderr.startswith("error: data/splits/validation.bin is not as split wrote it: ")


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
def test_two_computers_train_together_and_give_the_bytes_of_one(
    finished: Project, tmp_path: Path, two_nodes: None
) -> None:
    one = trained(finished, tmp_path / "one")
    project = prepared(finished, tmp_path / "project")
    nodes = []
    for number, name in enumerate(NAMESPACES):
        command = ["ip", "netns", "exec", name, "torchrun", "--nnodes=2", f"--node-rank={number}"]
        command += ["--nproc-per-node=1", "--master-addr=10.77.0.1", "--master-port=29500"]
        command += ["-m", "stages.train"]
        variables = environment() | {"GLOO_SOCKET_IFNAME": f"node{number}"}
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        nodes.append(subprocess.Popen(command, cwd=project.root, env=variables, **pipes))
    try:
        printed = [node.communicate(timeout=PATIENCE_SECONDS) for node in nodes]
    finally:
        for node in nodes:
            node.kill()
    assert [node.returncode for node in nodes] == [0, 0], printed
    assert "2 processes" in printed[0][0] + printed[1][0]
    assert result(project) == result(one)
