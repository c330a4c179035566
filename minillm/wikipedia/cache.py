"""What was downloaded, on disk, so that nothing is downloaded twice: small files that prove themselves.

An entry is a line with the SHA-1 and the size in bytes of what follows, and then JSON. It appears whole or
not at all (`atomic_path`), so a kill at any moment costs no more than the reply under way; and an entry
that the disk spoilt, or somebody edited, does not match its first line and counts as absent.

A revision's text never changes, so these entries serve every experiment, whatever its parameters.
"""

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from minillm.files import atomic_path
from minillm.wikipedia.articles import text_sha1
from minillm.wikipedia.disk import check_room

_FOLDERS = 1000  # so that a folder has few files, also with a million of them


@dataclass(frozen=True, slots=True)
class RevisionText:
    """What never changes of a revision."""

    revision_id: int
    timestamp: str
    wikitext: str

    @property
    def sha1(self) -> str:
        """SHA-1 of the wikitext in UTF-8, 40 hexadecimal digits."""
        return text_sha1(self.wikitext)


class TextCache:
    """The texts of revisions by their ids."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, revision_id: int) -> Path:
        """Where the revision is, or would be."""
        return self._folder / f"{revision_id % _FOLDERS:03d}" / f"{revision_id}.json"

    def put(self, *texts: RevisionText) -> None:
        """Keep the texts; InputError if the disk has no room for them."""
        check_room(self._folder, sum(len(text.wikitext.encode()) for text in texts), "the cache of texts")
        for text in texts:
            value = {"revision_id": text.revision_id, "timestamp": text.timestamp, "wikitext": text.wikitext}
            write_entry(self.path(text.revision_id), value)

    def get(self, revision_id: int) -> RevisionText | None:
        """The text, or None if it is not there or not what was put."""
        with suppress(TypeError):  # there is none, or it has other fields
            text = RevisionText(**read_entry(self.path(revision_id)))
            # A whole entry under another one's name is none either.
            return text if text.revision_id == revision_id else None
        return None


def entry_path(folder: Path, question: str) -> Path:
    """Where the answer to a question is, or would be."""
    digest = hashlib.sha1(question.encode(), usedforsecurity=False).hexdigest()
    return folder / digest[:2] / f"{digest}.json"


def write_entry(path: Path, value: Any) -> None:
    """Write a JSON value with its proof in front, atomically."""
    body = json.dumps(value, ensure_ascii=False).encode()
    with atomic_path(path) as temporary:
        temporary.write_bytes(_proof(body) + body)


def read_entry(path: Path) -> Any:
    """The value, or None if there is no whole entry."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    body = content[content.find(b"\n") + 1 :]
    return json.loads(body) if content == _proof(body) + body else None


def _proof(body: bytes) -> bytes:
    return f"{hashlib.sha1(body, usedforsecurity=False).hexdigest()} {len(body)}\n".encode()
