"""What `make` drops before `dvc repro`: notes in DVC's lock file of containers that were killed.

DVC notes the PID of who works on a file in .dvc/tmp/rwlock, and refuses while a process has that PID. In a
container PIDs are small, and a computer has processes with small PIDs that are never DVC: "busy, it is being
blocked by: (PID 2)", for ever (treeverse/dvc#3370). tools/entrypoint.sh cures that for the next container.
"""

import json
import sys
from pathlib import Path
from typing import Any

RWLOCK = Path(".dvc/tmp/rwlock")
CONTAINERS = Path(".dvc/tmp/containers.lock")  # shared by the containers that run (tools/entrypoint.sh)


def main() -> int:
    """Drop what is not true any more."""
    if _stale(_notes()) and not container_runs():
        from dvc.lock import make_lock  # half a second, which only this case is worth

        with make_lock(str(RWLOCK) + ".lock", tmp_dir=str(RWLOCK.parent)):
            notes = _notes()
            RWLOCK.write_text(json.dumps({mode: _true_of(paths) for mode, paths in notes.items()}), "utf-8")
        print("note: dropped the lock of a DVC that was killed, in a container or here", flush=True)
    return 0


def _notes() -> dict[str, dict[str, Any]]:
    """By mode (read, write) and path. Empty where the file cannot be read, which is for DVC to say."""
    try:
        notes = json.loads(RWLOCK.read_text(encoding="utf-8"))
        _stale(notes)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
    return dict(notes)


def _stale(notes: dict[str, dict[str, Any]]) -> bool:
    return any(_true_of(paths) != paths for paths in notes.values())


def _true_of(paths: dict[str, Any]) -> dict[str, Any]:
    """Of one writer or a list of readers for each path: those that a DVC wrote which runs."""
    kept: dict[str, Any] = {}
    for path, notes in paths.items():
        listed = notes if isinstance(notes, list) else [notes]
        if true := [note for note in listed if is_dvc(note["pid"])]:
            kept[path] = true if isinstance(notes, list) else true[0]
    return kept


def is_dvc(pid: int) -> bool:
    """Whether a process of this PID is there that can have written a note: one that runs Python."""
    import psutil

    try:
        words = psutil.Process(pid).cmdline()
    except psutil.AccessDenied:
        return True  # somebody else's: nobody knows
    except psutil.Error:
        return False
    return any("dvc" in word or "python" in word for word in words)


def container_runs() -> bool:
    """Whether a container works on this checkout; its PIDs are not seen from here."""
    if sys.platform == "win32" or not CONTAINERS.exists():
        return False
    import fcntl

    with CONTAINERS.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


if __name__ == "__main__":
    sys.exit(main())
