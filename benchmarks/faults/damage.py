"""Damaged files between stages: each file that a stage reads and another one has written."""

import shutil
from pathlib import Path
from random import Random

from benchmarks.faults.mutations import damaged
from benchmarks.faults.outcome import CrashError, OtherOutputError
from benchmarks.faults.project import STAGES, check, inputs, made_project, outputs, remove_outputs, run_stage

READERS = STAGES[1:]
"""Stages that read what others have written."""


def attack(random: Random, folder: Path) -> None:
    """files between stages: bits flipped, cut, lengthened, emptied, swapped"""
    project = made_project(folder.with_name("project"))
    stage = random.choice(READERS)
    target = random.choice(inputs(project, stage))
    copy = folder / "project"
    shutil.copytree(project, copy)
    remove_outputs(copy, stage)
    others = [path for name in READERS for path in inputs(project, name) if path.suffix == target.suffix]
    alike = sorted({path for path in others if path != target})
    content, how = damaged(
        (project / target).read_bytes(), random, [(project / path).read_bytes() for path in alike]
    )
    (copy / target).write_bytes(content)
    try:
        check(run_stage(copy, stage))
    except CrashError as error:
        raise CrashError(f"{target}: {how}; {stage}: {error}") from None
    right, found = outputs(project, stage), outputs(copy, stage)
    if other := [name for name in right.keys() | found.keys() if right.get(name) != found.get(name)]:
        raise OtherOutputError(f"{target}: {how}; {stage} writes another {', '.join(sorted(other)[:3])}")
