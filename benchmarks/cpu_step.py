"""What the choices behind a training step on the CPU are worth: `python -m benchmarks.cpu_step`.

Everything is timed in turns, and the medians and their ratio are printed. Whole steps are those of the named
experiments on the articles of data/splits: by torch's own threads and products, and by lanes, on an idle
machine and with one core taken by a busy loop. `--loss` times just the fused head and loss beside
F.cross_entropy, in whole steps and alone.
"""

import argparse
import contextlib
import itertools
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import patch

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.recipe import with_overrides
from minillm.cores import usable_cores
from minillm.model.attention import attention
from minillm.model.dropout import Dropout
from minillm.model.minigpt import TiedHead
from minillm.model.portable import argmax, linear
from minillm.params import read_params
from minillm.tokens.tokenizer import PAD
from minillm.training.device import keep_freed_memory
from minillm.training.loss import LossSums, fused_loss
from minillm.training.muon import Muon
from minillm.training.smoothing import TargetsOfRows
from minillm.training.threads import ONE_THREAD
from minillm.training.trainer import Trainer
from tools.study import choose, read_experiments

ROUNDS = 15
REPEATS = 3
"""Of each process."""


def main() -> None:
    """Print one line per choice."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--step", choices=("free", "keep"), help=argparse.SUPPRESS)
    parser.add_argument("--loss", action="store_true", help="the fused head and loss alone")
    arguments = parser.parse_args()
    if arguments.loss:
        compare_losses()
        return
    if arguments.step:
        print(step_milliseconds(arguments.step))
        return
    print(f"{usable_cores()} cores, torch {torch.__version__}, float32, instructions limited to AVX2")
    for name in choose(read_experiments()):
        steps = by_threads(name), by_lanes(name)
        compare(f"step of {name}: torch's threads | lanes", *steps)
        with one_core_taken():
            compare(f"step of {name}, one core taken: torch's threads | lanes", *steps)
    compare_processes("step: memory given back | kept", "free", "keep")
    keep_freed_memory()
    torch.set_num_threads(1)
    print("one thread:")
    compare("attention, forward and backward: sdpa | plain formula", *attention_pair())
    compare("dropout: torch | 16-bit draws", *dropout_pair())
    compare("head and loss: linear + cross_entropy | fused", *loss_pair(5000))
    compare("Muon's update of two blocks: torch's, bfloat16 | ours", *muon_pair())
    compare("Muon's queries, keys and values: together | apart", *stacked_pair())


def compare_losses() -> None:
    """The head by linear and F.cross_entropy, and fused with the loss: whole steps, then alone."""
    keep_freed_memory()
    for name in ("modelo-1", "moderno"):
        step = by_lanes(name)

        def plainly(step: Callable[[], object] = step) -> None:
            with patch("minillm.training.trainer.fused_loss", plain_loss):
                step()

        compare(f"step of {name}: linear + cross_entropy | fused", plainly, step)
    for words in (5000, 32_000):
        compare(f"head and loss, {words:,} words: linear + cross_entropy | fused", *loss_pair(words))


def compare(label: str, first: Callable[[], object], second: Callable[[], object]) -> None:
    """Time two functions alternately and print their medians."""
    times: tuple[list[float], list[float]] = ([], [])
    first(), second()  # the first call of each makes its buffers
    for _ in range(ROUNDS):
        for function, list_ in zip((first, second), times, strict=True):
            started = time.perf_counter()
            function()
            list_.append(1000 * (time.perf_counter() - started))
    report(label, *times)


def compare_processes(label: str, first: str, second: str) -> None:
    """Time training steps in processes of their own: how they treat memory holds for the whole process."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(REPEATS):
        for memory, list_ in zip((first, second), times, strict=True):
            command = [sys.executable, "-m", "benchmarks.cpu_step", "--step", memory]
            list_.append(float(subprocess.check_output(command)))
    report(label, *times)


def report(label: str, first: list[float], second: list[float]) -> None:
    """One line: medians and their ratio."""
    a, b = statistics.median(first), statistics.median(second)
    print(f"{label:52} {a:8.1f} | {b:8.1f} ms   ratio {a / b:.2f}", flush=True)


def by_threads(experiment: str) -> Callable[[], object]:
    """A training step of one lane, by torch's own threads and its own products."""
    with patch("minillm.training.trainer.threads_for", lambda *_, **__: ONE_THREAD):
        step = training_step(experiment, lanes=1)

    def run() -> None:
        torch.set_num_threads(usable_cores())
        with patch("minillm.model.portable.is_limited", lambda: False):
            step()

    return run


def by_lanes(experiment: str) -> Callable[[], object]:
    """A training step as it is."""
    step = training_step(experiment)

    def run() -> None:
        torch.set_num_threads(1)
        step()

    return run


