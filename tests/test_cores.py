import os
import signal
import sys
from pathlib import Path

import pytest

from minillm import cores
from minillm.cores import cpu_quota, tell_libraries, usable_cores
from minillm.interface import main


def write(root: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        path = root / "sys" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


def quota_of(root: Path, membership: str, files: dict[str, str]) -> float | None:
    """The quota of a process that is a member of these groups, whose files are these."""
    (root / "cgroup").write_text(membership)
    write(root, files)
    return cpu_quota(root / "cgroup", root / "sys")


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"cpu.max": "200000 100000\n"}, 2.0),  # a container's own group is the top of what it sees
        ({"cpu.max": "150000 100000\n"}, 1.5),
        ({"cpu.max": "max 100000\n"}, None),
        ({}, None),  # the root group of a host has no such file
        ({"cpu.max": "nonsense"}, None),
    ],
)
def test_version_2_of_control_groups_is_read(
    tmp_path: Path, files: dict[str, str], expected: float | None
) -> None:
    assert quota_of(tmp_path, "0::/\n", files) == expected


def test_the_strictest_of_the_own_group_and_those_above_it_counts(tmp_path: Path) -> None:
    files = {
        "a/cpu.max": "800000 100000",
        "a/b/cpu.max": "50000 25000",
        "a/b/c/cpu.max": "max 100000",
        "other/cpu.max": "10000 100000",
    }
    assert quota_of(tmp_path, "0::/a/b/c\n", files) == 2.0


VERSION_1 = "5:memory:/docker/1\n4:cpu,cpuacct:/docker/1\n3:cpuset:/docker/1\n0::/docker/1\n"


@pytest.mark.parametrize(
    ("folder", "quota", "expected"),
    [
        ("cpu/docker/1", "250000", 2.5),
        ("cpu", "250000", 2.5),  # a container sees its own group as the top, but its path is the host's
        ("cpu", "-1", None),
        ("cpuset/docker/1", "250000", None),
    ],
)
def test_version_1_is_read(tmp_path: Path, folder: str, quota: str, expected: float | None) -> None:
    files = {f"{folder}/cpu.cfs_quota_us": f"{quota}\n", f"{folder}/cpu.cfs_period_us": "100000\n"}
    assert quota_of(tmp_path, VERSION_1, files) == expected


def test_a_group_may_have_a_name_that_is_no_utf_8(tmp_path: Path) -> None:
    write(tmp_path, {os.fsdecode(b"a\xff/cpu.max"): "200000 100000"})
    (tmp_path / "cgroup").write_bytes(b"0::/a\xff\n")
    assert cpu_quota(tmp_path / "cgroup", tmp_path / "sys") == 2.0


def test_where_there_are_no_control_groups_there_is_no_quota(tmp_path: Path) -> None:
    assert cpu_quota(tmp_path / "missing", tmp_path) is None


@pytest.mark.parametrize(
    ("quota", "expected"), [(None, 8), (64.0, 8), (8.0, 8), (2.0, 2), (1.2, 2), (0.1, 1)]
)
def test_a_quota_is_rounded_up_and_never_gives_more_than_the_cores(
    monkeypatch: pytest.MonkeyPatch, quota: float | None, expected: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setattr(cores, "cpu_quota", lambda: quota)
    assert usable_cores() == expected


@pytest.mark.parametrize(("usable", "expected"), [(2, "2"), (8, None)])
def test_libraries_are_told_of_a_quota_and_of_nothing_else(
    monkeypatch: pytest.MonkeyPatch, usable: int, expected: str | None
) -> None:
    monkeypatch.setattr(cores, "usable_cores", lambda: usable)
    monkeypatch.setattr(cores, "visible_cores", lambda: 8)
    monkeypatch.setattr(os, "environ", {})
    tell_libraries()
    assert os.environ.get("OMP_NUM_THREADS") == os.environ.get("RAYON_NUM_THREADS") == expected
    monkeypatch.setattr(os, "environ", {"OMP_NUM_THREADS": "5"})
    tell_libraries()
    assert os.environ["OMP_NUM_THREADS"] == "5"


def test_a_command_tells_them_before_it_loads_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "usable_cores", lambda: 2)
    monkeypatch.setattr(cores, "visible_cores", lambda: 8)
    monkeypatch.setattr(os, "environ", {})
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    told: list[str | None] = []
    monkeypatch.setattr(main, "run", lambda _words: told.append(os.environ.get("RAYON_NUM_THREADS")))
    main.main()
    assert told == ["2"]
