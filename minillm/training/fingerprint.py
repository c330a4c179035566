"""A name for everything that a training's result depends on: equal names, equal bytes.

SHA-256 over the digests of: seed, model and train parameters (but not `processes`, which changes nothing),
the input files, the source of the project's modules that this process has imported, and how it is computed:
by the arithmetic that is the same everywhere, or by a machine's own.

It names the folder of the resume state. And since DVC hashes the dependencies after the command, when an
edit made meanwhile would pass for what the model was trained on, it is taken again at the end.
"""

import hashlib
import json
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from minillm.arithmetic import VERSIONS
from minillm.errors import InputError
from minillm.params import FREE, Params
from minillm.training.device import own_bytes, resolve_device, resolve_precision

_PACKAGES = ("minillm.model", "minillm.tokens", "minillm.training")
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Fingerprint:
    """What a result depends on: name of each input to its digest."""

    digests: Mapping[str, str]

    @property
    def key(self) -> str:
        """32 hexadecimal digits for all of it."""
        return _digest(dict(self.digests))[:32]

    def refuse_changes(self, now: "Fingerprint") -> None:
        """Raise InputError if an input is another one `now`."""
        names = sorted(self.digests.keys() | now.digests.keys())
        changed = [name for name in names if self.digests.get(name) != now.digests.get(name)]
        if changed:
            raise InputError(
                f"{', '.join(changed)} changed while the model was trained with the former content; restore "
                f"it or keep the change, then run `dvc repro`: with the former it goes on where it stopped"
            )


def fingerprint(params: Params, files: Sequence[Path]) -> Fingerprint:
    """Take the fingerprint of a training with `params` on `files`, in a process like this one."""
    device = resolve_device(params.train.device)
    dtype = resolve_precision(params.train.precision, device)
    own = own_bytes(device, dtype, compiled=params.train.compile)
    machine = _of_this_machine(device, dtype) | {"why": own} if own else VERSIONS
    settings = {
        "seed": params.seed,
        "model": params.model.model_dump(),
        "train": params.train.model_dump(exclude=FREE),
    }
    named = {path.as_posix(): path for path in files}
    named |= {path.relative_to(_ROOT).as_posix(): path for path in _source_files()}
    digests = {name: _file_digest(path) for name, path in named.items()}
    digests |= {f"params.yaml: {name}": _digest(value) for name, value in settings.items()}
    return Fingerprint(digests | {"the machine": _digest(machine)})


def _of_this_machine(device: torch.device, dtype: torch.dtype) -> dict[str, object]:
    return {
        "torch": torch.__version__,
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else platform.machine(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "precision": str(dtype),
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


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
