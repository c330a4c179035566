"""What a killed training goes on from, with the same bytes as if nothing had happened.

`$DVC_ROOT/.state/train/<fingerprint>` holds the state of one run, outside DVC's outputs, which are deleted
before each run, and in the main repository, also when an experiment runs in a temporary copy:

state.safetensors  weights, the optimizers' moments, and in the header inputs and progress as JSON: one file,
                   that is replaced as a whole, so that what is read back is of one moment
                   and with a SHA-256 of all of it
best-STEP/         the best checkpoint so far: links to the files in checkpoints/best, or copies
process            who uses it

Folders of this kind are kept too where a longer run would branch off (trunk.py).

Beside the folder, since it comes and goes, are the locks of who uses it, <fingerprint>.lock, and of those
that wait for the result, <fingerprint>.waits-…

It is saved whenever a hundred times the cost of the last save has passed, so that saving costs at most 1 %
of the time (benchmarks/saving.py), and at the end, so that a result is not lost that cannot be taken over at
once. When it was saved changes nothing in the result.
"""

import hashlib
import json
import os
import shutil
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import torch
from filelock import FileLock, Timeout
from safetensors import SafetensorError, safe_open
from torch import Tensor

from minillm.errors import InputError, is_out_of_memory
from minillm.files import check, temporary_folder, write_text
from minillm.training.checkpoints import FILES, METADATA, WEIGHTS, write_tensors
from minillm.training.curve import Progress
from minillm.training.fingerprint import Fingerprint
from minillm.training.processes import ALONE, World
from minillm.training.trainer import Trainer

FORMAT = "minillm-state-5"
STATE = "state.safetensors"
STATES = Path(".state", "train")
_INTERVAL_IN_COSTS = 100
_LEAST_INTERVAL_SECONDS = 1.0
_NOTE_SECONDS = 0.5
"""After which who holds the lock has said who he is."""
UNUSABLE = (InputError, SafetensorError, OSError, ValueError, KeyError, TypeError, RuntimeError)
"""What reading a state raises if it is damaged or another run's."""
# A process whose launcher was killed saves and ends a little later, and holds the lock until then.
_LOCK_SECONDS = 10.0


class ResumeState:
    """The state of the run with these inputs; made by `open_state`."""

    def __init__(self, folder: Path, inputs: Fingerprint) -> None:
        self.folder, self.inputs = folder, inputs
        self._last_saved = time.monotonic()
        self._cost_seconds = 0.0

    def is_due(self) -> bool:
        """Whether it is time to save."""
        interval = max(_LEAST_INTERVAL_SECONDS, _INTERVAL_IN_COSTS * self._cost_seconds)
        return time.monotonic() - self._last_saved >= interval

    def exists(self) -> bool:
        """Whether one is saved, usable or not."""
        return (self.folder / STATE).exists()

    def save(self, trainer: Trainer, progress: Progress) -> None:
        """Replace the saved state by this one. Raises InputError if the disk does not take it."""
        trainer.refuse_divergence()
        started = time.monotonic()
        try:
            self.write(trainer.tensors(), progress)
        except OSError as error:
            raise InputError(
                f"the resume state is not saved: {error}; make room, then `dvc repro` goes on from the "
                f"last save"
            ) from None
        self._last_saved = time.monotonic()
        self._cost_seconds = self._last_saved - started

    def write(self, tensors: dict[str, Tensor], progress: Progress) -> None:
        """The same, given what a trainer holds. Raises OSError."""
        header = {
            "format": FORMAT,
            "inputs": json.dumps(asdict(self.inputs)),
            "progress": json.dumps(progress.as_json(), allow_nan=False),
        }
        write_tensors(self.folder / STATE, tensors, header | {"sha256": _digest(header, tensors)})
        self._remove_best_but(_best_step(progress))

    def load(self, trainer: Trainer) -> Progress | None:
        """Bring `trainer` to the saved state; None, said in one line, if there is no usable one."""
        if not self.exists():
            return None
        try:
            tensors, progress = self.read()
            step = (progress.epoch - 1) * trainer.steps_per_epoch + progress.steps_done
            trainer.restore(tensors, step)
        except UNUSABLE as error:
            if is_out_of_memory(error):  # it is not the state's fault
                raise
            if trainer.world.is_main:
                self.discard(error)
            return None
        return progress

    def discard(self, error: Exception) -> None:
        """Say in one line why it is unusable, and that something begins without it."""
        path = self.folder / STATE
        print(f"{path}: no usable state ({' '.join(str(error).split()):.120}), starting afresh")
        path.unlink(missing_ok=True)

    def keep_best(self, checkpoint: Path, step: int) -> None:
        """Keep the checkpoint after this step, which the next save will name as the best."""
        _link_checkpoint(checkpoint, self.best(step))

    def best(self, step: int) -> Path:
        """The folder of that checkpoint."""
        return self.folder / f"best-{step}"

    def restore_best(self, step: int, checkpoint: Path) -> None:
        """Put the kept checkpoint where the outputs are."""
        _link_checkpoint(self.best(step), checkpoint)

    def remove(self) -> None:
        """The run is complete: forget it, unless another one waits for its result."""
        waits = [*self.folder.parent.glob(f"{self.folder.name}.waits-*")]
        if not any(map(is_held, waits)):
            for killed in waits:
                killed.unlink(missing_ok=True)
            (self.folder / STATE).unlink(missing_ok=True)  # first: without it the rest is nothing
            shutil.rmtree(self.folder, ignore_errors=True)

    def read(self) -> tuple[dict[str, Tensor], Progress]:
        """What a trainer held and how far it was. Raises one of UNUSABLE."""
        path = self.folder / STATE
        inputs, progress = read_header(path)
        if inputs != self.inputs:
            raise ValueError(f"it is of other inputs, {inputs.key}")
        with safe_open(path, framework="pt") as file:
            header: dict[str, str] = file.metadata()
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # no mapping
        if header.pop("sha256") != _digest(header, tensors):
            raise ValueError("it has another checksum")
        if progress.curve:
            best = self.best(progress.best.step)
            for name in (WEIGHTS, METADATA):
                (best / name).stat()
                check(best / name, "train")
        return tensors, progress

    def _remove_best_but(self, step: int | None) -> None:
        for path in self.folder.glob("best-*"):
            if step is None or path != self.best(step):
                shutil.rmtree(path)


