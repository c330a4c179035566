"""The attacks of benchmarks/faults: that they are made, and that what does not hold is counted."""

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from benchmarks.faults import damage, kills, parameters, run, wikitext
from benchmarks.faults.outcome import GOOD, CrashError, Outcome, attempt
from benchmarks.faults.project import Ended, check, files, run_stage
from benchmarks.faults.run import KINDS, Failure, Result, Worker, commands
from minillm.corpus import cleaning
from minillm.errors import InputError
from minillm.wikipedia import dump
from tests.conftest import ROOT, Project

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forked processes and /proc")
LIGHT = ("wikitext", "dumps", "params", "replies")


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def outcomes(kind: str, count: int, folder: Path) -> Iterator[Outcome]:
    for index in range(count):
        (folder / str(index)).mkdir(parents=True)
        yield attempt(KINDS[kind], 1, index, folder / str(index)).outcome


@pytest.mark.parametrize("kind", LIGHT)
def test_attacks_hold_or_are_refused(kind: str, tmp_path: Path) -> None:
    found = set(outcomes(kind, 60 if kind == "params" else 12, tmp_path))  # of those one in thirteen holds
    assert found <= set(GOOD)
    assert Outcome.HELD in found
    assert (Outcome.REFUSED in found) == (kind != "wikitext")


def test_an_attempt_is_the_same_again() -> None:
    texts = [wikitext.mutated(wikitext.pages()[0].wikitext, Random(index)) for index in (0, 1, 0)]
    assert texts[0] == texts[2] != texts[1]


def fails(*_arguments: Any, **_options: Any) -> Any:
    raise ZeroDivisionError


def loops(*_arguments: Any, **_options: Any) -> Any:
    while True:
        pass


def says_two_lines(*_arguments: Any, **_options: Any) -> Any:
    raise InputError("one\ntwo")


@pytest.mark.parametrize(
    ("kind", "owner", "name", "planted", "outcome"),
    [
        ("wikitext", cleaning, "read_page", fails, Outcome.TRACEBACK),
        ("wikitext", cleaning, "read_page", loops, Outcome.SLOW),
        ("params", parameters, "read_params", fails, Outcome.TRACEBACK),
        ("params", parameters, "read_params", says_two_lines, Outcome.TRACEBACK),
        ("dumps", dump.PageParser, "_is_declared", lambda *_: True, Outcome.SILENT),
        ("dumps", dump.PageParser, "_number", fails, Outcome.TRACEBACK),
        ("replies", run.replies, "extract_api", fails, Outcome.TRACEBACK),
    ],
)
def test_a_planted_failure_is_counted(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    kind: str,
    owner: object,
    name: str,
    planted: Callable[..., Any],
    outcome: Outcome,
) -> None:
    monkeypatch.setattr(wikitext, "SECONDS", 0.1)
    monkeypatch.setattr(wikitext, "SECONDS_PER_CHARACTER", 0.0)
    monkeypatch.setattr(owner, name, planted)
    assert outcome in outcomes(kind, 30, tmp_path)


def test_a_file_in_which_dvc_reads_another_value_is_counted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(parameters, "mutated", lambda text, _random: text)
    assert set(outcomes("params", 3, tmp_path / "right")) == {Outcome.HELD}
    monkeypatch.setattr(parameters, "read_mapping", lambda _path: {"seed": 42.0})
    assert set(outcomes("params", 3, tmp_path / "other")) == {Outcome.SILENT}


@pytest.mark.parametrize(
    ("ended", "error"),
    [
        (Ended(1, "", "error: a\n"), InputError),
        (Ended(1, "", "error: a\nb\n"), CrashError),
        (Ended(1, "", "Traceback (most recent call last):\n"), CrashError),
        (Ended(0, "Traceback (most recent call last):\n", ""), CrashError),
        (Ended(-signal.SIGSEGV, "", ""), CrashError),
    ],
)
def test_a_stage_that_ends_badly_is_told_from_one_that_refuses(ended: Ended, error: type[Exception]) -> None:
    check(Ended(0, "a\n", "a warning\n"))
    with pytest.raises(error):
        check(ended)


def dies_at_first(_random: Random, folder: Path) -> None:
    """dies at first"""
    marker = folder.with_name("died")
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)


def hangs(_random: Random, _folder: Path) -> None:
    """hangs"""
    signal.pause()


