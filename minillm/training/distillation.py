"""Learning from trained models beside the text (knowledge distillation, Hinton et al. 2015).

A target says which token came; a teacher says how probable each of the vocabulary was there. With p and q the
predictions of student and teacher at the temperature T, softmax(logits / T), the loss is

    (1 − α)·(the loss by the targets, label smoothing included) + α·T²·KL(q ‖ p)

whose gradient by the student's logits is (1 − α)·(that of the targets) + α·T·(p − q). T² keeps the teacher's
part as large as it is at T = 1. Several teachers are one whose q is the mean of theirs: the mean of their
divergences, which is computed, differs from the divergence of the mean by what has no gradient. In a chain
the student is the next one's teacher, in the same shape (born-again networks, Furlanello et al. 2018).

A teacher is in evaluation mode and sees the inputs without the student's masking. It predicts anew in each
step, which costs a forward pass, 2 FLOPs a weight and token where the student's step has 6: a third more for
one teacher of the same shape. Nothing is kept on disk: the rows of packed batches are cut from articles in an
order of their own in each epoch, so that no prediction is asked for twice.
"""

from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from minillm.errors import InputError
from minillm.model.ensemble import Ensemble
from minillm.model.portable import argmax, log
from minillm.params import NO_TEACHER, TrainParams
from minillm.training.device import autocast
from minillm.training.named import NamedCheckpoint, checkpoint_folders


class Lesson(NamedTuple):
    """What the teachers expect in the places of N tokens."""

    teachers: Ensemble
    hidden: list[Tensor]
    """Of each teacher, (N, D)."""
    weight: float
    """α."""
    temperature: float
    dtype: torch.dtype
    """Of the teachers' matrix products."""

    def divergence(self, rows: slice, logits: Tensor) -> tuple[Tensor, Tensor]:
        """T²·KL(q ‖ p) for the student's `logits` (n, V) in these rows, (n, 1), and its gradient (n, V)."""
        q = torch.zeros_like(logits)
        divergence = torch.zeros_like(logits[:, :1])
        with autocast(logits.device, self.dtype):
            for theirs in self.teachers.logits(self.hidden, rows):
                scaled, probabilities, log_sum = _softened(theirs, self.temperature)
                q += probabilities
                divergence += scaled.mul_(probabilities).sum(1, keepdim=True) - log_sum  # Σ q·log q
        q /= len(self.teachers)
        divergence /= len(self.teachers)
        scaled, p, log_sum = _softened(logits, self.temperature)
        divergence += log_sum - scaled.mul_(q).sum(1, keepdim=True)  # − Σ q·log p
        return divergence.mul_(self.temperature**2), p.sub_(q).mul_(self.temperature)


class Teachers:
    """The models that `train.teacher` names."""

    def __init__(self, ensemble: Ensemble, params: TrainParams, dtype: torch.dtype) -> None:
        self._ensemble, self._dtype = ensemble, dtype
        self._weight, self._temperature = params.distillation_weight, params.distillation_temperature

    def __len__(self) -> int:
        return len(self._ensemble)

    def lesson(self, inputs: Tensor) -> Lesson:
        """What they expect after each of the ids (B, T), N = B·T places."""
        with autocast(inputs.device, self._dtype):
            hidden = self._ensemble.hidden(inputs)
        return Lesson(self._ensemble, hidden, self._weight, self._temperature, self._dtype)


def teacher_files(teacher: str) -> list[Path]:
    """The files of all teachers, none without one. Raises InputError if one is missing."""
    return [path for named in _named(teacher) for path in named.files()]


def load_teachers(
    params: TrainParams, context: int, tokenizer_sha256: str, device: torch.device, dtype: torch.dtype
) -> Teachers | None:
    """The teachers of a student of this context and tokenizer, None without one.

    Raises InputError if one is missing, cut, of another tokenizer or of a shorter context.
    """
    models = []
    for named in _named(params.teacher):
        checkpoint = named.load(device)
        named.refuse_other_tokenizer(checkpoint, tokenizer_sha256)
        if (theirs := checkpoint.model.config.context) < context:
            raise InputError(
                f"{named.parameter}: the context of {named.folder} is {theirs} tokens, fewer than "
                f"model.context = {context}; lower that, or use a teacher that sees as much"
            )
        models.append(checkpoint.model)
    return Teachers(Ensemble(models), params, dtype) if models else None


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
