"""How many cores this process may use: those it is bound to, and no more than its CPU quota pays for.

A container with a quota (`docker run --cpus 2`, a Kubernetes limit) sees all cores of its host. The kernel
stops its processes for the rest of each period (100 ms) in which they have used up the quota, so that more
workers than that only wait for each other. The quota stands in the files of the process's control groups
(cgroups(7), version 2 and version 1), where each group is bound by those above it too. Python's own counts
look at none of them.
"""

import math
import os
import sys
from collections.abc import Callable
from pathlib import Path, PurePosixPath

_MEMBERSHIP = Path("/proc/self/cgroup")
_GROUPS = Path("/sys/fs/cgroup")


def usable_cores() -> int:
    """The number of cores, at least 1; part of one counts as one."""
    quota = cpu_quota()
    return visible_cores() if quota is None else max(1, min(visible_cores(), math.ceil(quota)))


def visible_cores() -> int:
    """Those that this process is bound to, whatever its quota: what libraries start their threads by."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def tell_libraries() -> None:
    """Tell libraries that are still to be loaded of the quota, which their own counts do not know.

    OMP: torch, numpy and pyarrow; RAYON: tokenizers. What is set stays; without a quota they choose.
    """
    if usable_cores() < visible_cores():
        for name in ("OMP_NUM_THREADS", "RAYON_NUM_THREADS"):
            os.environ.setdefault(name, str(usable_cores()))


def cpu_quota(membership: Path = _MEMBERSHIP, groups: Path = _GROUPS) -> float | None:
    """The smallest quota of this process's control groups, in cores; None without one."""
    try:
        lines = [os.fsdecode(line) for line in membership.read_bytes().splitlines()]
    except OSError:  # not on Linux, or hidden
        return None
    quotas: list[float | None] = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if not controllers:
            quotas += _quotas(groups, path, _version_2)
        elif "cpu" in controllers.split(","):
            quotas += _quotas(groups / "cpu", path, _version_1)
    return min((quota for quota in quotas if quota is not None), default=None)


def _quotas(top: Path, path: str, read: Callable[[Path], float | None]) -> list[float | None]:
    """Of a group and all above it; the topmost is a container's own, where its path is the host's."""
    names = PurePosixPath(path).parts[1:]
    found = []
    for depth in range(len(names) + 1):
        try:
            found.append(read(top.joinpath(*names[:depth])))
        except (OSError, ValueError):  # no such group here, or a group without a quota's file
            continue
    return found


def _version_2(group: Path) -> float | None:
    quota, period = (group / "cpu.max").read_text(encoding="ascii").split()
    return None if quota == "max" else int(quota) / int(period)


def _version_1(group: Path) -> float | None:
    quota, period = (
        int((group / f"cpu.cfs_{name}_us").read_text(encoding="ascii")) for name in ("quota", "period")
    )
    return None if quota < 0 else quota / period
