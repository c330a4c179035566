"""In which encoding a file of text is, and its lines: told by its bytes, or refused in words.

A mark at the beginning tells UTF-8, UTF-16 and UTF-32. What has none is UTF-8 if all of it is, which hardly
anything else ever is by chance. Everything else would be a guess among dozens of old encodings, and a wrong
one puts wrong letters into the corpus without a word: so a person has to say it (`extract.encoding`).
"""

import codecs
from collections.abc import Iterator
from pathlib import Path

from minillm.errors import InputError
from minillm.wikipedia.compression import DamagedError, packing, unpacked

MAX_LINE_CHARACTERS = 32 * 2**20
"""Twice the largest text. What is longer is no line of a text file, and memory has to end somewhere."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins as UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHUNK_BYTES = 2**16


def encoding_of(path: Path, otherwise: str) -> str:
    """The name of the encoding that all of the file can be read in.

    `otherwise`: what a file is that has no mark and is no UTF-8; `utf-8` if nothing is known. Raises
    InputError if there is none, or the file is no text.
    """
    with path.open("rb") as file:
        start = file.read(4)
    marked = next((name for mark, name in _MARKS if start.startswith(mark)), None)
    fault = _fault(path, marked or "utf-8")
    if fault and not marked and otherwise != "utf-8":
        marked, fault = otherwise, _fault(path, otherwise)
    if fault:
        raise InputError(f"{path}: {fault}")
    return marked or "utf-8"


def _fault(path: Path, encoding: str) -> str:
    """Why the file cannot be read in this encoding, and what to do; nothing if it can."""
    decoder = codecs.getincrementaldecoder(encoding)()
    position_bytes, newlines = 0, 0
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK_BYTES)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                rest_bytes = len(error.object) - len(chunk)  # of the chunk before
                position_bytes += error.start - rest_bytes
                newlines += error.object[: error.start].count(b"\n")
                return (
                    f"byte 0x{error.object[error.start]:02x} at position {position_bytes}, in line "
                    f"{newlines + 1}, is no {encoding.removesuffix('-sig')}; save the file as UTF-8, or say "
                    f"by extract.encoding what it is (windows-1252: of older Windows in Western languages)"
                )
            if "\0" in text:
                return (
                    "holds NUL characters, as no text does: it is UTF-16 without its mark, or no text; "
                    "save it as UTF-8, or take it out of extract.files"
                )
            if not chunk:
                return ""
            position_bytes += len(chunk)
            newlines += chunk.count(b"\n")


def read_lines(path: Path, encoding: str) -> Iterator[str]:
    r"""Yield the lines with their ends (\n), unpacked if the file is packed (gzip, zstd, bzip2).

    One line is in memory. Raises InputError if the file is cut or damaged, if bytes are in another encoding
    or if a line is longer than MAX_LINE_CHARACTERS.
    """
    named = {".gz": "gzip", ".zst": "zstd"}.get(path.suffix)
    if named and packing(path) != named:
        raise InputError(f"{path} is no {named} file, as its name says; rename or download it again")
    decoder = codecs.getincrementaldecoder(encoding)()
    number, parts, characters = 1, [""], 0
    try:
        for chunk, _ in unpacked(path, show=False):
            *ended, rest = decoder.decode(chunk).split("\n")
            for end in ended:
                yield "".join([*parts, end, "\n"])
                number, parts, characters = number + 1, [], 0
            parts.append(rest)
            characters += len(rest)
            if characters > MAX_LINE_CHARACTERS:
                raise InputError(
                    f"{path}, line {number}: has more than {MAX_LINE_CHARACTERS} characters; is it a file of "
                    f"another kind, or has it no ends of lines?"
                )
        parts.append(decoder.decode(b"", final=True))
    except UnicodeDecodeError as error:
        line = number + error.object[: error.start].count(b"\n")
        raise InputError(
            f"{path}, line {line}: byte 0x{error.object[error.start]:02x} is no "
            f"{encoding.removesuffix('-sig')}; save the file as UTF-8"
        ) from None
    except DamagedError as error:
        raise InputError(
            f"{path} is cut or damaged in line {number} ({error}); make or download it again"
        ) from None
    if last := "".join(parts):
        yield last