@pytest.mark.slow
def test_a_process_that_dies_or_hangs_is_counted_and_replaced(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Worker(hangs, 1, tmp_path / "hangs", limit_seconds=0.1) as worker:
        assert worker.attempt(0).outcome is Outcome.SLOW
    monkeypatch.setattr(run, "KINDS", {"dies": dies_at_first})
    for name in ("OMP_NUM_THREADS", "PYTHONWARNINGS"):  # which it sets
        monkeypatch.setenv(name, os.environ.get(name, ""))
    monkeypatch.setattr("sys.argv", ["faults", "--hours", "0", "--seed", "7"])
    assert run.main() == 1
    printed = capsys.readouterr().out
    assert "| `dies`: dies at first | 1 | 0 | 0 | 0 | 1 | 0 |" in printed
    assert "python -m benchmarks.faults --only dies --seed 7 --index 0\n    traceback: the process" in printed
    (tmp_path / "dies").mkdir()
    with Worker(dies_at_first, 1, tmp_path / "dies") as worker:
        assert [worker.attempt(index).outcome for index in (0, 1)] == [Outcome.TRACEBACK, Outcome.HELD]


def test_failures_that_differ_in_numbers_alone_are_said_once() -> None:
    results = [Result(Outcome.SILENT, f"bit {bit}") for bit in (1, 2)] + [Result(Outcome.SLOW, "slow")]
    assert commands([Failure("a", index, result) for index, result in enumerate(results)], 3) == [
        "python -m benchmarks.faults --only a --seed 3 --index 0    # also 1",
        "    other output in silence: bit 1",
        "python -m benchmarks.faults --only a --seed 3 --index 2",
        "    hang or too slow: slow",
    ]


@pytest.fixture
def beside_a_project(finished: Project, tmp_path: Path) -> Path:
    """A folder for attempts, beside the finished project."""
    shutil.copytree(finished.root, tmp_path / "project", ignore=shutil.ignore_patterns(".git", ".dvc"))
    return tmp_path


def attacked(kind: str, folder: Path, index: int = 0) -> Outcome:
    shutil.rmtree(folder / kind, ignore_errors=True)
    (folder / kind).mkdir()
    return attempt(KINDS[kind], 1, index, folder / kind).outcome


@pytest.mark.slow
@pytest.mark.system
def test_a_damaged_file_is_refused_and_other_output_is_seen(
    monkeypatch: pytest.MonkeyPatch, beside_a_project: Path
) -> None:
    monkeypatch.setattr(damage, "READERS", ("vocab",))
    monkeypatch.setattr(damage, "damaged", lambda *_: (b"", "emptied"))
    assert attacked("files", beside_a_project) is Outcome.REFUSED
    monkeypatch.setattr(damage, "damaged", lambda content, *_: (content, "left as it was"))
    assert attacked("files", beside_a_project) is Outcome.HELD
    (beside_a_project / "project/metrics/vocab.json").write_text("{}", encoding="utf-8")
    assert attacked("files", beside_a_project) is Outcome.SILENT


@pytest.mark.slow
@pytest.mark.system
@pytest.mark.parametrize(
    ("kind", "index", "other"), [("training", 5, "metrics/train.json"), ("data", 0, "metrics")]
)
def test_killed_stages_hold_and_other_output_is_seen(
    beside_a_project: Path, kind: str, index: int, other: str
) -> None:
    assert run_stage(beside_a_project / "project", "vocab", kill_after_seconds=0).status == -signal.SIGKILL
    assert attacked(kind, beside_a_project, index) is Outcome.HELD
    for path in files(beside_a_project / "project" / other):
        path.write_text("{}", encoding="utf-8")
    assert attacked(kind, beside_a_project, index) is Outcome.SILENT


@pytest.mark.slow
@pytest.mark.system
@pytest.mark.parametrize("left", ["metrics/vocab.json", "data/vocab/.tokenizer.json.tmp"])
def test_a_half_written_file_and_one_left_behind_are_seen(
    monkeypatch: pytest.MonkeyPatch, beside_a_project: Path, left: str
) -> None:
    def leaves_half(folder: Path, stage: str, **_options: object) -> Ended:
        assert stage == "vocab"
        shutil.copytree(beside_a_project / "project", folder, dirs_exist_ok=True)
        (folder / left).write_text("ha", encoding="utf-8")
        return Ended(0, "", "")

    monkeypatch.setattr(kills, "run_stage", leaves_half)
    assert attacked("data", beside_a_project) is Outcome.SILENT
