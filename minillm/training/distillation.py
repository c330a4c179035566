"""Learning from trained models beside the text (knowledge distillation, Hinton et al. 2015).

A target says which token came; a teacher says how probable each of the vocabulary was there. With p and q the
predictions of student and teacher at the temperature T, softmax(logits / T), the loss is

    (1 − α)·(the loss by the targets, label smoothing included) + α·T²·KL(q ‖ p)

whose gradient by the student's logits is (1 − α)·(that of the targets) + α·T·(p − q). T² keeps the teacher's
part as large as it is at T = 1. Several teachers are one whose q is the mean of theirs: the mean of their
divergences, which is computed, differs from the divergence of the mean by what has no gradient. In a chain
the student is the next one's teacher, in the same shape (born-again networks, Furlanello et al. 2018).

A teacher is in evaluation mode. It predicts anew in each step, which costs a forward pass, 2 FLOPs a weight
and token where the student's step has 6: a third more for one teacher of the same shape. Nothing is kept on
disk: the rows of packed batches are cut from articles in an order of their own in each epoch, so that no
prediction is asked for twice.
"""

from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from minillm.errors import InputError
from minillm.model.minigpt import MiniGPT
from minillm.model.portable import argmax, log
from minillm.params import NO_TEACHER, TrainParams
from minillm.training.device import autocast
from minillm.training.named import NamedCheckpoint, checkpoint_folders


class Lesson(NamedTuple):
    """What the teachers expect in the places of N tokens."""

    teachers: list[MiniGPT]
    hidden: list[Tensor]
    """Each teacher's normalized residual stream, (N, D) with a D of its own."""
    weight: float
    """α."""
    temperature: float
    dtype: torch.dtype
    """Of their matrix products."""

    def divergence(self, rows: slice, logits: Tensor) -> tuple[Tensor, Tensor]:
        """T²·KL(q ‖ p) for the student's `logits` (n, V) in these rows, (n, 1), and its gradient (n, V)."""
        q, q_log_q = torch.zeros_like(logits), torch.zeros_like(logits[:, :1])
        with autocast(logits.device, self.dtype):
            self._add_expected(rows, q, q_log_q)
        scaled, p, log_sum = _softened(logits, self.temperature)
        q_log_p = scaled.mul_(q).sum(1, keepdim=True) - log_sum
        return self.temperature**2 * (q_log_q - q_log_p), p.sub_(q).mul_(self.temperature)

    def _add_expected(self, rows: slice, q: Tensor, q_log_q: Tensor) -> None:
        """Add the means over the teachers of their q to (n, V), and of their Σ q·log q to (n, 1)."""
        share = 1 / len(self.teachers)
        for model, hidden in zip(self.teachers, self.hidden, strict=True):
            scaled, theirs, log_sum = _softened(model.head(hidden[rows]).float(), self.temperature)
            q.add_(theirs, alpha=share)
            q_log_q.add_(scaled.mul_(theirs).sum(1, keepdim=True) - log_sum, alpha=share)


def lesson_on(inputs: Tensor, teachers: list[MiniGPT], params: TrainParams, dtype: torch.dtype) -> Lesson:
    """What the teachers expect after each of the ids (B, T), N = B·T places; their products in `dtype`."""
    with autocast(inputs.device, dtype):
        hidden = [model.hidden(inputs).flatten(0, 1) for model in teachers]
    return Lesson(teachers, hidden, params.distillation_weight, params.distillation_temperature, dtype)


def teacher_files(teacher: str) -> list[Path]:
    """The files of all teachers, none without one. Raises InputError if one is missing."""
    return [path for named in _named(teacher) for path in named.files()]


def load_teachers(teacher: str, context: int, tokenizer_sha256: str, device: torch.device) -> list[MiniGPT]:
    """The teachers of a student of this context and tokenizer, in evaluation mode and without gradients.

    Raises InputError if one is missing, cut, of another tokenizer or of a shorter context.
    """
    models = []
    for named in _named(teacher):
        checkpoint = named.load(device)
        named.refuse_other_tokenizer(checkpoint, tokenizer_sha256)
        if (theirs := checkpoint.model.config.context) < context:
            raise InputError(
                f"{named.parameter}: the context of {named.folder} is {theirs} tokens, fewer than "
                f"model.context = {context}; lower that, or use a teacher that sees as much"
            )
        models.append(checkpoint.model.requires_grad_(False))
    return models


def _named(teacher: str) -> list[NamedCheckpoint]:
    """The checkpoints that `train.teacher` names, none without one."""
    if Path(teacher) == Path(NO_TEACHER):
        return []
    parameter, otherwise = f"train.teacher = {teacher}", f"{NO_TEACHER} for no teacher"
    return [NamedCheckpoint(parameter, folder, otherwise) for folder in checkpoint_folders(Path(teacher))]


def _softened(logits: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor]:
    """logits / T (n, V), their softmax, and log Σ exp of each row, (n, 1)."""
    scaled = logits / temperature
    p = scaled.softmax(1)
    top = argmax(p)[:, None]
    return scaled, p, scaled.gather(1, top) - log(p.gather(1, top))  # from the largest, which is never 0
