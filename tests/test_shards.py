"""Numbered files of work: made once, by whoever, whatever is killed in between."""

import errno
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import pytest

from minillm import progress
from minillm import shards as shards_module
from minillm.errors import InputError
from minillm.shards import Part, Shards, key_of, part_of, states_folder
from minillm.stage import asked_part
from tests.conftest import PATIENCE_SECONDS, ROOT


def write_number(number: int, path: Path) -> None:
    path.write_text(str(number), encoding="utf-8")


def write_and_note(made: list[int], number: int, path: Path) -> None:
    write_number(number, path)
    made.append(number)


def full_from_two_on(number: int, path: Path) -> None:
    if number >= 2:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    write_number(number, path)


def without_memory(_number: int, _path: Path) -> None:
    raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))


def killed_once(folder: Path, number: int, path: Path) -> None:
    """The first time, the shard 2 is half written when its process dies."""
    write_number(number, path)
    if number == 2 and not (folder / "killed").exists():
        (folder / "killed").touch()
        os.kill(os.getpid(), signal.SIGKILL)


def contents(shards: Shards) -> list[str]:
    return [shards.path(number).read_text(encoding="utf-8") for number in range(shards.count)]


@pytest.mark.parametrize("parts", [1, 2, 7])
def test_every_shard_is_in_one_part(tmp_path: Path, parts: int) -> None:
    shards = Shards(tmp_path / "shards", 5)
    made: list[int] = []
    counts = [
        shards.make(partial(write_and_note, made), 1, Part(index, parts)) for index in range(1, parts + 1)
    ]
    assert sorted(made) == list(range(5))
    assert sum(counts) == 5
    assert max(counts) - min(counts) <= 1
    assert contents(shards) == list("01234")


def test_only_what_is_missing_is_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shards = Shards(tmp_path, 4)
    shards.make(write_number, 1)
    assert capsys.readouterr().out == ""
    shards.path(2).unlink()
    made: list[int] = []
    assert shards.make(partial(write_and_note, made), 1) == 1
    assert made == [2]
    assert f"going on, 3 of 4 shards are there ({tmp_path})" in capsys.readouterr().out


def test_a_shard_that_another_computer_has_made_meanwhile_stays(tmp_path: Path) -> None:
    shards = Shards(tmp_path, 3)
    made: list[int] = []

    def make(number: int, path: Path) -> None:
        write_and_note(made, number, path)
        shards.path(2).write_text("another's", encoding="utf-8")

    shards.make(make, 1)
    assert made == [0, 1]
    assert contents(shards) == ["0", "1", "another's"]


def test_a_shard_that_fails_leaves_no_file(tmp_path: Path) -> None:
    def fail(number: int, path: Path) -> None:
        write_number(number, path)
        if number == 1:
            raise InputError("no such text")

    shards = Shards(tmp_path, 3)
    with pytest.raises(InputError, match="no such text"):
        shards.make(fail, 1)
    assert sorted(tmp_path.iterdir()) == [shards.path(0), shards.checksum(0)]


@pytest.mark.parametrize("damage", ["content", "checksum"])
def test_a_damaged_shard_is_made_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], damage: str
) -> None:
    shards = Shards(tmp_path, 3)
    shards.make(write_number, 1)
    if damage == "content":
        shards.path(1).write_text("7", encoding="utf-8")
    else:
        shards.checksum(1).unlink()
    made: list[int] = []
    assert shards.make(partial(write_and_note, made), 1) == 1
    assert made == [1]
    assert contents(shards) == list("012")
    assert f"{shards.path(1)} is damaged: it is made again" in capsys.readouterr().out
    assert shards.make(write_number, 1) == 0


def folder_for_shard(shards: Shards) -> None:
    shards.path(1).unlink()
    shards.path(1).mkdir()


def folder_for_checksum(shards: Shards) -> None:
    shards.checksum(1).unlink()
    shards.checksum(1).mkdir()


def folders_for_both(shards: Shards) -> None:
    folder_for_shard(shards)
    folder_for_checksum(shards)


def folder_for_checksum_alone(shards: Shards) -> None:
    folder_for_checksum(shards)
    shards.path(1).unlink()


def link_to_nothing(shards: Shards) -> None:
    shards.path(1).unlink()
    shards.path(1).symlink_to("nothing")


def nothing_in_it(shards: Shards) -> None:
    shards.path(1).write_bytes(b"")


