"""A real training, killed at many points and run again, ends with the bytes of one that was left alone."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest
from ruamel.yaml import YAML

from minillm.params import SplitParams, VocabParams
from minillm.tokens.splitting import write_shards
from minillm.tokens.tokenizer import load_tokenizer, save_tokenizer, train_tokenizer
from tests.conftest import PATIENCE_SECONDS, environment, wait_for_library
from tests.stages import Stage
from tests.tokens.corpus import cyclic_texts, write_texts
from tests.training.test_loop import ROOT, SETTINGS, TINY, contents

pytestmark = [
    pytest.mark.system,
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="no fork and no SIGKILL"),
]

LONGER = 12
"""Epochs that take some seconds, time enough for a state to be saved."""
GOING_ON = re.compile(r"going on in epoch (\d+) after step (\d+) of (\d+)")


def prepare(folder: Path, **changes: object) -> Path:
    """A folder in which the train stage can run."""
    texts = cyclic_texts(60)
    (folder / "data/vocab").mkdir(parents=True)
    save_tokenizer(
        train_tokenizer(lambda: texts, VocabParams(type="word", vocab_size=21, sample_characters=0)),
        folder / "data/vocab/tokenizer.json",
    )
    write_shards(
        write_texts(folder / "articles.parquet", texts),
        load_tokenizer(folder / "data/vocab/tokenizer.json"),
        SplitParams(train=0.6, validation=0.2, test=0.2),
        1,
        folder / "data/splits",
    )
    yaml = YAML()
    content: dict[str, Any] = yaml.load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    content["model"].update(TINY)
    content["train"].update(SETTINGS | changes)
    with (folder / "params.yaml").open("w", encoding="utf-8") as file:
        yaml.dump(content, file)
    return folder


def stage_environment() -> dict[str, str]:
    return environment() | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


def results(folder: Path) -> dict[str, bytes]:
    found = {
        f"{name}/{path}": content
        for name in ("checkpoints", "metrics")
        for path, content in contents(folder / name).items()
    }
    assert len(found) == 7, sorted(found)
    return found


def kill(folder: Path, how: str) -> list[int]:
    """Let tests/training/killing.py run here; how its attempts ended."""
    result = subprocess.run(
        [sys.executable, "-m", "tests.training.killing", how],
        cwd=folder,
        env=stage_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    log = (folder / "log").read_text(encoding="utf-8")
    assert result.returncode == 0, result.stderr + log[-3000:]
    endings: list[int] = json.loads(result.stdout)
    assert endings[-1] == 0, log[-3000:]
    assert "Traceback" not in log
    return endings


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = prepare(
        tmp_path_factory.mktemp("undisturbed"),
        optimizer="muon",
        smoothing_target="bigrams",
        epochs=2.5,
        validate_every=5,
        validation_tokens=200,
    )
    assert kill(folder, "never") == [0]
    assert not (folder / ".state").exists() or not any((folder / ".state/train").iterdir())
    return folder


@pytest.mark.parametrize(("how", "least"), [("writes", 40), ("times", 5)])
def test_killed_at_every_kind_of_moment_it_ends_with_the_same_bytes(
    undisturbed: Path, tmp_path: Path, how: str, least: int
) -> None:
    folder = tmp_path / "killed"
    shutil.copytree(undisturbed, folder)
    (folder / "log").unlink()
    kills = kill(folder, how)[:-1]
    assert set(kills) == {-signal.SIGKILL}
    assert len(kills) >= least
    assert results(folder) == results(undisturbed)
    resumed = [tuple(map(int, found)) for found in GOING_ON.findall((folder / "log").read_text("utf-8"))]
    assert len(resumed) >= least // 2
    assert any(0 < step < steps for _, step, steps in resumed), "never within an epoch"
    assert {epoch for epoch, _, _ in resumed} >= {1, 2, 3}
    leftovers = list(folder.rglob("*.tmp"))
    assert leftovers == []


BRANCHING = {"schedule": "linear", "decay_share": 0.5, "validate_every": 2, "warmup_steps": 1}
SHORTER, LONGER_STEPS = 6, 10


@pytest.fixture(scope="module")
def shorter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run that has left its first three steps for longer ones."""
    folder = prepare(tmp_path_factory.mktemp("shorter"), max_steps=SHORTER, **BRANCHING)
    assert kill(folder, "never") == [0]
    assert len([*(folder / ".state/train").iterdir()]) == 1
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The longer run, from its first step on."""
    folder = prepare(tmp_path_factory.mktemp("whole"), max_steps=LONGER_STEPS, **BRANCHING)
    assert kill(folder, "never") == [0]
    return folder


def lengthened(shorter: Path, folder: Path, **changes: object) -> Path:
    shutil.copytree(shorter, folder, ignore=shutil.ignore_patterns("log", "checkpoints", "metrics"))
    yaml = YAML()
    content = yaml.load((folder / "params.yaml").read_text(encoding="utf-8"))
    content["train"].update({"max_steps": LONGER_STEPS} | changes)
    with (folder / "params.yaml").open("w", encoding="utf-8") as file:
        yaml.dump(content, file)
    return folder


def test_a_longer_run_killed_within_its_writes_ends_with_the_bytes_of_one_from_its_first_step(
    shorter: Path, whole: Path, tmp_path: Path
) -> None:
    folder = lengthened(shorter, tmp_path / "longer")
    kills = kill(folder, "writes:5")[:-1]
    assert set(kills) == {-signal.SIGKILL}
    assert results(folder) == results(whole)
    resumed = [int(step) for _, step, _ in GOING_ON.findall((folder / "log").read_text(encoding="utf-8"))]
    assert len(kills) > len(resumed) > 2  # some were killed before they had the steps
    assert min(resumed) == 3 < max(resumed)
    kept = [path for path in (folder / ".state/train").iterdir() if path.is_dir()]
    assert len(kept) == 2  # for longer runs: after the third step, and after the fifth


def test_a_longer_run_elsewhere_and_in_two_processes_begins_with_the_steps_too(
    shorter: Path, whole: Path, tmp_path: Path
) -> None:
    """As an experiment of DVC's in a copy of the repository, which `DVC_ROOT` names."""
    repository = tmp_path / "repository"
    shutil.copytree(shorter, repository)
    folder = lengthened(shorter, tmp_path / "longer", processes=2)
    shutil.rmtree(folder / ".state")
    with start(folder, DVC_ROOT=str(repository)) as process:
        output, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0, errors
    assert output.count("the first 3 steps are those of a run that was trained already") == 1
    assert results(folder) == results(whole)
    assert not (folder / ".state").exists()


