"""A model in training: its data, its optimizers, and one step.

A step is forward, backward, clipping by the gradient's norm, and the optimizers. Everything random derives
from the seed and a position: the batches of an epoch from (seed, epoch), the dropout of a step from
(seed, step). So a run that goes on elsewhere needs no more than weights, moments and two integers.
"""

import contextlib
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize
from torch.utils import deterministic

from minillm.errors import InputError
from minillm.model.minigpt import MiniGPT, ModelConfig
from minillm.params import Params
from minillm.tokens.batches import training_batches
from minillm.tokens.shards import Shard, open_shard, read_vocabulary
from minillm.tokens.tokenizer import PAD
from minillm.training.augmentation import mask_tokens
from minillm.training.checkpoints import restore_optimizers
from minillm.training.compiling import compiled
from minillm.training.device import autocast, keep_freed_memory, resolve_device, resolve_precision
from minillm.training.initial import load_initial_weights, starts_from_random
from minillm.training.loss import Figures, LossSums, fused_loss, measure
from minillm.training.optimizer import build_optimizers
from minillm.training.processes import ALONE, World, share_gradients
from minillm.training.schedule import learning_rate
from minillm.training.smoothing import BigramSmoothing
from minillm.training.spelling import share_spelling

_GPU_CHECK_STEPS = 50


class Objective(nn.Module):
    """The training loss as a module, so that DistributedDataParallel sees the whole of forward."""

    def __init__(
        self,
        model: MiniGPT,
        hidden: Callable[[Tensor], Tensor],
        label_smoothing: float,
        expected: BigramSmoothing | None,
        dtype: torch.dtype,
    ) -> None:
        super().__init__()
        self.model, self._hidden = model, hidden
        self.label_smoothing, self.expected, self.dtype = label_smoothing, expected, dtype

    def forward(self, inputs: Tensor, targets: Tensor, divisor: Tensor) -> LossSums:
        """(B, T) ids to the sum of their losses over `divisor`, and the sums of NLL and hits."""
        with parametrize.cached():  # embedding and tied head ask for the same sum of shared spelling
            with autocast(inputs.device, self.dtype):
                hidden = self._hidden(inputs)
            head, smoothing, dtype = self.model.head, self.label_smoothing, self.dtype
            return fused_loss(hidden, targets, head, smoothing, dtype, divisor, self.expected, inputs)


