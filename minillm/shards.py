"""Long work cut into numbered shards, each of them a file that is done when it is there.

What a shard is follows from a stage's input alone, and its file appears whole or not at all. So a run that
is killed, at whatever moment, costs the shards that were being made, one for each worker; the next run with
the same inputs makes those that are missing; and computers that share the folder make a part each
(`--shard I/N`). Whoever merges the files reads them in the order of their numbers: nothing in the result
depends on who made them, when, or how many at a time.

They lie in $DVC_ROOT/.state/shards/STAGE/KEY, near a training's state: outside of DVC's outputs, which are
deleted before each run, and in the main repository also when an experiment runs in a copy of it. KEY is a
hash of all that a shard depends on: with other inputs the shards are others, in another folder.

000000.parquet  the first shard
000000.sha256   its checksum, which is there before it
KEY.lock        beside the folder: the lock of the run that merges them
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
from filelock import FileLock, Timeout
from tqdm import tqdm

from minillm.errors import InputError, is_out_of_memory, program, reason, shown
from minillm.files import atomic_path, check, sha256, write_text
from minillm.parquet import open_parquet, read_rows
from minillm.progress import counted
from minillm.workers import in_workers

_LIBRARIES = ("numpy", "pyarrow", "regex", "tokenizers", "unicodedata2")
"""That have a part in what is in a shard."""

MakeShard = Callable[[int, Path], object]
"""Writes the shard of a number to a path."""


class Part(NamedTuple):
    """Which shards are one computer's: of all, every `of`-th from the `number`-th on, from 1 on."""

    number: int
    of: int


ALL = Part(1, 1)


@dataclass(frozen=True)
class Shards:
    """So many shards, whose files lie in a folder."""

    folder: Path
    count: int

    def path(self, number: int) -> Path:
        """The file of a shard, of which the first has the number 0."""
        return self.folder / f"{number:06d}.parquet"

    def checksum(self, number: int) -> Path:
        """The file with its SHA-256."""
        return self.path(number).with_suffix(".sha256")

    def rows(self, columns: pa.Schema, stage: str) -> Iterator[tuple[Any, ...]]:
        """The rows of all files; InputError if one of them, which `stage` has made, cannot be read."""
        with counted(f"{program()}, merging", "shards", self.count) as count:
            for number in range(self.count):
                yield from read_rows(self.path(number), columns, stage)
                count()

    def make(self, make_shard: MakeShard, workers: int, part: Part = ALL) -> int:
        """Have the missing ones of a part made, and return how many they were.

        Raises InputError if the folder does not take them.
        """
        numbers = range(part.number - 1, self.count, part.of)
        with self._faults_in_one_line():
            missing = [number for number in numbers if not self._is_done(number)]
            done = len(numbers) - len(missing)
            if done:
                tqdm.write(
                    f"{program()}: going on, {done} of {len(numbers)} shards are there ({self.folder})"
                )
            make_file = partial(_make_file, make_shard, self)
            with (
                counted(program(), "shards", len(numbers), done) as count,
                closing(in_workers(make_file, missing, workers)) as made,
            ):
                for _ in made:
                    count()
        return len(missing)

    def _is_done(self, number: int) -> bool:
        """Whether the file is there; one that is not as it was written is removed, to be made again."""
        path, checksum = self.path(number), self.checksum(number)
        if path.is_file() and checksum.is_file() and checksum.read_bytes() == sha256(path).encode():
            return True
        if path.exists():
            tqdm.write(f"{path} is damaged: it is made again")
            _remove(path)
        if checksum.is_dir():
            _remove(checksum)
        return False

    @contextmanager
    def _faults_in_one_line(self) -> Iterator[None]:
        """Say of which folder it is, if the system refuses something in this block: it may not name any."""
        try:
            yield
        except OSError as error:
            if is_out_of_memory(error):  # it is not the folder's fault
                raise
            raise InputError(
                f"{program()}: {reason(error)}; shards are made in {self.folder}, which has to be a folder "
                f"that can be written to, with room; then run the same command again"
            ) from None

    @contextmanager
    def used_up(self) -> Iterator[None]:
        """Within this block no other run takes them for its result; when it ends well, they are removed."""
        lock = FileLock(self.folder.with_name(f"{self.folder.name}.lock"))
        with self._faults_in_one_line():
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            try:
                lock.acquire(timeout=0)
            except Timeout:
                tqdm.write(f"another run makes the same shards ({self.folder}); waiting for it …")
                lock.acquire()
        try:
            self._say_others()
            yield
            shutil.rmtree(self.folder, ignore_errors=True)
        finally:
            Path(lock.lock_file).unlink(missing_ok=True)  # who waits sees that, and opens it anew
            lock.release()

    def _say_others(self) -> None:
        """Nobody but the user knows whether a run with other inputs is ever gone on with."""
        size_bytes, folder = 0, self.folder.parent
        for path in folder.glob("*/*.parquet"):
            with suppress(FileNotFoundError):  # of a run that has just ended
                size_bytes += path.stat().st_size if path.parent != self.folder else 0
        if size_bytes:
            tqdm.write(
                f"{program()}: {folder} has {size_bytes / 1e6:.1f} MB of shards of runs with other inputs, "
                f"which have not ended: remove what nobody will go on with (docs/cluster.md)"
            )


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _make_file(make_shard: MakeShard, shards: Shards, number: int) -> None:
    path = shards.path(number)
    if not path.exists():  # another computer may have made it meanwhile
        with atomic_path(path) as temporary:
            make_shard(number, temporary)
            write_text(shards.checksum(number), sha256(temporary))


def count_groups(table: Path, columns: pa.Schema, stage: str) -> int:
    """How many row groups a file has that `stage` wrote. InputError as `read_rows` has it."""
    check(table, stage)
    with open_parquet(table, columns, stage) as file:
        return int(file.num_row_groups)


def read_group(table: Path, columns: pa.Schema, stage: str, number: int) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of one row group."""
    with open_parquet(table, columns, stage) as file:
        group = file.read_row_group(number, columns.names)
    yield from zip(*(group[name].to_pylist() for name in columns.names), strict=True)


def key_of(settings: object, files: Iterable[Path]) -> str:
    """32 hexadecimal digits for settings, which JSON can hold, the content of files, and the libraries."""
    versions = [version(name) for name in _LIBRARIES]
    inputs = json.dumps([settings, versions, *map(sha256, files)], sort_keys=True)
    return hashlib.sha256(inputs.encode()).hexdigest()[:32]


def states_folder(stage: str) -> Path:
    """Where the shards of a stage are, for each of its inputs a folder."""
    return Path(os.environ.get("DVC_ROOT", ".")) / ".state" / "shards" / stage


def part_of(text: str) -> Part:
    """The part that `--shard I/N` names. Raises InputError if it is none."""
    numbers = re.fullmatch("([1-9][0-9]{0,8})/([1-9][0-9]{0,8})", text)
    part = Part(*map(int, numbers.groups())) if numbers else None
    if part is None or part.number > part.of:
        raise InputError(
            f"--shard = {shown(text)}: must be I/N with I from 1 to N, such as 1/2 on the first of two "
            f"computers and 2/2 on the second"
        )
    return part
