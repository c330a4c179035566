"""The training loop: epochs of steps, a validation pass after each, early stopping.

Everything random derives from the seed and a position: the batches of an epoch from (seed, epoch), the
dropout of a step from (seed, step). A step is forward, backward, clipping by the gradient's norm, AdamW.
The curve has one row per epoch; its train figures are means over the epoch's steps, with dropout on.
"""

import hashlib
import math
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils import deterministic
from tqdm import tqdm

from minillm.errors import InputError
from minillm.files import Metrics, write_tsv
from minillm.model.minigpt import MiniGPT, ModelConfig
from minillm.params import Params
from minillm.tokens.batches import training_batches
from minillm.tokens.shards import Shard, open_shard
from minillm.tokens.tokenizer import PAD
from minillm.training.augmentation import mask_tokens
from minillm.training.checkpoints import save_checkpoint
from minillm.training.device import autocast, keep_freed_memory, resolve_device, resolve_precision
from minillm.training.loss import Figures, fused_loss, measure
from minillm.training.optimizer import build_optimizers
from minillm.training.schedule import learning_rate

CURVE_COLUMNS = (
    "step",
    "epoch",
    "train_loss",
    "validation_loss",
    "train_perplexity",
    "validation_perplexity",
    "train_accuracy",
    "validation_accuracy",
    "learning_rate",
    "gradient_norm",
)

STEP_COLUMNS = ("step", "train_loss", "learning_rate", "gradient_norm")
_STEP_ROWS = 200  # of the whole run, however long it is


@dataclass(frozen=True)
class EpochFigures:
    """One row of the curve."""

    step: int
    epoch: int
    train: Figures
    validation: Figures
    learning_rate: float
    gradient_norm: float
    """Mean over the epoch's steps, before clipping."""

    def row(self) -> tuple[int | float, ...]:
        """Values in the order of CURVE_COLUMNS."""
        train, validation = self.train, self.validation
        losses = (train.loss, validation.loss, math.exp(train.loss), math.exp(validation.loss))
        accuracies = (train.accuracy, validation.accuracy)
        return (self.step, self.epoch, *losses, *accuracies, self.learning_rate, self.gradient_norm)


class Trainer:
    """A model in training: its optimizer, its data and how far it has come."""

    def __init__(self, params: Params, splits: Path, vocab_size: int) -> None:
        self.params = params.train
        self.seed = params.seed
        self.device = resolve_device(params.train.device)
        self.dtype = resolve_precision(params.train.precision, self.device)
        _be_deterministic()
        keep_freed_memory()
        torch.manual_seed(self.seed)
        self.model = MiniGPT(ModelConfig.from_params(params.model, vocab_size)).to(self.device)
        self.train_shard = open_shard(splits, "train")
        self.validation_shard = open_shard(splits, "validation")
        predict_frequencies(self.model, self.train_shard)
        self.optimizers = build_optimizers(self.model, self.params)
        self.step = 0
        self.steps_per_epoch = len(self._batches(epoch=1))
        self.steps = self.steps_per_epoch * self.params.epochs
        self.step_rows: list[tuple[int, float, float, float]] = []
        """Rows of STEP_COLUMNS, evenly spaced."""

    def run_epoch(self, epoch: int) -> EpochFigures:
        """Train on every batch of the epoch, then validate on the whole split."""
        self.model.train()
        sums = torch.zeros(3, dtype=torch.float64, device=self.device)  # NLL, hits, gradient norm
        targets_seen = 0
        lr = 0.0
        started = time.perf_counter()
        progress = tqdm(self._batches(epoch), desc=f"epoch {epoch}", unit="step", leave=False, disable=None)
        for inputs, targets in progress:
            lr = learning_rate(self.step, self.steps, self.params)
            figures = self._train_step(
                inputs.to(self.device, non_blocking=True), targets.to(self.device, non_blocking=True), lr
            )
            sums += figures
            count = int((targets != PAD).sum())
            targets_seen += count
            self.step += 1
            if self.step % max(1, self.steps // _STEP_ROWS) == 0:
                nll, _, norm = figures.tolist()
                self.step_rows.append((self.step, nll / count, lr, norm))
        seconds = time.perf_counter() - started
        nll, hits, norms = sums.tolist()
        result = EpochFigures(
            step=self.step,
            epoch=epoch,
            train=Figures(nll / targets_seen, hits / targets_seen),
            validation=self._validate(),
            learning_rate=lr,
            gradient_norm=norms / self.steps_per_epoch,
        )
        self._report(result, targets_seen / seconds)
        return result

    def _train_step(self, inputs: Tensor, targets: Tensor, lr: float) -> Tensor:
        """One optimizer step on (B, T) ids; returns the sums of NLL and hits and the gradient's norm."""
        torch.manual_seed(_step_seed(self.seed, self.step))
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = lr
        inputs = mask_tokens(inputs, self.params.token_masking)
        with autocast(self.device, self.dtype):
            hidden = self.model.hidden(inputs)
        loss, nll, hits = fused_loss(
            hidden, targets, self.model.head, self.params.label_smoothing, self.dtype
        )
        torch.autograd.backward(loss)
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.params.clip_norm)
        if not math.isfinite(norm.item()):  # before the optimizer, so that the last checkpoint stays good
            raise InputError(
                f"training diverged: gradient norm {norm.item()} at step {self.step}, learning rate {lr:g}; "
                f"lower train.lr or raise train.warmup_steps (the last epoch's checkpoints are kept)"
            )
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        return torch.stack((nll.double(), hits.double(), norm.double()))

    def _batches(self, epoch: int) -> torch.utils.data.DataLoader[Tensor]:
        context = self.model.config.context
        return training_batches(self.train_shard, context, self.params, self.seed, epoch)

    def _validate(self) -> Figures:
        return measure(self.model, self.validation_shard, self.params.batch_size, self.device, self.dtype)

    def _report(self, figures: EpochFigures, tokens_per_second: float) -> None:
        tqdm.write(
            f"epoch {figures.epoch:>2}/{self.params.epochs}  step {figures.step:>5}  "
            f"train loss {figures.train.loss:.3f}  validation loss {figures.validation.loss:.3f}  "
            f"perplexity {math.exp(figures.validation.loss):.1f}  "
            f"accuracy {100 * figures.validation.accuracy:.1f} %  {tokens_per_second:,.0f} tokens/s",
            file=sys.stdout,
        )
        sys.stdout.flush()