def start(folder: Path, **variables: str) -> Stage:
    """The stage itself, in a process group of its own."""
    return Stage(folder, "train", stage_environment() | variables)


@pytest.fixture(scope="module")
def longer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some seconds of training."""
    folder = prepare(tmp_path_factory.mktemp("longer"), epochs=LONGER, patience=LONGER)
    with start(folder) as process:
        assert process.wait(PATIENCE_SECONDS) == 0
    return folder


@pytest.mark.parametrize(("number", "group"), [(signal.SIGTERM, False), (signal.SIGINT, True)])
def test_a_signal_ends_the_run_in_order_and_the_next_one_goes_on_there(
    longer: Path, tmp_path: Path, number: signal.Signals, group: bool
) -> None:
    """Also to the whole group, as a terminal's Ctrl-C."""
    folder = tmp_path / "copy"
    shutil.copytree(longer, folder, ignore=shutil.ignore_patterns("checkpoints", "metrics"))
    with start(folder) as process:
        assert any(line.startswith(f"epoch  2/{LONGER}") for line in process.stdout)
        if group:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
        _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 128 + number
    message = r"train: interrupted at epoch (\d+), step (\d+): `dvc repro` goes on there\n"
    found = re.fullmatch(message, errors)
    assert found, errors
    with start(folder) as process:
        output, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0, errors
    assert f"going on in epoch {found[1]} after step {found[2]} of " in output
    assert results(folder) == results(longer)


