"""How fast the model answers and how much memory that takes, on this machine.

Two latencies: a forward pass over one full context, and one more token with the key/value cache, as in
generation; each for one sequence and for 32 at once, where throughput counts. Each run ends when its result
has reached the host, so that a GPU has finished. The first runs, in which memory is allocated and kernels
are chosen, are not counted. Nothing here is reproducible: it stands in metrics and a table of its own.
"""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import numpy as np
import psutil
import torch

from minillm.files import Metrics, measured
from minillm.model.attention import KeyValues
from minillm.model.minigpt import MiniGPT

BATCH_SIZES = (1, 32)
LATENCY_COLUMNS = ("percentile", "forward", "token", "forward_batch_32", "token_batch_32")
_WARM_UP_RUNS = 5
_RUNS_SHARE = {1: 1, 32: 4}  # a batch takes long and varies little: a quarter of the runs
_FIRST_TOKEN = 4  # any token will do: no computation depends on which

Latency = Mapping[str, list[float]]
"""Milliseconds of each run, by the names in LATENCY_COLUMNS."""


class PartTimes:
    """Seconds that each part of the evaluation took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def of(self, part: str) -> Iterator[None]:
        """Time what happens inside."""
        started = time.perf_counter()
        yield
        self.seconds[part] = time.perf_counter() - started


def measure_latency(model: MiniGPT, runs: int) -> Latency:
    """Milliseconds of forward passes and of tokens (at cache lengths from 1 to the context)."""
    latency = {}
    for batch_size in BATCH_SIZES:
        suffix = f"_batch_{batch_size}" if batch_size > 1 else ""
        forward, token = _runs(model, batch_size)
        count = max(1, runs // _RUNS_SHARE[batch_size])
        latency[f"forward{suffix}"] = _time(forward, count)
        latency[f"token{suffix}"] = _time(token, count)
    return latency


def _runs(model: MiniGPT, batch_size: int) -> tuple[Callable[[], None], Callable[[], None]]:
    """What is timed: a forward pass over a full context, and a token with the cache."""
    model.eval()
    device = next(model.parameters()).device
    full = torch.full((batch_size, model.config.context), _FIRST_TOKEN, device=device)  # (B, T)
    one = full[:, :1]
    cache: KeyValues = []

    @torch.inference_mode()
    def forward() -> None:
        model(full)[:, -1].argmax(dim=1).tolist()

    @torch.inference_mode()
    def token() -> None:
        if cache and cache[0][0].shape[2] == model.config.context:
            cache.clear()
        model(one, cache)[:, -1].argmax(dim=1).tolist()

    return forward, token


def _time(run: Callable[[], None], runs: int) -> list[float]:
    for _ in range(_WARM_UP_RUNS):
        run()
    milliseconds = []
    for _ in range(runs):
        started = time.perf_counter_ns()
        run()
        milliseconds.append((time.perf_counter_ns() - started) / 1e6)
    return milliseconds


def performance_metrics(model: MiniGPT, latency: Latency, part_seconds: Mapping[str, float]) -> Metrics:
    """Latencies, tokens per second, parameters, seconds per part and this process's peak memory.

    The peak is that of the whole evaluation. Tokens per second: those seen by a forward pass, those written
    by generation.
    """
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
        "tokens_per_second": {
            name: _tokens_per_run(name, model.config.context) * 1000 / float(np.mean(runs))
            for name, runs in latency.items()
        },
        "evaluation_seconds": dict(part_seconds),
    }


def _tokens_per_run(name: str, context: int) -> int:
    return (32 if name.endswith("_batch_32") else 1) * (context if name.startswith("forward") else 1)


def latency_table(latency: Latency) -> list[tuple[float, ...]]:
    """Rows of LATENCY_COLUMNS: the milliseconds that so many per cent of the runs took at most."""
    percentiles = np.arange(1.0, 101.0)
    columns = [
        np.percentile(latency[name], percentiles, method="inverted_cdf") for name in LATENCY_COLUMNS[1:]
    ]
    return [tuple(map(float, row)) for row in zip(percentiles, *columns, strict=True)]


def _summary(milliseconds: list[float]) -> Metrics:
    p50, p95 = np.percentile(milliseconds, [50, 95])
    several = len(milliseconds) > 1
    return measured(
        {
            "mean": float(np.mean(milliseconds)),
            "std": float(np.std(milliseconds)) if several else None,
            "p50": float(p50),
            "p95": float(p95),
        }
    )


def _peak_resident_bytes() -> int:
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    import resource  # not on Windows

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # Linux counts in KiB
