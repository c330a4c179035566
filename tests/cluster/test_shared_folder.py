"""Computers with a checkout each, which share nothing but the folder of the shards."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.cluster.work import clone, computer, kill_a_part, merge, run, variables
from tests.documents import blocks

STAGE = [sys.executable, "-m", "stages.clean"]


def start(folder: Path, part: str, *before: str) -> "subprocess.Popen[str]":
    """Start a part of the shards on a computer."""
    return subprocess.Popen(
        [*before, *STAGE, "--shard", part],
        cwd=folder,
        env=variables(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_two_clones_make_a_half_each_in_a_folder_that_they_share(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = computer(tmp_path / "first", monkeypatch)
    expected = merge(clone(first, tmp_path / "alone"), made=0)
    computers = [first, clone(first, tmp_path / "second")]
    (tmp_path / "share").mkdir()
    for each in computers:
        (each / ".state").mkdir()
        (each / ".state" / "shards").symlink_to(tmp_path / "share")
    parts = [start(each, f"{number}/2") for number, each in enumerate(computers, 1)]
    for number, part in enumerate(parts, 1):
        printed = part.communicate()[0]
        assert part.returncode == 0, printed
        assert f"part {number} of 2: 6 of 12 shards made → .state/shards/clean/" in printed
    assert not any((each / "data" / "clean").exists() for each in computers)
    assert merge(first) == expected
    assert not list((tmp_path / "share").glob("*/*"))
    wrong = start(first, "3/2")
    assert wrong.communicate()[0].startswith("error: --shard = '3/2': must be I/N")
    assert wrong.returncode == 1


@pytest.mark.cluster
def test_computers_without_any_network_share_a_mounted_folder_and_one_drops_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has a network, a host name and mounts of its own (unshare), and no network leads anywhere."""
    alone = ["unshare", "--net", "--uts", "--mount"]
    if os.geteuid() != 0 or not shutil.which("unshare") or subprocess.run([*alone, "true"]).returncode:
        pytest.skip("needs root and unshare to make network namespaces")
    first = computer(tmp_path / "first", monkeypatch)
    expected = merge(clone(first, tmp_path / "alone"), made=0)
    second, third = clone(first, tmp_path / "second"), clone(first, tmp_path / "third")
    (tmp_path / "share").mkdir()

    def mounted(name: str) -> list[str]:
        commands = (
            f"hostname {name} && mkdir -p .state/shards && mount --bind {tmp_path}/share .state/shards "
            '&& test -z "$(tail -n +2 /proc/net/route)" && exec "$@"'
        )
        return [*alone, "sh", "-c", commands, "sh"]

    parts = [start(each, part, *mounted(part[0])) for each, part in ((first, "1/3"), (second, "2/3"))]
    kill_a_part(second)
    parts.append(start(third, "3/3", *mounted("3")))
    printed = [part.communicate()[0] for part in parts]
    assert [part.returncode for part in parts] == [0, -9, 0], printed
    assert "4 of 12 shards made" in printed[0]
    again = start(third, "1/1", *mounted("3"))  # takes over what the second left, beside its own
    printed.append(again.communicate()[0])
    assert again.returncode == 0, printed[-1]
    assert "going on, " in printed[-1]
    assert not list((third / ".state" / "shards").iterdir())  # it was mounted there, and for it alone
    (first / ".state" / "shards").rmdir()
    (first / ".state" / "shards").symlink_to(tmp_path / "share")
    assert merge(first) == expected


@pytest.mark.cluster
def test_the_pods_of_an_indexed_job_make_all_shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its command, as it stands in the document, with the index that Kubernetes sets."""
    here = computer(tmp_path / "here", monkeypatch)
    expected = merge(clone(here, tmp_path / "alone"), made=0)
    (block,) = (block for _, block in blocks("docs/cluster.md") if "kind: Job" in block)
    job = YAML(typ="safe").load(block)["spec"]
    assert job["completionMode"] == "Indexed"
    (container,) = job["template"]["spec"]["containers"]
    shell, option, line = container["command"]
    assert line.endswith(f"/{job['completions']}")
    for index in range(2):
        pod = line.replace(f"/{job['completions']}", "/2")
        run(here, shell, option, pod, JOB_COMPLETION_INDEX=str(index))
    assert merge(here) == expected