class Trainer:
    """A model in training: its optimizers, its data and how far it has come."""

    def __init__(self, params: Params, splits: Path, vocab_size: int, world: World = ALONE) -> None:
        self.world = world
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
        vocabulary = read_vocabulary(splits)
        self.tokenizer_sha256 = vocabulary.sha256
        self.parameter_count = self.model.parameter_count()
        """Of the model that is kept, without the parts of shared spelling."""
        fresh = starts_from_random(self.params.init_from)
        if fresh:
            predict_frequencies(self.model, self.train_shard)
        else:
            load_initial_weights(self.model, self.params.init_from, self.tokenizer_sha256)
        if self.params.share_spelling:
            share_spelling(
                self.model, vocabulary.words, trained=not starts_from_random(self.params.init_from)
            )
        hidden = compiled(self.model.hidden, self.device) if self.params.compile else self.model.hidden
        expected = None
        if self.params.label_smoothing and self.params.smoothing_target == "bigrams":
            expected = BigramSmoothing(self.train_shard, vocab_size, self.device)
        self.objective = Objective(self.model, hidden, self.params.label_smoothing, expected, self.dtype)
        self._shared = share_gradients(self.objective) if world.size > 1 else None
        self.optimizers = build_optimizers(self.model, self.params)
        self.step = 0
        self.steps_per_epoch = len(self.batches(epoch=1))
        self.steps = self.steps_per_epoch * self.params.epochs
        self.check_steps = 1 if self.device.type == "cpu" else _GPU_CHECK_STEPS
        self._fault = torch.full((3,), -1.0, dtype=torch.float64, device=self.device)
        """Step, loss and gradient norm of the first step that was not finite; −1: none."""
        if self._shared:
            self._settle_buckets()

    def batches(self, epoch: int, first: int = 0) -> torch.utils.data.DataLoader[Tensor]:
        """Batches of (inputs, targets), each (B, T), of an epoch; without those before number `first`.

        Of several processes each gets its own B rows of every batch.
        """
        context, share = self.model.config.context, self.world.rows(self.params.batch_size)
        return training_batches(self.train_shard, context, self.params, self.seed, epoch, first, share)

    def learning_rate(self, step: int) -> float:
        """Of a step of the run, from 0."""
        return learning_rate(step, self.steps, self.params)

    def train_step(self, inputs: Tensor, targets: Tensor) -> Tensor:
        """One optimizer step on (B, T) ids: the sums of NLL and hits, the gradient's norm, the targets.

        All four are of the rows of all processes.
        """
        torch.manual_seed(_step_seed(self.seed, self.step, self.world.rank))
        lr = self.learning_rate(self.step)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = lr
        inputs = inputs.to(self.device, non_blocking=True)
        targets = targets.to(self.device, non_blocking=True)
        inputs = mask_tokens(inputs, self.params.token_masking)
        count = self.world.sum((targets != PAD).sum())
        loss, nll, hits = self.world.sum(self._add_gradients(inputs, targets, count)).unbind()
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.params.clip_norm)
        self._note_fault(loss, norm)
        if self.step % self.check_steps == 0:
            self.refuse_divergence()
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        self.step += 1
        return torch.stack((nll, hits, norm.double(), count.double()))

    def _add_gradients(self, inputs: Tensor, targets: Tensor, count: Tensor) -> Tensor:
        """The passes of a step; returns this process's sums of loss, NLL and hits, (3,) in float64."""
        sums = torch.zeros(3, dtype=torch.float64, device=self.device)
        passes = self.params.accumulation
        divisor = count / self.world.size  # DistributedDataParallel takes the mean over the processes
        pairs = zip(inputs.tensor_split(passes), targets.tensor_split(passes), strict=True)
        for number, pair in enumerate(pairs, start=1):
            last = number == passes  # the gradients travel once a step
            with contextlib.nullcontext() if last or self._shared is None else self._shared.no_sync():
                found = (self._shared or self.objective)(*pair, divisor)
                torch.autograd.backward(found.loss)
            sums += torch.stack((found.loss.detach(), found.nll, found.hits)).double()
        sums[0] /= self.world.size
        return sums

    def _settle_buckets(self) -> None:
        """A pass without targets. After the first one DistributedDataParallel packs the gradients anew.

        How they are packed decides in which order they are summed: a resumed run's first step would differ.
        """
        rows = self.params.batch_size // self.world.size // self.params.accumulation
        nothing = torch.full((rows, self.model.config.context), PAD, device=self.device)
        assert self._shared is not None
        torch.autograd.backward(self._shared(nothing, nothing, torch.ones((), device=self.device)).loss)
        self.model.zero_grad(set_to_none=True)

    def refuse_divergence(self) -> None:
        """Raise InputError if loss or gradient norm of a step was not finite.

        On the CPU each step asks before its optimizers. On a GPU to ask is to wait for it: there every 50th
        step asks, and whoever is about to keep the weights.
        """
        step, loss, norm = self._fault.tolist()
        if step >= 0:
            lr = self.learning_rate(int(step))
            raise InputError(
                f"training diverged: loss {loss:g}, gradient norm {norm:g} at step {step:.0f}, learning rate "
                f"{lr:g}; lower train.lr or raise train.warmup_steps (the best checkpoint so far is kept)"
            )

    def restore(self, weights: dict[str, Tensor], moments: dict[str, Tensor], step: int) -> None:
        """Go on from the weights and the optimizers' tensors after `step` steps.

        Raises ValueError for weights of another model, before anything has changed.
        """
        own = {name: tensor.shape for name, tensor in self.model.state_dict().items()}
        if own != {name: tensor.shape for name, tensor in weights.items()}:
            raise ValueError("its weights are of another model")
        self.model.load_state_dict(weights)
        restore_optimizers(self.model, self.optimizers, moments)
        self.step = step

    def validate(self) -> Figures:
        """Figures of the whole validation split."""
        with parametrize.cached():
            return measure(
                self.model, self.validation_shard, self.params.batch_size, self.device, self.dtype, self.world
            )

    def _note_fault(self, loss: Tensor, norm: Tensor) -> None:
        """Remember the first step that is not finite, on the device: nobody waits for it."""
        step = torch.full_like(norm, self.step)
        found = torch.stack((step.double(), loss.double(), norm.double()))
        first = (self._fault[0] < 0) & ~found.isfinite().all()
        self._fault = torch.where(first, found, self._fault)


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


def _step_seed(seed: int, step: int, rank: int) -> int:
    """Hashed, since torch's CPU generator uses just the low 32 bits of its seed."""
    position = f"{seed}:{step}:{rank}" if rank else f"{seed}:{step}"
    return int.from_bytes(hashlib.blake2b(position.encode(), digest_size=8).digest(), "big") >> 1


def _be_deterministic() -> None:
    """Same bytes on the same hardware; an operation that cannot promise it is an error."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # read when CUDA starts
    torch.use_deterministic_algorithms(True)
    deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]  # would only cost time: nothing reads it
