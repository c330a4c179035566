"""docs/sharing.md, typed as it stands: two people, a Git remote and a folder."""

from pathlib import Path

import pytest

from tests.conftest import Project
from tests.documents import command_blocks
from tools.verify import outs

pytestmark = [pytest.mark.system, pytest.mark.slow]

PAGE = "docs/sharing.md"


def test_an_experiment_goes_from_one_to_another_and_becomes_a_branch(
    project: Project, tmp_path: Path
) -> None:
    origin, store = tmp_path / "minillm.git", tmp_path / "store"
    project.check("git", "clone", "-q", "--bare", ".", str(origin))
    project.check("git", "remote", "add", "origin", str(origin))
    project.check("git", "fetch", "-q", "origin")
    project.check("git", "branch", "-q", "-u", "origin/main")
    (where,) = command_blocks(PAGE, "Say where results are kept")
    (trying,) = command_blocks(PAGE, "Try something")
    push, pull = command_blocks(PAGE, "Hand it on")
    branch, review = command_blocks(PAGE, "Propose it")

    assert where.count("/mnt/share/minillm") == 1
    project.script(where.replace("/mnt/share/minillm", str(store)))
    tried = project.script(trying).stdout
    assert "Running stage 'train'" in tried
    wanted = outs(project.root)
    project.script(push)

    other = Project(tmp_path / "other")
    project.check("git", "clone", "-q", str(origin), str(other.root))
    said = other.script(pull).stdout
    assert "Running stage" not in said
    assert "faster" in said
    assert "lr: 0.001" in (other.root / "params.yaml").read_text(encoding="utf-8")
    assert outs(other.root) == wanted
    assert (other.root / "checkpoints/best/model.safetensors").exists()

    project.script(branch)
    reviewer = Project(tmp_path / "reviewer")
    project.check("git", "clone", "-q", str(origin), str(reviewer.root))
    said = reviewer.script(review).stdout
    assert "Running stage" not in said
    assert outs(reviewer.root) == wanted
    report = (reviewer.root / "metrics/report.html").read_text(encoding="utf-8")
    assert "Changes against main" in report
