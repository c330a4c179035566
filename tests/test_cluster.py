"""A part of the shards as a step for an engine, without one: what is started, and how it fails."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from minillm.cluster import make_part
from minillm.errors import InputError
from tests.conftest import ROOT
from tools import cluster


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One whose stage notes its arguments, and fails at part 3."""
    (tmp_path / "stages").mkdir()
    (tmp_path / "stages" / "__init__.py").touch()
    (tmp_path / "stages" / "clean.py").write_text(
        "import os, sys\n"
        "with open('noted', 'a') as file:\n"
        "    print(*sys.argv[1:], os.environ['RAYON_NUM_THREADS'], file=file)\n"
        "sys.exit(sys.argv[2].startswith('3/'))\n",
        encoding="utf-8",
    )
    content = YAML(typ="safe").load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    content["machine"]["workers"] = 2
    with (tmp_path / "params.yaml").open("w", encoding="utf-8") as file:
        YAML().dump(content, file)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", "")
    return tmp_path


def test_ranks_from_zero_on_are_parts_from_one_on(checkout: Path) -> None:
    for rank in range(2):
        make_part("clean", str(checkout), 5, None, rank, 3)
    assert (checkout / "noted").read_text(encoding="utf-8") == "--shard 1/3 5\n--shard 2/3 5\n"
    with pytest.raises(subprocess.CalledProcessError):
        make_part("clean", str(checkout), 5, None, 2, 3)


@pytest.mark.parametrize("engine", ["slurm", "ray"])
def test_without_datatrove_a_line_says_how_to_install_it(
    checkout: Path, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ray", "datatrove.executor.slurm"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setattr(sys, "argv", ["cluster", "clean", f"--engine={engine}", "--parts=2"])
    with pytest.raises(InputError, match=r"no module .*: pip install -c constraints.txt -e \"\.\[ray\]\""):
        cluster.main()


@pytest.mark.parametrize(
    ("parts", "workers", "said"),
    [
        (0, 2, "--parts = 0: must be 1 to 100,000"),
        (10**9, 2, "--parts = 1000000000: must be 1 to"),
        (2, "auto", "machine.workers = auto: set it in params.yaml"),
    ],
)
def test_what_cannot_be_started_is_an_error(
    checkout: Path, parts: int, workers: int | str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (checkout / "params.yaml").read_text(encoding="utf-8")
    (checkout / "params.yaml").write_text(text.replace("workers: 2", f"workers: {workers}"), encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["cluster", "clean", "--engine=slurm", f"--parts={parts}"])
    with pytest.raises(InputError, match=said):
        cluster.main()
    assert not os.path.exists("logs")
