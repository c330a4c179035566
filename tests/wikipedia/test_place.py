import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from minillm.errors import InputError
from minillm.wikipedia import place
from minillm.wikipedia.place import check_place, check_there
from tests.conftest import ROOT
from tests.wikipedia.stage import prepare

NAMES = ["eswiki (1).xml", "it's «a» $b #c.xml", "-x.xml", "*.xml", ":(top)x.xml", "a\\b.xml", '"q".xml']


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository in a folder that ignores data/own as this one does, with the sizes of a test."""
    folder = tmp_path / "repository"
    (folder / "data/own").mkdir(parents=True)
    git(folder, "init", "-q")
    for name in (".gitignore", "README.md"):
        (folder / "data/own" / name).write_bytes((ROOT / "data/own" / name).read_bytes())
    git(folder, "add", "data/own")
    monkeypatch.chdir(folder)
    monkeypatch.setattr(place, "MAX_UNTRACKED_BYTES", 10)
    return folder


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def written(path: str, size_bytes: int = 11) -> Path:
    Path(path).write_bytes(b"x" * size_bytes)
    return Path(path)


@pytest.mark.parametrize("name", NAMES)
def test_a_large_file_that_an_experiment_would_copy_into_git_is_refused(repository: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"copy them into \.git; move the file to data/own/, or out of"):
        check_place(written(name), "extract.dump")
    with pytest.raises(InputError, match=r"Git neither tracks nor ignores"):
        check_place(repository / name, "extract.dump")
    git(repository, "add", "--", f":(literal){name}")
    assert check_place(Path(name), "extract.dump") == ""


@pytest.mark.parametrize("name", NAMES)
def test_in_data_own_git_takes_no_notice_of_it(repository: Path, name: str) -> None:
    dump = written(f"data/own/{name}")
    assert name not in git(repository, "status", "--porcelain", "--untracked-files=all")
    note = check_place(dump, "extract.dump")
    assert note.startswith(f"note: `dvc exp run --temp` and `--queue` will not find {dump}")
    assert check_place(dump.absolute(), "extract.dump") == ""
    written(f"{dump}.dvc")  # as `dvc add` does, and Git may have it
    assert check_place(dump, "extract.dump") == ""
    assert git(repository, "ls-files", "--others", "--exclude-standard") != ""


def test_a_small_file_may_lie_anywhere_and_is_not_in_copies_of_the_repository(repository: Path) -> None:
    assert check_place(written("x.xml", 10), "extract.dump").startswith("note: ")
    assert check_place(written("../x.xml"), "extract.dump").startswith("note: ")
    assert check_place((repository / "../x.xml").resolve(), "extract.dump") == ""


def test_a_folder_is_judged_by_all_that_git_would_take_of_it(repository: Path) -> None:
    for name in ("texts/a.txt", "texts/b/c.txt", "data/own/texts/a.txt"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        written(name, 6)
    with pytest.raises(
        InputError, match=r"extract\.files = texts: .* move the folder to data/own/, or out of"
    ):
        check_place(Path("texts"), "extract.files")
    git(repository, "add", "texts/a.txt")
    assert check_place(Path("texts"), "extract.files").startswith("note: ")
    git(repository, "add", "texts")
    assert check_place(Path("texts"), "extract.files") == ""
    assert check_place(Path("data/own/texts"), "extract.files").startswith("note: ")
    assert check_place(Path("data/own/texts").absolute(), "extract.files") == ""


def test_of_a_link_only_the_link_would_be_copied(repository: Path) -> None:
    Path("x.xml").symlink_to(written("../y"))
    assert check_place(Path("x.xml"), "extract.dump").startswith("note: ")


def test_without_a_repository_there_is_nothing_to_say(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dump = written("x.xml")
    monkeypatch.setenv("PATH", "")
    assert check_place(dump, "extract.dump") == ""


def test_a_missing_file_is_one_line_that_says_where_it_was_looked_for(repository: Path) -> None:
    message = rf"^extract\.dump = x\.xml: there is no such file or folder in {repository};"
    with pytest.raises(InputError, match=message):
        check_there(Path("x.xml"))


@pytest.mark.parametrize("dump", ["none (1).xml", "~/x.xml"])
def test_make_names_a_missing_dump_before_dvc_does(tmp_path: Path, dump: str) -> None:
    prepare(tmp_path, dump=dump)
    line = said_by_make(tmp_path)
    assert line.startswith("error: ")
    assert dump in line


@pytest.mark.parametrize("missing", ["checkpoints/none", "data/none"])
def test_make_names_another_missing_input_too(tmp_path: Path, missing: str) -> None:
    prepare(tmp_path, source="api", contact="a@b.org")
    for folder in {"checkpoints/none", "data/none"} - {missing}:
        (tmp_path / folder).mkdir(parents=True)
    name = {"data/none": "evaluate.minimal_pairs", "checkpoints/none": "train.init_from"}[missing]
    assert said_by_make(tmp_path).startswith(f"error: {name} = {missing}: there is nothing of that name; ")


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("teacher", "checkpoints/x", "there is nothing of that name; "),
        ("teacher", "checkpoints/best", "train writes checkpoints/best, "),
        ("teacher", "checkpoints", "train writes checkpoints/best, "),
        ("init_from", "./checkpoints/best/", "train writes checkpoints/best, "),
    ],
)
def test_make_refuses_a_checkpoint_that_dvc_would_refuse_without_a_reason(
    tmp_path: Path, name: str, value: str, reason: str
) -> None:
    prepare(tmp_path, source="api", contact="a@b.org")
    for folder in ("checkpoints/none", "checkpoints/best", "data/none"):
        (tmp_path / folder).mkdir(parents=True)
    path = tmp_path / "params.yaml"
    written = path.read_text(encoding="utf-8")
    changed = re.sub(rf"(?m)^  {name}: \S+/none\b", f"  {name}: {value}", written)
    assert changed != written
    path.write_text(changed, encoding="utf-8")
    assert said_by_make(tmp_path).startswith(f"error: train.{name} = {value}: {reason}")


def said_by_make(folder: Path) -> str:
    """The one line of the look before `dvc repro`."""
    command = [sys.executable, "-m", "tools.source_check"]
    environment = {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], "HOME": str(folder)}
    result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    return line
