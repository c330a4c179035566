"""A Slurm of one node, of Debian's packages (`make slurm`): an array job makes the shards."""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import psutil
import pytest

from minillm.cores import visible_cores
from tests.cluster.work import clone, computer, free_port, kill_a_part, merge, run
from tests.conftest import ROOT, wait_for

pytestmark = pytest.mark.cluster
DOCUMENT = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch")
SETTINGS = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmUser=root
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
ReturnToService=2
MessageTimeout=100
BatchStartTimeout=600
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0
NodeName={host} NodeAddr=127.0.0.1 Port={ports[1]} CPUs={cores} RealMemory={megabytes} State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


@pytest.fixture(scope="module")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The variables with which sbatch finds it."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing or os.geteuid() != 0:
        pytest.skip(f"needs root and Slurm (make slurm installs it; missing: {', '.join(missing) or 'root'})")
    folder = tmp_path_factory.mktemp("slurm")
    for name in ("state", "spool"):
        (folder / name).mkdir()
    key = folder / "munge.key"
    key.write_bytes(os.urandom(128))
    key.chmod(0o400)
    ports = [free_port(), free_port()]
    host = socket.gethostname()
    config = folder / "slurm.conf"
    size = {"cores": visible_cores(), "megabytes": psutil.virtual_memory().total >> 21}
    config.write_text(SETTINGS.format(host=host, ports=ports, folder=folder, **size), "utf-8")
    variables = {"SLURM_CONF": str(config)}
    files = {"key-file": "key", "socket": "socket", "pid-file": "pid", "log-file": "log", "seed-file": "seed"}
    options = [f"--{option}={folder}/munge.{ending}" for option, ending in files.items()]
    daemons = []
    try:
        for command in (
            ["munged", "--foreground", "--force", *options],
            ["slurmctld", "-D", "-f", str(config)],
            ["slurmd", "-D", "-f", str(config), "-N", host],
        ):
            with (folder / f"{command[0]}.out").open("w") as out:
                daemons.append(subprocess.Popen(command, env=os.environ | variables, stdout=out, stderr=out))
            if command[0] == "munged":
                wait_for((folder / "munge.socket").exists, "munged listens")
        wait_for(lambda: " idle" in _state(variables), "the node is idle", 1)
        yield variables
    finally:
        for daemon in reversed(daemons):
            daemon.terminate()
            daemon.wait()


def _state(variables: dict[str, str]) -> str:
    asked = ["sinfo", "--noheader", "--format", "%N %T"]
    return subprocess.run(asked, env=os.environ | variables, capture_output=True, text=True).stdout


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout in a folder that all nodes see."""
    return computer(tmp_path / "here", monkeypatch)


def test_an_array_job_makes_the_shards_and_a_killed_part_is_left_to_the_merge(
    here: Path, tmp_path: Path, slurm: dict[str, str]
) -> None:
    expected = merge(clone(here, tmp_path / "alone"), made=0)
    (typed,) = re.findall(r"^sbatch .* (--wrap)='(.* stages\.clean .*)'$", DOCUMENT, re.MULTILINE)
    job = run(here, "sbatch", "--parsable", "--array=1-4", "=".join(typed), **slurm)
    kill_a_part(here)
    run(here, "srun", f"--dependency=afterany:{job.strip()}", "true", **slurm)
    logs = [path.read_text(encoding="utf-8") for path in here.glob("slurm-*.out")]
    assert len(logs) == 4
    assert sum("of 4: 3 of 12 shards made" in log for log in logs) == 3, logs
    assert merge(here, made=9) == expected


def test_datatrove_makes_them_on_slurm(here: Path, tmp_path: Path, slurm: dict[str, str]) -> None:
    if not find_spec("datatrove"):
        pytest.skip('needs datatrove (pip install -c constraints.txt -e ".[cluster]")')
    expected = merge(clone(here, tmp_path / "alone"), made=0)
    command = ["tools.cluster", "clean", "--engine=slurm", "--parts=3", "--memory-gb=1"]
    printed = run(here, sys.executable, "-m", *command, **slurm)
    (job,) = re.findall(r"^job (\d+); when it has ended", printed, re.MULTILINE)
    run(here, "srun", f"--dependency=afterany:{job}", "true", **slurm)
    assert merge(here) == expected
