"""What a killed training goes on from, with the same bytes as if nothing had happened.

`$DVC_ROOT/.state/train/<fingerprint>` holds the state of one run, outside DVC's outputs, which are deleted
before each run, and in the main repository, also when an experiment runs in a temporary copy:

state.safetensors  weights, the optimizers' moments, and the progress as JSON in the header: one file, that
                   is replaced as a whole, so that what is read back is of one moment
best-EPOCH/        the best checkpoint so far: links to the files in checkpoints/best, or copies
lock, process      who uses it

It is saved whenever a hundred times the cost of the last save has passed, so that saving costs at most 1 %
of the time (benchmarks/saving.py), and not at all by runs shorter than a second. When it was saved changes
nothing in the result.
"""

import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from safetensors import SafetensorError, safe_open
from torch import Tensor

from minillm.errors import InputError
from minillm.files import temporary_folder
from minillm.training.checkpoints import FILES, METADATA, WEIGHTS, write_tensors
from minillm.training.curve import Progress
from minillm.training.processes import ALONE, World
from minillm.training.trainer import Trainer

FORMAT = "minillm-state-2"
STATE = "state.safetensors"
_INTERVAL_IN_COSTS = 100
_LEAST_INTERVAL_SECONDS = 1.0
# A process whose launcher was killed saves and ends a little later, and holds the lock until then.
_LOCK_SECONDS = 10.0


class ResumeState:
    """The state of the run with this fingerprint; made by `open_state`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._last_saved = time.monotonic()
        self._cost_seconds = 0.0

    def due(self) -> bool:
        """Whether it is time to save."""
        interval = max(_LEAST_INTERVAL_SECONDS, _INTERVAL_IN_COSTS * self._cost_seconds)
        return time.monotonic() - self._last_saved >= interval

    def save(self, trainer: Trainer, progress: Progress) -> None:
        """Replace the saved state by this one. Raises InputError if the disk does not take it."""
        trainer.refuse_divergence()
        started = time.monotonic()
        header = {
            "format": FORMAT,
            "fingerprint": self.folder.name,
            "progress": json.dumps(progress.as_json(), allow_nan=False),
        }
        try:
            write_tensors(self.folder / STATE, trainer.tensors(), header)
        except OSError as error:
            raise InputError(
                f"the resume state is not saved: {error}; make room, then `dvc repro` goes on from the "
                f"last save"
            ) from None
        self._remove_best_but(_best_epoch(progress))
        self._last_saved = time.monotonic()
        self._cost_seconds = self._last_saved - started

    def load(self, trainer: Trainer) -> Progress | None:
        """Bring `trainer` to the saved state; None, said in one line, if there is no usable one."""
        path = self.folder / STATE
        if not path.exists():
            return None
        try:
            tensors, progress = self._read(path)
            step = (progress.epoch - 1) * trainer.steps_per_epoch + progress.steps_done
            trainer.restore(tensors, step)
        except (SafetensorError, OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
            if trainer.world.leads:
                print(f"{path}: no usable state ({' '.join(str(error).split()):.120}), starting afresh")
                path.unlink(missing_ok=True)
            return None
        return progress

    def keep_best(self, checkpoint: Path, epoch: int) -> None:
        """Keep the checkpoint of this epoch, which the next save will name as the best."""
        _link_checkpoint(checkpoint, self._best(epoch))

    def restore_best(self, epoch: int, checkpoint: Path) -> None:
        """Put the kept checkpoint where the outputs are."""
        _link_checkpoint(self._best(epoch), checkpoint)

    def remove(self) -> None:
        """The run is complete: forget it."""
        (self.folder / STATE).unlink(missing_ok=True)
        self._remove_best_but(None)

    def _read(self, path: Path) -> tuple[dict[str, Tensor], Progress]:
        with safe_open(path, framework="pt") as file:
            header: dict[str, str] = file.metadata() or {}
            found = (header.get("format"), header.get("fingerprint"))
            if found != (FORMAT, self.folder.name):
                raise ValueError(f"it is of {found[0]} for {found[1]}")
            progress = Progress.from_json(json.loads(header["progress"]))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # no mapping
        epoch = _best_epoch(progress)
        if epoch is not None:
            with safe_open(self._best(epoch) / WEIGHTS, framework="pt"):
                pass  # the file is there, and as long as its header says
            json.loads((self._best(epoch) / METADATA).read_text(encoding="utf-8"))
        return tensors, progress

    def _best(self, epoch: int) -> Path:
        return self.folder / f"best-{epoch}"

    def _remove_best_but(self, epoch: int | None) -> None:
        for path in self.folder.glob("best-*"):
            if epoch is None or path != self._best(epoch):
                shutil.rmtree(path)


@contextmanager
def open_state(fingerprint: str, world: World = ALONE) -> Iterator[ResumeState]:
    """The state of the run with this fingerprint. Raises InputError while another run uses it.

    Of several processes of one run the first keeps it, and the others only read.
    """
    folder = Path(os.environ.get("DVC_ROOT", ".")) / ".state" / "train" / fingerprint
    if not world.leads:
        yield ResumeState(folder)
        return
    folder.mkdir(parents=True, exist_ok=True)
    process = folder / "process"
    try:
        with FileLock(folder / "lock", timeout=_LOCK_SECONDS):
            process.write_text(str(os.getpid()), encoding="utf-8")
            try:
                yield ResumeState(folder)
            finally:
                if not (folder / STATE).exists():
                    shutil.rmtree(folder, ignore_errors=True)  # Windows keeps the lock
    except Timeout:
        raise InputError(
            f"process {process.read_text(encoding='utf-8')} trains with the same inputs ({folder}); wait for "
            f"it to end, or end it"
        ) from None


def _best_epoch(progress: Progress) -> int | None:
    return progress.best.epoch if progress.curve else None


def _link_checkpoint(source: Path, target: Path) -> None:
    """Make `target` hold the files of `source`. Files are replaced and never changed, so links serve."""
    with temporary_folder(target / WEIGHTS) as folder:
        for name in FILES:
            try:
                os.link(source / name, folder / name)
            except OSError:  # another file system, or one without links
                shutil.copyfile(source / name, folder / name)
            (folder / name).replace(target / name)  # rename(2) does nothing between two links to one file