@pytest.mark.parametrize(
    "damage",
    [
        folder_for_shard,
        folder_for_checksum,
        folders_for_both,
        folder_for_checksum_alone,
        link_to_nothing,
        nothing_in_it,
    ],
)
def test_whatever_stands_in_a_shards_place_is_replaced(
    tmp_path: Path, damage: Callable[[Shards], None]
) -> None:
    shards = Shards(tmp_path, 3)
    shards.make(write_number, 1)
    damage(shards)
    assert shards.make(write_number, 1) == 1
    assert contents(shards) == list("012")
    assert shards.make(write_number, 1) == 0


def file_for_folder(folder: Path) -> str:
    folder.parent.mkdir()
    folder.touch()
    return "File exists"


def file_for_parent(folder: Path) -> str:
    folder.parent.touch()
    return r"(File exists|Not a directory)"


def unmounted_share(folder: Path) -> str:
    folder.parent.symlink_to("not-mounted")
    return "File exists"


@pytest.mark.parametrize("fault", [file_for_folder, file_for_parent, unmounted_share])
@pytest.mark.parametrize("merging", [False, True])
def test_a_folder_that_cannot_be_one_is_one_line_that_names_it(
    tmp_path: Path, fault: Callable[[Path], str], merging: bool
) -> None:
    shards = Shards(tmp_path / "clean" / "key", 2)
    words = fault(shards.folder)
    with pytest.raises(InputError) as caught, shards.used_up() if merging else nullcontext():
        shards.make(write_number, 1)
    line = str(caught.value)
    assert re.search(f"{words}.*; shards are made in {shards.folder}, which has to be a folder", line)
    assert "\n" not in line


def test_a_full_disk_is_one_line_that_names_the_folder_and_what_is_there_stays(tmp_path: Path) -> None:
    shards = Shards(tmp_path, 4)
    with pytest.raises(InputError, match=rf"No space left on device; shards are made in {tmp_path}"):
        shards.make(full_from_two_on, 1)
    assert shards.make(write_number, 1) == 2
    assert contents(shards) == list("0123")


def test_a_lack_of_memory_is_not_taken_for_the_folders_fault(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="Cannot allocate memory"):
        Shards(tmp_path, 1).make(without_memory, 1)


def test_where_there_is_no_terminal_a_line_says_how_many_are_made_and_when_the_others_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(sys, "argv", ["clean.py"])

    def take_25_seconds(number: int, path: Path) -> None:
        now[0] += 25
        write_number(number, path)

    shards = Shards(tmp_path, 20)
    shards.make(take_25_seconds, 1, Part(1, 2))
    capsys.readouterr()
    now[0] = 10**6
    shards.make(take_25_seconds, 1, Part(1, 1))
    first, second, *_, last = capsys.readouterr().out.splitlines()[1:]
    assert first == "clean: 12 of 20 shards, 3 min 20 s left"  # what was there has no part in it
    assert second == "clean: 14 of 20 shards, 2 min 30 s left"
    assert last == "clean: 20 of 20 shards, 0 s left"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.0, "0 s"), (59.9, "59 s"), (63.0, "1 min 3 s"), (3600.0, "1 h 0 min"), (359999.0, "99 h 59 min")],
)
def test_a_time_is_said_in_its_two_largest_units(seconds: float, words: str) -> None:
    assert progress.in_words(seconds) == words


