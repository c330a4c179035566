"""How fast the model answers and how much memory that takes, on this machine.

Two latencies: a forward pass over one full context, and one more token with the key/value cache, as in
generation; each for one sequence and for 32 at once, where throughput counts. A token takes the longer the
more tokens are in the cache: the runs are spread evenly from an empty cache to a full context, so that p50
and p95 are of the whole range, and the table `cache` has the course. Each run ends when its result has
reached the host, so that a GPU has finished. The first runs, in which memory is allocated and kernels are
chosen, are not counted. Nothing here is reproducible: it stands in a file of its own.
"""

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import psutil
import torch

from minillm.files import Metrics, measured
from minillm.model.decoding import Decoder
from minillm.model.minigpt import MiniGPT
from minillm.model.portable import argmax

BATCH_SIZES = (1, 32)
LATENCIES = ("forward", "token", "forward_batch_32", "token_batch_32")
_WEIGHTS_DIGITS = 12  # of the SHA-256: they tell of which model the figures are, and make no table wide
_WARM_UP_RUNS = 5
_RUNS_FOR_P95 = 20  # of fewer, less than one lies above it
_LENGTH_PARTS = 8
_RUNS_SHARE = {1: 1, 32: 4}  # a batch takes long and varies little: a quarter of the runs
_FIRST_TOKEN = 4  # any token will do: no computation depends on which

Latency = Mapping[str, list[float]]
"""Milliseconds of each run, by the names in LATENCIES."""


class PartTimes:
    """Seconds that each part of the evaluation took; a line says which one runs and how long it took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def of(self, part: str) -> Iterator[None]:
        """Time what happens inside."""
        print(f"evaluate: {part.replace('_', ' ')} … ", end="", flush=True)
        started = time.perf_counter()
        try:
            yield
        except BaseException:
            print()  # what ends it says so on a line of its own
            raise
        self.seconds[part] = time.perf_counter() - started
        print(f"{self.seconds[part]:.1f} s", flush=True)


def measure_latency(model: MiniGPT, runs: int) -> Latency:
    """Milliseconds of forward passes and of tokens, these at the lengths that `token_lengths` tells."""
    latency = {}
    for batch_size in BATCH_SIZES:
        suffix = f"_batch_{batch_size}" if batch_size > 1 else ""
        count = max(1, runs // _RUNS_SHARE[batch_size])
        full = [model.config.context] * count
        latency[f"forward{suffix}"] = _time(model, batch_size, full, with_cache=False)
        lengths = token_lengths(model.config.context, count)
        latency[f"token{suffix}"] = _time(model, batch_size, lengths, with_cache=True)
    return latency


def token_lengths(context: int, runs: int) -> list[int]:
    """How many tokens each run ends with, the timed one included: evenly from 1 to the context."""
    return [1 + place * (context - 1) // max(1, runs - 1) for place in range(runs)]


@torch.inference_mode()
def _time(model: MiniGPT, batch_size: int, lengths: list[int], *, with_cache: bool) -> list[float]:
    """Milliseconds of a pass over each length, or of the last token of it alone."""
    model.eval()
    device = next(model.parameters()).device
    milliseconds = []
    for length in [lengths[0]] * _WARM_UP_RUNS + lengths:
        tokens = torch.full((batch_size, length), _FIRST_TOKEN, device=device)  # (B, T)
        decoder = Decoder(model, model.config.context)
        if with_cache:
            if length > 1:
                decoder.logits(tokens[:, :-1])[:, 0].tolist()  # over before the clock starts
            tokens = tokens[:, -1:]
        started = time.perf_counter_ns()
        logits = decoder.logits(tokens) if with_cache else model(tokens)[:, -1]  # (B, V)
        argmax(logits).tolist()
        milliseconds.append((time.perf_counter_ns() - started) / 1e6)
    return milliseconds[_WARM_UP_RUNS:]


class Performance(NamedTuple):
    """Time and memory, of one model on one machine."""

    metrics: Metrics
    """Few, because `dvc metrics diff` shows each of them beside the quality."""
    tables: Mapping[str, Sequence[Metrics]]
    """The details."""


def performance(
    model: MiniGPT, latency: Latency, part_seconds: Mapping[str, float], weights_sha256: str
) -> Performance:
    """Latencies, seconds and this process's peak memory, which is that of the whole evaluation.

    Tokens per second: those seen by a forward pass, those written by generation.
    """
    device = next(model.parameters()).device
    parameter_bytes = sum(value.numel() * value.element_size() for value in model.parameters())
    memory = {"parameter_bytes": parameter_bytes, "peak_resident_bytes": _peak_resident_bytes()}
    if device.type == "cuda":
        memory["peak_cuda_bytes"] = torch.cuda.max_memory_allocated(device)
    return Performance(
        metrics={
            "device": torch.cuda.get_device_name(device) if device.type == "cuda" else device.type,
            "threads": torch.get_num_threads(),
            "weights": weights_sha256[:_WEIGHTS_DIGITS],
            "evaluation_seconds": sum(part_seconds.values()),
            "median_milliseconds": {name: float(np.median(latency[name])) for name in ("forward", "token")},
            "memory": memory,
        },
        tables={
            "latencies": [_summary(name, latency[name], model.config.context) for name in LATENCIES],
            "percentiles": _percentiles(latency),
            "cache": _by_length(latency, model.config.context),
            "parts": [{"part": name, "seconds": seconds} for name, seconds in part_seconds.items()],
        },
    )


def _tokens_per_run(name: str, context: int) -> int:
    return (32 if name.endswith("_batch_32") else 1) * (context if name.startswith("forward") else 1)


def _percentiles(latency: Latency) -> list[Metrics]:
    """For each per cent of the runs, the milliseconds that so many of them took at most."""
    percents = np.arange(1, 101)
    columns = {name: np.percentile(latency[name], percents, method="inverted_cdf") for name in LATENCIES}
    return [
        {"percentile": int(percent), **{name: float(column[row]) for name, column in columns.items()}}
        for row, percent in enumerate(percents)
    ]


def _by_length(latency: Latency, context: int) -> list[Metrics]:
    """Median milliseconds of a token, one sequence at a time, in so many even parts of the context."""
    lengths = np.array(token_lengths(context, len(latency["token"])))
    parts = np.array_split(np.arange(1, context + 1), min(_LENGTH_PARTS, context))
    rows: list[Metrics] = []
    for part in parts:
        inside = (lengths >= part[0]) & (lengths <= part[-1])
        if inside.any():
            median = float(np.median(np.array(latency["token"])[inside]))
            rows.append({"from": int(part[0]), "to": int(part[-1]), "token": median})
    return rows


def _summary(name: str, milliseconds: list[float], context: int) -> Metrics:
    p50, p95 = np.percentile(milliseconds, [50, 95])
    enough = len(milliseconds) >= _RUNS_FOR_P95
    mean = float(np.mean(milliseconds))
    return measured(
        {
            "what": name,
            "mean": mean,
            "std": float(np.std(milliseconds)) if len(milliseconds) > 1 else None,
            "p50": float(p50),
            "p95": float(p95) if enough else None,
            "tokens_per_second": _tokens_per_run(name, context) * 1000 / mean,
        }
    )


def _peak_resident_bytes() -> int:
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    import resource  # not on Windows

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # Linux counts in KiB
