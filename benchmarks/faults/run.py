"""What was attacked, how often, and what held, as a table (docs/reliability.md has one).

Usage: python -m benchmarks.faults [--hours 1] [--seed 1] [--only KIND [--index I]]

The kinds share the time: the next attempt is of the kind that has had least of it. Each kind has a process of
its own, which is ended and replaced when an attempt comes to no end. Seed and index decide an attempt; the
exit status is 1 if something did not hold, and each failure is printed with the command that repeats it.
"""

import argparse
import contextlib
import os
import platform
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from benchmarks.faults import damage, dumps, kills, parameters, replies, wikitext
from benchmarks.faults.outcome import GOOD, Attack, Outcome, Result, attempt
from benchmarks.faults.project import CONTEXT, made_project
from minillm.cores import usable_cores

KINDS: Mapping[str, Attack] = {
    "wikitext": wikitext.attack,
    "dumps": dumps.attack,
    "params": parameters.attack,
    "replies": replies.attack,
    "files": damage.attack,
    "training": kills.attack_training,
    "data": kills.attack_data,
}
OF_STAGES = {"files", "training", "data"}
"""Those that need a project whose stages have run."""
MINUTE_HOURS = 1 / 60
ATTEMPT_SECONDS = 300.0
"""More than the stages of an attempt may take together."""


class Failure(NamedTuple):
    """An attempt that did not hold."""

    kind: str
    number: int
    result: Result


Counts = dict[str, Counter[Outcome]]


def main() -> int:
    """Attack, print the table and the failures; 1 if there is one."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.faults", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--hours", type=float, default=MINUTE_HOURS, help="of all kinds together")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=KINDS)
    parser.add_argument("--index", type=int, help="a single attempt, whose files are kept")
    arguments = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # a stage computes less here than its threads cost
    # tqdm's lock is a semaphore, which a process that is killed leaves to be cleaned up.
    os.environ.setdefault("PYTHONWARNINGS", "ignore::UserWarning:multiprocessing.resource_tracker")
    if arguments.index is not None:
        return repeat(arguments.only or parser.error("--index needs --only"), arguments.seed, arguments.index)
    kinds = {name: attack for name, attack in KINDS.items() if arguments.only in (None, name)}
    where = machine()
    with tempfile.TemporaryDirectory(prefix="minillm-faults-") as folder:
        if not OF_STAGES.isdisjoint(kinds):
            made_project(Path(folder) / "project")
        started = time.monotonic()
        counts, failures = run(kinds, arguments.seed, arguments.hours * 3600, Path(folder))
        minutes = (time.monotonic() - started) / 60
    print(*table(kinds, counts), sep="\n")
    print(f"\n{minutes:.1f} minutes, seed {arguments.seed}, {where}")
    print(*commands(failures, arguments.seed), sep="\n")
    return int(bool(failures))


def repeat(kind: str, seed: int, index: int) -> int:
    """One attempt in this process, with its files left to be looked into."""
    folder = Path(tempfile.mkdtemp(prefix="minillm-faults-")) / kind
    folder.mkdir()
    result = attempt(KINDS[kind], seed, index, folder)
    print(f"{result.outcome}: {result.detail}\n{folder} has its files")
    return int(result.outcome not in GOOD)


def run(kinds: Mapping[str, Attack], seed: int, seconds: float, folder: Path) -> tuple[Counts, list[Failure]]:
    """Attack for so many seconds, and each kind at least once."""
    counts: Counts = {kind: Counter() for kind in kinds}
    failures: list[Failure] = []
    used = dict.fromkeys(kinds, 0.0)
    with contextlib.ExitStack() as stack:
        workers = {
            kind: stack.enter_context(Worker(attack, seed, folder / kind)) for kind, attack in kinds.items()
        }
        end = time.monotonic() + seconds
        while time.monotonic() < end or not all(counts.values()):
            kind = min(used, key=lambda kind: used[kind])
            index, started = counts[kind].total(), time.monotonic()
            result = workers[kind].attempt(index)
            used[kind] += time.monotonic() - started
            counts[kind][result.outcome] += 1
            if result.outcome not in GOOD:
                failures.append(Failure(kind, index, result))
    return counts, failures


def commands(failures: list[Failure], seed: int) -> list[str]:
    """What repeats each failure, those that differ in numbers alone together."""
    alike: dict[tuple[str, str], list[Failure]] = {}
    for failure in failures:
        alike.setdefault((failure.kind, re.sub(r"[0-9]+", "0", failure.result.detail)), []).append(failure)
    lines = []
    for (kind, _), group in alike.items():
        first, *others = (str(failure.number) for failure in group)
        also = f"    # also {', '.join(others)}" if others else ""
        lines.append(f"python -m benchmarks.faults --only {kind} --seed {seed} --index {first}{also}")
        lines.append(f"    {group[0].result.outcome}: {group[0].result.detail}")
    return lines


class Worker:
    """A process that makes attempts one by one, and another one after it has died or hung."""

    def __init__(
        self, attack: Attack, seed: int, folder: Path, limit_seconds: float = ATTEMPT_SECONDS
    ) -> None:
        self._arguments = (attack, seed, folder)
        self._limit_seconds = limit_seconds
        self._start()

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_error: object) -> None:
        self._end()

    def attempt(self, index: int) -> Result:
        """What the attempt came to."""
        self._pipe.send(index)
        try:
            if self._pipe.poll(self._limit_seconds):
                result: Result = self._pipe.recv()
                return result
            result = Result(Outcome.SLOW, f"no end after {self._limit_seconds:.0f} s")
        except EOFError:
            result = Result(Outcome.TRACEBACK, "the process died")
        self._end()
        self._start()
        return result

    def _start(self) -> None:
        self._pipe, theirs = CONTEXT.Pipe()
        self._process = CONTEXT.Process(target=_work, args=(theirs, *self._arguments))
        self._process.start()
        theirs.close()

    def _end(self) -> None:
        self._pipe.close()  # it ends by itself, unless it hangs
        self._process.join(1)
        self._process.kill()
        self._process.join()


def _work(pipe: "Connection[Result, int]", attack: Attack, seed: int, folder: Path) -> None:
    """Make the attempts that are asked for, in silence, until nobody asks."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(nowhere, number)
    with contextlib.suppress(EOFError):
        while True:
            index = pipe.recv()
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            pipe.send(attempt(attack, seed, index, folder))


def table(kinds: Mapping[str, Attack], counts: Counts) -> list[str]:
    """The counts as Markdown."""
    rows = [["attacked", "attempts", *Outcome]]
    rows += [
        [
            f"`{kind}`: {attack.__doc__}",
            f"{counts[kind].total():,}",
            *(f"{counts[kind][outcome]:,}" for outcome in Outcome),
        ]
        for kind, attack in kinds.items()
    ]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return [lines[0], "|---" + "|--:" * (len(rows[0]) - 1) + "|", *lines[1:]]


def machine() -> str:
    """What it ran on: CPU, cores, system, Python, revision."""
    cpus = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.partition(": ")[2] for line in cpus if line.startswith("model name")]
    revision = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    )
    return (
        f"{usable_cores()} cores ({names[0] if names else platform.machine()}), "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}, "
        f"commit {revision.stdout.strip() or 'unknown'}"
    )
