"""Run the named experiments of experiments.yaml through DVC's queue: `make study`.

Each is queued as `dvc exp run --queue --name NAME --set-param KEY=VALUE …`; then the queue runs them one
after another, in folders of their own. Those that an earlier study of the same commit finished are left out,
those that still wait or run are not queued again. Ctrl-C stops what runs in the queue too, and the next study
goes on. A table compares the results, and `dvc exp apply NAME` brings one's into the workspace.

With `--seeds 3` each runs three times: as NAME with `seed` of params.yaml, as NAME-s2 and NAME-s3 with the
seeds after it. The table then has the mean and the standard deviation (of a sample, n − 1) of what has
finished. The seed decides on everything that is drawn: articles, splits, first weights, order, dropout.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from minillm.core_yaml import read_mapping
from minillm.errors import InputError, shown
from minillm.params import read_params
from minillm.stage import PARAMS_PATH
from tools.rwlock import is_dvc

EXPERIMENTS = Path("experiments.yaml")
_NAME = re.compile(r"(?=.{1,100}\Z)[A-Za-z0-9]+(?:[-_.][A-Za-z0-9]+)*")
_OVERRIDE = re.compile(r"[a-z_]+(?:\.[a-z_]+)+=.*")
ON_A_GPU = "train.device=cuda"
MOST_SEEDS = 100
SEED_END = 2**32  # of params.yaml
STOP_SECONDS = 30  # at least: each look at the queue takes another one or two
COLUMNS = (
    ("parameters", "metrics/train.json", "parameters", ",d"),
    ("perplexity", "metrics/evaluate.json", "test.perplexity", ".2f"),
    ("bits/byte", "metrics/evaluate.json", "test.bits_per_byte", ".3f"),
    ("BLEU-4", "metrics/evaluate.json", "bleu.bleu_4", ".2f"),
    ("grammar", "metrics/evaluate.json", "grammar.minigpt", ".3f"),
)


def main() -> None:
    """Queue what is asked for, run it and show the table."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.study", description=__doc__.split("\n")[0] if __doc__ else None
    )
    parser.add_argument("names", nargs="*", help="which (default: all that ask for no GPU)")
    parser.add_argument("--seeds", type=int, default=1, metavar="N", help="runs of each, by as many seeds")
    arguments = parser.parse_args()
    try:
        experiments = read_experiments()
        chosen = choose(experiments, arguments.names)
        groups = {name: seed_names(name, arguments.seeds, experiments) for name in chosen}
        first_seed = read_params(PARAMS_PATH).seed if arguments.seeds > 1 else 0
        runs = with_seeds(chosen, groups, first_seed)
    except InputError as error:
        sys.exit(f"error: {error}")
    commit = subprocess.check_output(["git", "rev-parse", "HEAD"], encoding="utf-8").strip()
    try:
        run(runs, groups, commit)
    except KeyboardInterrupt:
        stop(runs, commit)
        sys.exit(130)  # as a shell ends what Ctrl-C ends
    except subprocess.CalledProcessError as error:
        sys.exit(f"error: `{' '.join(error.cmd)}` failed; its own lines above say why")


def run(runs: Mapping[str, list[str]], groups: Mapping[str, list[str]], commit: str) -> None:
    """Queue the runs that have not run, wait for them and compare; ends the program where one failed."""
    before = experiments_of(commit)
    for name, overrides in runs.items():
        state = state_of(before.get(name))
        if state == "running" and was_killed(before[name]):
            subprocess.run(["dvc", "queue", "kill", name], check=True, stdout=subprocess.DEVNULL)
            state = "failed"  # a kill or a power cut; DVC would wait for it for ever
        if state == "finished":
            print(f"{name} has run already (`dvc exp remove {name}` to run it anew)")
        elif state in ("queued", "running"):
            print(f"{name} is {state} already")
        else:
            if state == "failed":  # its entry would stand beside the new one
                subprocess.run(["dvc", "queue", "remove", name], check=True, stdout=subprocess.DEVNULL)
            subprocess.run(queue_command(name, overrides), check=True)
    if any(state_of(before.get(name)) != "finished" for name in runs):
        subprocess.run(["dvc", "exp", "run", "--run-all", "--jobs", "1"], check=True)
    after = experiments_of(commit)
    known = {name: [after[run] for run in names if run in after] for name, names in groups.items()}
    print(table({name: rows for name, rows in known.items() if rows}))
    if len(runs) > len(groups):
        print("mean ± standard deviation over seeds, in brackets how many; articles and splits differ too")
    print("all parameters and metrics: dvc exp show --only-changed, dvc metrics diff HEAD NAME")
    failed = [name for name in runs if state_of(after.get(name)) != "finished"]
    if failed:
        sys.exit(f"error: {', '.join(failed)} did not finish; `dvc queue logs {failed[0]}` says why")


def stop(runs: Iterable[str], commit: str) -> None:
    """End the queue's worker, and what it runs as Ctrl-C would: a training keeps its state."""
    print("\nstopping …", flush=True)
    subprocess.run(["dvc", "queue", "stop"], check=False, stdout=subprocess.DEVNULL)
    for attempt in range(STOP_SECONDS):
        known = experiments_of(commit)
        running = [name for name in runs if state_of(known.get(name)) == "running"]
        if not running:
            print("stopped; what has finished is kept, and `make study` goes on with the rest")
            return
        if attempt == 0:
            subprocess.run(["dvc", "queue", "kill", *running], check=False, stdout=subprocess.DEVNULL)
        time.sleep(1)
    print(f"error: {', '.join(running)} still runs; end it: dvc queue kill --force {' '.join(running)}")


