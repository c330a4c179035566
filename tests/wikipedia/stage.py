"""The extract stage as a process of its own, in a folder with nothing but parameters and no pins."""

import subprocess
import sys
from pathlib import Path

from ruamel.yaml import YAML

from tests.conftest import ROOT

HEADER = "page_id,revision_id,timestamp,sha1,title\n"
COMMAND = [sys.executable, "-m", "stages.extract"]
# A PATH without programs, and no DVC_ROOT: what is downloaded stays in the folder.
ENVIRONMENT = {"PYTHONPATH": str(ROOT), "PATH": ""}


def prepare(folder: Path, **extract: object) -> None:
    """Write the repository's parameters except for those of `extract`; keep pins that are there."""
    yaml = YAML()
    content = yaml.load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    content["extract"].update(extract)
    with (folder / "params.yaml").open("w", encoding="utf-8") as file:
        yaml.dump(content, file)
    pins = folder / "data" / "revisions.csv"
    if not pins.exists():
        pins.parent.mkdir()
        pins.write_text(HEADER, encoding="utf-8")


def run_stage(folder: Path, **extract: object) -> subprocess.CompletedProcess[str]:
    """Run it and return its output and status, whatever they are."""
    prepare(folder, **extract)
    return subprocess.run(COMMAND, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False)
