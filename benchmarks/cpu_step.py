"""What the choices behind a training step on the CPU are worth: `python -m benchmarks.cpu_step`.

Each pair is timed alternately in one process; what only a process's start can set is timed in processes of
its own, also alternating. Prints medians in milliseconds and their ratio. The shapes are params.yaml's,
the tokens are random.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from minillm.cores import usable_cores
from minillm.model.attention import attention
from minillm.model.dropout import Dropout
from minillm.model.minigpt import MiniGPT, ModelConfig
from minillm.params import read_params
from minillm.training.device import autocast, keep_freed_memory, resolve_precision
from minillm.training.loss import fused_loss
from minillm.training.muon import Muon
from minillm.training.optimizer import build_optimizers

CPU = torch.device("cpu")
ROUNDS = 15


def main() -> None:
    """Print one line per choice."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--step", choices=["keep", "free"], help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.step:
        print(step_milliseconds(keep_memory=arguments.step == "keep"))
        return
    print(f"{usable_cores()} cores, torch {torch.__version__}, {resolve_precision('auto', CPU)}")
    keep_freed_memory()
    compare("attention, forward and backward: sdpa | plain formula", *attention_pair())
    compare("dropout: torch | 16-bit draws", *dropout_pair())
    compare("head and loss: linear + cross_entropy | fused", *loss_pair())
    compare("Muon's update of the modern model: torch's, bfloat16 | ours", *muon_pair())
    compare("Muon's queries, keys and values: together | apart", *stacked_pair())
    compare_processes("step: memory given back | kept", ("free", {}, False), ("keep", {}, False))
    spin = {"GOMP_SPINCOUNT": "2000000000"}
    compare_processes(
        "step, one core taken: OpenMP spins | 1,000 spins", ("keep", spin, True), ("keep", {}, True)
    )


def compare(label: str, first: Callable[[], object], second: Callable[[], object]) -> None:
    """Time two functions alternately and print their medians."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for function, list_ in zip((first, second), times, strict=True):
            started = time.perf_counter()
            function()
            list_.append(1000 * (time.perf_counter() - started))
    report(label, *times)


def compare_processes(label: str, *variants: tuple[str, dict[str, str], bool]) -> None:
    """Time a whole training step in processes of its own: (memory, environment, busy core)."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(3):
        for (memory, environment, busy), list_ in zip(variants, times, strict=True):
            burner = subprocess.Popen([sys.executable, "-c", "while True: pass"]) if busy else None
            command = [sys.executable, "-m", "benchmarks.cpu_step", "--step", memory]
            output = subprocess.check_output(command, env=os.environ | environment, text=True)
            list_.append(float(output))
            if burner:
                burner.kill()
                burner.wait()
    report(label, *times)


def report(label: str, first: list[float], second: list[float]) -> None:
    """One line: medians and their ratio."""
    a, b = statistics.median(first), statistics.median(second)
    print(f"{label:52} {a:8.1f} | {b:8.1f} ms   ratio {a / b:.2f}", flush=True)


def step_milliseconds(*, keep_memory: bool) -> float:
    """Median of a step of the model of params.yaml."""
    params = read_params(Path("params.yaml"))
    if keep_memory:
        keep_freed_memory()
    torch.manual_seed(0)
    model = MiniGPT(ModelConfig.from_params(params.model, params.vocab.vocab_size)).train()
    [optimizer] = build_optimizers(model, params.train)
    dtype = resolve_precision("auto", CPU)
    tokens = torch.randint(4, params.vocab.vocab_size, (params.train.batch_size, params.model.context))
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        with autocast(CPU, dtype):
            hidden = model.hidden(tokens)
        loss = fused_loss(hidden, tokens, model.head, params.train.label_smoothing, dtype).loss
        torch.autograd.backward(loss)
        optimizer.step()
        optimizer.zero_grad()
        times.append(1000 * (time.perf_counter() - started))
    return statistics.median(times)


def attention_pair() -> tuple[Callable[[], None], Callable[[], None]]:
    """torch's kernel and the plain formula on (B, H, T, D/H)."""
    params = read_params(Path("params.yaml"))
    shape = (params.train.batch_size, params.model.heads, params.model.context, 64)
    query, key, value = (torch.randn(shape, dtype=torch.bfloat16).requires_grad_() for _ in range(3))

    def run(function: Callable[[Tensor, Tensor, Tensor], Tensor]) -> None:
        torch.autograd.backward(function(query, key, value).sum())

    return (
        lambda: run(lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True)),
        lambda: run(lambda q, k, v: attention(q, k, v, None)),
    )


def dropout_pair() -> tuple[Callable[[], object], Callable[[], object]]:
    """torch's dropout and ours on a million values."""
    x = torch.randn(4096, 256)
    ours = Dropout(0.1).train()
    return lambda: F.dropout(x, 0.1, training=True), lambda: ours(x)


def loss_pair() -> tuple[Callable[[], None], Callable[[], None]]:
    """The head and the smoothed loss with their gradients, 2,048 rows of 5,000 logits."""
    head = nn.Linear(256, 5000)
    hidden = torch.randn(32, 64, 256).requires_grad_()
    targets = torch.randint(4, 5000, (32, 64))

    def plain() -> None:
        with torch.autocast("cpu", torch.bfloat16):
            logits = head(hidden)
        flat = logits.flatten(0, 1).float()
        torch.autograd.backward(F.cross_entropy(flat, targets.flatten(), label_smoothing=0.1))
        flat.argmax(1)

    def fused() -> None:
        torch.autograd.backward(fused_loss(hidden, targets, head, 0.1, torch.bfloat16).loss)

    return plain, fused


def muon_pair() -> tuple[Callable[[], object], Callable[[], object]]:
    """torch's Muon and ours on the matrices of two blocks of 256."""
    shapes = 2 * [(768, 256), (256, 256), (683, 256), (683, 256), (256, 683)]
    matrices = [nn.Parameter(torch.randn(shape)) for shape in shapes]
    for matrix in matrices:
        matrix.grad = torch.randn_like(matrix)
    theirs = torch.optim.Muon(matrices, lr=1e-3, adjust_lr_fn="match_rms_adamw")
    ours = Muon(matrices, 1e-3, 0.1, resolve_precision("auto", CPU))
    return theirs.step, ours.step


def stacked_pair() -> tuple[Callable[[], object], Callable[[], object]]:
    """Muon on the attention matrices of two blocks of 256, as one matrix each and as three."""
    matrices = [nn.Parameter(torch.randn(768, 256)) for _ in range(2)]
    for matrix in matrices:
        matrix.grad = torch.randn_like(matrix)
    together, apart = (
        Muon([{"params": matrices, "stacked": n}], 1e-3, 0.1, resolve_precision("auto", CPU)) for n in (1, 3)
    )
    return together.step, apart.step


if __name__ == "__main__":
    main()
