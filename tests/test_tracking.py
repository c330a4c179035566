"""Curves while a training is under way, read back by what shows them."""

import csv
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import pytest

from minillm import tracking
from minillm.errors import InputError
from minillm.tracking import Log, open_log
from minillm.training.curve import CURVE_COLUMNS, STEP_COLUMNS
from minillm.training.fingerprint import Fingerprint
from minillm.training.interrupts import Interrupts
from minillm.training.loop import train
from minillm.training.outputs import Outputs
from minillm.training.state import open_state
from tests.training.test_loop import VOCAB_SIZE, make_params, splits
from tests.training.test_state import SignalAfter

__all__ = ["splits"]  # the fixture

Kind = Literal["none", "tensorboard", "dvclive"]
KINDS: list[Kind] = ["tensorboard", "dvclive"]
Points = dict[str, list[tuple[int, float]]]
"""Steps and values, by the curve's name."""


@pytest.fixture(autouse=True)
def in_tmp_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    monkeypatch.setenv("DVC_STUDIO_OFFLINE", "")  # as it was, afterwards


def trained(splits: Path, kind: Kind, interrupts: Interrupts | None = None, killed_at: int = 0) -> bool:
    """Train with a resume state; whether it came to its end."""
    outputs = Outputs(Path("out/best"), Path("out/training.tsv"), Path("out/steps.tsv"))
    with open_state(Fingerprint({}, {}, {})) as state, open_log(kind, "run") as log:
        try:
            shown = killing(log, killed_at) if log and killed_at else log
            train(make_params(epochs=3), splits, VOCAB_SIZE, outputs, state, interrupts, log=shown)
        except (SystemExit, KilledError):
            return False
        state.remove()
    return True


class KilledError(Exception):
    pass


def killing(log: Log, step: int) -> Log:
    """The same log, and a kill behind that step: what has been shown is not saved."""

    def shown(group: str, figures: Mapping[str, float]) -> None:
        log(group, figures)
        if figures["step"] == step:
            raise KilledError

    return shown


def written() -> Points:
    """What the training wrote to its own files, as curves."""
    points: Points = {}
    for group, file, columns in (
        ("steps", "steps", STEP_COLUMNS),
        ("validations", "training", CURVE_COLUMNS),
    ):
        with open(f"out/{file}.tsv", encoding="utf-8", newline="") as lines:
            rows = [
                {name: float(cell) for name, cell in row.items()}
                for row in csv.DictReader(lines, delimiter="\t")
            ]
        points |= {
            f"{group}/{name}": [(int(row["step"]), row[name]) for row in rows]
            for name in columns
            if name != "step"
        }
    return points


def shown_by(kind: Kind) -> Points:
    if kind == "tensorboard":
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

        events = EventAccumulator("logs/run").Reload()
        return {
            tag: [(event.step, event.value) for event in events.Scalars(tag)]
            for tag in events.Tags()["scalars"]
        }
    points = {}
    for path in Path("logs/run/plots/metrics").rglob("*.tsv"):
        with path.open(encoding="utf-8", newline="") as lines:
            rows = [*csv.DictReader(lines, delimiter="\t")]
        name = f"{path.parent.name}/{path.stem}"
        points[name] = [(int(row["step"]), float(row[path.stem])) for row in rows]
    return points


def assert_equal(shown: Points, expected: Points) -> None:
    assert shown.keys() == expected.keys()
    for name, points in expected.items():
        assert [step for step, _ in shown[name]] == [step for step, _ in points], name
        assert [value for _, value in shown[name]] == pytest.approx([value for _, value in points], rel=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_the_curves_are_the_trainings_own_also_after_a_stop_and_a_kill(splits: Path, kind: Kind) -> None:
    assert not trained(splits, kind, SignalAfter(5))
    seen = shown_by(kind)["steps/train_loss"]
    assert [step for step, _ in seen] == [1, 2, 3, 4, 5]
    assert not trained(splits, kind, killed_at=8)  # steps 6 to 8 are shown, and none of them is saved
    assert shown_by(kind)["steps/train_loss"][:5] == seen
    assert trained(splits, kind)
    expected = written()
    assert len(expected["steps/train_loss"]) > 8
    assert len(expected["validations/validation_loss"]) == 3
    assert_equal(shown_by(kind), expected)


def test_off_it_imports_nothing_and_leaves_nothing(splits: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("torch.utils.tensorboard", "dvclive"):
        monkeypatch.setitem(sys.modules, name, None)  # an import would fail
    assert trained(splits, "none")
    assert not tracking.FOLDER.exists()


@pytest.mark.parametrize("kind", KINDS)
def test_a_package_that_is_missing_is_one_line_that_installs_it(
    kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, {"tensorboard": "torch.utils.tensorboard"}.get(kind, kind), None)
    with pytest.raises(InputError) as caught, open_log(kind, "run"):
        pass
    assert f"machine.log = '{kind}': needs a package" in str(caught.value)
    assert f"pip install -c constraints.txt -e '.[{kind}]'" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_dvclive_tells_no_server_even_where_a_token_is_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr("requests.post", lambda *arguments, **_: asked.append(arguments))
    monkeypatch.setenv("DVC_STUDIO_TOKEN", "isat_x")
    monkeypatch.setenv("DVC_STUDIO_REPO_URL", "git@example.org:someone/something")
    with open_log("dvclive", "run") as log:
        assert log
        log("steps", {"step": 1, "train_loss": 2.0})
    assert asked == []


def test_an_experiment_in_a_copy_writes_beside_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DVC_ROOT", str(tmp_path / "main"))
    with open_log("tensorboard", "run") as log:
        assert log
        log("steps", {"step": 1, "train_loss": 2.0})
    assert os.listdir(tmp_path / "main" / "logs") == ["run"]
