import time

import numpy as np
import pytest
import torch

from minillm.evaluation import speed
from minillm.evaluation.speed import LATENCIES, PartTimes, measure_latency, performance, token_lengths
from minillm.model.decoding import Decoder
from tests.evaluation.models import random_model

MODEL = random_model(context=6)


def test_each_kind_is_timed_as_often_as_asked_for_also_past_the_context() -> None:
    latency = measure_latency(MODEL, runs=20)
    assert {name: len(runs) for name, runs in latency.items()} == {
        "forward": 20,
        "token": 20,
        "forward_batch_32": 5,
        "token_batch_32": 5,
    }
    assert min(min(runs) for runs in latency.values()) > 0


def test_percentiles_tell_which_share_of_the_runs_took_at_most_so_long() -> None:
    latency = {name: [8.0, 2.0, 4.0, 6.0] for name in LATENCIES} | {"token": [1.0]}
    table = performance(MODEL, latency, {}, "").tables["percentiles"]
    assert [row["percentile"] for row in table] == list(range(1, 101))
    assert [table[percent - 1]["forward"] for percent in (1, 25, 26, 50, 75, 100)] == [2, 2, 4, 4, 6, 8]
    assert {row["token"] for row in table} == {1.0}


def test_a_forward_pass_sees_the_whole_context_and_a_token_extends_the_cache(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = random_model(context=6)
    seen: list[tuple[int, int, int | None]] = []
    forward, logits = model.forward, Decoder.logits

    def spy_forward(tokens: torch.Tensor) -> torch.Tensor:
        seen.append((*tokens.shape, None))
        return forward(tokens)

    def spy_logits(decoder: Decoder, tokens: torch.Tensor) -> torch.Tensor:
        seen.append((*tokens.shape, decoder.length))
        return logits(decoder, tokens)

    monkeypatch.setattr(model, "forward", spy_forward)
    monkeypatch.setattr(Decoder, "logits", spy_logits)
    monkeypatch.setattr(speed, "_WARM_UP_RUNS", 2)
    measure_latency(model, runs=8)
    assert seen[:10] == [(1, 6, None)] * 10
    expected = [(1, 1, 0)] * 3  # two to warm up, and the first
    for length in (1, 2, 3, 3, 4, 5, 6):
        expected += [(1, length - 1, 0), (1, 1, length - 1)] if length > 1 else [(1, 1, 0)]
    assert seen[10 : 10 + len(expected)] == expected
    assert seen[10 + len(expected) :] == [(32, 6, None)] * 4 + [(32, 1, 0)] * 3 + [(32, 5, 0), (32, 1, 5)]


@pytest.mark.parametrize(("context", "runs"), [(64, 100), (256, 100), (1024, 9), (64, 2), (6, 50)])
def test_tokens_are_timed_from_an_empty_cache_to_a_full_context(context: int, runs: int) -> None:
    lengths = token_lengths(context, runs)
    assert (lengths[0], lengths[-1], len(lengths)) == (1, context, runs)
    steps = np.diff(lengths)
    assert steps.max() - steps.min() <= 1


def test_a_single_run_has_an_empty_cache() -> None:
    assert token_lengths(64, 1) == [1]


def test_the_medians_of_even_parts_of_the_context_tell_how_a_token_slows_down() -> None:
    model = random_model(context=16)
    latency = {name: [1.0] for name in LATENCIES} | {"token": [float(length) for length in range(1, 17)]}
    table = performance(model, latency, {}, "").tables["cache"]
    assert [(row["from"], row["to"], row["token"]) for row in table] == [
        (first, first + 1, first + 0.5) for first in range(1, 17, 2)
    ]


def test_of_few_runs_no_p95_is_told() -> None:
    latency = {name: [4.0] * 19 for name in LATENCIES} | {"token": [4.0] * 20}
    rows = {row["what"]: row for row in performance(MODEL, latency, {}, "").tables["latencies"]}
    assert [name for name, row in rows.items() if "p95" in row] == ["token"]


def test_the_runs_are_summarized_and_memory_is_told() -> None:
    runs = np.random.default_rng(0).exponential(5, 40).tolist()
    latency = {name: [2.0, 6.0] for name in LATENCIES} | {"forward": runs}
    found = performance(MODEL, latency, {"samples": 1.5, "latency": 2.0}, "0123456789abcdef")
    rows = {row["what"]: row for row in found.tables["latencies"]}
    assert list(rows) == list(LATENCIES)
    assert rows["forward"] == pytest.approx(
        {
            "what": "forward",
            "mean": np.mean(runs),
            "std": np.std(runs),
            "p50": np.median(runs),
            "p95": np.quantile(runs, 0.95),
            "tokens_per_second": 6 / np.mean(runs) * 1000,
        }
    )
    assert rows["token_batch_32"]["tokens_per_second"] == 32 / 4 * 1000
    assert found.tables["parts"] == [
        {"part": "samples", "seconds": 1.5},
        {"part": "latency", "seconds": 2.0},
    ]
    metrics = found.metrics
    assert metrics["evaluation_seconds"] == 3.5
    assert metrics["median_milliseconds"] == {"forward": pytest.approx(np.median(runs)), "token": 4.0}
    assert metrics["weights"] == "0123456789ab"
    assert metrics["device"] == "cpu"
    memory = metrics["memory"]
    assert isinstance(memory, dict)
    assert memory["parameter_bytes"] == 4 * MODEL.parameter_count()
    assert 50e6 < int(memory["peak_resident_bytes"]) < 1e12  # bytes, not kilobytes
    assert "peak_cuda_bytes" not in memory


def test_a_single_run_has_no_deviation() -> None:
    found = performance(MODEL, {name: [4.0] for name in LATENCIES}, {}, "0" * 64)
    assert [row["what"] for row in found.tables["latencies"]] == list(LATENCIES)
    assert all("std" not in row for row in found.tables["latencies"])


def test_each_part_is_timed_and_told(capsys: pytest.CaptureFixture[str]) -> None:
    cost = PartTimes()
    with cost.of("nothing"):
        pass
    with cost.of("a_pause"):
        assert capsys.readouterr().out.splitlines() == ["evaluate: nothing … 0.0 s", "evaluate: a pause … "]
        time.sleep(0.02)
    assert list(cost.seconds) == ["nothing", "a_pause"]
    assert cost.seconds["nothing"] >= 0
    assert 0.02 <= cost.seconds["a_pause"] < 10


def test_what_ends_a_part_speaks_on_a_line_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyboardInterrupt), PartTimes().of("a part"):
        raise KeyboardInterrupt
    assert capsys.readouterr().out == "evaluate: a part … \n"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_on_a_gpu_the_peak_of_its_memory_is_told() -> None:
    model = random_model(context=6).cuda()
    metrics = performance(model, measure_latency(model, runs=8), {}, "").metrics
    memory = metrics["memory"]
    assert isinstance(memory, dict)
    assert int(memory["peak_cuda_bytes"]) >= int(memory["parameter_bytes"])
    assert metrics["device"] != "cpu"
