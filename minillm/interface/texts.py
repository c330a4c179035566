"""Texts as a command is given them (composed and stripped, as articles are), and as it prints them."""

import sys
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from minillm.errors import InputError, shown_path, system_says
from minillm.unicode import nfc

STANDARD_INPUT = Path("-")


def read_files(paths: Sequence[Path]) -> list[str]:
    """The text of each file; `-` is standard input. Raises InputError for one that is empty or no UTF-8."""
    return [_read(path) for path in paths]


def _read(path: Path) -> str:
    if path == STANDARD_INPUT and sys.stdin is None:
        raise InputError("standard input is closed; give a file")
    name = "standard input" if path == STANDARD_INPUT else shown_path(path)
    try:
        content = sys.stdin.buffer.read() if path == STANDARD_INPUT else path.read_bytes()
    except OSError as error:
        raise InputError(
            f"FILE {name} cannot be read ({system_says(error)}); give a text file, or - for standard input"
        ) from None
    try:
        text = nfc(content.decode("utf-8-sig").replace("\r\n", "\n").strip())
    except UnicodeDecodeError as error:
        raise InputError(
            f"{name}: byte 0x{content[error.start]:02x} at position {error.start} is no UTF-8; "
            "save the file as UTF-8"
        ) from None
    if not text:
        raise InputError(f"{name} holds no text; give a file with at least a word")
    return text


def printable(text: str) -> str:
    """The text with its control characters escaped, but for line ends and tabs: it is not ours."""
    return "".join(repr(c)[1:-1] if c not in "\n\t" and unicodedata.category(c) == "Cc" else c for c in text)
