"""Where downloads are kept: in the main repository, for experiments elsewhere too, which take turns."""

import hashlib
import os
from contextlib import AbstractContextManager
from pathlib import Path

import regex
from filelock import FileLock, Timeout
from tqdm import tqdm

_MOST_BYTES = 100  # of a file's name; file systems have 255


def state_folder(source: str) -> Path:
    """The folder of a wiki, named by its API's address, or of all dumps."""
    name = file_name(source.partition("://")[2] or source)
    return Path(os.environ.get("DVC_ROOT", ".")) / ".state" / "extract" / name


def file_name(text: str) -> str:
    """The text, or a hash of a long one, as a name that any file system takes; it may be empty."""
    name = regex.sub(r"[^\w.-]+", "_", text).strip(".")
    return name if len(name.encode()) <= _MOST_BYTES else hashlib.sha256(text.encode()).hexdigest()


def turn(folder: Path) -> AbstractContextManager[object]:
    """The lock of the folder, taken. The system lets go of it when the process dies, however it dies."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / ".lock")
    try:
        return lock.acquire(timeout=0)
    except Timeout:
        tqdm.write(f"another run is downloading to {folder}; waiting for it …")
        return lock.acquire()
