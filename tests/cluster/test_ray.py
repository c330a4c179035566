"""Two Ray nodes on this computer make the shards, while a part, a worker and a node are killed."""

import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from tests.cluster.work import clone, computer, free_port, kill_a_part, merge, parts_under_way, run, variables
from tests.conftest import PATIENCE_SECONDS, ROOT, wait_for

pytestmark = pytest.mark.cluster
START = (
    "--num-cpus=1",
    "--node-ip-address=127.0.0.1",
    "--object-store-memory=80000000",
    "--disable-usage-stats",
)


class Nodes(NamedTuple):
    """Where they are asked, and the raylet of the second one."""

    variables: dict[str, str]
    second: psutil.Process


@pytest.fixture
def nodes() -> Iterator[Nodes]:
    if not (shutil.which("ray") and find_spec("ray")):
        pytest.skip('needs Ray (pip install -c constraints.txt -e ".[ray]")')
    folder = Path(tempfile.mkdtemp(prefix="ray"))  # sockets have short paths
    token = folder / "token"
    token.write_text(secrets.token_hex(32), encoding="utf-8")
    token.chmod(0o600)
    address = f"127.0.0.1:{free_port()}"
    told = {
        "RAY_ADDRESS": address,
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN_PATH": str(token),
        "RAY_raylet_start_wait_time_s": str(PATIENCE_SECONDS),
        "RAY_worker_niceness": "0",  # Ray starts its workers with 15
    }
    head = ["--head", f"--port={address.split(':')[1]}", f"--temp-dir={folder}", "--include-dashboard=false"]
    try:
        run(ROOT, "ray", "start", *head, *START, **told)
        first = _of(folder, "raylet")
        run(ROOT, "ray", "start", f"--address={address}", *START, **told)
        (second,) = set(_of(folder, "raylet")) - set(first)
        yield Nodes(told, second)
    finally:
        for process in _of(folder):
            _kill(process)
        shutil.rmtree(folder, ignore_errors=True)


def _of(folder: Path, program: str = "") -> list[psutil.Process]:
    """The processes of the Ray that has its files there."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or [""]
        if words[0].endswith(program) and any(str(folder) in word for word in words):
            found.append(process)
    return found


def _kill(process: psutil.Process) -> None:
    """kill -9 a process and all that it started."""
    try:
        for each in [*process.children(recursive=True), process]:
            each.kill()
    except psutil.NoSuchProcess:
        pass


def wait_for_parent(folder: Path) -> psutil.Process:
    """The Ray worker of a part that is under way."""
    found: list[psutil.Process] = []

    def is_found() -> bool:
        for part in parts_under_way(folder):
            parent = part.parent()  # None if the part has just ended
            if parent is not None and parent.name().startswith("ray::"):
                found.append(parent)
        return bool(found)

    wait_for(is_found, "a part is under way in a worker")
    return found[0]


def _part_of(node: psutil.Process, folder: Path) -> bool:
    """Whether a part is under way on a node."""
    for part in parts_under_way(folder):
        try:
            if node in part.parents():
                return True
        except psutil.NoSuchProcess:
            continue
    return False


def test_what_a_killed_part_worker_or_node_was_at_is_made_by_others(
    nodes: Nodes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = computer(tmp_path / "here", monkeypatch)
    expected = merge(clone(here, tmp_path / "alone"), made=0)
    command = [sys.executable, "-m", "tools.cluster", "clean", "--engine=ray", "--parts=12", "--memory-gb=0"]
    with (tmp_path / "printed").open("w+", encoding="utf-8") as out:
        tool = subprocess.Popen(
            command, cwd=here, env=variables() | nodes.variables, stdout=out, stderr=out, text=True
        )
        try:
            kill_a_part(here)
            worker = wait_for_parent(here)
            worker.kill()
            wait_for(lambda: _part_of(nodes.second, here), "a part is under way on the second node")
            _kill(nodes.second)
            status = tool.wait(PATIENCE_SECONDS)
        finally:
            tool.kill()
        out.seek(0)
        printed = out.read()
    assert status == 0, printed[-5000:]
    assert "all 12 parts are made: dvc repro merges them" in printed
    assert not nodes.second.is_running()
    assert merge(here) == expected
