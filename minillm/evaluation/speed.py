"""How fast the model answers and how much memory that takes, on this machine.

Two latencies: a forward pass over one full context, and one more token with the key/value cache, as in
generation. Each run ends when its result has reached the host. The first runs, in which memory is
allocated and kernels are chosen, are not counted. Nothing here is reproducible: it stands in metrics and a
table of its own.
"""

import sys
import time
from collections.abc import Callable

import numpy as np
import psutil
import torch

from minillm.files import Metrics
from minillm.model.attention import KeyValues
from minillm.model.minigpt import MiniGPT

LATENCY_COLUMNS = ("percentile", "forward", "token")
_WARM_UP_RUNS = 10
_FIRST_TOKEN = 4  # any token will do: no computation depends on which


@torch.inference_mode()
def measure_latency(model: MiniGPT, runs: int) -> dict[str, list[float]]:
    """Milliseconds of each run, of "forward" and of "token" (at cache lengths from 1 to the context)."""
    model.eval()
    device = next(model.parameters()).device
    full = torch.full((1, model.config.context), _FIRST_TOKEN, device=device)  # (1, T)
    one = full[:, :1]
    cache: KeyValues = []

    def forward() -> None:
        model(full)[0, -1].argmax().item()

    def token() -> None:
        if cache and cache[0][0].shape[2] == model.config.context:
            cache.clear()
        model(one, cache)[0, -1].argmax().item()

    return {"forward": _time(forward, runs), "token": _time(token, runs)}


def _time(run: Callable[[], None], runs: int) -> list[float]:
    for _ in range(_WARM_UP_RUNS):
        run()
    milliseconds = []
    for _ in range(runs):
        started = time.perf_counter_ns()
        run()
        milliseconds.append((time.perf_counter_ns() - started) / 1e6)
    return milliseconds


def performance_metrics(model: MiniGPT, latency: dict[str, list[float]]) -> Metrics:
    """Latencies, parameters and the peak memory of this process, which is that of the whole evaluation."""
    device = next(model.parameters()).device
    parameter_bytes = sum(value.numel() * value.element_size() for value in model.parameters())
    memory = {"parameter_bytes": parameter_bytes, "peak_resident_bytes": _peak_resident_bytes()}
    if device.type == "cuda":
        memory["peak_cuda_bytes"] = torch.cuda.max_memory_allocated(device)
    return {
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else device.type,
        "threads": torch.get_num_threads(),
        "parameters": model.parameter_count(),
        "memory": memory,
        "milliseconds": {name: _summary(runs) for name, runs in latency.items()},
    }


def latency_table(latency: dict[str, list[float]]) -> list[tuple[float, ...]]:
    """Rows of LATENCY_COLUMNS: the share of runs, in percent, that took at most so many milliseconds."""
    ordered = [sorted(latency[name]) for name in LATENCY_COLUMNS[1:]]
    runs = len(ordered[0])
    return [
        (100 * number / runs, *values) for number, values in enumerate(zip(*ordered, strict=True), start=1)
    ]


def _summary(milliseconds: list[float]) -> dict[str, float]:
    p50, p95 = np.percentile(milliseconds, [50, 95])
    return {
        "mean": float(np.mean(milliseconds)),
        "std": float(np.std(milliseconds)),
        "p50": float(p50),
        "p95": float(p95),
    }


def _peak_resident_bytes() -> int:
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    import resource  # not on Windows

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # Linux counts in KiB
