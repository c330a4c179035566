"""Stages in forked processes: a server imports torch once, and not each of a hundred processes."""

import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
from pathlib import Path

_FORKING = "forkserver" in multiprocessing.get_all_start_methods()
_CONTEXT = multiprocessing.get_context("forkserver" if _FORKING else "spawn")
if _FORKING:
    _CONTEXT.set_forkserver_preload([f"stages.{name}" for name in ("extract", "clean", "train", "evaluate")])


def run_stage(folder: Path, name: str) -> subprocess.CompletedProcess[str]:
    """`python -m stages.NAME` in `folder`; output and status come back, whatever they are."""
    with tempfile.TemporaryDirectory() as temporary:
        out, err = Path(temporary, "out"), Path(temporary, "err")
        process = _CONTEXT.Process(target=_run, args=(folder, name, out, err))
        process.start()
        process.join()
        texts = (out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8"))
    assert process.exitcode is not None
    return subprocess.CompletedProcess([name], process.exitcode, *texts)


def _run(folder: Path, name: str, out: Path, err: Path) -> None:
    for path, number in ((out, 1), (err, 2)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), number)
    os.chdir(folder)
    sys.argv = [f"{name}.py"]
    sys.modules.pop(f"stages.{name}", None)  # it runs as the main program
    runpy.run_module(f"stages.{name}", run_name="__main__")
