"""Where a dump may lie: where experiments find it, and do not put it into `.git`.

`dvc exp run` commits whatever Git neither tracks nor ignores to the experiment, a dump of gigabytes too. Its
copies of the repository (`--temp`, `--queue`) have what Git or DVC tracks, and nothing else.
"""

import subprocess
from pathlib import Path
from typing import Literal

from minillm.errors import InputError

OWN = "data/own/"
MAX_UNTRACKED_BYTES = 10 * 2**20
"""Of a dump that Git neither tracks nor ignores."""


def check_there(dump: Path) -> None:
    """Raises InputError if there is no such file."""
    if not dump.is_file():
        where = "" if dump.is_absolute() else f" in {Path.cwd()}"
        raise InputError(
            f"extract.dump = {dump}: there is no such file{where}; data/sample/eswiki-sample.xml is in the "
            f"repository, a dump of yours belongs in {OWN} (docs/dumps.md), all of Wikipedia is at "
            "https://dumps.wikimedia.org/eswiki/ (pages-articles.xml.bz2)"
        )


def check_place(dump: Path) -> str:
    """What somebody who runs experiments has to know of a dump's place, or nothing.

    Raises InputError for a large file that an experiment would put into `.git`.
    """
    state = _state_in_git(dump)
    size_bytes = dump.lstat().st_size  # of a link Git takes the link alone
    if state == "untracked" and size_bytes > MAX_UNTRACKED_BYTES:
        raise InputError(
            f"extract.dump = {dump}: Git neither tracks nor ignores these {size_bytes // 2**20} MB, so "
            f"`dvc exp run` would copy them into .git; move the file to {OWN}, or out of the repository and "
            "name it by its whole path (docs/dumps.md)"
        )
    if dump.is_absolute() or state in ("tracked", "unknown") or dump.with_name(f"{dump.name}.dvc").exists():
        return ""
    return (
        f"note: `dvc exp run --temp` and `--queue` will not find {dump}, which neither Git nor DVC tracks: "
        "name it by its whole path, or `dvc add` it (docs/dumps.md)"
    )


def _state_in_git(path: Path) -> Literal["tracked", "untracked", "ignored", "outside", "unknown"]:
    if not path.absolute().parent.resolve().is_relative_to(Path.cwd().resolve()):
        return "outside"
    command = ["git", "ls-files", "-t", "--cached", "--others", "--exclude-standard", "--"]
    try:
        listed = subprocess.run(  # noqa: S603
            [*command, f":(literal){path}"], capture_output=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):  # no Git, or no repository: and so no experiments
        return "unknown"
    if not listed:
        return "ignored"
    return "untracked" if listed.startswith(b"?") else "tracked"
