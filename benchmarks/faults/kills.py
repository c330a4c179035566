"""Stages killed by SIGKILL at random moments, and run again.

The seed says when, in milliseconds; what a process has come to by then, the computer's load has its part in.
"""

import shutil
import signal
import time
from pathlib import Path
from random import Random

from benchmarks.faults.outcome import CrashError, OtherOutputError
from benchmarks.faults.project import Ended, check, made_project, outputs, remove_outputs, run_stage

OLD = b"of an earlier run"
LATEST = 1.1
"""The last moment of a kill, as a share of the time that the stage takes when it is left alone."""


def attack_training(random: Random, folder: Path) -> None:
    """trainings: killed one to three times, then left to end"""
    project, copy = _copy(folder)
    remove_outputs(copy, "train")
    seconds = _seconds(project, folder, "train")
    for _ in range(random.randint(1, 3)):
        remove_outputs(copy, "train")
        _check(
            run_stage(copy, "train", kill_after_seconds=random.uniform(0, LATEST * seconds), save_always=True)
        )
    remove_outputs(copy, "train")
    _check(run_stage(copy, "train"))
    _compare(project, copy, "train")


def attack_data(random: Random, folder: Path) -> None:
    """data stages (extract, clean, vocab, split): killed over the outputs of an earlier run, run again"""
    project, copy = _copy(folder)
    stage = random.choice(["extract", "clean", "vocab", "split"])
    seconds = _seconds(project, folder, stage)
    right = outputs(project, stage)
    for name in right:
        (copy / name).write_bytes(OLD)
    _check(run_stage(copy, stage, kill_after_seconds=random.uniform(0, LATEST * seconds)))
    for name, content in right.items():
        if (copy / name).exists() and (copy / name).read_bytes() not in (OLD, content):
            raise OtherOutputError(
                f"{stage}: killed, it leaves a {name} that is neither the old nor the new one"
            )
    _check(run_stage(copy, stage))
    _compare(project, copy, stage)


def _copy(folder: Path) -> tuple[Path, Path]:
    """The project, and a copy of it."""
    project = made_project(folder.with_name("project"))
    return project, Path(shutil.copytree(project, folder / "project"))


def _seconds(project: Path, folder: Path, stage: str) -> float:
    """How long the stage takes here when nobody kills it; measured once."""
    note = folder.with_name(f"{stage}.seconds")
    if not note.exists():
        copy = shutil.copytree(project, folder / "measured")
        started = time.monotonic()
        check(run_stage(copy, stage, save_always=True))
        note.write_text(str(time.monotonic() - started), encoding="ascii")
    return float(note.read_text(encoding="ascii"))


def _check(ended: Ended) -> None:
    """Killed or ended well; a line of an error is as wrong here as a traceback."""
    if ended.status not in (0, -signal.SIGKILL) or ended.errors.strip():
        raise CrashError(f"exit status {ended.status}: {ended.errors[-300:]!r}")


def _compare(project: Path, copy: Path, stage: str) -> None:
    """The outputs are right, and there is nothing beside them."""
    right, found = outputs(project, stage), outputs(copy, stage)
    if other := sorted(name for name in right.keys() | found.keys() if right.get(name) != found.get(name)):
        raise OtherOutputError(f"{stage}: killed and run again, it writes another {', '.join(other)}")
    if left := sorted(_hidden(copy) - _hidden(project)):
        raise OtherOutputError(f"{stage}: left behind: {', '.join(left)}")


def _hidden(folder: Path) -> set[str]:
    """What begins with a dot, as files for a while do, and the folders in which they lie."""
    hidden = [path for path in folder.rglob(".*") if path.is_file() or path.suffix == ".tmp"]
    return {path.relative_to(folder).as_posix() for path in hidden}
