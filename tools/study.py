"""Run the named experiments of experiments.yaml through DVC's queue: `make study`.

Each becomes `dvc exp run --queue --name NAME -S KEY=VALUE …`; the queue runs them one after another in
folders of their own. Those that an earlier study has finished are left out: DVC refuses a name that exists.
`dvc exp show` compares them, and `dvc exp apply NAME` brings one's results into the workspace.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from minillm.errors import InputError

EXPERIMENTS = Path("experiments.yaml")
_POLL_SECONDS = 5


def main() -> None:
    """Queue what is asked for, wait, and show the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("names", nargs="*", help="experiments to run (default: all of experiments.yaml)")
    arguments = parser.parse_args()
    try:
        chosen = choose(read_experiments(), arguments.names)
    except InputError as error:
        sys.exit(f"error: {error}")
    known = existing()
    for name, overrides in chosen.items():
        if name in known:
            print(f"{name}: there is already such an experiment (`dvc exp remove {name}` to run it anew)")
            continue
        subprocess.run(queue_command(name, overrides), check=True)
    subprocess.run(["dvc", "queue", "start"], check=True)
    while any(task["status"] in ("Queued", "Running") for task in queue_status()):
        time.sleep(_POLL_SECONDS)
    subprocess.run(
        ["dvc", "exp", "show", "--only-changed", "--drop", "minillm.*|stages.*|data.*"], check=True
    )
    missing = [name for name in chosen if name not in existing()]
    if missing:
        sys.exit(f"error: failed: {', '.join(missing)}; see `dvc queue logs {missing[0]}`")


def read_experiments(path: Path = EXPERIMENTS) -> dict[str, list[str]]:
    """Name to `section.key=value` overrides of params.yaml. Raises InputError for another content."""
    try:
        content = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except (OSError, YAMLError) as error:
        raise InputError(f"{path} cannot be read: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise InputError(f"{path}: expected NAME: [section.key=value, …], found {content!r:.40}")
    for name, overrides in content.items():
        if not isinstance(overrides, list) or not all(
            isinstance(override, str) and "." in override.partition("=")[0] and "=" in override
            for override in overrides
        ):
            raise InputError(f"{path}: {name} = {overrides!r:.60}: must be a list of section.key=value")
    return content


def choose(experiments: dict[str, list[str]], names: list[str]) -> dict[str, list[str]]:
    """Those of `names`, or all. Raises InputError for a name that is not there."""
    unknown = [name for name in names if name not in experiments]
    if unknown:
        raise InputError(f"no experiment {unknown[0]!r}; there are {', '.join(experiments)}")
    return {name: experiments[name] for name in names or experiments}


def queue_command(name: str, overrides: list[str]) -> list[str]:
    """The command that queues one experiment."""
    changes = [argument for override in overrides for argument in ("--set-param", override)]
    # Without any change DVC needs telling that the experiment is wanted all the same.
    return ["dvc", "exp", "run", "--queue", "--name", name, *changes]


def existing() -> set[str]:
    """Names of the finished experiments of this commit."""
    output = subprocess.check_output(["dvc", "exp", "list", "--name-only"], text=True)
    return set(output.split())


def queue_status() -> list[dict[str, str]]:
    """Tasks of DVC's queue with name and status."""
    output = subprocess.check_output(["dvc", "exp", "show", "--json"], text=True)
    return [
        {
            "name": str(entry.get("name")),
            "status": str((entry.get("executor") or {}).get("state", "")).title(),
        }
        for commit in json.loads(output)
        for group in commit.get("experiments") or []
        for entry in [{**group, "executor": group.get("executor")}]
    ]


if __name__ == "__main__":
    main()
