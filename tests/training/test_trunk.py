"""A longer run that begins with the steps of a shorter one, and the same run from its first step on."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from minillm.files import Metrics
from minillm.params import Params
from minillm.training import checkpoints
from minillm.training.fingerprint import LENGTH, Fingerprint, parameters_of
from minillm.training.interrupts import Interrupts
from minillm.training.loop import train
from minillm.training.outputs import Outputs
from minillm.training.state import STATE, open_state
from minillm.training.trainer import Trainer
from tests.training.test_loop import VOCAB_SIZE, contents, make_params, run, splits
from tests.training.test_state import SignalAfter

__all__ = ["splits"]  # the fixture

STEPS_PER_EPOCH = 13
STATES = Path(".state/train")
HALF = {"schedule": "linear", "decay_share": 0.5}


@pytest.fixture(autouse=True)
def in_tmp_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_ROOT", raising=False)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The steps that were computed, from 1."""
    computed: list[int] = []
    step = Trainer.train_step

    def counted(trainer: Trainer, *batch: Any) -> Any:
        computed.append(trainer.step + 1)
        return step(trainer, *batch)

    monkeypatch.setattr(Trainer, "train_step", counted)
    return computed


def inputs_of(params: Params, files: dict[str, str] | None = None) -> Fingerprint:
    return Fingerprint(parameters_of(params), {}, files or {})


def with_state(
    params: Params,
    splits: Path,
    folder: str,
    interrupts: Interrupts | None = None,
    files: dict[str, str] | None = None,
) -> Metrics | None:
    """Train as the stage does; None: it was interrupted."""
    out = Path(folder)
    outputs = Outputs(out / "best", out / "training.tsv", out / "steps.tsv")
    with open_state(inputs_of(params, files)) as state:
        try:
            metrics = train(params, splits, VOCAB_SIZE, outputs, state, interrupts)
        except SystemExit:
            return None
        state.remove()
    return metrics


def assert_as_from_its_first_step(params: Params, splits: Path, folder: str, metrics: object) -> None:
    assert metrics == run(params, splits, Path("whole"))
    assert contents(Path(folder)) == contents(Path("whole"))
    assert len(contents(Path("whole"))) == 5


@pytest.mark.parametrize(
    ("shorter", "longer", "trunk"),
    [
        ({"epochs": 2} | HALF, {"epochs": 3} | HALF, 13),
        (
            {"max_steps": 9, "schedule": "constant", "validate_every": 4},
            {"max_steps": 17, "schedule": "constant", "validate_every": 4},
            9,
        ),
        ({"max_steps": 15, "schedule": "constant"}, {"max_steps": 30} | HALF, 15),
        (
            {"epochs": 1, "patience": 9, "schedule": "cosine", "decay_share": 0.4},
            {"max_tokens": 20 * 128, "epochs": 9} | HALF,
            8,
        ),
    ],
    ids=["epochs", "constant", "constant, then decay", "other limits"],
)
def test_a_longer_run_begins_with_the_steps_of_a_shorter_one_and_ends_with_the_same_bytes(
    splits: Path,
    steps: list[int],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    shorter: dict[str, object],
    longer: dict[str, object],
    trunk: int,
) -> None:
    monkeypatch.setattr("minillm.training.curve._STEP_ROWS", 10)  # they are thinned on the way
    assert with_state(make_params(**shorter), splits, "shorter")
    (kept,) = STATES.iterdir()
    assert f"after step {trunk}: a state is kept for longer runs ({kept})\n" in capsys.readouterr().out
    steps.clear()
    params = make_params(**longer)
    metrics = with_state(params, splits, "longer")
    epoch, step = divmod(trunk - 1, STEPS_PER_EPOCH)
    output = capsys.readouterr().out
    assert f"the first {trunk} steps are those of a run that was trained already ({kept})\n" in output
    assert f"going on in epoch {epoch + 1} after step {step + 1} of {STEPS_PER_EPOCH}\n" in output
    assert steps == [*range(trunk + 1, Trainer(params, splits, VOCAB_SIZE).steps + 1)]
    assert_as_from_its_first_step(params, splits, "longer", metrics)


def test_so_it_is_with_another_recipe_and_whatever_interrupts_either(splits: Path, steps: list[int]) -> None:
    recipe = {"optimizer": "muon", "share_spelling": True, "batches": "padded", "validate_every": 4} | HALF
    model = {"tie_embeddings": True}
    for epochs in (1, 2):
        params = make_params(model, epochs=epochs, validation_tokens=200, **recipe)
        metrics = None
        steps.clear()
        while metrics is None:
            shutil.rmtree("out", ignore_errors=True)  # as DVC deletes the outputs
            metrics = with_state(params, splits, "out", SignalAfter(5))
    assert steps[0] > 5
    assert steps == [*range(steps[0], Trainer(params, splits, VOCAB_SIZE).steps + 1)]
    assert_as_from_its_first_step(params, splits, "out", metrics)


def test_a_run_begins_with_the_longest_trunk_that_its_own_decay_leaves_it(
    splits: Path, steps: list[int]
) -> None:
    first = []
    for max_steps in (4, 12, 2, 8, 14, 14):  # the decay begins in their middle
        steps.clear()
        params = make_params(max_steps=max_steps, warmup_steps=0, **HALF)
        metrics = with_state(params, splits, "out")
        first.append(steps[0])
    assert first == [1, 3, 1, 3, 7, 8]
    assert_as_from_its_first_step(params, splits, "out", metrics)


