"""`make verify`: does the code make what stands in the repository, and the same for everybody?

1. dvc.lock is up to date: in a fresh clone no stage would run, were its data there.
2. Two clones run the whole pipeline and agree on every byte of every output.
3. They have what is committed. On an x86-64 CPU that is every output in dvc.lock and every metrics file, byte
   for byte. Where bytes are a machine's own (minillm/training/device.py), it is the data, and metrics within
   a tolerance; an alarm is then judged by the figures found, since one that lies at its threshold may differ.

`dvc metrics diff` and `dvc status` succeed whatever they find, so the comparison is made here.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from minillm.evaluation.alarms import raise_alarms
from minillm.evaluation.measured import flatten
from minillm.evaluation.unmeasured import mark_unmeasured

DATA_STAGES = ("extract", "clean", "vocab", "split")
# (metric, relative, absolute): the first pattern that fits holds. Three to seven times the differences that
# float32 in bfloat16's place makes (docs/experiments.md): rounding passes, a change of the model does not.
TOLERANCES = [
    ("metrics/train.json:parameters", 0.0, 0.0),
    ("metrics/train.json:steps", 0.0, 0.0),
    ("metrics/train.json:epochs", 0.0, 0.0),
    ("metrics/train.json:best.epoch", 0.0, 1.0),
    ("metrics/evaluate.json:baseline.lead.*", 0.0, 0.003),
    ("metrics/evaluate.json:baseline.*", 1e-4, 0.0),
    ("metrics/evaluate.json:bleu.bleu_*", 0.0, 2.5),
    ("metrics/evaluate.json:bleu.*", 1e-4, 0.0),
    ("metrics/evaluate.json:grammar.minigpt", 0.0, 0.03),
    ("metrics/evaluate.json:grammar.lead.*", 0.0, 0.03),
    ("metrics/evaluate.json:generated.rep_4.greedy", 0.0, 0.12),
    ("metrics/evaluate.json:generated.*", 0.0, 0.05),
    ("metrics/evaluate.json:bias.*", 0.02, 0.0),
    ("metrics/evaluate.json:calibration_error", 0.0, 0.005),
    ("metrics/evaluate.json:causal_difference", 0.0, 1e-3),
    ("metrics/evaluate.json:*", 0.005, 0.0),
    ("metrics/train.json:*", 0.005, 0.0),
    ("*", 0.0, 0.0),
]
# What follows from figures that have a tolerance.
DERIVED = (
    "metrics/evaluate.json:alarms.*",
    "metrics/evaluate.json:baseline.strongest",
    "metrics/evaluate.json:baseline.verdict",
    "*:bias.top_token",
)


def main() -> int:
    """Print what differs; 0 when nothing does, 1 otherwise."""
    arguments = parser().parse_args()
    here = Path.cwd()
    if not (here / "dvc.lock").exists():
        sys.exit("error: dvc.lock is missing here; run `make verify` in the repository's root")
    with tempfile.TemporaryDirectory(prefix="verify-") as folder:
        clones = [path.resolve() for path in arguments.finished]
        missing = [path for path in clones if not (path / "dvc.lock").exists()]
        if missing:
            sys.exit(f"error: {missing[0]} is no finished clone: it has no dvc.lock")
        first = clone(here, Path(folder) / "1")
        problems = stale_stages(first)
        report("dvc.lock is up to date with the code", problems)
        if len(clones) < 2:
            clones.append(reproduce(first))
        if len(clones) < 2:
            clones.append(reproduce(clone(here, Path(folder) / "2")))
        problems += report("two clones agree", differing_outs(outs(clones[0]), outs(clones[1])))
        own = own_bytes_here()
        how = f"within tolerance (computed {own})" if own else "byte for byte"
        for path in clones:
            differences = differences_from_commit(here, path, exact=not own)
            problems += report(f"{path.name} is what is committed, {how}", differences)
    return 1 if problems else 0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    result = argparse.ArgumentParser(
        prog="python -m tools.verify", description=(__doc__ or "").split("\n")[0]
    )
    result.add_argument(
        "--finished",
        type=Path,
        action="append",
        default=[],
        help="a clone in which the pipeline has run, in the place of one that is made here",
    )
    return result


def report(what: str, problems: list[str]) -> list[str]:
    """Print a check and what it found; the problems again."""
    print(f"{'FAILED' if problems else 'ok    '}  {what}", flush=True)
    for problem in problems:
        print(f"        {problem}")
    return problems


def clone(source: Path, target: Path) -> Path:
    """A fresh clone of what is committed."""
    command("git", "clone", "--quiet", str(source), str(target), cwd=source)
    return target


def reproduce(folder: Path) -> Path:
    """Run the whole pipeline there, with this environment's programs."""
    print(f"running the pipeline in {folder} …", flush=True)
    command("dvc", "repro", cwd=folder)
    return folder


