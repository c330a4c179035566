import tracemalloc
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from minillm.errors import InputError
from minillm.params import TrainParams
from minillm.tokens.batches import (
    PackedRows,
    Windows,
    batches_per_epoch,
    evaluation_batches,
    tokens_per_step,
    training_batches,
)
from minillm.tokens.shards import Shard
from minillm.tokens.tokenizer import BOS, EOS, PAD
from tests.tokens.corpus import shard_of

PARAMS: dict[str, Any] = {
    "init_from": "checkpoints/none",
    "teacher": "data/none",
    "distillation_weight": 0.5,
    "distillation_temperature": 1.0,
    "batches": "packed",
    "batch_size": 3,
    "processes": 1,
    "lanes": "auto",
    "shuffle": True,
    "share_spelling": False,
    "epochs": 1,
    "max_steps": 0,
    "max_tokens": 0,
    "validate_every": 0,
    "validation_tokens": 0,
    "lr": 1e-3,
    "warmup_steps": 0,
    "schedule": "linear",
    "decay_share": 1.0,
    "optimizer": "adamw",
    "weight_decay": 0.0,
    "betas": [0.9, 0.999],
    "label_smoothing": 0.0,
    "smoothing_target": "uniform",
    "clip_norm": 1.0,
    "patience": 1,
    "device": "cpu",
    "precision": "float32",
    "compile": False,
}
# Article i holds the ids 100·i + 4 …, so that every token of the corpus is another.
LENGTHS = (1, 30, 7, 8, 9, 60, 2, 0, 25, 13)
SHARD = shard_of([range(100 * i + 4, 100 * i + 4 + length) for i, length in enumerate(LENGTHS)])

lengths = st.lists(st.integers(0, 40), min_size=1, max_size=20)


def params(**changes: object) -> TrainParams:
    return TrainParams.model_validate(PARAMS | changes)


def batches(shard: Shard = SHARD, context: int = 8, seed: int = 1, epoch: int = 1, **changes: object) -> Any:
    return list(training_batches(shard, context, params(**changes), seed, epoch))


def pairs(inputs: torch.Tensor, targets: torch.Tensor) -> list[tuple[int, int]]:
    counted = targets != PAD
    return list(zip(inputs[counted].tolist(), targets[counted].tolist(), strict=True))


def true_pairs(shard: Shard) -> list[tuple[int, int]]:
    """Each target with the token before it, by the plainest loop."""
    return [
        (int(a), int(b))
        for index in range(len(shard))
        for a, b in zip(shard.article(index)[:-1], shard.article(index)[1:], strict=True)
    ]


@given(lengths, st.integers(1, 20), st.integers(1, 5), st.floats(0, 1))
@settings(deadline=None)
def test_evaluation_scores_every_target_exactly_once(
    sizes: list[int], context: int, batch_size: int, overlap: float
) -> None:
    shard = shard_of([range(4, 4 + size) for size in sizes])
    stride = max(1, round((1 - overlap) * context))
    scored = np.zeros(len(shard.tokens), dtype=int)
    for batch in evaluation_batches(shard, context, batch_size, stride):
        assert batch.inputs.shape == batch.targets.shape
        assert batch.inputs.shape[1] <= context
        for row in range(len(batch.inputs)):
            places = np.flatnonzero(batch.targets[row].numpy() != PAD)
            start = int(batch.positions[row])
            assert batch.targets[row, places].tolist() == shard.tokens[start + places].tolist()
            inputs = shard.tokens[start - 1 : start + places[-1]]
            assert batch.inputs[row, : len(inputs)].tolist() == inputs.tolist()
            scored[start + places] += 1
            begins = start - 1 in shard.offsets
            assert begins or places[0] == context - stride  # so many tokens stand before each target
    first = np.zeros(len(shard.tokens), dtype=bool)
    first[shard.offsets[:-1]] = True
    assert (scored[first] == 0).all()
    assert (scored[~first] == 1).all()


@given(lengths, st.integers(1, 20), st.integers(0, 3))
@settings(deadline=None)
def test_packed_rows_are_consecutive_pieces_of_the_epochs_text(
    sizes: list[int], context: int, epoch: int
) -> None:
    shard = shard_of([range(100 * i + 4, 100 * i + 4 + size) for i, size in enumerate(sizes)])
    rows = PackedRows(shard, context, [5, epoch])
    order = np.random.default_rng([5, epoch]).permutation(len(shard))
    text = np.concatenate([shard.article(int(index)) for index in order])
    starts = sorted(int(np.flatnonzero(rows._rows == row)[0]) for row in range(len(rows)))
    assert starts == list(range(len(rows)))
    for index in range(len(rows)):
        start = int(rows._rows[index]) * context
        assert rows[index].tolist() == text[start : start + context + 1].tolist()
    assert len(rows) == (len(text) - 1) // context


def test_packed_targets_follow_their_inputs_and_never_start_an_article() -> None:
    known = set(true_pairs(SHARD))
    seen = []
    boundaries = 0
    for inputs, targets in batches():
        assert inputs.shape == targets.shape == (3, 8)
        seen += pairs(inputs, targets)
        boundaries += int((inputs[:, :-1] == EOS).sum())
        assert (targets != BOS).all()
    assert boundaries > 3  # rows really cross articles
    assert len(seen) > 100
    assert set(seen) <= known


