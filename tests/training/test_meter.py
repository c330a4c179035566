"""How far a training is, on a terminal and without one."""

import io
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from minillm.tokens.shards import open_shard
from minillm.training import meter
from minillm.training.meter import Meter
from minillm.training.trainer import Trainer
from tests.training.test_loop import make_params, run, splits

__all__ = ["splits"]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr(meter.time, "monotonic", lambda: now[0])
    return now


def test_without_a_terminal_a_line_is_said_every_half_minute(
    clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    shown = Meter(5, 758, shown=True)
    due = []
    for clock[0] in (10.0, 29.9, 30.0, 59.9, 75.0):
        due.append(shown.step())
        if due[-1]:
            shown.show(4.5678, 21333, pauses_seconds=60.0)
    assert due == [False, False, True, False, True]
    assert capsys.readouterr().out.splitlines() == [
        "step 8 of 758  loss 4.568  2,133 tokens/s  2 h 6 min left",
        "step 10 of 758  loss 4.568  1,313 tokens/s  3 h 23 min left",
    ]


@pytest.mark.parametrize(
    ("steps", "pauses_seconds", "words"),
    [(2, 0.0, "0 s"), (3, 29.9, "59 s"), (4, 3.0, "1 min 3 s"), (122, 0.0, "1 h 0 min")],
)
def test_the_time_left_is_in_the_two_largest_units(
    clock: list[float], capsys: pytest.CaptureFixture[str], steps: int, pauses_seconds: float, words: str
) -> None:
    shown = Meter(0, steps, shown=True)
    assert not shown.step()
    clock[0] = 30.0
    assert shown.step()
    shown.show(1.0, 1, pauses_seconds)
    assert capsys.readouterr().out.endswith(f"  {words} left\n")


def test_on_a_terminal_the_bar_says_the_same_and_nothing_is_left_of_it(
    clock: list[float], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    shown = Meter(5, 78, shown=True)
    assert not shown.step()
    clock[0] = 1.0
    assert shown.step()
    shown.show(4.5678, 2000, 0.0)
    shown.close()
    assert ", loss 4.568  2,000 tokens/s  1 min 11 s left]" in terminal.getvalue()
    assert terminal.getvalue().rstrip("\r").endswith(" ")
    assert capsys.readouterr().out == ""


def test_of_several_processes_one_speaks(clock: list[float]) -> None:
    silent = Meter(0, 9, shown=False)
    clock[0] = 1000.0
    assert not silent.step()
    clock[0] = 2000.0
    assert not silent.step()


def test_a_first_step_that_compiles_is_not_in_the_speed(
    clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    shown = Meter(0, 100, shown=True)
    clock[0] = 600.0
    assert not shown.step()
    clock[0] = 602.0
    assert shown.step()
    shown.show(4.5, 1000, 0.0)
    assert capsys.readouterr().out == "step 2 of 100  loss 4.500  500 tokens/s  3 min 16 s left\n"


def test_the_time_left_has_the_validations_to_come_from_the_first_line_on(
    splits: Path,
    tmp_path: Path,
    clock: list[float],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """13 steps of 30 s, and validations of 90 s after steps 5, 10 and 13."""

    def slower(name: str, seconds: float) -> None:
        method = getattr(Trainer, name)

        def later(trainer: Trainer, *arguments: Any) -> Any:
            clock[0] += seconds
            return method(trainer, *arguments)

        monkeypatch.setattr(Trainer, name, later)

    slower("train_step", 30.0)
    slower("validate", 90.0)
    run(make_params(epochs=1, validate_every=5), splits, tmp_path)
    found = re.findall(
        r"^step (\d+) of 13 .* tokens/s  (?:(\d+) min )?(\d+) s left$", capsys.readouterr().out, re.M
    )
    left = {int(step): 60 * int(minutes or 0) + int(seconds) for step, minutes, seconds in found}
    assert [*left] == [2, 3, 4, 5, 7, 8, 9, 10, 12, 13]
    assert left[7] == 6 * 30 + 2 * 90
    assert left[10] == 3 * 30 + 2 * 90  # one of them is due now
    assert left[13] == 90
    # Before the first one: by the tokens, three times as fast as training, of rows with 127 targets at most.
    whole = open_shard(splits, "validation").targets
    assert left[2] == pytest.approx(11 * 30 + 3 * whole * 30 / 120 / 3, rel=0.05)
    assert left[2] > 11 * 30 + 60


def test_a_training_says_its_loss_so_far_and_its_bytes_do_not_depend_on_it(
    splits: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    params = make_params(epochs=2, validate_every=5)
    assert run(params, splits, tmp_path / "silent")
    assert " left" not in capsys.readouterr().out
    monkeypatch.setattr(meter, "LINE_SECONDS", 0.0)
    run(params, splits, tmp_path / "speaking")
    lines = [line for line in capsys.readouterr().out.splitlines() if line.endswith(" left")]
    pattern = r"step (\d+) of (\d+)  loss \d\.\d{3}  [\d,]+ tokens/s  .* left"
    found = [re.fullmatch(pattern, line) for line in lines]
    assert all(found)
    steps = int(found[0][2])  # type: ignore[index]
    said = [int(match[1]) for match in found if match]
    assert said == [step for step in range(1, steps + 1) if step % 5 != 1]  # no speed is known after one
    assert steps > 20
    for path in (tmp_path / "silent").rglob("*.*"):
        assert (
            path.read_bytes() == (tmp_path / "speaking" / path.relative_to(tmp_path / "silent")).read_bytes()
        )
