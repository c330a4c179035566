"""Errors in one line: memory that lacks, and programs that are interrupted wherever they are."""

import os
import re
import resource
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from minillm.errors import InputError, is_out_of_memory, reason
from minillm.stage import memory_errors
from minillm.training.checkpoints import load_checkpoint, save_checkpoint
from tests.conftest import PATIENCE_SECONDS, ROOT, environment
from tests.evaluation.models import random_model
from tests.training.test_resume import prepare, stage_environment


@pytest.mark.parametrize("allocate", [torch.empty, np.empty, bytearray])
def test_an_allocation_that_fails_is_known_and_said_in_one_line(allocate: object) -> None:
    assert callable(allocate)
    with pytest.raises(InputError) as caught, memory_errors("lower it"):
        allocate(10**15)
    assert re.fullmatch(r"\S+: out of memory \(\S.*\); lower it", str(caught.value))
    assert "enforce fail" not in str(caught.value)


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB. GPU 0 has …"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        RuntimeError("std::bad_alloc"),
        OSError(12, "Cannot allocate memory"),
        RuntimeError("can't start new thread"),
    ],
)
def test_other_libraries_words_for_it_are_known(error: Exception) -> None:
    assert is_out_of_memory(error)


def test_other_errors_are_none_and_stay_what_they_are() -> None:
    others = (RuntimeError("mat1 and mat2 shapes differ"), InputError("x"), OSError(28, "full"))
    for error in others:
        with pytest.raises(type(error), match=re.escape(str(error))), memory_errors("lower it"):
            raise error
    assert reason(RuntimeError("[enforce fail at a.cpp:1] err == 0.\n  gone")) == "err == 0. gone"


def test_a_model_that_memory_does_not_take_is_no_checkpoint_that_does_not_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_checkpoint(tmp_path, random_model(), {})
    monkeypatch.setattr(torch.nn.Module, "load_state_dict", lambda *_: torch.empty(10**15))
    with pytest.raises(RuntimeError, match="can't allocate memory"):
        load_checkpoint(tmp_path, torch.device("cpu"))


@pytest.mark.system
@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are Linux's")
def test_a_model_that_is_too_large_says_what_to_lower(tmp_path: Path) -> None:
    folder = prepare(tmp_path)
    text = (folder / "params.yaml").read_text(encoding="utf-8")
    for name, small, large in (("dim", 16, 4096), ("feed_forward_multiple", 4, 64)):
        assert f"  {name}: {small} " in text
        text = text.replace(f"  {name}: {small} ", f"  {name}: {large} ")
    (folder / "params.yaml").write_text(text, encoding="utf-8")
    result = subprocess.run(
        [sys.executable, "-m", "stages.train"],
        cwd=folder,
        env=stage_environment(),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (4 * 2**30,) * 2),
    )
    assert result.returncode == 1, result.stderr
    (line,) = result.stderr.splitlines()
    expected = r"error: train: out of memory \(.*you tried to allocate \d{10} bytes.*\); the saved state is"
    assert re.match(expected, line)
    assert "lower train.batch_size, model.context, model.dim" in line


STAGES = [f"stages.{path.stem}" for path in (ROOT / "stages").glob("[a-z]*.py")]
TOOLS = [
    f"tools.{path.stem}"
    for path in (ROOT / "tools").glob("[a-z]*.py")
    if "\nimport argparse\n" in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize(
    ("module", "number"),
    [
        *((module, signal.SIGINT) for module in [*STAGES, *TOOLS, "minillm"]),
        *((module, signal.SIGTERM) for module in ("stages.train", "tools.report", "minillm")),
    ],
)
def test_a_program_that_is_interrupted_in_its_imports_says_no_more_than_a_line(
    tmp_path: Path, module: str, number: signal.Signals
) -> None:
    """With a stand-in for a module that takes long to import, as torch does."""
    for imported in ("argparse",) if module in TOOLS else ("numpy", "pydantic"):
        stand_in = "import time\nprint('importing', flush=True)\ntime.sleep(900)\n"
        (tmp_path / f"{imported}.py").write_text(stand_in, encoding="utf-8")
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    with subprocess.Popen(
        [sys.executable, "-m", module, *(["info"] if module == "minillm" else [])],
        cwd=tmp_path,
        env=environment() | {"PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "importing\n"
        process.send_signal(number)
        _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    name = module.rpartition(".")[2]
    if number == signal.SIGINT:
        assert (process.returncode, errors) == (130, f"{name}: interrupted\n")
    else:
        assert (process.returncode, errors) == (-signal.SIGTERM, "")
