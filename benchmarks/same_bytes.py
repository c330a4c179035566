"""What decides the bytes of a training, and what that costs: `python -m benchmarks.same_bytes`.

Three tables. Operations on the same numbers, by this CPU and by others that qemu-user emulates (Debian's
package of that name): equal letters are equal bytes. Sums and gradients by so many of torch's own
threads. And the speed of matrix products, one thread, in turns.
"""

import argparse
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from minillm.model.portable import log, matmul

EMULATED = ("Haswell", "Broadwell", "Skylake-Client", "EPYC", "EPYC-Rome")
THREADS = (1, 2, 3, 4, 8)
ROUNDS = 15


def main() -> None:
    """Print the tables, or what one process of the first finds."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--operations", action="store_true", help=argparse.SUPPRESS)
    if parser.parse_args().operations:
        print(json.dumps(operations()))
        return
    print_operations()
    print_threads()
    print_speed()


def operations() -> dict[str, str]:
    """Name to hash, of operations on numbers that are the same everywhere."""
    torch.set_num_threads(1)
    random = torch.Generator().manual_seed(0)
    x = torch.randint(-(2**20), 2**20, (333, 517), generator=random) / 2**18
    y, p = x.double(), x.abs() + 1e-3
    found: dict[str, Tensor] = {
        "product, MKL (torch)": x @ x.T,
        "product, oneDNN": torch.ops.mkldnn._linear_pointwise(x, x, None, "none", [], ""),
        "product, OpenBLAS (NumPy)": matmul(x, x.T),
        "exp, torch": x.exp(),
        "log, torch": p.log(),
        "log, torch, float64": p.double().log(),
        "log by xlogy": log(p),
        "sqrt, torch": p.sqrt(),
        "log, NumPy, float64": torch.from_numpy(np.log(p.double().numpy())),
        "softmax": x.softmax(1),
        "log_softmax": x.log_softmax(1),
        "layer norm": F.layer_norm(x, (517,)),
        "GELU": F.gelu(x),
        "SiLU": F.silu(x),
        "sum": x.sum(),
        "norm, float64": y.norm(),
        "normal numbers": torch.randn(10_000, generator=random),
        "multinomial": torch.multinomial(p, 1, generator=random),
    }
    return {name: sha256(value) for name, value in found.items()}


def print_operations() -> None:
    """Which CPUs agree, a letter for each different result."""
    emulator = shutil.which("qemu-x86_64")
    commands = {"this CPU": [sys.executable]}
    if emulator:
        python = os.path.realpath(sys.executable)
        commands |= {name: [emulator, "-cpu", name, python] for name in EMULATED}
    else:
        print("no qemu-x86_64 here: this CPU alone")
    paths = [str(Path.cwd()), sysconfig.get_path("purelib")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    by_cpu = {}
    for cpu, command in commands.items():
        words = [*command, "-m", "benchmarks.same_bytes", "--operations"]
        by_cpu[cpu] = json.loads(subprocess.check_output(words, env=environment, stderr=subprocess.DEVNULL))
    print("\n| operation | " + " | ".join(by_cpu) + " |\n" + "|---" * (1 + len(by_cpu)) + "|")
    for name in by_cpu["this CPU"]:
        print(f"| {name} | {' | '.join(letters([found[name] for found in by_cpu.values()]))} |", flush=True)


def print_threads() -> None:
    """Sums and gradients by torch's own threads."""
    random = torch.Generator().manual_seed(0)
    x = torch.randn(2048, 256, generator=random)
    weights = {"linear layer": torch.randn(1024, 256, generator=random), "layer norm": torch.ones(256)}

    def values(name: str) -> Tensor:
        if name == "sum of 2048 × 256 values":
            return x.sum()
        weight = weights[name.removeprefix("gradient of a ")].requires_grad_()
        y = F.linear(x, weight) if weight.dim() == 2 else F.layer_norm(x, (256,), weight) * x
        return torch.autograd.grad(y.square().sum(), weight)[0]

    print("\n| by torch's own threads | " + " | ".join(map(str, THREADS)) + " |")
    print("|---" * (1 + len(THREADS)) + "|")
    for name in ("sum of 2048 × 256 values", "gradient of a layer norm", "gradient of a linear layer"):
        hashes = []
        for count in THREADS:
            torch.set_num_threads(count)
            hashes.append(sha256(values(name)))
        print(f"| {name} | {' | '.join(letters(hashes))} |")
    torch.set_num_threads(1)


def print_speed() -> None:
    """GFLOP/s of MKL, oneDNN and OpenBLAS on the products of a lane of 512 tokens."""
    print("\n| product, one thread, GFLOP/s | MKL | oneDNN | OpenBLAS |\n|---|---|---|---|")

    def dnn(a: Tensor, b: Tensor) -> object:
        return torch.ops.mkldnn._linear_pointwise(a, b.T, None, "none", [], "")

    for rows, columns, inner in ((512, 768, 256), (512, 1024, 256), (512, 256, 1024), (512, 5000, 256)):
        x, w, g = torch.randn(rows, inner), torch.randn(columns, inner), torch.randn(rows, columns)
        row = in_turns([(x, w.T), (g, w), (g.T, x)], {"MKL": torch.matmul, "oneDNN": dnn, "OpenBLAS": matmul})
        gflop = 6e-9 * rows * columns * inner
        print(
            f"| linear, forward and backward: {rows} × {inner} → {columns} | {cells(row, gflop)} |",
            flush=True,
        )
    for count, length in ((32, 64), (8, 128)):
        q, k = torch.randn(2, count, length, 64)
        row = in_turns([(q, k.mT)], {"MKL": torch.matmul, "OpenBLAS": matmul})
        gflop = 2e-9 * count * length * length * 64
        mkl, blas = (f"{gflop / seconds:.0f}" for seconds in row.values())
        print(f"| attention: {count} of {length} × 64 × {length} | {mkl} | – | {blas} |", flush=True)


def in_turns(
    pairs: list[tuple[Tensor, Tensor]], products: Mapping[str, Callable[[Tensor, Tensor], object]]
) -> dict[str, float]:
    """Median seconds that each kind of product needs for all pairs."""
    seconds: dict[str, list[float]] = {name: [] for name in products}
    for _ in range(ROUNDS):
        for name, product in products.items():
            started = time.perf_counter()
            for a, b in pairs:
                product(a, b)
            seconds[name].append(time.perf_counter() - started)
    return {name: statistics.median(taken) for name, taken in seconds.items()}


def cells(seconds: Mapping[str, float], gflop: float) -> str:
    """Speeds between bars."""
    return " | ".join(f"{gflop / taken:.0f}" for taken in seconds.values())


def letters(hashes: list[str]) -> list[str]:
    """A for the first, and so on."""
    different = list(dict.fromkeys(hashes))
    return [chr(ord("A") + different.index(digest)) for digest in hashes]


def sha256(value: Tensor) -> str:
    """Of a tensor's bytes."""
    return hashlib.sha256(np.ascontiguousarray(value.detach().numpy()).tobytes()).hexdigest()


if __name__ == "__main__":
    main()
