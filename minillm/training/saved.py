"""The states that trainings left behind: all of them, and the nearest to one that starts afresh."""

import contextlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from minillm.errors import InputError
from minillm.training.curve import Progress
from minillm.training.fingerprint import Fingerprint, how_to_restore, named
from minillm.training.state import STATE, is_held, lock_of, read_header, release, states_folder


@dataclass(frozen=True)
class SavedState:
    """A folder of .state/train."""

    folder: Path
    inputs: Fingerprint | None
    """None: what is there cannot be read, or is of another version."""
    progress: Progress | None
    saved_at: float
    """Seconds since 1970."""

    @property
    def name(self) -> str:
        """The hash of its inputs."""
        return self.folder.name

    @property
    def position(self) -> str:
        """How far the training is, in words."""
        if self.progress is None or self.inputs is None:
            return "unreadable"
        if self.inputs.trunk_steps:
            return f"{self.inputs.trunk_steps} steps, for longer runs"
        if self.progress.is_complete(self.inputs.parameters["train.patience"]):
            return "complete"
        return f"epoch {self.progress.epoch}, step {self.progress.steps_done}"

    def in_use(self) -> bool:
        """Whether a training works with it."""
        return lock_of(self.folder).exists() and is_held(lock_of(self.folder))

    def size_bytes(self) -> int:
        """Of all its files."""
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())

    def remove(self) -> None:
        """Remove it. Raises InputError for one that is in use."""
        lock = FileLock(lock_of(self.folder), timeout=0)
        try:
            lock.acquire()
        except Timeout:
            raise InputError(f"{self.folder} is in use by a training; end that first") from None
        shutil.rmtree(self.folder, ignore_errors=True)
        release(lock)


def saved_states() -> list[SavedState]:
    """All there are, the oldest first."""
    states = []
    for path in states_folder().glob("*"):
        with contextlib.suppress(FileNotFoundError):  # another run has just removed it
            if path.is_dir():
                states.append(_read(path))
    return sorted(states, key=lambda state: (state.saved_at, state.name))


def nearest_state(inputs: Fingerprint) -> str:
    """A line on the saved training with the fewest other inputs; empty if there is none."""
    found = [
        (former.inputs.changes(inputs), former)
        for former in saved_states()
        if former.inputs and not former.inputs.trunk_steps
        if former.inputs != inputs and not former.in_use()
    ]
    if not found:
        return ""
    changes, state = min(found, key=lambda pair: len(pair[0]))
    return (
        f"a saved training exists ({state.position}), but with other inputs: {named(changes)}; this one "
        f"begins at its start, that one goes on by {how_to_restore(changes)} (all: python -m tools.states)"
    )


def _read(folder: Path) -> SavedState:
    path = folder / STATE
    saved_at = (path if path.exists() else folder).stat().st_mtime
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        return SavedState(folder, *read_header(path), saved_at)
    return SavedState(folder, None, None, saved_at)
