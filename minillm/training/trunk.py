"""More epochs for a finished run: a longer one begins with the steps of the shorter one, byte for byte.

Until its learning rate begins to fall, no step of a run depends on how long the run will be. Where it is
constant before that (`train.schedule: constant`, or `train.decay_share` below 1), these steps are a trunk
from which runs of every length branch off, each with a decay of its own (Hu et al. 2024, "MiniCPM"; Hägele
et al. 2024, "Scaling laws and compute-optimal training beyond fixed training durations").

A run keeps its state where it leaves the trunk, beside those of the unfinished trainings, under the
fingerprint of what these steps depend on. One that begins looks for the longest trunk that lies within its
own, and makes the state there its own. What it ends with is what it would have ended with from its first step
on, so that a result depends on parameters and data alone.
"""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from filelock import FileLock
from tqdm import tqdm

from minillm.errors import is_out_of_memory
from minillm.training.curve import Progress
from minillm.training.saved import SavedState, saved_states
from minillm.training.state import UNUSABLE, ResumeState, lock_of, release
from minillm.training.trainer import Trainer


def keep_trunk(state: ResumeState, trainer: Trainer, progress: Progress, best: Path) -> None:
    """Keep where `trainer` is for longer runs; where the disk does not take it, say so and go on."""
    trainer.refuse_divergence()
    trunk = _trunk(state, trainer.step)
    with _locked(trunk):
        try:
            if progress.curve:
                trunk.keep_best(best, progress.best.step)
            trunk.write(trainer.tensors(), progress)
        except OSError as error:
            shutil.rmtree(trunk.folder, ignore_errors=True)
            _say(f"no state is kept for longer runs: {error}")
        else:
            _say(f"after step {trainer.step}: a state is kept for longer runs ({trunk.folder})")


def begin_with_trunk(state: ResumeState, trainer: Trainer) -> None:
    """Let `state` be that after the longest trunk that was kept, if it is not saved itself.

    A damaged trunk is said in one line, and is gone.
    """
    longest = max(_trunks(state, trainer), default=0)
    if state.exists() or not longest:
        return
    trunk = _trunk(state, longest)
    with _locked(trunk):
        try:
            tensors, progress = trunk.read()
        except UNUSABLE as error:
            if is_out_of_memory(error):
                raise
            trunk.discard(error)
            shutil.rmtree(trunk.folder, ignore_errors=True)
            return
        if progress.curve:
            state.keep_best(trunk.best(progress.best.step), progress.best.step)
        state.write(tensors, replace(progress, last_step=trainer.steps))
    _say(f"the first {longest} steps are those of a run that was trained already ({trunk.folder})")


def _trunks(state: ResumeState, trainer: Trainer) -> Iterator[int]:
    """The lengths of those within this run's own."""
    for kept in saved_states():
        steps = _steps(kept)
        if (
            0 < steps <= trainer.decay_begins
            and kept.inputs == state.inputs.trunk(steps)
            and kept.progress
            and not kept.progress.stops_before(steps, trainer.params.patience)
        ):
            yield steps


def _steps(kept: SavedState) -> int:
    """Of a trunk; 0: it is another state."""
    return kept.inputs.trunk_steps if kept.inputs else 0


def _trunk(state: ResumeState, steps: int) -> ResumeState:
    inputs = state.inputs.trunk(steps)
    return ResumeState(state.folder.with_name(inputs.key), inputs)


@contextmanager
def _locked(trunk: ResumeState) -> Iterator[None]:
    """Within this block no other run reads or writes it, nor does `tools.states` remove it."""
    lock = FileLock(lock_of(trunk.folder))
    lock.acquire()
    try:
        yield
    finally:
        release(lock)


def _say(text: str) -> None:
    tqdm.write(text)  # above the bar, if there is one
    sys.stdout.flush()
