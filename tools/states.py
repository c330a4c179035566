"""States of trainings: `python -m tools.states` lists them, `--remove NAME… | all` removes them.

A training that is killed or given up leaves a state in .state/train, which the same inputs go on from; one
whose learning rate is constant for a while leaves a state for longer runs. Each line says when it was saved,
its size, how far it is, and which parameters are others in params.yaml now.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from minillm.errors import InputError
from minillm.params import Params, read_params
from minillm.training.fingerprint import named, parameters_of
from minillm.training.saved import SavedState, saved_states

PARAMS = Path("params.yaml")
_NAME_DIGITS = 8


def main() -> None:
    """List the states of the pipeline in the current folder, or remove some."""
    parser = argparse.ArgumentParser(prog="python -m tools.states")
    removed = "beginning of a name, or all (but those in use)"
    parser.add_argument("--remove", nargs="+", metavar="NAME", default=[], help=removed)
    arguments = parser.parse_args()
    states = saved_states()
    try:
        if arguments.remove:
            remove(chosen(states, arguments.remove))
        else:
            params = read_params(PARAMS)
            print("\n".join(line(state, params) for state in states) or "no training is unfinished")
    except (InputError, OSError) as error:
        sys.exit(f"error: {error}")


def line(state: SavedState, params: Params) -> str:
    """One state in words."""
    saved = time.strftime("%Y-%m-%d %H:%M", time.localtime(state.saved_at))
    parts = [state.name[:_NAME_DIGITS], saved, f"{state.size_bytes() / 1e6:.1f} MB", state.position]
    if state.in_use():
        parts.append("in use")
    if state.inputs:
        now = replace(state.inputs, parameters=parameters_of(params))
        if steps := state.inputs.trunk_steps:
            now = now.trunk(steps)
        changes = state.inputs.changes(now)
        parts.append(named(changes) if changes else "the parameters of params.yaml")
    return "  ".join(parts)


def chosen(states: Sequence[SavedState], names: Sequence[str]) -> list[SavedState]:
    """Those whose names begin so. Raises InputError for a beginning of none or of several."""
    if list(names) == ["all"]:
        return [state for state in states if not _kept_for_its_training(state)]
    found = []
    for name in names:
        match [state for state in states if state.name.startswith(name)]:
            case [state]:
                found.append(state)
            case several:
                how_many = f"{len(several)} states begin" if several else "no state begins"
                raise InputError(f"{how_many} with {name!r}; `python -m tools.states` lists them")
    return found


def remove(states: Sequence[SavedState]) -> None:
    """Remove them, and say so. Raises InputError at the first that a training uses."""
    for state in states:
        size_bytes = state.size_bytes()
        state.remove()
        print(f"removed {state.name[:_NAME_DIGITS]}, {size_bytes / 1e6:.1f} MB")


def _kept_for_its_training(state: SavedState) -> bool:
    if in_use := state.in_use():
        print(f"kept {state.name[:_NAME_DIGITS]}, which is in use")
    return in_use


if __name__ == "__main__":
    main()
