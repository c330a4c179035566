"""Whether there is room on the disk, asked before something is written there."""

import shutil
from pathlib import Path

from minillm.errors import InputError

RESERVE_BYTES = 64 * 2**20
"""What is left to others: a download never fills the disk to its last byte."""


def free_bytes(folder: Path) -> int:
    """How many bytes may be written into `folder`, which need not exist yet."""
    there = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    return max(0, shutil.disk_usage(there).free - RESERVE_BYTES)


def check_room(folder: Path, needed_bytes: int, what: str) -> None:
    """InputError if `what` does not fit."""
    free = free_bytes(folder)
    if needed_bytes > free:
        raise InputError(
            f"{what} needs {needed_bytes} bytes in {folder}, and the disk has {free} to spare: "
            "make room and run it again; what is downloaded stays"
        )
