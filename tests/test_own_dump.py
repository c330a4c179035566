"""A dump of one's own under DVC: where it does no harm, and how experiments find it."""

import os
from pathlib import Path

import pytest

from minillm.wikipedia.place import MAX_UNTRACKED_BYTES
from tests.conftest import Project, clone_working_tree
from tests.wikipedia.dumps import dump, page

pytestmark = [pytest.mark.system, pytest.mark.slow]

NAME = "eswiki (1) «ñ».xml"


def git_kilobytes(project: Project) -> int:
    counts = dict(line.split(": ") for line in project.check("git", "count-objects", "-v").splitlines())
    return int(counts["size"]) + int(counts["size-pack"])


def test_a_large_dump_gets_into_no_commit_and_experiments_in_copies_find_it(tmp_path: Path) -> None:
    project = clone_working_tree(tmp_path / "project")
    large = page(9, os.urandom(MAX_UNTRACKED_BYTES // 2 + 2**20).hex(), ns=1)
    (project.root / NAME).write_bytes(dump(page(1, "Un texto. " * 100), large))
    before = git_kilobytes(project)
    refused = project.run("dvc", "exp", "run", "-S", f'extract.dump="{NAME}"', "extract")
    assert f"error: extract.dump = {NAME}: Git neither tracks nor ignores these 12 MB" in refused.stderr
    own = f"data/own/{NAME}"
    (project.root / NAME).rename(project.root / own)
    project.check("git", "checkout", "-q", "params.yaml")
    there = project.check("dvc", "exp", "run", "-S", f'extract.dump="{own}"', "extract")
    assert f"will not find {own}" in there
    assert git_kilobytes(project) < before + 1000
    project.check("git", "checkout", "-q", "params.yaml")
    project.check("dvc", "add", own)
    project.check("git", "add", f"{own}.dvc")
    ran = project.check("dvc", "exp", "run", "--temp", "-f", "-S", f'extract.dump="{own}"', "extract")
    assert "1 of 1 eligible articles" in ran
    assert "will not find" not in ran
