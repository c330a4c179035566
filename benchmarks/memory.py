"""The peak memory of this process."""

from pathlib import Path


def peak_mb() -> float:
    """Largest resident set so far, in MB, on Linux.

    Not ru_maxrss: that one goes through fork and exec, so a small process has its large parent's.
    """
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1000
