"""The training loop: steps, validation passes between them, early stopping.

With a resume state the loop goes on where a former run of the same training was killed, and saves where it
stands from time to time; with interrupts it ends in order when it is asked to. Neither changes a byte of the
result.
"""

import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import torch
from torch import Tensor
from torch.distributed import DistError
from tqdm import tqdm

from minillm.errors import InputError
from minillm.files import Metrics
from minillm.params import Params
from minillm.tracking import Log
from minillm.training.checkpoints import save_checkpoint, write_metadata
from minillm.training.curve import CURVE_COLUMNS, CurveRow, Progress, StepRow, step_spacing
from minillm.training.interrupts import InterruptedTrainingError, Interrupts
from minillm.training.meter import Meter
from minillm.training.outputs import Outputs, description, metadata, metrics, validation_line
from minillm.training.processes import ALONE, LostProcessError, World
from minillm.training.saved import nearest_state
from minillm.training.schedule import has_constant_part
from minillm.training.state import ResumeState
from minillm.training.trainer import Trainer
from minillm.training.trunk import begin_with_trunk, keep_trunk
from minillm.training.validation import Figures


def train(
    params: Params,
    splits: Path,
    vocab_size: int,
    outputs: Outputs,
    state: ResumeState | None = None,
    interrupts: Interrupts | None = None,
    world: World = ALONE,
    log: Log | None = None,
) -> Metrics:
    """Train, keep the `best` checkpoint (by validation loss), write the curve and the steps.

    A `log` is shown both as they come. Of several processes the first one writes. Raises InputError for data
    that does not fit the parameters and for a diverged training, SystemExit after a signal.
    """
    run = _Run(params, Trainer(params, splits, vocab_size, world), outputs, state, interrupts, log)
    run.describe()
    try:
        run.resume()
        run.log_history()
        while not run.finished():
            run.train_on()
            run.validate()
    except InterruptedTrainingError as signal:
        run.stop(signal)
    except RuntimeError as error:
        # A signal may have ended the other processes first, wherever the step is: nothing to save then.
        if interrupts is None or interrupts.received is None:
            if isinstance(error, DistError) or (world.size > 1 and "gloo" in str(error)):
                raise LostProcessError(f"the other processes do not answer ({error!s:.200})") from None
            raise
        if world.is_main:
            print("train: interrupted: `dvc repro` goes on from the last save", file=sys.stderr)
        sys.exit(128 + interrupts.received)
    return run.end()


