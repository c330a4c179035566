import numpy as np
import pytest
import torch

from minillm.evaluation import speed
from minillm.evaluation.speed import latency_table, measure_latency, performance_metrics
from tests.evaluation.models import random_model

MODEL = random_model(context=6)


def test_each_kind_is_timed_as_often_as_asked_for_also_past_the_context() -> None:
    latency = measure_latency(MODEL, runs=20)
    assert {name: len(runs) for name, runs in latency.items()} == {"forward": 20, "token": 20}
    assert min(min(runs) for runs in latency.values()) > 0


def test_the_table_tells_which_share_of_the_runs_took_at_most_so_long() -> None:
    latency = {"forward": [8.0, 2.0, 4.0, 6.0], "token": [1.0, 4.0, 3.0, 2.0]}
    assert latency_table(latency) == [(25.0, 2.0, 1.0), (50.0, 4.0, 2.0), (75.0, 6.0, 3.0), (100.0, 8.0, 4.0)]


def test_a_forward_pass_sees_the_whole_context_and_a_token_extends_the_cache(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = random_model(context=6)
    seen: list[tuple[int, int | None]] = []
    hidden = model.hidden

    def spy(tokens: torch.Tensor, cache: list[tuple[torch.Tensor, torch.Tensor]] | None) -> torch.Tensor:
        past = None if cache is None else cache[0][0].shape[2] if cache else 0
        seen.append((tokens.shape[1], past))
        return hidden(tokens, cache)

    monkeypatch.setattr(model, "hidden", spy)
    monkeypatch.setattr(speed, "_WARM_UP_RUNS", 2)
    measure_latency(model, runs=6)
    assert seen[:8] == [(6, None)] * 8
    assert seen[8:] == [(1, past) for past in (0, 1, 2, 3, 4, 5, 0, 1)]


def test_metrics_summarize_the_runs_and_tell_memory() -> None:
    runs = np.random.default_rng(0).exponential(5, 40).tolist()
    metrics = performance_metrics(MODEL, {"forward": runs})
    summary = metrics["milliseconds"]
    assert isinstance(summary, dict)
    assert summary["forward"] == pytest.approx(
        {
            "mean": np.mean(runs),
            "std": np.std(runs),
            "p50": np.median(runs),
            "p95": np.quantile(runs, 0.95),
        }
    )
    memory = metrics["memory"]
    assert isinstance(memory, dict)
    assert metrics["parameters"] == MODEL.parameter_count()
    assert memory["parameter_bytes"] == 4 * MODEL.parameter_count()
    assert 50e6 < int(memory["peak_resident_bytes"]) < 1e12  # bytes, not kilobytes
    assert "peak_cuda_bytes" not in memory
    assert metrics["device"] == "cpu"