@dataclass(frozen=True)
class Outputs:
    """Where a training leaves its results."""

    best: Path
    last: Path
    curve: Path
    steps: Path


def train(params: Params, splits: Path, vocab_size: int, outputs: Outputs) -> Metrics:
    """Train, keep the checkpoints `best` (by validation loss) and `last`, write the curve and the steps.

    Raises InputError for data that does not fit the parameters and for a diverged training.
    """
    trainer = Trainer(params, splits, vocab_size)
    print(
        f"{trainer.model.parameter_count():,} parameters, {trainer.steps} steps of "
        f"{params.train.batch_size} × {params.model.context} tokens on {trainer.device} in "
        f"{str(trainer.dtype).removeprefix('torch.')}"
    )
    history: list[EpochFigures] = []
    best_figures: EpochFigures | None = None
    for epoch in range(1, params.train.epochs + 1):
        figures = trainer.run_epoch(epoch)
        history.append(figures)
        improved = best_figures is None or figures.validation.loss < best_figures.validation.loss
        metadata = _metadata(params, figures)
        save_checkpoint(outputs.last, trainer.model, trainer.optimizers, metadata)
        if improved:
            best_figures = figures
            save_checkpoint(outputs.best, trainer.model, trainer.optimizers, metadata)
        write_tsv(outputs.curve, CURVE_COLUMNS, [entry.row() for entry in history])
        write_tsv(outputs.steps, STEP_COLUMNS, trainer.step_rows)
        assert best_figures is not None
        if epoch - best_figures.epoch >= params.train.patience:
            print(f"stopped: no lower validation loss for {params.train.patience} epochs")
            break
    assert best_figures is not None
    return _metrics(trainer, best_figures, history[-1])


def _metadata(params: Params, figures: EpochFigures) -> dict[str, Any]:
    return {
        "epoch": figures.epoch,
        "step": figures.step,
        "metrics": dict(zip(CURVE_COLUMNS, figures.row(), strict=True)),
        "params": params.model_dump(include={"seed", "model", "train"}),
    }


def _metrics(trainer: Trainer, best: EpochFigures, last: EpochFigures) -> Metrics:
    return {
        "parameters": trainer.model.parameter_count(),
        "epochs": last.epoch,
        "steps": last.step,
        "best": {
            "epoch": best.epoch,
            "validation_loss": best.validation.loss,
            "validation_perplexity": math.exp(best.validation.loss),
            "validation_accuracy": best.validation.accuracy,
        },
        "last": {"train_loss": last.train.loss, "validation_loss": last.validation.loss},
    }


@torch.no_grad()
def predict_frequencies(model: MiniGPT, shard: Shard) -> None:
    """Set the head's bias to the log of each token's frequency, counts plus one.

    The first steps then need not learn which words are common (Karpathy 2019, "init well"): on the embedded
    corpus 10 epochs end at validation perplexity 69.3 where 12 without it end at 70.9.
    """
    if model.head.bias is None:  # a tied head has none
        return
    counts = torch.from_numpy(shard.target_counts(model.config.vocab_size) + 1)
    model.head.bias.copy_((counts / counts.sum()).log())


def _step_seed(seed: int, step: int) -> int:
    """Hashed, since torch's CPU generator uses just the low 32 bits of its seed."""
    return int.from_bytes(hashlib.blake2b(f"{seed}:{step}".encode(), digest_size=8).digest(), "big") >> 1


def _be_deterministic() -> None:
    """Same bytes on the same hardware; an operation that cannot promise it is an error."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # read when CUDA starts
    torch.use_deterministic_algorithms(True)
    deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]  # would only cost time: nothing reads it