def read_experiments(path: Path = EXPERIMENTS) -> dict[str, list[str]]:
    """Names and their `section.key=value` overrides of params.yaml. Raises InputError for anything else."""
    content = read_mapping(path)
    for name, overrides in content.items():
        if not _NAME.fullmatch(name):  # DVC makes a Git reference of it
            raise InputError(
                f"{path}: {shown(name)}: a name has letters a–z, digits and single - _ . between"
            )
        if not isinstance(overrides, list) or not all(map(_is_override, overrides)):
            raise InputError(f"{path}: {name} = {shown(overrides)}: must be a list of section.key=value")
    return content


def _is_override(value: object) -> bool:
    return isinstance(value, str) and _OVERRIDE.fullmatch(value) is not None


def choose(experiments: dict[str, list[str]], names: Sequence[str] = ()) -> dict[str, list[str]]:
    """Those of `names`, or all that ask for no GPU. Raises InputError for a name that is not there."""
    for name in names:
        if name not in experiments:
            raise InputError(f"no experiment {name!r}: {EXPERIMENTS} has {', '.join(experiments)}")
    everywhere = [name for name, overrides in experiments.items() if ON_A_GPU not in overrides]
    return {name: experiments[name] for name in names or everywhere}


def seed_names(name: str, seeds: int, experiments: Iterable[str]) -> list[str]:
    """What the runs of an experiment are called: NAME, NAME-s2 … Raises InputError if DVC could not."""
    if not 1 <= seeds <= MOST_SEEDS:
        raise InputError(f"SEEDS = {seeds}: must be 1 to {MOST_SEEDS}, the runs of each experiment")
    names = [name, *(f"{name}-s{number}" for number in range(2, seeds + 1))]
    for new in names[1:]:
        if new in experiments:
            raise InputError(
                f"{EXPERIMENTS}: {new} is what run {new.rpartition('-s')[2]} of {name} is called"
            )
        if not _NAME.fullmatch(new):
            raise InputError(
                f"{EXPERIMENTS}: {shown(name)} is too long a name for SEEDS = {seeds}: shorten it"
            )
    return names


def with_seeds(
    chosen: Mapping[str, list[str]], groups: Mapping[str, list[str]], first_seed: int
) -> dict[str, list[str]]:
    """The overrides of every run, the first of each experiment first; only the others' change the seed."""
    runs = {
        (number, run): [*overrides, *([f"seed={(first_seed + number) % SEED_END}"] if number else [])]
        for name, overrides in chosen.items()
        for number, run in enumerate(groups[name])
    }
    return {run: runs[number, run] for number, run in sorted(runs, key=lambda key: key[0])}


def queue_command(name: str, overrides: list[str]) -> list[str]:
    """The command that queues one experiment."""
    changes = [argument for override in overrides for argument in ("--set-param", override)]
    return ["dvc", "exp", "run", "--queue", "--name", name, *changes]


def experiments_of(commit: str) -> dict[str, dict[str, Any]]:
    """What DVC knows of a commit's experiments by name; HEAD may have moved on while they ran."""
    output = subprocess.check_output(["dvc", "exp", "show", "--json", "--rev", commit], encoding="utf-8")
    rows = [row for shown in json.loads(output) for row in shown.get("experiments") or []]
    known: dict[str, dict[str, Any]] = {}
    for row in rows:
        name = row.get("name")
        if (
            name and state_of(known.get(name)) != "finished"
        ):  # a failed one may have the name of a later success
            known[name] = row
    return known


def state_of(row: dict[str, Any] | None) -> str:
    """One of absent, queued, running, failed, finished."""
    if row is None:
        return "absent"
    state = (row.get("executor") or {}).get("state")
    return state if state in ("queued", "running", "failed") else "finished"


def was_killed(row: dict[str, Any]) -> bool:
    """Whether what DVC takes for running has no process any more."""
    pid = ((row.get("executor") or {}).get("local") or {}).get("pid")
    return pid is not None and not is_dvc(pid)


def table(groups: Mapping[str, Sequence[dict[str, Any]]]) -> str:
    """The test split's figures in less than 80 columns; – where there is none, or none was measured.

    Of an experiment that has run with several seeds, their mean and standard deviation.
    """
    header = ("", *(heading for heading, _, _, _ in COLUMNS))
    lines = [
        header,
        *(
            (_label(name, rows), *(_figure(rows, *column[1:]) for column in COLUMNS))
            for name, rows in groups.items()
        ),
    ]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        f"{first:{widths[0]}}"
        + "".join(f"  {cell:>{width}}" for cell, width in zip(rest, widths[1:], strict=True))
        for first, *rest in lines
    )


def _label(name: str, rows: Sequence[dict[str, Any]]) -> str:
    finished = sum(state_of(row) == "finished" for row in rows)
    return f"{name} ({finished})" if len(rows) > 1 else name


def _figure(rows: Sequence[dict[str, Any]], file: str, key: str, form: str) -> str:
    values = [value for row in rows if (value := _value(row, file, key)) is not None]
    if not values:
        return "–"
    if len(values) == 1 or isinstance(values[0], int):  # a seed changes no number of parameters
        return format(values[0], form)
    return f"{statistics.mean(values):{form}} ±{statistics.stdev(values):{form}}"


def _value(row: dict[str, Any], file: str, key: str) -> int | float | None:
    value: Any = row["revs"][0].get("data") if row.get("revs") else None  # none where DVC could not read it
    for name in ("metrics", file, "data", *key.split(".")):
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, int | float) else None


if __name__ == "__main__":
    main()
