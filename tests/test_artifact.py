"""The checkpoint as a DVC artifact: what somebody types who has only the repository's address."""

from pathlib import Path

import pytest

from minillm.files import sha256
from tests.conftest import Project
from tests.documents import command_blocks

pytestmark = [pytest.mark.system, pytest.mark.slow]


def test_a_tag_s_model_is_got_and_used_without_a_clone(project: Project, tmp_path: Path) -> None:
    project.check("dvc", "remote", "add", "-d", "shared", str(tmp_path / "remote"))
    project.check("git", "commit", "-qam", "remote")
    project.check("dvc", "push", "checkpoints/best", "data/vocab/tokenizer.json")
    project.check("git", "tag", "-a", "minigpt@v1.0.0", "-m", "first")
    (documented,) = command_blocks("docs/use.md", "As a DVC artifact")
    address = "https://example.org/minillm.git"
    assert documented.count(address) == 2
    elsewhere = Project(tmp_path / "elsewhere")
    elsewhere.root.mkdir()
    said = elsewhere.script(documented.replace(address, str(project.root)))
    assert said.stdout.splitlines()[-2].startswith("El agua es")
    for name in ("checkpoints/best/model.safetensors", "data/vocab/tokenizer.json"):
        assert sha256(elsewhere.root / "minigpt" / name) == sha256(project.root / name)
