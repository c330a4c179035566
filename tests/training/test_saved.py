"""What trainings left behind, and what a new one says of it."""

import json
import os
import shlex
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from minillm.errors import InputError
from minillm.params import read_params
from minillm.training import state
from minillm.training.curve import CurveRow, Progress
from minillm.training.fingerprint import Fingerprint, fingerprint, how_to_restore, named
from minillm.training.saved import nearest_state, saved_states
from minillm.training.source import source_digest
from minillm.training.state import STATE, open_state
from minillm.training.trainer import Trainer
from minillm.training.validation import Figures
from tests.training.test_loop import ROOT, VOCAB_SIZE, make_params, splits
from tools import states

__all__ = ["splits"]

INPUTS = Fingerprint(
    {"seed": 1, "train.lr": 0.01, "train.betas": [0.9, 0.999], "train.init_from": "a b", "train.epochs": 9}
    | {"train.patience": 9},
    {"torch": "2.13.0", "threads": 1},
    {"data/x": "1", "minillm/model/minigpt.py": "2"},
)


@pytest.fixture(autouse=True)
def in_tmp_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    (tmp_path / "params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())


@pytest.fixture
def trainer(splits: Path) -> Trainer:
    return Trainer(make_params(), splits, VOCAB_SIZE)


def left_behind(inputs: Fingerprint, trainer: Trainer, epoch: int = 2) -> Path:
    figures = Figures(1.0, 0.5)
    curve = [CurveRow(10 * (done + 1), done + 1, figures, figures, 0.1, 1.0) for done in range(epoch - 1)]
    with open_state(inputs) as resume:
        resume.save(trainer, Progress(epoch, 5, curve=curve, last_step=90))
    return resume.folder


def changed(**parameters: object) -> Fingerprint:
    return replace(INPUTS, parameters=INPUTS.parameters | parameters)


def test_a_start_afresh_names_the_nearest_state_what_differs_and_the_way_back(trainer: Trainer) -> None:
    assert nearest_state(INPUTS) == ""
    left_behind(changed(**{"seed": 7, "train.lr": 0.5}), trainer)
    left_behind(changed(**{"train.lr": 0.5}), trainer)
    assert nearest_state(INPUTS) == (
        "a saved training exists (epoch 2, step 5), but with other inputs: train.lr 0.5 → 0.01; this one "
        "begins at its start, that one goes on by `dvc exp run -S train.lr=0.5` (all: python -m tools.states)"
    )


@pytest.mark.parametrize(
    ("now", "names", "back"),
    [
        (
            replace(INPUTS, machine={"torch": "2.13.0", "threads": 2}),
            "threads 1 → 2",
            "with the former threads, `dvc repro`",
        ),
        (
            replace(INPUTS, files={"data/x": "9", "minillm/model/minigpt.py": "2"}),
            "data/x",
            "with the former data/x, `dvc repro`",
        ),
        (
            changed(**{"train.betas": [0.5, 0.6], "train.init_from": "c"}),
            "train.betas [0.9,0.999] → [0.5,0.6], train.init_from 'a b' → c",
            "`dvc exp run -S 'train.betas=[0.9,0.999]' -S " + shlex.quote("train.init_from='a b'") + "`",
        ),
        (
            replace(changed(seed=2), files={}),
            "seed 1 → 2, data/x, minillm/model/minigpt.py",
            "with the former data/x, minillm/model/minigpt.py, `dvc exp run -S seed=1`",
        ),
        (
            replace(changed(seed=2), machine={"torch": "2.13.0", "computed": "in bfloat16"}),
            "seed 1 → 2",  # the rest follows from that
            "`dvc exp run -S seed=1`",
        ),
        (
            changed(**{f"train.p{number}": number for number in range(7)}),
            "train.p0 null → 0, train.p1 null → 1, train.p2 null → 2, train.p3 null → 3 and 3 more",
            "",
        ),
    ],
)
def test_each_kind_of_change_is_named_with_its_values_and_the_way_back(
    now: Fingerprint, names: str, back: str
) -> None:
    assert named(INPUTS.changes(now)) == names
    assert how_to_restore(INPUTS.changes(now)).startswith(back)


def test_another_number_of_threads_is_named_where_bytes_are_the_machines(
    splits: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    params = make_params(precision="bfloat16")
    monkeypatch.setattr("torch.get_num_threads", lambda: 1)
    one = fingerprint(params, [])
    monkeypatch.setattr("torch.get_num_threads", lambda: 2)
    assert named(one.changes(fingerprint(params, []))) == "threads 1 → 2"
    assert named(fingerprint(make_params(), []).changes(one)) == (
        "train.precision float32 → bfloat16, arithmetic 'as everywhere' → 'in bfloat16'"
    )


def test_a_state_that_is_in_use_or_unreadable_is_not_offered(trainer: Trainer) -> None:
    left_behind(changed(seed=2), trainer)
    damaged = left_behind(changed(seed=3), trainer)
    (damaged / STATE).write_bytes(b"cut")
    with open_state(changed(seed=2)):
        assert nearest_state(INPUTS) == ""
    assert "seed 2 → 1" in nearest_state(INPUTS)


MODULE = '''"""What it does."""
import math

def area(radius: float) -> float:
    """Of a circle."""
    return math.pi * radius**2  # exact

LIMIT = None
"""Of what."""
'''


@pytest.mark.parametrize(
    ("old", "new", "is_same"),
    [
        ("  # exact", "  # nearly", True),
        ('"""Of a circle."""', '"""Of a disc."""', True),
        ('    """Of a circle."""\n', "", True),
        ('"""Of what."""\n', "", True),
        ("math.pi * radius**2", "(\n        math.pi\n        * radius ** 2\n    )", True),
        ("radius**2", "radius**3", False),
        ("None", "0", False),
        ("None", '"Of what."', False),
        ("import math", "import cmath as math", False),
        ("radius: float", "radius: int", False),
    ],
)
def test_a_module_is_the_same_whatever_its_comments_docstrings_and_formatting(
    tmp_path: Path, old: str, new: str, is_same: bool
) -> None:
    path, edited = tmp_path / "a.py", tmp_path / "b.py"
    path.write_text(MODULE, encoding="utf-8")
    assert old in MODULE
    edited.write_text(MODULE.replace(old, new), encoding="utf-8")
    assert (source_digest(path) == source_digest(edited)) is is_same


def test_a_modules_digest_is_that_of_every_version_of_python(tmp_path: Path) -> None:
    """It names only what is there: 3.11 knows no type parameters, 3.13 shows no empty fields."""
    path = tmp_path / "a.py"
    path.write_text('class A(B, c=f"{x!r:>{9}}"):\n    def f(self, /, *a): return {**a}\n', encoding="utf-8")
    assert source_digest(path) == "ae301ff4daf20a5e5ee5dd52c923391f3f649fee0b615801f5983620946fa20e"


def test_a_module_that_is_gone_or_broken_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.py is missing; bring it back"):
        source_digest(tmp_path / "a.py")
    (tmp_path / "a.py").write_text("def", encoding="utf-8")
    with pytest.raises(InputError, match=r"a\.py is no Python .*; mend it"):
        source_digest(tmp_path / "a.py")


def test_a_waiting_run_finds_the_result_and_a_killed_one_keeps_nothing(
    trainer: Trainer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(state, "_NOTE_SECONDS", 0.05)
    found: list[bool] = []

    def other() -> None:
        with open_state(INPUTS) as resume:
            found.append((resume.folder / STATE).exists())
            resume.remove()

    folder = state.states_folder() / INPUTS.key
    with open_state(INPUTS) as resume:
        (folder / "process").write_text(json.dumps([17, "/elsewhere"]), encoding="utf-8")
        waiting = threading.Thread(target=other)
        waiting.start()
        while not list(folder.parent.glob("*.waits-*")):
            waiting.join(0.01)
        resume.save(trainer, Progress())
        resume.remove()
    waiting.join()
    assert found == [True]
    assert capsys.readouterr().out == "waiting: process 17 in /elsewhere trains with the same inputs\n"
    assert list(folder.parent.iterdir()) == []
    killed = folder.with_name(f"{folder.name}.waits-0")
    with open_state(INPUTS) as resume:
        killed.touch()
        resume.save(trainer, Progress())
        resume.remove()
    assert list(folder.parent.iterdir()) == []


def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    """What `python -m tools.states` prints, or the error that it ends with."""
    monkeypatch.setattr(sys, "argv", ["states", *arguments])
    try:
        states.main()
    except SystemExit as end:
        return [str(end.code)]
    return capsys.readouterr().out.splitlines()


def test_states_are_listed_and_removed_by_a_command(
    trainer: Trainer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: str) -> list[str]:
        return typed(monkeypatch, capsys, *arguments)

    assert run() == ["no training is unfinished"]
    own = fingerprint(read_params(Path("params.yaml")), [])
    folders = [
        left_behind(own, trainer),
        left_behind(replace(own, parameters=own.parameters | {"train.lr": 0.5}), trainer, epoch=10),
        left_behind(changed(seed=3), trainer),
    ]
    (folders[2] / STATE).write_bytes(b"cut")
    for age, folder in enumerate(reversed(folders)):
        os.utime(folder / STATE, (1e9 + age, 1e9 + age))
    saved = time.strftime("%Y-%m-%d %H:%M", time.localtime(1e9))
    size = f"{(folders[0] / STATE).stat().st_size / 1e6:.1f} MB"
    names = [folder.name[:8] for folder in folders]
    with open_state(own):
        assert run() == [
            f"{names[2]}  {saved}  0.0 MB  unreadable",
            f"{names[1]}  {saved}  {size}  complete  train.lr 0.5 → 0.0003",
            f"{names[0]}  {saved}  {size}  epoch 2, step 5  in use  the parameters of params.yaml",
        ]
        assert run("--remove", names[0]) == [f"error: {folders[0]} is in use by a training; end that first"]
        assert run("--remove", "x") == [
            "error: no state begins with 'x'; `python -m tools.states` lists them"
        ]
        assert run("--remove", names[1]) == [f"removed {names[1]}, {size}"]
        assert run("--remove", "all") == [f"kept {names[0]}, which is in use", f"removed {names[2]}, 0.0 MB"]
        assert [state.folder for state in saved_states()] == [folders[0].relative_to(Path())]
    assert run("--remove", "all") == [f"removed {names[0]}, {size}"]
    assert list(Path(".state/train").iterdir()) == []


def test_states_for_longer_runs_are_listed_with_what_their_steps_depend_on(
    trainer: Trainer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own = fingerprint(read_params(Path("params.yaml")), [])
    longer = replace(own, parameters=own.parameters | {"train.epochs": 99, "train.lr": 0.5})
    folders = [left_behind(longer.trunk(13), trainer), left_behind(own.trunk(7), trainer)]
    for age, folder in enumerate(folders):
        os.utime(folder / STATE, (1e9 + age, 1e9 + age))
    first, second = typed(monkeypatch, capsys)
    assert first.endswith("MB  13 steps, for longer runs  train.lr 0.5 → 0.0003")
    assert second.endswith("MB  7 steps, for longer runs  the parameters of params.yaml")
    (removed,) = typed(monkeypatch, capsys, "--remove", folders[0].name[:8])
    assert removed.startswith(f"removed {folders[0].name[:8]}, ")
    assert [state.folder for state in saved_states()] == [folders[1]]
