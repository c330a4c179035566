"""Which texts there were already, in memory that no corpus can exhaust: their ids lie on disk, in SQLite.

Ids that are hashes are spread over all numbers, where a bit for each (`wikipedia/seen_ids.py`) takes a block.
"""

import sqlite3
from pathlib import Path
from types import TracebackType
from typing import Self

_SETTINGS = ("journal_mode = OFF", "synchronous = OFF", "cache_size = -65536")
"""A scratch file, of which 64 MiB are in memory."""


class SeenTexts:
    """A set of numbers of 64 bits in a temporary file. Raises OSError if the disk takes no more."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._database = sqlite3.connect(path, isolation_level=None)
        for setting in _SETTINGS:
            self._execute(f"PRAGMA {setting}")
        self._execute("BEGIN")  # and never COMMIT: each would write to the disk
        self._execute("CREATE TABLE seen (id INTEGER PRIMARY KEY)")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def add(self, number: int) -> bool:
        """Put it in; returns whether it is new."""
        return self._execute("INSERT OR IGNORE INTO seen VALUES (?)", number).rowcount == 1

    def _execute(self, statement: str, *values: int) -> sqlite3.Cursor:
        try:
            return self._database.execute(statement, values)
        except sqlite3.OperationalError as error:
            raise OSError(f"{self._path}: {error}") from None
