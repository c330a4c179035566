"""A tiny project in a folder, and its stages in forked processes that can be killed.

A server imports torch once, and not each of a thousand processes (multiprocessing's forkserver).
"""

import functools
import multiprocessing
import os
import runpy
import shutil
import signal
import sys
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML

from benchmarks.faults.outcome import CrashError, TooSlowError
from minillm.core_yaml import read_mapping
from minillm.errors import InputError

STAGES = ("extract", "clean", "vocab", "split", "train", "evaluate")
STAGE_SECONDS = 60.0
"""Each takes about one."""
SMALL: dict[str, dict[str, Any]] = {
    "machine": {"workers": 1},
    "extract": {"articles": 40},
    "vocab": {"vocab_size": 200},
    "model": {"dim": 16, "layers": 1, "heads": 2, "context": 32},
    "train": {"batch_size": 16, "lanes": 2, "epochs": 2, "lr": 1e-2, "warmup_steps": 5, "device": "cpu"},
    "evaluate": {
        "bleu_prompts": 2,
        "bleu_prompt_tokens": 8,
        "bleu_continuation_tokens": 4,
        "sample_tokens": 4,
    }
    | {"latency_runs": 1, "device": "cpu"},
}

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload([f"stages.{name}" for name in STAGES])


class Ended(NamedTuple):
    """How a stage ended: its exit status (negative: the signal), and what it printed."""

    status: int
    output: str
    errors: str


@functools.cache
def pipeline() -> dict[str, Any]:
    """The stages of dvc.yaml."""
    stages: dict[str, Any] = read_mapping(Path("dvc.yaml"))["stages"]
    return stages


def made_project(folder: Path) -> Path:
    """A project whose stages have all run, in `folder` and made once."""
    if not folder.exists():
        unfinished = folder.with_name("unfinished")
        for name in ("data/sample/eswiki-sample.xml", "data/revisions.csv", "data/none", "checkpoints/none"):
            (unfinished / name).parent.mkdir(parents=True, exist_ok=True)
            copy = shutil.copytree if Path(name).is_dir() else shutil.copyfile
            copy(name, unfinished / name)
        yaml = YAML()
        content = yaml.load(Path("params.yaml").read_text(encoding="utf-8"))
        for section, values in SMALL.items():
            content[section].update(values)
        with (unfinished / "params.yaml").open("w", encoding="utf-8") as file:
            yaml.dump(content, file)
        for name in STAGES:
            check(run_stage(unfinished, name))
        unfinished.rename(folder)
    return folder


def inputs(project: Path, stage: str) -> list[Path]:
    """The files that a stage reads and another one has written, relative to the project."""
    found = [
        Path(name)
        for name in pipeline()[stage]["deps"]
        if name.startswith(("data/", "checkpoints/", "metrics/"))
    ]
    return sorted(
        path.relative_to(project)
        for name in found
        for path in files(project / name)
        if name in written(STAGES)
    )


def outputs(folder: Path, stage: str) -> dict[str, bytes]:
    """What a stage has written."""
    paths = [path for name in written([stage]) for path in files(folder / name)]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def remove_outputs(folder: Path, stage: str) -> None:
    """As DVC does before it runs a stage."""
    for name in written([stage]):
        path = folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def written(stages: Any) -> set[Path]:
    """The outputs and metrics of stages, as dvc.yaml has them."""
    listed = [each for name in stages for each in (*pipeline()[name]["outs"], *pipeline()[name]["metrics"])]
    return {Path(next(iter(each)) if isinstance(each, dict) else each) for each in listed}


def files(path: Path) -> list[Path]:
    """The file, or all in the folder."""
    return [each for each in (path.rglob("*") if path.is_dir() else [path]) if each.is_file()]


def run_stage(
    folder: Path, name: str, *, kill_after_seconds: float | None = None, save_always: bool = False
) -> Ended:
    """`python -m stages.NAME` in `folder`, until it ends or is killed. TooSlowError if it comes to no end."""
    out, err = folder / "out.txt", folder / "err.txt"
    for path in (out, err):
        path.write_bytes(b"")
    process = CONTEXT.Process(target=_stage, args=(folder, name, save_always))
    process.start()
    process.join(STAGE_SECONDS if kill_after_seconds is None else kill_after_seconds)
    if process.is_alive():
        process.kill()
        process.join()
        if kill_after_seconds is None:
            raise TooSlowError(f"{name} has not ended after {STAGE_SECONDS:.0f} s")
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in (out, err)]
    assert process.exitcode is not None
    return Ended(process.exitcode, *texts)


def check(ended: Ended) -> None:
    """Raise InputError if the stage ended with one line, and CrashError if it ended in another way."""
    if ended.status == 0 and "Traceback" not in ended.output + ended.errors:
        return
    lines = ended.errors.splitlines()
    if ended.status == 1 and len(lines) == 1 and lines[0].startswith("error: "):
        raise InputError(lines[0].removeprefix("error: "))
    places = [line.strip() for line in lines if line.startswith("  File ")]
    said = " … ".join([*places[-1:], *lines[-1:]]) if places else ended.errors
    raise CrashError(f"exit status {ended.status}: {said[:400]!r}")


def _stage(folder: Path, name: str, save_always: bool) -> None:
    """The stage, in a forked process."""
    for path, number in (("out.txt", 1), ("err.txt", 2)):
        os.dup2(os.open(folder / path, os.O_WRONLY), number)
    os.chdir(folder)
    for variable in [each for each in os.environ if each.startswith("DVC_")]:
        del os.environ[variable]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if save_always:
        from minillm.training import state

        state._LEAST_INTERVAL_SECONDS = 0.0
        state._INTERVAL_IN_COSTS = 0
    sys.argv = [f"{name}.py"]
    sys.modules.pop(f"stages.{name}", None)  # it runs as the main program
    runpy.run_module(f"stages.{name}", run_name="__main__")
