"""Is the model here the one that README.md documents? The SHA-256 of its weights stands there.

`make` ends with the answer. `python -m tools.documented` says it alone, with status 1 for another model;
`--update` makes the model here the documented one: its hash in README.md, its time and memory in
metrics/machine/documented.json.
"""

import argparse
import platform
import re
import shutil
import sys
from importlib.metadata import version
from pathlib import Path

from minillm.errors import InputError
from minillm.files import sha256, write_text

README = Path("README.md")
WEIGHTS = Path("checkpoints/best/model.safetensors")
_HASH = re.compile(r"(?<=<!-- documented model -->`)[0-9a-f]{64}(?=`)")


def main() -> None:
    """Print the sentence; status 1 when it is not the documented model, or nothing can be said."""
    parser = argparse.ArgumentParser(prog="python -m tools.documented")
    parser.add_argument("--update", action="store_true", help="make this model the documented one")
    arguments = parser.parse_args()
    try:
        if arguments.update:
            update()
        print(sentence())
        if sha256_here() != documented_sha256():
            sys.exit(1)
    except (InputError, OSError) as error:
        sys.exit(f"error: {error}")


def sentence() -> str:
    """Whether it is, and what makes another. Raises InputError when there is nothing to compare."""
    here, documented = sha256_here(), documented_sha256()
    if here == documented:
        return f"the documented one, byte for byte (SHA-256 {here[:12]}…, {README})"
    return (
        f"not the documented one (SHA-256 {here[:12]}… and not {documented[:12]}…, {README}). "
        "What makes another: changed parameters, data or code; bfloat16; a GPU; ARM or macOS "
        f"(here {platform.system()} {platform.machine()}); another torch (here {version('torch')})"
    )


def sha256_here() -> str:
    """Of the weights that lie here."""
    if not WEIGHTS.exists():
        raise InputError(f"{WEIGHTS} is missing; run `dvc repro`")
    return sha256(WEIGHTS)


def documented_sha256() -> str:
    """Of the weights that README.md documents."""
    found = _HASH.findall(README.read_text(encoding="utf-8")) if README.exists() else []
    if len(found) != 1:
        raise InputError(f"{README}: {len(found)} hashes after <!-- documented model -->, must be one")
    return str(found[0])


def update() -> None:
    """Write what is documented anew. Raises InputError where this model was not measured."""
    from minillm.report.results import PERFORMANCE, read_performance  # 0.3 s, which `make` does without

    documented_sha256()
    here = sha256_here()
    if read_performance(PERFORMANCE, here) is None:
        raise InputError(
            f"{PERFORMANCE} holds no figures of this model; `dvc repro -f -s evaluate` measures them"
        )
    write_text(README, _HASH.sub(here, README.read_text(encoding="utf-8")))
    shutil.copyfile(PERFORMANCE, PERFORMANCE.with_name("documented.json"))


if __name__ == "__main__":
    main()
