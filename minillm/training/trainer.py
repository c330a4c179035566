"""A model in training: its data, its optimizers, and one step.

A step is forward and backward of each lane (lanes.py), the sum of their gradients, clipping by its norm, and
the optimizers. Everything random derives from the seed and a position: the batches of an epoch from (seed,
epoch), the dropout of a lane from (seed, step, lane). So a run that goes on elsewhere needs no more than
weights, moments and two integers.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils import deterministic

from minillm.errors import InputError
from minillm.model.draws import draws_from
from minillm.model.minigpt import MiniGPT, ModelConfig
from minillm.params import Params
from minillm.tokens.batches import batches_per_epoch, tokens_per_step, training_batches
from minillm.tokens.choice import draw_tokens, only
from minillm.tokens.kneser_ney import counted
from minillm.tokens.shards import Shard, open_shard, read_vocabulary
from minillm.tokens.tokenizer import PAD
from minillm.training.adamw import Optimizer
from minillm.training.compiling import compiled
from minillm.training.device import autocast, keep_freed_memory, resolve_device, resolve_precision
from minillm.training.distillation import lesson_on, load_teachers
from minillm.training.initial import load_initial_weights, starts_from_random
from minillm.training.lanes import deal_lanes, tree_sum
from minillm.training.loss import fused_loss
from minillm.training.optimizer import build_optimizers, optimizer_tensors, restore_optimizers
from minillm.training.processes import ALONE, World
from minillm.training.schedule import first_step_of_decay, learning_rate, steps_of_run
from minillm.training.smoothing import BigramSmoothing
from minillm.training.spelling import SharedSpelling
from minillm.training.threads import threads_for
from minillm.training.validation import Figures, measure

HUGE_LOSS = 100.0
"""Nats; a model that knows nothing has at most ln(2²⁰) = 14. From here on a training has diverged."""

_GPU_CHECK_STEPS = 50
_VALUE, _MOMENT = "model/", "optimizer/"  # what the names of a state's tensors begin with


class Trainer:
    """A model in training: its optimizers, its data and how far it has come."""

    def __init__(self, params: Params, splits: Path, vocab_size: int, world: World = ALONE) -> None:
        self.world = world
        self.params = params.train
        self.seed = params.seed
        self.device = resolve_device(params.train.device)
        self.dtype = resolve_precision(params.train.precision, self.device)
        self.lanes = deal_lanes(self.params, self.device.type, world.rank, world.size)
        self.threads = threads_for(self.device, world.local_size, compiled=self.params.compile)
        self._streams = self.device.type == "cpu" and not self.params.compile
        """Whether each lane draws from a stream of its own."""
        _be_deterministic()
        keep_freed_memory()
        torch.manual_seed(self.seed)
        self.model = MiniGPT(ModelConfig.from_params(params.model, vocab_size)).to(self.device)
        self.train_shard = open_shard(splits, "train")
        validation = open_shard(splits, "validation")
        self.validation_shard = only(
            validation, draw_tokens(validation, self.params.validation_tokens, self.seed)
        )
        self.validates_on = ""
        """Which part of the validation split, in words; nothing if it is all."""
        if len(self.validation_shard) < len(validation):
            self.validates_on = (
                f", validated on {len(self.validation_shard.tokens):,} of {len(validation.tokens):,} tokens"
            )
        vocabulary = read_vocabulary(splits)
        self.tokenizer_sha256 = vocabulary.sha256
        fresh = starts_from_random(self.params.init_from)
        if fresh:
            predict_frequencies(self.model, self.train_shard)
        else:
            load_initial_weights(self.model, self.params.init_from, self.tokenizer_sha256)
        self._spelling: SharedSpelling | None = None
        if self.params.share_spelling:
            embedding = self.model.embedding.weight
            self._spelling = SharedSpelling(vocabulary.words, embedding, trained=not fresh).to(self.device)
            self._spelling.write_to(embedding)
        self._smoothing: BigramSmoothing | None = None
        if self.params.label_smoothing and self.params.smoothing_target == "bigrams":
            part = counted(self.train_shard, params.seed)
            self._smoothing = BigramSmoothing(part, vocab_size, self.device)
        context, sha256 = self.model.config.context, self.tokenizer_sha256
        self._teachers = load_teachers(self.params.teacher, context, sha256, self.device)
        several = f"{len(self._teachers)} checkpoints" if len(self._teachers) > 1 else "a checkpoint"
        self.taught_by = f", taught by {several}" if self._teachers else ""
        """How many teachers there are, in words; nothing without one."""
        self._hidden = compiled(self.model.hidden, self.device) if self.params.compile else self.model.hidden
        self.trained = self._trained()
        """What the optimizers update, by name."""
        self.optimizers = build_optimizers(self.trained, self.params, self.threads.count)
        self.step = 0
        batches = self.train_shard, self.model.config.context, self.params
        self.steps_per_epoch = batches_per_epoch(*batches)
        self.steps = steps_of_run(self.params, self.steps_per_epoch, tokens_per_step(*batches))
        self.decay_begins = first_step_of_decay(self.steps, self.params)
        self.check_steps = 1 if self.device.type == "cpu" else _GPU_CHECK_STEPS
        self._fault = torch.full((3,), -1.0, dtype=torch.float64, device=self.device)
        """Step, loss and gradient norm of the first step that was not finite or huge; −1: none."""

    def batches(self, epoch: int, first: int = 0) -> torch.utils.data.DataLoader[Tensor]:
        """Batches of (inputs, targets), each (B, T), of an epoch; without those before number `first`."""
        context, pinned = self.model.config.context, self.device.type == "cuda"
        return training_batches(self.train_shard, context, self.params, self.seed, epoch, first, pinned)

    def epochs(self, step: int) -> float:
        """How many epochs so many steps are; an int where they are whole."""
        whole, rest = divmod(step, self.steps_per_epoch)
        return step / self.steps_per_epoch if rest else whole

    def learning_rate(self, step: int) -> float:
        """Of a step of the run, from 0."""
        return learning_rate(step, self.steps, self.params)

    def train_step(self, inputs: Tensor, targets: Tensor) -> Tensor:
        """One optimizer step on (B, T) ids: the sums of NLL and hits, the gradient's norm, the targets."""
        count = (targets != PAD).sum().to(self.device)
        lanes = self.threads.map(partial(self._lane, inputs, targets, count), self.lanes.own)
        *gradients, sums = self._summed(lanes)
        self.world.sum(gradients)
        self.world.sum([sums])
        loss, nll, hits = sums.unbind()
        self._set_gradients(gradients)
        norm = torch.nn.utils.get_total_norm([gradient_of(p) for p in self.trained.values()])
        self._note_fault(loss, norm)
        if self.step % self.check_steps == 0:
            self.refuse_divergence()
        self._update(norm)
        self.step += 1
        return torch.stack((nll, hits, norm.double(), count.double()))

    def _lane(self, inputs: Tensor, targets: Tensor, count: Tensor, lane: int) -> list[Tensor]:
        """The gradients of a lane's loss, and its sums of loss, NLL and hits, (3,) in float64."""
        rows = self.lanes.rows(lane, len(inputs))
        towards = self._smoothing.targets_after(inputs[rows]) if self._smoothing else None
        inputs, targets = (ids[rows].to(self.device, non_blocking=True) for ids in (inputs, targets))
        lesson = lesson_on(inputs, self._teachers, self.params, self.dtype) if self._teachers else None
        draws = draws_from(_lane_seed(self.seed, self.step, lane), own=self._streams)
        with draws, autocast(self.device, self.dtype):
            hidden = self._hidden(inputs)
        head, smoothing = self.model.head, self.params.label_smoothing
        found = fused_loss(hidden, targets, head, smoothing, self.dtype, count, towards, lesson)
        gradients = torch.autograd.grad(found.loss, list(self.model.parameters()))
        if self.params.compile and self.device.type == "cuda" and self.lanes.count > 1:
            # The next lane's CUDA graph writes where this one's gradients are (torch's cudagraph_trees.py).
            gradients = tuple(gradient.clone() for gradient in gradients)
        return [*gradients, torch.stack(found).detach().double()]

    def _summed(self, lanes: Iterator[list[Tensor]]) -> Sequence[Tensor]:
        """The sum of this process's lanes, by the tree: each thread sums some of the tensors."""
        count = len(self.lanes.own)
        if self.threads.count == 1:
            return tree_sum(lanes, count)
        return [
            *self.threads.map(
                lambda parts: tree_sum(((part,) for part in parts), count)[0], zip(*lanes, strict=True)
            )
        ]

    def _trained(self) -> dict[str, nn.Parameter]:
        trained = dict(self.model.named_parameters())
        if self._spelling:
            del trained["embedding.weight"]
            trained |= {f"spelling.{name}": vectors for name, vectors in self._spelling.named_parameters()}
        return trained

    def _set_gradients(self, gradients: Sequence[Tensor]) -> None:
        """Give each trained parameter its gradient, out of those of the model's parameters."""
        named = dict(zip((name for name, _ in self.model.named_parameters()), gradients, strict=True))
        if self._spelling:
            own, parts = self._spelling.gradients(named.pop("embedding.weight"))
            named |= {"spelling.own": own, "spelling.parts": parts}
        for name, parameter in self.trained.items():
            parameter.grad = named[name]

    def _update(self, norm: Tensor) -> None:
        """Let the optimizers take their step, along the gradients clipped by their common norm."""
        lr = self.learning_rate(self.step)

        def step(optimizer: Optimizer) -> None:
            for group in optimizer.param_groups:
                group["lr"] = lr
                torch.nn.utils.clip_grads_with_norm_(group["params"], self.params.clip_norm, norm)
            optimizer.step()
            optimizer.forget_gradients()

        for _ in self.threads.map(step, self.optimizers):
            pass
        if self._spelling:
            self._spelling.write_to(self.model.embedding.weight)

    def refuse_divergence(self) -> None:
        """Raise InputError if a step's loss or gradient norm was not finite, or its loss huge.

        On the CPU each step asks before its optimizers. On a GPU to ask is to wait for it: there every 50th
        step asks, and whoever is about to keep the weights.
        """
        step, loss, norm = self._fault.tolist()
        if step >= 0:
            raise self._divergence(f"loss {loss:g}, gradient norm {norm:g}", int(step))

    def validate(self) -> Figures:
        """Figures of the validation articles. Raises InputError if they are those of a diverged model."""
        batch_size, threads = self.params.batch_size, self.threads
        figures = measure(self.model, self.validation_shard, batch_size, self.dtype, threads, self.world)
        if not figures.loss < HUGE_LOSS:
            raise self._divergence(f"validation loss {figures.loss:g}", self.step - 1)
        return figures

    def tensors(self) -> dict[str, Tensor]:
        """What a run goes on from, on the CPU: trained values and the optimizers' moments, by name."""
        values = {_VALUE + name: parameter.detach().cpu() for name, parameter in self.trained.items()}
        moments = optimizer_tensors(self.trained, self.optimizers)
        return values | {_MOMENT + name: tensor for name, tensor in moments.items()}

    @torch.no_grad()
    def restore(self, tensors: dict[str, Tensor], step: int) -> None:
        """Go on from what `tensors` gave after `step` steps.

        Raises ValueError for those of another model, before anything has changed.
        """
        values = {name.removeprefix(_VALUE): t for name, t in tensors.items() if name.startswith(_VALUE)}
        moments = {name.removeprefix(_MOMENT): t for name, t in tensors.items() if name.startswith(_MOMENT)}
        own = {name: parameter.shape for name, parameter in self.trained.items()}
        if own != {name: value.shape for name, value in values.items()}:
            raise ValueError("its weights are of another model")
        for name, value in values.items():
            self.trained[name].copy_(value)
        if self._spelling:
            self._spelling.write_to(self.model.embedding.weight)
        restore_optimizers(self.trained, self.optimizers, moments)
        self.step = step

    def _divergence(self, found: str, step: int) -> InputError:
        return InputError(
            f"training diverged: {found} at step {step}, learning rate {self.learning_rate(step):g}; "
            f"lower train.lr or raise train.warmup_steps (the best checkpoint so far is kept)"
        )

    def _note_fault(self, loss: Tensor, norm: Tensor) -> None:
        """Remember the first step that is at fault, on the device: nobody waits for it."""
        step = torch.full_like(loss, self.step)
        found = torch.stack((step, loss, norm.double()))
        first = (self._fault[0] < 0) & ~(found.isfinite().all() & (loss < HUGE_LOSS))
        self._fault = torch.where(first, found, self._fault)


def gradient_of(parameter: nn.Parameter) -> Tensor:
    """Its gradient, which it has."""
    assert parameter.grad is not None
    return parameter.grad


@torch.no_grad()
def predict_frequencies(model: MiniGPT, shard: Shard) -> None:
    """Set the head's bias to the log of each token's frequency, counts plus one.

    The first steps then need not learn which words are common (Karpathy 2019, "init well"): on the embedded
    corpus 10 epochs end at validation perplexity 69.3 where 12 without it end at 70.9.
    """
    if model.head.bias is None:  # a tied head has none
        return
    counts = shard.target_counts(model.config.vocab_size) + 1
    model.head.bias.copy_(torch.from_numpy(np.log(counts / counts.sum())))


def _lane_seed(seed: int, step: int, lane: int) -> int:
    """Hashed, since torch's CPU generator uses just the low 32 bits of its seed."""
    digest = hashlib.blake2b(f"{seed}:{step}:{lane}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def _be_deterministic() -> None:
    """Same bytes on the same hardware; an operation that cannot promise it is an error."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # read when CUDA starts
    torch.set_deterministic_debug_mode("error")  # use_deterministic_algorithms imports the compiler: 1.5 s
    deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]  # would only cost time: nothing reads it