def test_inputs_that_change_meanwhile_fail_the_run_and_the_former_ones_take_its_result_over(
    longer: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(longer, folder, ignore=shutil.ignore_patterns("checkpoints", "metrics"))
    original = (folder / "params.yaml").read_text(encoding="utf-8")
    with start(folder) as process:
        assert any(line.startswith(f"epoch  2/{LONGER}") for line in process.stdout)
        (folder / "params.yaml").write_text(original.replace("lr: 0.01", "lr: 0.02"), encoding="utf-8")
        _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 1
    assert errors == (
        "error: train.lr 0.01 → 0.02: changed while the model was trained with the former; the result is "
        "kept: `dvc exp run -S train.lr=0.01` takes it over and trains nothing\n"
    )
    assert not (folder / "metrics/train.json").exists()
    assert list((folder / ".state/train").glob("*/state.safetensors"))
    for name in ("checkpoints", "metrics"):  # as DVC deletes the outputs
        shutil.rmtree(folder / name)
    (folder / "params.yaml").write_text(original, encoding="utf-8")
    with start(folder) as process:
        output, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0
    assert output.splitlines()[1:] == ["trained already: the kept result is taken over"]
    assert results(folder) == results(longer)
    assert not any((folder / ".state/train").iterdir())


def test_runs_elsewhere_wait_for_the_same_training_until_they_are_ended_or_take_its_result_over(
    longer: Path, tmp_path: Path
) -> None:
    """As DVC's queue runs experiments that train alike."""
    folders = [tmp_path / name for name in ("trains", "waits", "Ctrl-C", "SIGTERM")]
    for folder in folders:
        shutil.copytree(longer, folder, ignore=shutil.ignore_patterns("checkpoints", "metrics"))
    with ExitStack() as stack:

        def begin(folder: Path) -> Stage:
            process = stack.enter_context(start(folder, DVC_ROOT=str(tmp_path)))
            stack.callback(process.kill)  # where the test fails
            return process

        first = begin(folders[0])
        assert any(line.startswith("epoch  1/") for line in first.stdout)
        first.send_signal(signal.SIGSTOP)
        others = [begin(folder) for folder in folders[1:]]
        for other in others:
            waiting = f"waiting: process {first.pid} in {folders[0]} trains with the same inputs\n"
            assert waiting in other.stdout
        for other, number in zip(others[1:], (signal.SIGINT, signal.SIGTERM), strict=True):
            other.send_signal(number)
            _, errors = other.communicate(timeout=PATIENCE_SECONDS)
            assert other.returncode == 128 + number
            assert errors == ("train: interrupted\n" if number == signal.SIGINT else "")
        first.send_signal(signal.SIGCONT)
        first.communicate(timeout=PATIENCE_SECONDS)
        output, errors = others[0].communicate(timeout=PATIENCE_SECONDS)
    assert others[0].returncode == 0, errors
    assert output.splitlines()[1:] == ["trained already: the kept result is taken over"]
    assert results(folders[1]) == results(folders[0]) == results(longer)
    assert not any((tmp_path / ".state/train").iterdir())


def test_a_second_run_of_the_same_training_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    folder = prepare(tmp_path, epochs=800, patience=800)
    with start(folder) as first:
        assert any(line.startswith("epoch  1/800") for line in first.stdout)
        with start(folder) as second:
            _, errors = second.communicate(timeout=PATIENCE_SECONDS)
        assert second.returncode == 1
        assert errors.startswith(f"error: process {first.pid} trains with the same inputs")
        assert len(errors.splitlines()) == 1
        assert first.poll() is None
        first.kill()


PARENT = """
import subprocess, sys, time
print(subprocess.Popen([sys.executable, "-m", "stages.train"]).pid, flush=True)
time.sleep(600)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux's")
def test_a_stage_dies_with_its_parent_also_while_it_imports(tmp_path: Path) -> None:
    folder = prepare(tmp_path, epochs=800, patience=800)
    with subprocess.Popen(
        [sys.executable, "-c", PARENT],
        cwd=folder,
        env=stage_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        stage = psutil.Process(int(parent.stdout.readline()))
        wait_for_library(stage, "libtorch")
        parent.kill()
    _, alive = psutil.wait_procs([stage], timeout=PATIENCE_SECONDS)
    assert all(process.status() == psutil.STATUS_ZOMBIE for process in alive)
    assert not (folder / ".state").exists()  # it had not come so far
