import csv
import hashlib
import json
import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordLevel

from minillm.errors import InputError
from minillm.files import (
    CHECKSUMS,
    atomic_path,
    check,
    write_checksums,
    write_metrics,
    write_text,
    write_tsv,
)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "out.txt"
    target.write_text("old", encoding="utf-8")
    with pytest.raises(KeyboardInterrupt), atomic_path(target) as path:
        path.write_text("half", encoding="utf-8")
        raise KeyboardInterrupt
    assert target.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_folders_are_made(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b" / "out.txt"
    with atomic_path(target) as path:
        path.write_text("new", encoding="utf-8")
    assert list(target.parent.iterdir()) == [target]
    assert target.read_text(encoding="utf-8") == "new"


WRITE_AND_WAIT = """
import sys
from pathlib import Path
from minillm.files import atomic_path
with atomic_path(Path(sys.argv[1])) as path:
    path.write_text("left by a kill", encoding="utf-8")
    print(flush=True)
    sys.stdin.read()
"""


def test_what_a_kill_left_goes_with_the_next_write_but_not_what_is_in_use(tmp_path: Path) -> None:
    target, other = tmp_path / "out.txt", tmp_path / "out.txt.gz"
    command = [sys.executable, "-c", WRITE_AND_WAIT, str(target)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        write_text(target, "beside it")
        (in_use,) = tmp_path.glob(".*")
        assert [path.name for path in in_use.iterdir()] == ["out.txt"]
        process.kill()
    write_text(other, "another file's are left alone")
    assert in_use.exists()
    write_text(target, "after it")
    assert sorted(tmp_path.iterdir()) == [target, other]
    assert target.read_text(encoding="utf-8") == "after it"


def test_a_folder_that_another_run_removes_before_it_is_locked_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    make = tempfile.mkdtemp

    def too_late(*arguments: str) -> str:
        made.append(make(*arguments))
        if len(made) < 3:
            os.rmdir(made[-1])
        return made[-1]

    monkeypatch.setattr(tempfile, "mkdtemp", too_late)
    write_text(tmp_path / "out.txt", "whole")
    assert len(made) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["out.txt"]


def test_writers_at_once_each_leave_a_whole_file(tmp_path: Path) -> None:
    target = tmp_path / "out.txt"
    with atomic_path(target) as first, atomic_path(target) as second:
        assert first != second
        first.write_text("first", encoding="utf-8")
        second.write_text("second", encoding="utf-8")
    assert target.read_text(encoding="utf-8") == "first"  # the one that ended last
    assert list(tmp_path.iterdir()) == [target]


def test_no_link_is_followed_and_nobody_else_can_put_one_there(tmp_path: Path) -> None:
    theirs, target = tmp_path / "theirs", tmp_path / "ours" / "out.txt"
    theirs.mkdir()
    (theirs / "out.txt").write_text("theirs", encoding="utf-8")
    target.parent.mkdir()
    for name in (".out.txt.tmp", ".out.txt.abcdefgh.tmp"):
        (target.parent / name).symlink_to(theirs, target_is_directory=True)
    target.symlink_to(theirs / "out.txt")
    with atomic_path(target) as path:
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        path.write_text("ours", encoding="utf-8")
    assert (theirs / "out.txt").read_text(encoding="utf-8") == "theirs"
    assert not target.is_symlink()


@pytest.mark.parametrize("umask", [0o002, 0o022, 0o077])
def test_files_can_be_read_by_whom_the_umask_allows(tmp_path: Path, umask: int) -> None:
    def exclusively(path: Path) -> None:  # as safetensors does it
        path.unlink()
        os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))

    writers: dict[str, Callable[[Path], object]] = {
        "text": lambda path: path.write_text("a", encoding="utf-8"),
        "parquet": lambda path: pq.write_table(pa.table({"a": [1]}), path),
        "tensors": lambda path: save_file({"a": np.zeros(1)}, path),
        "tokenizer": lambda path: Tokenizer(WordLevel()).save(str(path)),
        "exclusive": exclusively,
    }
    former = os.umask(umask)
    try:
        for name, write in writers.items():
            with atomic_path(tmp_path / name) as path:
                write(path)
    finally:
        os.umask(former)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == dict.fromkeys(writers, 0o666 & ~umask)


def test_checksums_are_those_of_sha256sum(tmp_path: Path) -> None:
    for name in ("a b.txt", "c.txt"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    write_checksums(tmp_path / "a b.txt", tmp_path / "c.txt")
    lines = (tmp_path / CHECKSUMS).read_text(encoding="utf-8").splitlines()
    assert lines == [f"{hashlib.sha256(name.encode()).hexdigest()}  {name}" for name in ("a b.txt", "c.txt")]


@pytest.mark.parametrize("damaged", ["out.txt", CHECKSUMS])
def test_a_file_that_is_not_as_it_was_written_is_one_clear_line(tmp_path: Path, damaged: str) -> None:
    path = tmp_path / "out.txt"
    write_text(path, "what it holds")
    write_checksums(path)
    check(path, "split")
    content = (tmp_path / damaged).read_bytes()
    for change in (b"", content[:-3], content.replace(b"t", b"\xff")):
        (tmp_path / damaged).write_bytes(change)
        with pytest.raises(InputError, match=r"out\.txt is not as split wrote it: .* -f split`$"):
            check(path, "split")


def test_a_file_of_other_origin_has_no_checksum_and_a_missing_one_needs_none(tmp_path: Path) -> None:
    write_text(tmp_path / "out.txt", "own")
    check(tmp_path / "out.txt", "split")
    write_checksums(tmp_path / "out.txt")
    (tmp_path / "out.txt").unlink()
    check(tmp_path / "out.txt", "split")


def test_metrics_are_rounded_nested_json(tmp_path: Path) -> None:
    write_metrics(tmp_path / "m.json", {"loss": {"train": 4.123456789}, "tokens": 12345678, "ok": True})
    assert json.loads((tmp_path / "m.json").read_text(encoding="utf-8")) == {
        "loss": {"train": 4.12346},
        "tokens": 12345678,
        "ok": True,
    }


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [1], None])
def test_metrics_that_dvc_would_drop_or_garble_are_refused(tmp_path: Path, value: object) -> None:
    with pytest.raises(AssertionError):
        write_metrics(tmp_path / "m.json", {"x": value})  # type: ignore[dict-item]
    assert list(tmp_path.iterdir()) == []


def test_a_dot_in_a_metrics_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="nesting"):
        write_metrics(tmp_path / "m.json", {"a.b": 1})


def test_tsv_has_a_header_and_no_stray_tabs(tmp_path: Path) -> None:
    write_tsv(tmp_path / "t.tsv", ["token", "share"], [["a\tb", 1 / 3], ["c\nd", None]])
    assert (tmp_path / "t.tsv").read_text(encoding="utf-8") == "token\tshare\na b\t0.333333\nc d\t\n"


def test_quotation_marks_in_a_tsv_are_read_back_by_the_csv_module(tmp_path: Path) -> None:
    rows = [['"', "a"], ['say "no"', "b"], ["plain", '""']]
    write_tsv(tmp_path / "t.tsv", ["token", "kind"], rows)
    with (tmp_path / "t.tsv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file, delimiter="\t")) == [["token", "kind"], *rows]
    assert "plain" in (tmp_path / "t.tsv").read_text(encoding="utf-8").splitlines()[3].split("\t")