def test_padded_batches_hold_every_target_but_the_last_incomplete_batch() -> None:
    seen = [pair for inputs, targets in batches(batches="padded") for pair in pairs(inputs, targets)]
    assert len(seen) == len(set(seen))
    assert set(seen) <= set(true_pairs(SHARD))
    assert len(seen) > 0.7 * SHARD.targets


@pytest.mark.parametrize("batch_size", [3, 7, 20])
def test_the_tokens_of_a_step_are_those_of_its_batches(batch_size: int) -> None:
    shard = shard_of([range(4, 4 + length) for length in np.random.default_rng(0).integers(1, 60, 50)])
    for kind in ("packed", "padded"):
        changed = {"batches": kind, "batch_size": batch_size}
        epochs = [batches(shard, context=16, epoch=epoch, **changed) for epoch in range(1, 41)]
        whole = [targets for epoch in epochs for _, targets in epoch]
        found = [targets.numel() if kind == "packed" else int((targets != PAD).sum()) for targets in whole]
        counted = tokens_per_step(shard, 16, params(**changed))
        assert counted == pytest.approx(np.mean(found), rel=0.02, abs=1), kind
        assert (set(found) == {counted}) == (kind == "packed")


def test_padded_batches_group_windows_of_similar_length() -> None:
    shard = shard_of([range(4, 4 + length) for length in np.random.default_rng(0).integers(1, 60, 300)])
    grouped = batches(shard, context=64, batches="padded", batch_size=10)
    padding = sum(int((targets == PAD).sum()) for _, targets in grouped)
    assert padding / sum(targets.numel() for _, targets in grouped) < 0.1
    widths = [inputs.shape[1] for inputs, _ in grouped]
    assert widths != sorted(widths, reverse=True)  # but their order is random


@pytest.mark.parametrize("kind", ["packed", "padded"])
def test_order_depends_on_seed_and_epoch_alone(kind: str) -> None:
    def tokens(**changes: Any) -> list[list[int]]:
        return [inputs.flatten().tolist() for inputs, _ in batches(batches=kind, **changes)]

    reference = tokens()
    assert len(reference) > 3
    assert tokens() == reference
    assert tokens(epoch=2) != reference
    assert tokens(seed=2) != reference
    assert tokens(shuffle=False) == tokens(shuffle=False, epoch=2, seed=3)


def test_batches_leave_the_global_random_state_alone() -> None:
    torch.manual_seed(0)
    expected = torch.rand(1)
    torch.manual_seed(0)
    batches()
    assert torch.rand(1) == expected


@pytest.mark.parametrize("kind", ["packed", "padded"])
def test_a_split_smaller_than_one_batch_is_a_clear_error(kind: str) -> None:
    with pytest.raises(InputError, match=r"model\.context = 64, train\.batch_size = 50: .*only 175 tokens"):
        batches_per_epoch(SHARD, 64, params(batch_size=50, batches=kind))


def test_a_stride_of_the_context_gives_the_rows_of_no_stride() -> None:
    plain, strided = (list(evaluation_batches(SHARD, 8, 3, stride)) for stride in (None, 8))
    assert len(plain) > 3
    for one, other in zip(plain, strided, strict=True):
        assert torch.equal(one.inputs, other.inputs)
        assert torch.equal(one.targets, other.targets)
        assert (one.positions == other.positions).all()


def listed_rows(shard: Shard, context: int, epoch: int, kind: str, batch_size: int) -> list[list[int]]:
    """The rows of each batch of an epoch as lists, all of them made at once."""
    if kind == "packed":
        rows = [*range((len(shard.tokens) - 1) // context)]
        return [rows[i : i + batch_size] for i in range(0, len(rows) - batch_size + 1, batch_size)]
    lengths = Windows(shard, context).lengths
    random = np.random.default_rng([1, epoch])
    order = random.permutation(len(lengths)).tolist()
    found = []
    for start in range(0, len(order), 50 * batch_size):
        chunk = sorted(order[start : start + 50 * batch_size], key=lambda window: -int(lengths[window]))
        found += [chunk[i : i + batch_size] for i in range(0, len(chunk) - batch_size + 1, batch_size)]
    return [found[index] for index in random.permutation(len(found))]


@given(
    lengths, st.integers(1, 20), st.integers(1, 3), st.sampled_from(["packed", "padded"]), st.integers(0, 3)
)
@settings(deadline=None)
def test_the_batches_of_an_epoch_are_those_of_lists_made_at_once(
    sizes: list[int], context: int, batch_size: int, kind: str, first: int
) -> None:
    shard = shard_of([range(4, 4 + 9 * size) for size in sizes])  # more windows than one group holds
    settings = params(batches=kind, batch_size=batch_size)
    loader = training_batches(shard, context, settings, 1, 2, first)
    assert loader.batch_sampler is not None
    expected = listed_rows(shard, context, 2, kind, batch_size)
    assert [[int(row) for row in batch] for batch in loader.batch_sampler] == expected[first:]
    assert len(loader) == len(expected[first:])
    if expected:
        assert batches_per_epoch(shard, context, settings) == len(expected)


def test_an_epochs_order_takes_a_few_bytes_a_row() -> None:
    shard = shard_of([range(4, 4 + 50) for _ in range(1000)])
    training_batches(shard, 2, params(), 1, 1)  # what NumPy and torch keep from the first time on
    tracemalloc.start()
    loader = training_batches(shard, 2, params(), 1, 1)
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    rows = (1000 * 52 - 1) // 2
    assert len(loader) == rows // 3
    assert held < peak < 8 * rows