def states_folder() -> Path:
    """Where the states of this repository are, also for an experiment in a copy of it."""
    return Path(os.environ.get("DVC_ROOT", ".")) / STATES


def lock_of(folder: Path) -> Path:
    """The lock of who uses the state in this folder."""
    return folder.with_name(f"{folder.name}.lock")


def is_held(lock: Path) -> bool:
    """Whether a running process holds this lock; one that was killed does not."""
    try:
        with FileLock(lock, timeout=0):
            return False
    except Timeout:
        return True


def read_header(path: Path) -> tuple[Fingerprint, Progress]:
    """Of which training a state is, and how far it is.

    Raises ValueError, KeyError or TypeError for a file that is none.
    """
    try:
        with safe_open(path, framework="pt") as file:
            header: dict[str, str] = file.metadata() or {}
    except SafetensorError as error:
        raise ValueError(str(error)) from None
    if header.get("format") != FORMAT:
        raise ValueError(f"it is of {header.get('format')}")
    return Fingerprint(**json.loads(header["inputs"])), Progress.from_json(json.loads(header["progress"]))


@contextmanager
def open_state(inputs: Fingerprint, world: World = ALONE) -> Iterator[ResumeState]:
    """The state of the run with these inputs.

    While another run uses it, one in this folder is refused by an InputError, for both would write the same
    outputs, and one elsewhere, as DVC's queue makes them, waits. Of several processes of one run the first
    keeps it, and the others only read.
    """
    folder = states_folder() / inputs.key
    if not world.is_main:
        yield ResumeState(folder, inputs)
        return
    with _locked(folder):
        folder.mkdir(parents=True, exist_ok=True)
        write_text(_process_file(folder), json.dumps([os.getpid(), os.getcwd()]))
        try:
            yield ResumeState(folder, inputs)
        finally:
            if not (folder / STATE).exists():
                shutil.rmtree(folder, ignore_errors=True)  # Windows keeps what is open


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Within this block no other run uses the state."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(lock_of(folder))
    try:
        lock.acquire(timeout=_NOTE_SECONDS)
    except Timeout:
        _wait(lock, folder)
    try:
        yield
    finally:
        release(lock)


def _wait(lock: FileLock, folder: Path) -> None:
    """Acquire the lock that another run holds. Raises InputError for one in this working directory."""
    process, directory = _process_using(folder)
    if directory == os.getcwd():
        try:
            lock.acquire(timeout=_LOCK_SECONDS)
        except Timeout:
            raise InputError(
                f"process {process} trains with the same inputs ({folder}); wait for it to end, or end it"
            ) from None
        return
    if process:
        print(f"waiting: process {process} in {directory} trains with the same inputs", flush=True)
    waits = FileLock(folder.with_name(f"{folder.name}.waits-{uuid.uuid4().hex}"))
    try:
        waits.acquire()
        lock.acquire()
    finally:
        release(waits)


def release(lock: FileLock) -> None:
    """Release it and leave no file: who has opened that meanwhile sees it has no name, and opens anew."""
    Path(lock.lock_file).unlink(missing_ok=True)
    lock.release()


def _process_using(folder: Path) -> tuple[int, str]:
    """The process that uses a state, and its working directory; 0 for one that is just ending."""
    try:
        process, directory = json.loads(_process_file(folder).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return 0, ""
    return process, directory


def _process_file(folder: Path) -> Path:
    return folder / "process"


def _digest(header: Mapping[str, str], tensors: Mapping[str, Tensor]) -> str:
    digest = hashlib.sha256(json.dumps(header, sort_keys=True).encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(name.encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _best_step(progress: Progress) -> int | None:
    return progress.best.step if progress.curve else None


def _link_checkpoint(source: Path, target: Path) -> None:
    """Make `target` hold the files of `source`. Files are replaced and never changed, so links serve."""
    with temporary_folder(target / WEIGHTS) as folder:
        for name in FILES:
            try:
                os.link(source / name, folder / name)
            except OSError:  # another file system, or one without links
                shutil.copyfile(source / name, folder / name)
            (folder / name).replace(target / name)  # rename(2) does nothing between two links to one file