def training_step(experiment: str, **train: object) -> Callable[[], object]:
    """A training step on the next batch."""
    params = with_overrides(read_experiments()[experiment])
    params = params.model_copy(update={"train": params.train.model_copy(update=train)})
    trainer = Trainer(params, Path("data/splits"), params.vocab.vocab_size)
    batches = itertools.cycle(trainer.batches(epoch=1))
    return lambda: trainer.train_step(*next(batches))


@contextlib.contextmanager
def one_core_taken() -> Iterator[None]:
    """A process that does nothing, as fast as it can."""
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as burner:
        yield
        burner.kill()


def step_milliseconds(memory: str) -> float:
    """Median of a training step of the default model."""
    with contextlib.ExitStack() as changes:
        if memory == "free":
            changes.enter_context(patch("minillm.training.trainer.keep_freed_memory", lambda: None))
        step = by_lanes("modelo-1")
        times = []
        for _ in range(ROUNDS + 2):
            started = time.perf_counter()
            step()
            times.append(1000 * (time.perf_counter() - started))
        return statistics.median(times[2:])


def attention_pair() -> tuple[Callable[[], None], Callable[[], None]]:
    """torch's kernel and the plain formula on (B, H, T, D/H)."""
    params = read_params(Path("params.yaml"))
    shape = (params.train.batch_size // 4, params.model.heads, params.model.context, 64)
    query, key, value = (torch.randn(shape).requires_grad_() for _ in range(3))

    def run(function: Callable[[Tensor, Tensor, Tensor], Tensor]) -> None:
        torch.autograd.backward(function(query, key, value).sum())

    return (
        lambda: run(lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True)),
        lambda: run(attention),
    )


def dropout_pair() -> tuple[Callable[[], object], Callable[[], object]]:
    """torch's dropout and ours on a million values."""
    x = torch.randn(4096, 256)
    ours = Dropout(0.1).train()
    return lambda: F.dropout(x, 0.1, training=True), lambda: ours(x)


def plain_loss(
    hidden: Tensor,
    targets: Tensor,
    head: nn.Linear | TiedHead,
    label_smoothing: float,
    dtype: torch.dtype,
    divisor: Tensor,
    towards: TargetsOfRows | None = None,
    lesson: None = None,
) -> LossSums:
    """What `fused_loss` computes without a teacher, by torch's own loss and its gradients."""
    ids = targets.flatten()
    logits = linear(hidden.flatten(0, 1).to(dtype), head.weight.to(dtype), head.bias).float()
    known = logits.detach()
    nll = F.cross_entropy(known, ids, ignore_index=PAD, reduction="sum")
    hits = ((argmax(known) == ids) & (ids != PAD)).sum().float()
    smoothing = 0.0 if towards else label_smoothing
    loss = F.cross_entropy(logits, ids, ignore_index=PAD, reduction="sum", label_smoothing=smoothing)
    if towards:
        means = towards(slice(None)).mean(logits.log_softmax(1))  # (N, 1)
        loss = (1 - label_smoothing) * loss - label_smoothing * means[ids != PAD].sum()
    return LossSums(loss / divisor, nll, hits)


def loss_pair(words: int) -> tuple[Callable[[], None], Callable[[], None]]:
    """The head and the smoothed loss with their gradients, 512 rows of so many logits."""
    head = nn.Linear(256, words)
    hidden = torch.randn(8, 64, 256).requires_grad_()
    targets = torch.randint(4, words, (8, 64))
    count = torch.tensor(targets.numel())

    def run(function: Callable[..., LossSums]) -> None:
        torch.autograd.backward(function(hidden, targets, head, 0.1, torch.float32, count).loss)

    return lambda: run(plain_loss), lambda: run(fused_loss)


def muon_pair() -> tuple[Callable[[], object], Callable[[], object]]:
    """torch's Muon and ours on the matrices of two blocks of 256."""
    shapes = 2 * [(768, 256), (256, 256), (683, 256), (683, 256), (256, 683)]
    matrices = [nn.Parameter(torch.randn(shape)) for shape in shapes]
    for matrix in matrices:
        matrix.grad = torch.randn_like(matrix)
    theirs = torch.optim.Muon(matrices, lr=1e-3, adjust_lr_fn="match_rms_adamw")
    ours = Muon([{"params": matrices}], 1e-3, 0.1, torch.float32)
    return theirs.step, ours.step


def stacked_pair() -> tuple[Callable[[], object], Callable[[], object]]:
    """Muon on the attention matrices of two blocks of 256, as one matrix each and as three."""
    matrices = [nn.Parameter(torch.randn(768, 256)) for _ in range(2)]
    for matrix in matrices:
        matrix.grad = torch.randn_like(matrix)
    together, apart = (Muon([{"params": matrices, "stacked": n}], 1e-3, 0.1, torch.float32) for n in (1, 3))
    return together.step, apart.step


if __name__ == "__main__":
    main()
