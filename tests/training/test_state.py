"""Resume inside one process; tests/training/test_resume.py kills real ones."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from minillm.errors import InputError
from minillm.params import Params
from minillm.training import checkpoints, state
from minillm.training.curve import CurveRow, Progress, StepRow
from minillm.training.fingerprint import Fingerprint, fingerprint
from minillm.training.interrupts import InterruptedTrainingError, Interrupts
from minillm.training.loop import train
from minillm.training.outputs import Outputs
from minillm.training.state import STATE, ResumeState, open_state
from minillm.training.trainer import Trainer
from minillm.training.validation import Figures
from tests.training.test_loop import VOCAB_SIZE, contents, make_params, run, splits

__all__ = ["splits"]  # the fixture

F, G = (Fingerprint({"seed": seed}, {}, {}) for seed in (1, 2))
FOLDER = Path(".state/train", F.key)


class SignalAfter(Interrupts):
    """A SIGTERM that comes in a step, or in the validation pass after so many epochs."""

    def __init__(self, steps: int = 10**9, validations: int = 10**9) -> None:
        super().__init__()
        self._steps, self._validations = steps, validations

    def check(self) -> None:
        self._steps -= 1
        if self._steps == 0:
            self.received = signal.SIGTERM
        super().check()

    def at_once(self):  # type: ignore[no-untyped-def]
        self._validations -= 1
        if self._validations == 0:
            raise InterruptedTrainingError(signal.SIGTERM)
        self._steps += 1  # its own question does not count
        return super().at_once()


@pytest.fixture(autouse=True)
def in_tmp_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_ROOT", raising=False)


def attempt(params: Params, splits: Path, folder: Path, interrupts: Interrupts | None = None) -> bool:
    """Train with a resume state in `folder`; whether it came to its end."""
    outputs = Outputs(folder / "best", folder / "training.tsv", folder / "steps.tsv")
    with open_state(F) as resume:
        try:
            train(params, splits, VOCAB_SIZE, outputs, resume, interrupts)
        except SystemExit:
            return False
        resume.remove()
    return True


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
@pytest.mark.parametrize("between", [1, 7, 16])
def test_a_run_interrupted_every_few_steps_ends_with_the_same_bytes(
    splits: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], optimizer: str, between: int
) -> None:
    params = make_params(optimizer=optimizer, epochs=2)
    run(params, splits, tmp_path / "whole")
    steps_per_epoch = Trainer(params, splits, VOCAB_SIZE).steps_per_epoch
    assert steps_per_epoch > 5
    interruptions = 0
    while not attempt(params, splits, tmp_path / "out", SignalAfter(between)):
        interruptions += 1
        for path in (tmp_path / "out").rglob("*"):  # as DVC deletes the outputs
            if path.is_file():
                path.unlink()
    assert interruptions == (2 * steps_per_epoch) // between
    output = capfd.readouterr()
    assert output.out.count("going on in epoch") == interruptions
    assert output.err.count("interrupted at epoch") == interruptions
    epoch, step = divmod(between, steps_per_epoch)
    assert f"going on in epoch {epoch + 1} after step {step} of {steps_per_epoch}" in output.out
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")
    assert len(contents(tmp_path / "out")) == 5
    assert not list(Path(".state/train").iterdir())


def test_a_signal_in_the_validation_repeats_the_validation_only(
    splits: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    params = make_params(epochs=3)
    run(params, splits, tmp_path / "whole")
    for epoch in (1, 1, 2):
        assert not attempt(params, splits, tmp_path / "out", SignalAfter(validations=epoch))
    assert attempt(params, splits, tmp_path / "out")
    assert capfd.readouterr().out.count("going on in epoch") == 3
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_when_the_state_was_saved_changes_nothing(
    splits: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    params = make_params(epochs=3)
    run(params, splits, tmp_path / "whole")
    saves = []
    save = ResumeState.save
    monkeypatch.setattr(ResumeState, "save", lambda *args: (saves.append(1), save(*args)))
    monkeypatch.setattr(state, "_LEAST_INTERVAL_SECONDS", 0.0)
    monkeypatch.setattr(state, "_INTERVAL_IN_COSTS", 0)
    assert attempt(params, splits, tmp_path / "out")
    assert len(saves) == Trainer(params, splits, VOCAB_SIZE).steps + 1
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_early_stopping_survives_an_interruption(splits: Path, tmp_path: Path) -> None:
    params = make_params(epochs=60, lr=0.05, patience=2)
    whole = run(params, splits, tmp_path / "whole")
    assert isinstance(whole["epochs"], int)
    assert whole["epochs"] < 60
    while not attempt(params, splits, tmp_path / "out", SignalAfter(33)):
        pass
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_saves_are_a_hundred_times_as_far_apart_as_they_cost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(state.time, "monotonic", lambda: now[0])
    resume = ResumeState(tmp_path, F)
    assert not resume.is_due()
    now[0] = 1.0
    assert resume.is_due()
    resume._cost_seconds, resume._last_saved = 0.2, 1.0
    now[0] = 20.9
    assert not resume.is_due()
    now[0] = 21.1
    assert resume.is_due()


def test_validations_within_an_epoch_and_an_end_within_one_survive_interruptions(
    splits: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    params = make_params(epochs=1.4, validate_every=4, validation_tokens=200)
    whole = run(params, splits, tmp_path / "whole")
    assert whole["steps"] == 18
    attempts = [SignalAfter(validations=number) for number in (1, 1, 3)]  # in that of steps 4, 4 and 12
    attempts += [SignalAfter(3), SignalAfter(validations=1), SignalAfter(validations=1)]  # 15, 16 and 18
    for interrupts in attempts:
        assert not attempt(params, splits, tmp_path / "out", interrupts)
        for path in (tmp_path / "out").rglob("*"):
            if path.is_file():
                path.unlink()
    assert attempt(params, splits, tmp_path / "out")
    assert capfd.readouterr().out.count("going on in epoch") == len(attempts)
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


@pytest.mark.parametrize(
    "damage", ["empty", "cut", "shorter", "flipped", "foreign", "older", "another", "no best", "best flipped"]
)
def test_an_unusable_state_is_said_in_one_line_and_the_training_starts_afresh(
    splits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], damage: str
) -> None:
    params = make_params(epochs=2)
    run(params, splits, tmp_path / "whole")
    steps = Trainer(params, splits, VOCAB_SIZE).steps_per_epoch
    assert not attempt(params, splits, tmp_path / "out", SignalAfter(steps + 2))
    path = FOLDER / STATE
    content = path.read_bytes()
    match damage:
        case "empty":
            path.write_bytes(b"")
        case "cut":
            path.write_bytes(content[: len(content) // 2])
        case "shorter":
            path.write_bytes(content[:-1])
        case "flipped":
            path.write_bytes(content[:-9] + bytes([content[-9] ^ 1]) + content[-8:])
        case "foreign":
            path.write_bytes((tmp_path / "whole/best/model.safetensors").read_bytes())
        case "older":
            assert b"minillm-state-5" in content
            path.write_bytes(content.replace(b"minillm-state-5", b"minillm-state-0"))
        case "another":
            path.write_bytes(content.replace(b'{\\"seed\\": 1}', b'{\\"seed\\": 2}'))
        case "no best":
            (FOLDER / f"best-{steps}/model.safetensors").unlink()
        case "best flipped":
            best = FOLDER / f"best-{steps}/model.safetensors"
            weights = bytearray(best.read_bytes())
            weights[-9] ^= 1
            best.write_bytes(weights)
    capsys.readouterr()
    assert attempt(params, splits, tmp_path / "out")
    lines = capsys.readouterr().out.splitlines()
    assert len([line for line in lines if "no usable state" in line and "starting afresh" in line]) == 1
    assert not any("going on" in line for line in lines)
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_an_intact_state_is_used_in_the_place_of_the_damaged_ones_above(
    splits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    params = make_params(epochs=2)
    steps = Trainer(params, splits, VOCAB_SIZE).steps_per_epoch
    assert not attempt(params, splits, tmp_path / "out", SignalAfter(steps + 2))
    assert attempt(params, splits, tmp_path / "out")
    assert f"going on in epoch 2 after step 2 of {steps}" in capsys.readouterr().out


def test_a_save_that_the_disk_refuses_is_one_clear_error_and_keeps_the_old_state(
    splits: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    params = make_params(epochs=2)
    run(params, splits, tmp_path / "whole")
    assert not attempt(params, splits, tmp_path / "out", SignalAfter(3))
    before = contents(Path(".state"))
    with monkeypatch.context() as patch:

        def full(_tensors: object, path: Path, _metadata: object) -> None:
            path.write_bytes(b"half of it")
            raise OSError(28, "No space left on device")

        patch.setattr(checkpoints, "save_file", full)
        with pytest.raises(
            InputError, match=r"resume state is not saved: .*No space left on device; make room"
        ):
            attempt(params, splits, tmp_path / "out", SignalAfter(3))
    after = contents(Path(".state"))
    assert {name for name in after if name.endswith(STATE)} == {f"train/{F.key}/{STATE}"}
    assert after[f"train/{F.key}/{STATE}"] == before[f"train/{F.key}/{STATE}"]
    assert attempt(params, splits, tmp_path / "out")
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_memory_that_lacks_while_a_state_is_restored_is_not_the_states_fault(
    splits: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    params = make_params(epochs=2)
    assert not attempt(params, splits, tmp_path / "out", SignalAfter(3))
    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "restore", lambda *_: torch.empty(10**15))
        with pytest.raises(RuntimeError, match="can't allocate memory"):
            attempt(params, splits, tmp_path / "out")
    assert (FOLDER / STATE).exists()


FULL_DISK = """
import resource, sys
from pathlib import Path
import torch
from minillm.training.checkpoints import write_tensors
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    write_tensors(Path("x.safetensors"), {"a": torch.zeros(100_000)})
except OSError as error:
    sys.exit(f"refused: {error}")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limits on a file's size")
