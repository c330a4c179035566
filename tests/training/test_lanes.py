"""Lanes are one pass over the same rows, and how many cores compute them changes no byte."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from pydantic import ValidationError

from minillm.errors import InputError
from minillm.params import Params
from minillm.training import threads
from minillm.training.lanes import Lanes, deal_lanes, tree_sum
from minillm.training.trainer import Trainer
from tests.tokens.test_batches import params
from tests.training.test_loop import VOCAB_SIZE, make_params, run, splits

__all__ = ["splits"]

MODERN: dict[str, Any] = {
    "positions": "rope",
    "norm": "rmsnorm",
    "activation": "swiglu",
    "qk_norm": True,
    "tie_embeddings": True,
}
RECIPES: dict[str, Params] = {
    "studied": make_params(),
    "modern": make_params(
        MODERN, optimizer="muon", share_spelling=True, smoothing_target="bigrams", label_smoothing=0.15
    ),
    "padded": make_params(batches="padded", batch_size=7),
    "two lanes": make_params(lanes=2),
}


@pytest.mark.parametrize("batch_size", [1, 4, 7, 32])
def test_every_row_is_in_one_lane(batch_size: int) -> None:
    lanes = Lanes(4, range(4))
    rows = [list(range(batch_size))[lanes.rows(lane, batch_size)] for lane in range(4)]
    assert [row for lane in rows for row in lane] == list(range(batch_size))
    assert max(map(len, rows)) - min(map(len, rows)) <= 1


@pytest.mark.parametrize(
    ("lanes", "device", "batch_size", "processes", "dealt"),
    [
        ("auto", "cpu", 32, 1, [range(4)]),
        ("auto", "cpu", 3, 1, [range(2)]),
        ("auto", "cpu", 32, 4, [range(1), range(1, 2), range(2, 3), range(3, 4)]),
        ("auto", "cuda", 32, 1, [range(1)]),
        ("auto", "cuda", 32, 3, [range(1), range(1, 2), range(2, 3)]),
        (8, "cpu", 32, 2, [range(4), range(4, 8)]),
        (8, "cuda", 32, 2, [range(4), range(4, 8)]),
    ],
)
def test_processes_are_dealt_whole_lanes(
    lanes: int | str, device: str, batch_size: int, processes: int, dealt: list[range]
) -> None:
    settings = params(lanes=lanes, batch_size=batch_size)
    assert [deal_lanes(settings, device, rank, processes).own for rank in range(processes)] == dealt


def test_more_lanes_than_rows_name_both() -> None:
    with pytest.raises(InputError) as caught:
        deal_lanes(params(lanes=8, batch_size=4), "cpu")
    assert str(caught.value) == (
        "train.lanes = 8: a batch of train.batch_size = 4 has fewer rows; use auto, fewer lanes or more rows"
    )


@pytest.mark.parametrize("processes", [3, 8])
def test_processes_that_cannot_share_the_lanes_are_told_which_numbers_can(processes: int) -> None:
    with pytest.raises(InputError) as caught:
        deal_lanes(params(batch_size=32), "cpu", 0, processes)
    assert str(caught.value) == (
        f"train.processes = {processes}: must divide train.lanes = 4, since a process computes whole lanes; "
        f"use one of [1, 2, 4], or more lanes"
    )


def test_lanes_that_make_no_tree_are_refused() -> None:
    with pytest.raises(ValidationError, match=r"lanes = 6: must be auto or a power of two \(1, 2, 4, 8"):
        params(lanes=6)


def test_the_sum_is_a_tree_of_neighbours_and_takes_the_parts_as_it_goes() -> None:
    values = [1e8, 1.0, -1e8, 1.0, 3.0, 1e8, -1e8, 5.0]
    taken: list[int] = []

    def parts() -> Iterator[list[torch.Tensor]]:
        for number, value in enumerate(values):
            taken.append(number)
            yield [torch.tensor(value), torch.tensor([float(number)])]

    total, numbers = tree_sum(parts(), 8)
    a, b, c, d, e, f, g, h = torch.tensor(values)
    assert total == ((a + b) + (c + d)) + ((e + f) + (g + h))
    assert total != torch.tensor(values).sum()
    assert numbers.tolist() == [28.0]
    assert taken == list(range(8))


def one_step(splits: Path, **changes: Any) -> tuple[list[float], dict[str, torch.Tensor]]:
    """The figures of the first step, and the gradients that the optimizers get."""
    trainer = Trainer(make_params({"dropout": 0.0}, **changes), splits, VOCAB_SIZE)
    gradients: dict[str, torch.Tensor] = {}
    names = {id(parameter): name for name, parameter in trainer.trained.items()}
    for optimizer in trainer.optimizers:
        groups = optimizer.param_groups
        optimizer.step = lambda groups=groups: gradients.update(  # type: ignore[method-assign]
            {names[id(p)]: p.grad.clone() for group in groups for p in group["params"]}
        )
    figures = trainer.train_step(*next(iter(trainer.batches(1)))).tolist()
    return figures, gradients


@pytest.mark.parametrize("batches", ["packed", "padded"])
def test_eight_lanes_give_the_gradient_of_one(splits: Path, batches: str) -> None:
    figures, gradients = one_step(splits, batches=batches, lanes=1)
    parted_figures, parted = one_step(splits, batches=batches, lanes=8)
    assert figures == pytest.approx(parted_figures, rel=1e-6)
    assert len(gradients) > 10
    assert gradients.keys() == parted.keys()
    for name, gradient in gradients.items():
        assert gradient.abs().max() > 1e-5, name
        torch.testing.assert_close(parted[name], gradient, rtol=1e-4, atol=1e-6, msg=name)


def test_the_gradient_is_clipped_to_the_norm_asked_for(splits: Path) -> None:
    (_, _, norm, _), whole = one_step(splits, clip_norm=1e9)
    (_, _, same_norm, _), clipped = one_step(splits, clip_norm=norm / 10)
    assert same_norm == norm  # told as it was
    for name, gradient in whole.items():
        torch.testing.assert_close(clipped[name] * 10, gradient, rtol=1e-4, atol=1e-7)


def files_of(params: Params, splits: Path, folder: Path) -> dict[str, bytes]:
    run(params, splits, folder)
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_number_of_cores_changes_no_byte(
    splits: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recipe: str
) -> None:
    results = []
    for count in (1, 2, 5):
        monkeypatch.setattr(threads, "usable_cores", lambda count=count: count)
        results.append(files_of(RECIPES[recipe], splits, tmp_path / str(count)))
    assert results[0] == results[1] == results[2]
    assert len(results[0]) == 5


def test_nor_where_a_training_begins_with_a_checkpoint(
    splits: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(make_params(MODERN, max_steps=2), splits, tmp_path / "base")
    settings = make_params(
        MODERN, init_from=str(tmp_path / "base/best"), share_spelling=True, batches="padded", max_steps=6
    )
    results = []
    for count in (1, 5):
        monkeypatch.setattr(threads, "usable_cores", lambda count=count: count)
        results.append(files_of(settings, splits, tmp_path / str(count)))
    assert results[0] == results[1]
    assert results[0]["model.safetensors"] != (tmp_path / "base/best/model.safetensors").read_bytes()


def test_each_lane_draws_dropout_of_its_own(splits: Path) -> None:
    trainer = Trainer(make_params({"dropout": 0.5}), splits, VOCAB_SIZE)
    inputs, targets = next(iter(trainer.batches(1)))
    inputs[:], targets[:] = inputs[0].clone(), targets[0].clone()  # all rows alike
    count = torch.tensor(1)
    losses = [float(trainer._lane(inputs, targets, count, lane)[-1][0]) for lane in (0, 1, 2, 3, 0)]
    assert len(set(losses)) == 4
    assert losses[0] == losses[4]
