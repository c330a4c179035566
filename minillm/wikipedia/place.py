"""Where a dump, or texts of one's own, may lie: where experiments find them, and not put them into `.git`.

`dvc exp run` commits whatever Git neither tracks nor ignores to the experiment, a dump of gigabytes too. Its
copies of the repository (`--temp`, `--queue`) have what Git or DVC tracks, and nothing else.
"""

import os
import subprocess
from pathlib import Path
from typing import Literal

from minillm.errors import InputError

State = Literal["tracked", "untracked", "ignored", "outside", "unknown"]
OWN = "data/own/"
MAX_UNTRACKED_BYTES = 10 * 2**20
"""Of what Git neither tracks nor ignores."""


def check_there(dump: Path) -> None:
    """Raises InputError if there is neither such a file nor a folder of that name."""
    if not (dump.is_file() or dump.is_dir()):
        where = "" if dump.is_absolute() else f" in {Path.cwd()}"
        raise InputError(
            f"extract.dump = {dump}: there is no such file or folder{where}; data/sample/eswiki-sample.xml "
            f"is in the repository, a dump of yours belongs in {OWN} (docs/dumps.md), all of Wikipedia is at "
            "https://dumps.wikimedia.org/eswiki/ (pages-articles.xml.bz2)"
        )


def check_place(path: Path, parameter: str) -> str:
    """What somebody who runs experiments has to know of the place of a file or folder, or nothing.

    Raises InputError for large files that an experiment would put into `.git`.
    """
    state, untracked_bytes = _state_in_git(path)
    if untracked_bytes > MAX_UNTRACKED_BYTES:
        kind = "folder" if path.is_dir() else "file"
        raise InputError(
            f"{parameter} = {path}: Git neither tracks nor ignores these {untracked_bytes // 2**20} MB, so "
            f"`dvc exp run` would copy them into .git; move the {kind} to {OWN}, or "
            "out of the repository and name it by its whole path (docs/dumps.md)"
        )
    if path.is_absolute() or state in ("tracked", "unknown") or path.with_name(f"{path.name}.dvc").exists():
        return ""
    return (
        f"note: `dvc exp run --temp` and `--queue` will not find {path}, which neither Git nor DVC tracks: "
        "name it by its whole path, or `dvc add` it (docs/dumps.md)"
    )


def _state_in_git(path: Path) -> tuple[State, int]:
    """The state, and the bytes of what Git would take in: of a link the link alone."""
    if not path.absolute().parent.resolve().is_relative_to(Path.cwd().resolve()):
        return "outside", 0
    command = ["git", "ls-files", "-t", "-z", "--cached", "--others", "--exclude-standard", "--"]
    try:
        listed = subprocess.run(  # noqa: S603
            [*command, f":(literal){path}"], capture_output=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):  # no Git, or no repository: and so no experiments
        return "unknown", 0
    if not listed:
        return "ignored", 0
    untracked = [os.fsdecode(line[2:]) for line in listed.split(b"\0") if line.startswith(b"? ")]
    size_bytes = sum(os.lstat(name).st_size for name in untracked)
    return ("untracked" if untracked else "tracked"), size_bytes