@pytest.mark.parametrize("library", ["tokenizers", "regex"])
def test_another_version_of_a_library_is_another_key(monkeypatch: pytest.MonkeyPatch, library: str) -> None:
    former = key_of("settings", [])
    assert key_of("settings", []) == former
    known = shards_module.version
    monkeypatch.setattr(shards_module, "version", lambda name: "0.0.1" if name == library else known(name))
    assert key_of("settings", []) != former


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL on Windows")
def test_a_killed_worker_costs_the_shards_under_way(tmp_path: Path) -> None:
    shards = Shards(tmp_path / "shards", 6)
    assert shards.make(partial(killed_once, tmp_path), 2) == 6
    assert (tmp_path / "killed").exists()
    assert contents(shards) == list("012345")


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL on Windows")
def test_a_killed_run_costs_the_shard_under_way(tmp_path: Path) -> None:
    code = (
        "import sys; from functools import partial; from pathlib import Path\n"
        "from minillm.shards import Shards; from tests.test_shards import killed_once\n"
        "folder = Path(sys.argv[1])\n"
        "Shards(folder / 'shards', 4).make(partial(killed_once, folder), 1)\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    assert subprocess.run(command, cwd=ROOT).returncode == -signal.SIGKILL
    shards = Shards(tmp_path / "shards", 4)
    assert [shards.path(number).exists() for number in range(4)] == [True, True, False, False]
    made: list[int] = []
    shards.make(partial(write_and_note, made), 1)
    assert made == [2, 3]
    assert contents(shards) == list("0123")
    left = [path.suffix for path in shards.folder.iterdir()]  # nothing of the half-written one
    assert sorted(left) == [".parquet"] * 4 + [".sha256"] * 4


def test_they_are_removed_when_they_are_used_up_and_kept_when_that_fails(tmp_path: Path) -> None:
    shards = Shards(tmp_path / "clean" / "key", 2)
    with pytest.raises(ZeroDivisionError), shards.used_up():
        shards.make(write_number, 1)
        raise ZeroDivisionError
    assert contents(shards) == ["0", "1"]
    with shards.used_up():
        assert shards.make(write_number, 1) == 0
    assert list(shards.folder.parent.iterdir()) == []


def test_two_runs_of_the_same_inputs_take_turns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shards = Shards(tmp_path / "key", 1)
    steps: list[str] = []

    def second() -> None:
        with shards.used_up():
            steps.append("second")
            shards.make(write_number, 1)

    with shards.used_up():
        shards.make(write_number, 1)
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(0.2)
        assert thread.is_alive()
        steps.append("first")
        assert contents(shards) == ["0"]
    thread.join(PATIENCE_SECONDS)
    assert steps == ["first", "second"]
    assert list(tmp_path.iterdir()) == []
    assert "another run makes the same shards" in capsys.readouterr().out


def test_what_other_runs_left_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Shards(tmp_path / "other", 3).make(lambda _number, path: path.write_bytes(bytes(10**5)), 1)
    with Shards(tmp_path / "key", 1).used_up():
        pass
    said = capsys.readouterr().out
    assert f"{tmp_path} has 0.3 MB of shards of runs with other inputs" in said
    assert (tmp_path / "other").exists()


@pytest.mark.parametrize(("text", "part"), [("2/3", Part(2, 3)), ("1/1", Part(1, 1))])
def test_a_part_is_read(text: str, part: Part) -> None:
    assert part_of(text) == part


@pytest.mark.parametrize(
    "value", ["0/2", "3/2", "1", "1/0", "-1/2", "1/2/3", "a/b", "1/ 2", "1/²", "", "01/2"]
)
def test_what_is_no_part_is_an_error_that_says_what_is(value: str) -> None:
    with pytest.raises(InputError, match=r"--shard = '.*': must be I/N with I from 1 to N, such as 1/2"):
        part_of(value)


@pytest.mark.parametrize(
    ("arguments", "part"), [([], None), (["--shard", "2/3"], Part(2, 3)), (["--shard=1/1"], Part(1, 1))]
)
def test_a_stage_has_one_argument(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], part: Part | None
) -> None:
    monkeypatch.setattr(sys, "argv", ["clean.py", *arguments])
    assert asked_part(accepted=True) == part


@pytest.mark.parametrize("arguments", [["--shard"], ["--shard", ""], ["--shard=-1/2"]])
def test_an_argument_without_a_part_says_what_one_is(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["clean.py", *arguments])
    with pytest.raises(InputError, match="must be I/N with I from 1 to N"):
        asked_part(accepted=True)


@pytest.mark.parametrize(
    ("accepted", "arguments"), [(False, ["--shard", "1/2"]), (True, ["--shar=1/2"]), (True, ["1/2"])]
)
def test_other_arguments_of_a_stage_are_refused_and_not_left_unread(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    accepted: bool,
    arguments: list[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["vocab.py", *arguments])
    with pytest.raises(SystemExit) as ended:
        asked_part(accepted=accepted)
    assert ended.value.code == 2
    assert f"unrecognized arguments: {' '.join(arguments)}" in capsys.readouterr().err


def test_they_lie_in_the_main_repository(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DVC_ROOT", raising=False)
    assert states_folder("clean") == Path(".state/shards/clean")
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    assert states_folder("clean") == tmp_path / ".state" / "shards" / "clean"