def test_a_run_with_more_patience_goes_on_where_one_stopped_early(splits: Path, steps: list[int]) -> None:
    recipe = {"lr": 0.3, "validate_every": 3, "schedule": "constant", "epochs": 60}
    metrics = with_state(make_params(patience=2, **recipe), splits, "out")
    assert metrics
    stopped = int(str(metrics["steps"]))
    assert stopped == steps[-1] < 780
    more = make_params(patience=4, **recipe)
    metrics = with_state(more, splits, "out")
    assert steps[stopped] == stopped + 1  # it begins there
    assert steps[-1] > stopped
    assert_as_from_its_first_step(more, splits, "out", metrics)


def test_a_run_does_not_begin_with_steps_before_which_its_patience_ends(
    splits: Path, steps: list[int]
) -> None:
    recipe = {"lr": 0.3, "validate_every": 3, "schedule": "constant"}
    with_state(make_params(patience=99, max_steps=40, **recipe), splits, "out")
    steps.clear()
    impatient = make_params(patience=1, max_steps=50, **recipe)
    metrics = with_state(impatient, splits, "out")
    assert steps == [*range(1, len(steps) + 1)]
    assert len(steps) < 40
    assert_as_from_its_first_step(impatient, splits, "out", metrics)


def test_a_trunk_is_that_of_every_parameter_but_of_those_that_say_how_long_a_run_is() -> None:
    params = make_params()
    own = inputs_of(params)
    for name, value in own.parameters.items():
        other = replace(own, parameters=own.parameters | {name: f"not {value}"})
        assert other.key != own.key
        assert (other.trunk(9) == own.trunk(9)) is (name in LENGTH), name
    assert set(LENGTH) < own.parameters.keys()
    assert own.trunk(9) != own.trunk(8)
    assert own.trunk(9) != replace(own, files={"a": "1"}).trunk(9)
    assert own.trunk(9) != replace(own, machine={"a": "1"}).trunk(9)
    assert (own.trunk_steps, own.trunk(9).trunk_steps) == (0, 9)


def test_nothing_is_kept_without_a_constant_part_nor_taken_over_from_other_inputs(
    splits: Path, steps: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    with_state(make_params(max_steps=6), splits, "out")
    with_state(make_params(max_steps=6, warmup_steps=6, schedule="constant"), splits, "out")
    assert not any(STATES.iterdir())
    with_state(make_params(max_steps=6, **HALF), splits, "out")
    capsys.readouterr()
    for params, files in (
        (make_params(max_steps=10, lr=0.02, **HALF), {}),
        (make_params(max_steps=10, **HALF), {"minillm/training/loop.py": "edited"}),
        (make_params(max_steps=10), {}),
    ):
        steps.clear()
        with_state(params, splits, "out", files=files)
        assert steps == [*range(1, 11)]
    output = capsys.readouterr().out
    assert "a saved training exists" not in output  # a trunk is no training that goes on
    assert "trained already" not in output


@pytest.mark.parametrize(
    ("damage", "lines_on_it"),
    [("flipped", 1), ("no best", 1), ("cut", 0)],  # of a cut one nobody knows whose it was
)
def test_a_damaged_trunk_is_one_line_and_the_run_begins_at_its_start(
    splits: Path, steps: list[int], capsys: pytest.CaptureFixture[str], damage: str, lines_on_it: int
) -> None:
    with_state(make_params(max_steps=14, validate_every=5, **HALF), splits, "out")
    (kept,) = STATES.iterdir()
    if damage == "no best":
        (best,) = kept.glob("best-*")
        shutil.rmtree(best)
    else:
        content = bytearray((kept / STATE).read_bytes())
        content[-9] ^= 1
        (kept / STATE).write_bytes(content[: -9 if damage == "cut" else None])
    capsys.readouterr()
    steps.clear()
    params = make_params(max_steps=16, validate_every=5, **HALF)
    metrics = with_state(params, splits, "out")
    output = capsys.readouterr().out
    assert output.count(f"{kept / STATE}: no usable state") == output.count("no usable") == lines_on_it
    assert "trained already" not in output
    assert "going on" not in output
    assert steps[0] == 1
    assert kept.exists() is (lines_on_it == 0)
    assert_as_from_its_first_step(params, splits, "out", metrics)


def test_a_disk_that_does_not_take_a_trunk_ends_no_run(
    splits: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    params = make_params(max_steps=6, **HALF)
    save_file = checkpoints.save_file

    def full(tensors: Any, path: Path, metadata: Any) -> None:
        if metadata and '"steps": 3' in metadata["inputs"]:
            raise OSError(28, "No space left on device")
        save_file(tensors, path, metadata)

    monkeypatch.setattr(checkpoints, "save_file", full)
    metrics = with_state(params, splits, "out")
    assert (
        "\nno state is kept for longer runs: [Errno 28] No space left on device\n" in capsys.readouterr().out
    )
    assert not any(STATES.iterdir())
    assert_as_from_its_first_step(params, splits, "out", metrics)