def stale_stages(folder: Path) -> list[str]:
    """Stages that would run in a clone whose data were all there."""
    output = command("dvc", "repro", "--allow-missing", "--dry", cwd=folder)
    lines = [line for line in output.splitlines() if line.startswith("Running stage")]
    return [f"{line.split(chr(39))[1]}: dvc.lock is older than the code or the parameters" for line in lines]


def outs(folder: Path) -> dict[str, str]:
    """Hash of every output in dvc.lock, as `stage path`."""
    return lock_outs((folder / "dvc.lock").read_text(encoding="utf-8"))


def lock_outs(text: str) -> dict[str, str]:
    """The same from a dvc.lock's text."""
    stages = YAML(typ="safe").load(text)["stages"]
    return {f"{name} {out['path']}": out["md5"] for name, stage in stages.items() for out in stage["outs"]}


def differing_outs(expected: dict[str, str], found: dict[str, str]) -> list[str]:
    """A line for each output that is not the same."""
    return [
        f"{name}: {expected.get(name, 'missing')} and {found.get(name, 'missing')}"
        for name in sorted(expected.keys() | found.keys())
        if expected.get(name) != found.get(name)
    ]


def own_bytes_here() -> str:
    """Why a training with params.yaml gives bytes of its own here; empty where it gives everybody's."""
    # Imported here: half of what stands above needs no torch.
    from minillm.params import read_params
    from minillm.training.device import own_bytes, resolve_device, resolve_precision

    params = read_params(Path("params.yaml"))
    device = resolve_device(params.train.device)
    precision = resolve_precision(params.train.precision, device)
    return own_bytes(device, precision, compiled=params.train.compile)


def differences_from_commit(repository: Path, folder: Path, *, exact: bool) -> list[str]:
    """What a finished clone has unlike the commit: all of it, or data alone and metrics within tolerance."""
    committed, found = lock_outs(command("git", "show", "HEAD:dvc.lock", cwd=repository)), outs(folder)
    if not exact:
        committed, found = (
            {name: md5 for name, md5 in each.items() if name.split()[0] in DATA_STAGES}
            for each in (committed, found)
        )
    problems = differing_outs(committed, found)
    listed = command("git", "ls-tree", "--name-only", "HEAD", "metrics/", cwd=repository).split()
    names = [name for name in listed if name.endswith(".json")]
    if not names:
        problems.append("no metrics are committed")
    for name in names:
        content = command("git", "show", f"HEAD:{name}", cwd=repository)
        path = folder / name
        if not (exact and path.exists() and path.read_text(encoding="utf-8") == content):
            problems += differing_metrics(name, json.loads(content), path, exact=exact)
    return problems


def differing_metrics(name: str, expected: dict[str, Any], path: Path, *, exact: bool) -> list[str]:
    """A line for each number missing, infinite or out of tolerance, and for other values that differ."""
    if not path.exists():
        return [f"{name}: missing"]
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        found = flatten(content)
    except ValueError as error:
        return [f"{name}: not JSON: {error}"]
    wanted = flatten(expected)
    problems = [f"{name}: {key}: missing" for key in wanted if key not in found]
    problems += [f"{name}: {key}: not in the committed metrics" for key in found if key not in wanted]
    for key in (key for key in wanted if key in found):
        problem = differing_value(f"{name}:{key}", wanted[key], found[key], exact=exact)
        problems += [f"{name}: {key}: {problem}"] if problem else []
    if "alarms" in content and not problems:
        raised = mark_unmeasured({alarm.name: alarm.raised for alarm in raise_alarms(content)})
        if raised != content["alarms"]:
            problems.append(f"{name}: its alarms are not those of its figures: {raised}")
    return problems


def differing_value(name: str, expected: Any, found: Any, *, exact: bool) -> str:
    """What is wrong with a value, or nothing."""
    if expected == found or (not exact and any(fnmatch(name, pattern) for pattern in DERIVED)):
        return ""
    if exact or isinstance(expected, bool) or not isinstance(expected, int | float):
        return f"{found!r} instead of {expected!r}"
    if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
        return f"{found!r} is not a finite number"
    relative, absolute = next((r, a) for pattern, r, a in TOLERANCES if fnmatch(name, pattern))
    allowed = max(relative * abs(expected), absolute)
    if abs(found - expected) <= allowed:
        return ""
    return f"{found} instead of {expected} (tolerance {allowed:.3g})"


def command(*words: str, cwd: Path) -> str:
    """A command's output; its own last words and status 1 when it fails."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DVC_", "GIT_"))}
    result = subprocess.run(words, cwd=cwd, env=kept, capture_output=True, encoding="utf-8", check=False)
    if result.returncode:
        sys.exit(f"error: {' '.join(words)} in {cwd}:\n{(result.stdout + result.stderr)[-3000:].strip()}")
    return result.stdout


if __name__ == "__main__":
    sys.exit(main())
