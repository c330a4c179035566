"""What a training's result depends on, by name: equal inputs, equal bytes.

Seed, model and train parameters (but not `processes`, which changes nothing); the input files, by SHA-256;
the project's modules that this process has imported, by what they compute (source.py); and how it is
computed: by the arithmetic that is the same everywhere, or by a machine's own.

A hash of it names the folder of the resume state. And since DVC hashes the dependencies after the command,
when an edit made meanwhile would pass for what the model was trained on, it is taken again at the end.
"""

import hashlib
import json
import platform
import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import torch

from minillm.arithmetic import VERSIONS
from minillm.errors import InputError, shown
from minillm.params import FREE, Params
from minillm.training.device import own_bytes, resolve_device, resolve_precision
from minillm.training.source import source_digest

LENGTH = tuple(
    f"train.{name}" for name in ("epochs", "max_steps", "max_tokens", "patience", "schedule", "decay_share")
)
"""The parameters on which no step depends until the learning rate begins to fall (schedule.py)."""
_TRUNK_STEPS = "steps"
_PACKAGES = ("minillm.model", "minillm.tokens", "minillm.training")
_ROOT = Path(__file__).parents[2]
_MOST_NAMED = 4
EVERYBODYS = {"arithmetic": "as everywhere", **{f"{name} version": found for name, found in VERSIONS.items()}}


class Change(NamedTuple):
    """An input that is another one now."""

    kind: str
    """parameters, machine or files, as in Fingerprint."""
    name: str
    former: Any
    now: Any

    def __str__(self) -> str:
        if self.kind == "files":
            return self.name
        return f"{self.name} {_spelled(self.former)} → {_spelled(self.now)}"


@dataclass(frozen=True)
class Fingerprint:
    """What a result depends on."""

    parameters: Mapping[str, Any]
    machine: Mapping[str, Any]
    files: Mapping[str, str]
    """Path to digest."""

    @property
    def key(self) -> str:
        """32 hexadecimal digits for all of it."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:32]

    def trunk(self, steps: int) -> "Fingerprint":
        """What the first so many steps depend on, if the learning rate does not fall in them."""
        parameters = {name: value for name, value in self.parameters.items() if name not in LENGTH}
        return replace(self, parameters=parameters | {_TRUNK_STEPS: steps})

    @property
    def trunk_steps(self) -> int:
        """The number that this was made with by `trunk`; 0: it is that of a whole run."""
        return int(self.parameters.get(_TRUNK_STEPS, 0))

    def changes(self, now: "Fingerprint") -> list[Change]:
        """The inputs that are other ones `now`, in the order of the fields and of their names."""
        return [
            Change(kind, name, former.get(name), present.get(name))
            for (kind, former), present in zip(asdict(self).items(), asdict(now).values(), strict=True)
            for name in sorted(former.keys() | present.keys())
            if former.get(name) != present.get(name)
        ]

    def refuse_changes(self, now: "Fingerprint") -> None:
        """Raise InputError if an input is another one `now`, at the end of a training."""
        if changes := self.changes(now):
            raise InputError(
                f"{named(changes)}: changed while the model was trained with the former; the result is "
                f"kept: {how_to_restore(changes)} takes it over and trains nothing"
            )


def named(changes: Sequence[Change]) -> str:
    """The changes in words, the first of them."""
    found = _worth_naming(changes)
    more = f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
    return ", ".join(map(str, found[:_MOST_NAMED])) + more


def how_to_restore(changes: Sequence[Change]) -> str:
    """What to type to have the former inputs again."""
    settings = [
        shlex.quote(f"{change.name}={_spelled(change.former)}")
        for change in changes
        if change.kind == "parameters"
    ]
    others = [change.name for change in _worth_naming(changes) if change.kind != "parameters"]
    command = " ".join(["dvc exp run", *(f"-S {setting}" for setting in settings)])
    if not others:
        return f"`{command}`"
    former = ", ".join(others[:_MOST_NAMED]) + " …" * (len(others) > _MOST_NAMED)
    return f"with the former {former}, {f'`{command}`' if settings else '`dvc repro`'}"


def _worth_naming(changes: Sequence[Change]) -> list[Change]:
    """Those that somebody made: of two kinds of arithmetic only one depends on the threads, say."""
    return [change for change in changes if change.kind != "machine" or None not in change] or list(changes)


def fingerprint(params: Params, files: Sequence[Path]) -> Fingerprint:
    """Take the fingerprint of a training with `params` on `files`, in a process like this one."""
    device = resolve_device(params.train.device)
    dtype = resolve_precision(params.train.precision, device)
    own = own_bytes(device, dtype, compiled=params.train.compile)
    digests = {path.as_posix(): _file_digest(path) for path in files}
    digests |= {path.relative_to(_ROOT).as_posix(): source_digest(path) for path in _source_files()}
    machine = _of_this_machine(device, dtype) | {"arithmetic": own} if own else EVERYBODYS
    return Fingerprint(parameters_of(params), machine, digests)


def parameters_of(params: Params) -> dict[str, Any]:
    """Those that a training depends on, by name."""
    parameters: dict[str, Any] = {"seed": params.seed}
    parameters |= {f"model.{name}": value for name, value in params.model.model_dump().items()}
    return parameters | {f"train.{name}": v for name, v in params.train.model_dump(exclude=FREE).items()}


def _of_this_machine(device: torch.device, dtype: torch.dtype) -> dict[str, Any]:
    return {
        "torch": torch.__version__,
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else platform.machine(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "precision": str(dtype).removeprefix("torch."),
        "threads": torch.get_num_threads(),
    }


def _source_files() -> list[Path]:
    """The modules of this project that can change the result, and the stage's page."""
    modules = [
        Path(module.__file__)
        for name, module in list(sys.modules.items())
        if name.startswith(_PACKAGES) and module.__file__
    ]
    page = _ROOT / "stages" / "train.py"
    return [*modules, page] if page.is_file() else modules


def _file_digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        raise InputError(f"{path} is missing; run `dvc repro`") from None


def _spelled(value: Any) -> str:
    """A value as `dvc exp run -S` takes it."""
    if isinstance(value, str):
        return value if re.fullmatch(r"[A-Za-z0-9_./+-]+", value) else shown(value)
    return json.dumps(value, separators=(",", ":"))