def test_a_write_that_really_fails_is_a_system_error_and_leaves_no_file(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-c", FULL_DISK],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert result.returncode == 1, result.stderr
    assert result.stderr.startswith("refused: ")
    assert len(result.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_two_runs_of_the_same_training_at_once_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "_LOCK_SECONDS", 0.1)
    with open_state(F):
        with open_state(G):
            pass
        expected = f"process {os.getpid()} trains with the same inputs"
        with pytest.raises(InputError, match=expected), open_state(F):
            pass
    with open_state(F):
        pass


def test_the_state_of_an_experiment_lies_in_the_main_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DVC_ROOT", str(tmp_path / "main"))
    with open_state(F) as resume:
        assert resume.folder == tmp_path / "main" / FOLDER


def test_progress_survives_json_exactly() -> None:
    rows = [CurveRow(3, e, Figures(1 / 3, 0.1), Figures(2 / 3, 0.2), 1e-3 / 7, 0.7) for e in (1, 4 / 3)]
    progress = Progress(2, 5, (1 / 3, 2.0, 1e-17), 77, rows, [StepRow(1, 0.1 + 0.2, 1e-4, 3.3)], 9)
    assert Progress.from_json(progress.as_json()) == progress


def test_the_fingerprint_changes_with_every_input_but_not_with_the_use_of_the_computer(
    splits: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    data.write_bytes(b"1")
    params = make_params()
    first = fingerprint(params, [data])
    assert (len(first.parameters) > 30, len(first.files) > 15) == (True, True)
    assert fingerprint(params, [data]).key == first.key
    assert fingerprint(make_params(processes=2), [data]).key == first.key
    keys = {
        first.key,
        fingerprint(make_params(lr=0.5), [data]).key,
        fingerprint(make_params({"dim": 8}), [data]).key,
        fingerprint(params.model_copy(update={"seed": 5}), [data]).key,
    }
    low = make_params(precision="bfloat16")  # its bytes are this machine's
    own = {fingerprint(low, [data]).key}
    monkeypatch.setattr(torch, "get_num_threads", lambda: 77)
    assert fingerprint(params, [data]).key == first.key
    own.add(fingerprint(low, [data]).key)
    monkeypatch.undo()
    assert len(own) == 2
    data.write_bytes(b"2")
    changed = fingerprint(params, [data])
    assert len(keys | {changed.key}) == 5
    with pytest.raises(InputError, match=r"data: changed while the model was trained"):
        first.refuse_changes(changed)
    with pytest.raises(InputError, match=r"^train\.lr 0\.01 → 0\.5: changed"):
        changed.refuse_changes(fingerprint(make_params(lr=0.5), [data]))
    first.refuse_changes(first)
    names = set(first.files)
    assert {"minillm/training/loop.py", "minillm/model/minigpt.py", "stages/train.py"} <= names
    assert not any(name.startswith("minillm/evaluation") for name in names)


def test_a_second_signal_ends_at_once_and_the_handlers_are_put_back() -> None:
    inherited = signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job ignores it
    before = signal.getsignal(signal.SIGINT)
    with Interrupts() as interrupts:
        interrupts.check()
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(InterruptedTrainingError):
            interrupts.check()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) == before
    signal.signal(signal.SIGINT, inherited)
    with Interrupts() as interrupts, pytest.raises(InterruptedTrainingError), interrupts.at_once():
        signal.raise_signal(signal.SIGTERM)