class _Run:
    """A training under way."""

    def __init__(
        self,
        params: Params,
        trainer: Trainer,
        outputs: Outputs,
        state: ResumeState | None,
        interrupts: Interrupts | None,
        log: Log | None,
    ) -> None:
        self.params, self.trainer, self.outputs = params, trainer, outputs
        self.state, self.interrupts, self.log = state, interrupts, log
        self.progress = Progress(last_step=trainer.steps)
        self.tokens_per_second, self._validation_seconds = 0.0, 0.0
        self._batches = self._rest()
        self.world = trainer.world
        self._sums = torch.zeros(4, dtype=torch.float64)
        """`progress.sums` and `progress.targets`, on the device while steps are under way."""

    def describe(self) -> None:
        """Say what is trained."""
        if self.world.is_main:
            print(description(self.trainer), flush=True)

    def resume(self) -> None:
        """Go on from the saved state, if there is one."""
        if self.state is None:
            return
        state, world, progress = self.state, self.world, None
        if world.is_main:
            begin_with_trunk(state, self.trainer)
            progress = state.load(self.trainer)
        world.barrier()  # what is unusable the first process has removed by now
        if not world.is_main:
            progress = state.load(self.trainer)
            self.state = None  # the first process saves
        if not world.all_equal(self.trainer.step, self.trainer.device):
            raise InputError(f"{state.folder} is not the same for all processes: use a shared file system")
        if progress:
            self.progress = progress
        if world.is_main:
            self._say_where(state, progress)

    def _say_where(self, state: ResumeState, progress: Progress | None) -> None:
        """Take over the best checkpoint of what is gone on with, and say where that is."""
        if progress is None:
            if hint := nearest_state(state.inputs):
                print(hint, flush=True)
            return
        if progress.curve:
            state.restore_best(progress.best.step, self.outputs.best)
            # It names this run's parameters, and the steps may have been those of a shorter one.
            described = metadata(self.params, self.trainer, progress.best)
            write_metadata(self.outputs.best, self.trainer.model, described)
        found = f"going on in epoch {progress.epoch} after step {progress.steps_done} of "
        found += f"{self.trainer.steps_per_epoch}"
        print("trained already: the kept result is taken over" if self.finished() else found, flush=True)

    def log_history(self) -> None:
        """Show the log what there is so far: of a run that goes on, all up to where it does."""
        for step in self.progress.steps:
            self._log_step(step)
        for row in self.progress.curve:
            self._log_validation(row)

    def _log_step(self, step: StepRow) -> None:
        if self.log:
            self.log("steps", step._asdict())

    def _log_validation(self, row: CurveRow) -> None:
        if self.log:
            self.log("validations", dict(zip(CURVE_COLUMNS, row.row(), strict=True)))

    def finished(self) -> bool:
        """Whether nothing is left to train."""
        return self.progress.is_complete(self.params.train.patience)

    def train_on(self) -> None:
        """Train until a validation is due."""
        progress, trainer = self.progress, self.trainer
        trainer.model.train()
        so_far = (*progress.sums, progress.targets)
        self._sums = torch.tensor(so_far, dtype=torch.float64, device=trainer.device)
        targets_before = progress.targets
        meter = Meter(trainer.step, trainer.steps, shown=self.world.is_main)
        while not self._validation_is_due():
            inputs, targets = next(self._batches)
            figures = trainer.train_step(inputs, targets)
            self._sums += figures
            progress.steps_done += 1
            if trainer.step % step_spacing(trainer.step) == 0:
                nll, _, norm, count = figures.tolist()
                row = StepRow(trainer.step, nll / count, trainer.learning_rate(trainer.step - 1), norm)
                progress.add_step(row)
                self._log_step(row)
            if trainer.step == trainer.decay_begins:
                self._keep_trunk()
            if meter.step():
                self._read_sums()
                step_tokens = (progress.targets - targets_before) / meter.steps
                pauses_seconds = self._pauses_seconds(meter.step_seconds / step_tokens)
                meter.show(progress.sums[0] / progress.targets, step_tokens, pauses_seconds)
            if self.state and self.state.is_due():
                self._save(self.state)
            self._end_if_asked()
        meter.close()
        trainer.refuse_divergence()
        self._read_sums()
        self.tokens_per_second = (progress.targets - targets_before) / max(1e-9, meter.seconds)

    def _rest(self) -> Iterator[tuple[Tensor, Tensor]]:
        """The batches that are left, epoch after epoch."""
        while True:
            yield from self.trainer.batches(self.progress.epoch, first=self.progress.steps_done)
            self.progress.begin_epoch()

    def _validation_is_due(self) -> bool:
        step = self.trainer.step
        reached = step == self.trainer.steps or (step > 0 and step % self._validate_every == 0)
        return reached and step != self.progress.validated_step

    def _pauses_seconds(self, token_seconds: float) -> float:
        """How long the validations to come will take at most, from that of the step just done to the last.

        Each as long as the one before; the first of a process a third of what a training on so many tokens
        takes, since it has no backward pass.
        """
        trainer, every = self.trainer, self._validate_every
        left = -(-trainer.steps // every) - (trainer.step - 1) // every
        return left * (self._validation_seconds or trainer.validation_shard.targets * token_seconds / 3)

    @property
    def _validate_every(self) -> int:
        return self.params.train.validate_every or self.trainer.steps_per_epoch

    def _end_if_asked(self) -> None:
        """Raise InterruptedTrainingError after a signal; of several processes all after the same step."""
        if self.interrupts is None:
            return
        if self.world.size > 1:
            if self.trainer.step % self.trainer.check_steps:
                return
            agreed = self.world.max(self.interrupts.received, self.trainer.device)
            if agreed is None:  # a signal that has come meanwhile is answered after the next step
                return
            self.interrupts.received = agreed
        self.interrupts.check()

    def validate(self) -> None:
        """Add a row to the curve, and keep the best checkpoint."""
        progress, trainer = self.progress, self.trainer
        started = time.monotonic()
        alone = self.world.size == 1  # else the others would wait for this process's share
        with self.interrupts.at_once() if self.interrupts and alone else contextlib.nullcontext():
            validation = trainer.validate()
        self._validation_seconds = time.monotonic() - started
        nll, hits, norms = progress.sums
        row = CurveRow(
            step=trainer.step,
            epoch=trainer.epochs(trainer.step),
            train=Figures(nll / progress.targets, hits / progress.targets),
            validation=validation,
            learning_rate=trainer.learning_rate(trainer.step - 1),
            gradient_norm=norms / (trainer.step - progress.validated_step),
        )
        progress.add_row(row)
        self._sums.zero_()
        if not self.world.is_main:
            return
        if progress.best is row:
            save_checkpoint(self.outputs.best, trainer.model, metadata(self.params, trainer, row))
            if self.state:
                self.state.keep_best(self.outputs.best, row.step)
        self.outputs.write_curve(progress)
        self._log_validation(row)
        tqdm.write(validation_line(trainer, row, self.tokens_per_second), file=sys.stdout)
        sys.stdout.flush()

    def stop(self, signal: InterruptedTrainingError) -> NoReturn:
        """Save where the training stands, say so, and exit as a process that the signal ended."""
        progress = self.progress
        if self.state:
            self._save(self.state)
        if not self.world.is_main:
            sys.exit(128 + signal.number)
        print(
            f"train: interrupted at epoch {progress.epoch}, step {progress.steps_done}: "
            f"`dvc repro` goes on there",
            file=sys.stderr,
        )
        sys.exit(128 + signal.number)

    def end(self) -> Metrics:
        """Write and keep what was reached; what metrics/train.json holds."""
        patience = self.params.train.patience
        if self.world.is_main:
            self.outputs.write_curve(self.progress)  # a resumed run may lack it
            if self.progress.stops_early(patience):
                print(f"stopped: no lower loss in {patience} validation{'s' * (patience > 1)}", flush=True)
        if self.trainer.step < self.trainer.decay_begins:
            self._keep_trunk()
        if self.state:
            self._save(self.state)
        return metrics(self.trainer, self.progress)

    def _keep_trunk(self) -> None:
        """Keep the steps so far for longer runs, if there are some with a constant learning rate."""
        if self.state and has_constant_part(self.trainer.steps, self.params.train):
            self._read_sums()
            keep_trunk(self.state, self.trainer, self.progress, self.outputs.best)

    def _save(self, state: ResumeState) -> None:
        self._read_sums()
        state.save(self.trainer, self.progress)

    def _read_sums(self) -> None:
        nll, hits, norms, targets = self._sums.tolist()
        self.progress.sums, self.progress.targets = (nll, hits, norms), int(targets)
