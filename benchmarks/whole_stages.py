"""The data stages of a dump, each whole in a process of its own: their memory, and what kills do to them.

Used by `benchmarks/corpus.py`; as a program it runs one stage: python -m benchmarks.whole_stages STAGE FOLDER
WORKERS, with the params.yaml of this repository and all articles of FOLDER/dump.xml.
"""

import importlib
import json
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.memory import peak_mb
from minillm.errors import InputError
from minillm.files import sha256
from minillm.params import Params, read_params
from minillm.wikipedia.revisions import COLUMNS

STAGES = ("extract", "clean", "vocab", "split")
ESWIKI_GB = 22
_MEANINGFUL_GB = 0.5


def print_memory(folders: Sequence[Path], workers: int) -> dict[str, float]:
    """A table of the peaks for dumps of several sizes, their growth, and what eswiki would take at that.

    Returns the seconds that each stage took in the last folder.
    """
    sizes_gb = [(folder / "dump.xml").stat().st_size / 1e9 for folder in folders]
    titles = "".join(f"{size * 1000:9.0f} MB" for size in sizes_gb)
    print(f"\npeak memory in MB, {workers} workers, for XML of")
    print(f"stage                {titles}   growth per GB   eswiki, {ESWIKI_GB} GB")
    if sizes_gb[-1] < _MEANINGFUL_GB:
        print("(of so little, most of the growth is that of buffers which fill once: take --mb 1000 or more)")
    seconds = {}
    for stage in STAGES:
        runs = [measured_stage(stage, folder, workers) for folder in folders]
        seconds[stage] = runs[-1]["seconds"]
        for who, name in (("own_mb", stage), ("child_mb", f"{stage}, a worker")):
            peaks = [run[who] for run in runs]
            if not any(peaks):  # it has no workers
                continue
            growth = (peaks[-1] - peaks[0]) / (sizes_gb[-1] - sizes_gb[0])
            whole = peaks[-1] + growth * (ESWIKI_GB - sizes_gb[-1])
            row = "".join(f"{peak:12.0f}" for peak in peaks)
            print(f"{name:21}{row} {growth:15.0f} {whole:15.0f}", flush=True)
    return seconds


def print_kills(
    undisturbed: Path, killed: Path, seconds: Mapping[str, float], workers: int, kills: int
) -> None:
    """Run all stages in `killed`, kill them so often, and compare bytes with those of `undisturbed`.

    `seconds` is what each stage took there, with the same dump.
    """
    print()
    moments = random.Random(kills)  # noqa: S311 (no secret)
    for number, stage in enumerate(STAGES):
        count = len(range(number, kills, len(STAGES)))
        done = 0
        for _ in range(count):
            done += kill(stage, killed, workers, seconds[stage] / count * moments.uniform(0.3, 0.9))
        if count and not done:
            sys.exit(f"error: {stage} ended before each kill: nothing is proved; take a larger corpus")
        started = time.perf_counter()
        measured_stage(stage, killed, workers)
        print(
            f"{stage:8} {seconds[stage]:6.0f} s undisturbed; killed {done:2} times, then "
            f"{time.perf_counter() - started:6.0f} s to its end",
            flush=True,
        )
    expected, found = (_checksums(folder) for folder in (undisturbed, killed))
    other = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
    print(f"{len(expected) - len(other)} of {len(expected)} outputs have the bytes of the undisturbed run")
    if other:
        sys.exit(f"error: other bytes: {', '.join(other)}")


def measured_stage(stage: str, folder: Path, workers: int) -> dict[str, float]:
    """Run a stage in a new process; seconds, and the peak memory of it and of its largest worker in MB."""
    process = _start(stage, folder, workers)
    output, _ = process.communicate()
    if process.returncode:
        sys.exit(f"error: {stage} in {folder} ended with {process.returncode}")
    values: dict[str, float] = json.loads(output.splitlines()[-1])
    return values


def kill(stage: str, folder: Path, workers: int, after_seconds: float) -> bool:
    """Start a stage, and kill it after so many seconds, if it has not ended; its workers see that and end."""
    process = _start(stage, folder, workers, subprocess.DEVNULL)  # killed, it has much to say
    try:
        process.communicate(timeout=after_seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return True
    print(f"{stage} ended before it could be killed")
    return False


def _start(stage: str, folder: Path, workers: int, errors: int | None = None) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "benchmarks.whole_stages", stage, str(folder), str(workers)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)


def _checksums(folder: Path) -> dict[str, str]:
    """Of all outputs, by their paths from the folder on."""
    files = (path for name in ("data", "metrics") for path in (folder / name).rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256(path) for path in files}


def main() -> None:
    """Run a stage, and print seconds and memory as JSON."""
    stage, folder, workers = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    params = _params(folder, workers)
    run = importlib.import_module(f"stages.{stage}").main
    pins = folder / "data/revisions.csv"
    pins.parent.mkdir(exist_ok=True)
    pins.write_text(",".join(COLUMNS) + "\n", encoding="utf-8")
    os.chdir(folder)
    os.environ["DVC_ROOT"] = str(folder)
    started = time.perf_counter()
    try:
        run(params)
    except InputError as error:
        sys.exit(f"error: {error}")
    children_kb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss  # kB on Linux
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "own_mb": peak_mb(), "child_mb": children_kb / 1000}))


def _params(folder: Path, workers: int) -> Params:
    params = read_params(Path("params.yaml"))
    extract = params.extract.model_copy(update={"dump": str(folder / "dump.xml"), "articles": 0})
    machine = params.machine.model_copy(update={"workers": workers})
    return params.model_copy(update={"extract": extract, "machine": machine})


if __name__ == "__main__":
    main()
