"""Run the named experiments of experiments.yaml through DVC's queue: `make study`.

Each is queued as `dvc exp run --queue --name NAME --set-param KEY=VALUE …`; then the queue runs them one
after another, in folders of their own. Those that an earlier study of the same commit finished are left out.
`dvc exp show` compares them, and `dvc exp apply NAME` brings one's results into the workspace.
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

from minillm.core_yaml import read_mapping
from minillm.errors import InputError, shown

EXPERIMENTS = Path("experiments.yaml")
_NAME = re.compile(r"(?=.{1,100}\Z)[A-Za-z0-9]+(?:[-_.][A-Za-z0-9]+)*")
_OVERRIDE = re.compile(r"[a-z_]+(?:\.[a-z_]+)+=.*")


def main() -> None:
    """Queue what is asked for, run it and show the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("names", nargs="*", help="experiments to run (default: all of experiments.yaml)")
    arguments = parser.parse_args()
    try:
        chosen = choose(read_experiments(), arguments.names)
    except InputError as error:
        sys.exit(f"error: {error}")
    start = subprocess.check_output(["git", "rev-parse", "HEAD"], text=True).strip()
    done = finished(start)
    for name, overrides in chosen.items():
        if name in done:
            print(f"{name} has run already (`dvc exp remove {name}` to run it anew)")
        else:
            subprocess.run(queue_command(name, overrides), check=True)
    if chosen.keys() - done:
        subprocess.run(["dvc", "exp", "run", "--run-all", "--jobs", "1"], check=True)
    subprocess.run(["dvc", "exp", "show", "--only-changed", "--no-pager"], check=True)
    failed = [name for name in chosen if name not in finished(start)]
    if failed:
        sys.exit(f"error: {', '.join(failed)} did not finish; `dvc queue logs {failed[0]}` says why")


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


def choose(experiments: dict[str, list[str]], names: list[str]) -> dict[str, list[str]]:
    """Those of `names`, or all. Raises InputError for a name that is not there."""
    for name in names:
        if name not in experiments:
            raise InputError(f"no experiment {name!r}: {EXPERIMENTS} has {', '.join(experiments)}")
    return {name: experiments[name] for name in names or experiments}


def queue_command(name: str, overrides: list[str]) -> list[str]:
    """The command that queues one experiment."""
    changes = [argument for override in overrides for argument in ("--set-param", override)]
    return ["dvc", "exp", "run", "--queue", "--name", name, *changes]


def finished(commit: str) -> set[str]:
    """Names of the experiments of a commit that have results; HEAD may have moved on while they ran."""
    output = subprocess.check_output(["dvc", "exp", "list", "--name-only", "--rev", commit], text=True)
    return set(output.split())


if __name__ == "__main__":
    main()
